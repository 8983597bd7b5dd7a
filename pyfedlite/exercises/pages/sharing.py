"""Exercises of page 09, secure aggregation. For teaching and research: not audited."""

from collections.abc import Callable
from math import prod

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.testing.counterexample import Case

Factor = Callable[[int, int, int], int]
"""Of one place, another and the prime: a factor of the value at 0 of a Lagrange polynomial."""


def _interpolated(factor: Factor) -> Callable[[Integers, Integers, int], int]:
    """Return the sum over shares of the value times a product of `factor` over other places."""

    def secret_of(places: Integers, values: Integers, prime: int) -> int:
        x, y = places.tolist(), values.tolist()
        terms = [
            v * prod(factor(a, b, prime) for b in x if b != a) for a, v in zip(x, y, strict=True)
        ]
        return int(sum(terms) % prime)

    return secret_of


_secret_of = _interpolated(lambda a, b, p: b * pow(b - a, -1, p))


@st.composite
def _shares(draw: st.DrawFn, least: int = 1) -> Case:
    prime = draw(st.sampled_from([5, 7, 11, 97]))
    places = draw(
        st.lists(st.integers(1, min(prime - 1, 9)), min_size=least, max_size=3, unique=True)
    )
    element = st.integers(0, prime - 1)
    coefficients = draw(st.lists(element, min_size=len(places), max_size=len(places)))
    values = [sum(c * x**power for power, c in enumerate(coefficients)) % prime for x in places]
    return {"places": np.array(places), "values": np.array(values), "prime": prime}


SHAMIR_SECRET = Exercise(
    name="shamir-secret-1",
    page="09",
    title="A secret from its shares",
    signature="secret_of(places, values, prime)",
    statement="Return the secret f(0) modulo prime, an int from 0 to prime - 1. The share of the "
    "place x_i is the value f(x_i), and f is a polynomial modulo prime whose degree is below the "
    "number of shares. places and values have the shape (threshold,); no place is 0 or occurs "
    "twice.",
    hints=(
        "Each value counts with the Lagrange polynomial of its place: 1 there, 0 at the other "
        "places. What is this polynomial at 0?",
        "f(0) = sum_i y_i prod_{j != i} x_j / (x_j - x_i). Division modulo a prime is the product "
        "with an inverse: pow(int(a), -1, prime); int, because pow wants Python's numbers.",
        "For each i, others = places[places != places[i]]; add int(values[i]) * "
        "int(others.prod()) * pow(int((others - places[i]).prod()), -1, prime), and take the "
        "total % prime.",
    ),
    laws=(
        Law(
            "two shares determine a line, and the secret is its height at 0",
            _shares(least=2).filter(lambda case: len(case["places"]) == 2),
            _secret_of,
        ),
        Law(
            "the secret is the value at 0 of the polynomial through all shares",
            _shares(),
            _secret_of,
        ),
    ),
    mistakes=(
        Mistake(
            "The factors below have the wrong sign: x_j - x_i, not x_i - x_j.",
            _interpolated(lambda a, b, p: b * pow(a - b, -1, p)),
        ),
        Mistake(
            "Above stands the place x_i itself; it must be the other place, x_j.",
            _interpolated(lambda a, b, p: a * pow(b - a, -1, p)),
        ),
        Mistake(
            "The factors above are missing: x_j / (x_j - x_i), not 1 / (x_j - x_i).",
            _interpolated(lambda a, b, p: pow(b - a, -1, p)),
        ),
        Mistake(
            "That is the sum of the shares. Each one has to be multiplied by the value at 0 of its "
            "Lagrange polynomial.",
            lambda places, values, prime: int(values.sum()) % prime,
        ),
    ),
)
