"""L-D9: the discrete Gaussian is drawn exactly, from whole numbers alone."""

import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.privacy.mechanisms import discrete_gaussian, draw_discrete_gaussian


def seeded(seed: int) -> Any:
    """A source that can be repeated, for tests alone."""
    return random.Random(seed).randrange


def probabilities(variance: float) -> dict[int, float]:
    """The definition: exp(-x^2 / (2 sigma^2)) over its sum."""
    reach = range(
        -math.ceil(40 * math.sqrt(variance) + 40), math.ceil(40 * math.sqrt(variance) + 41)
    )
    weights = {x: math.exp(-(x**2) / (2 * variance)) for x in reach}
    total = math.fsum(weights.values())
    return {x: weight / total for x, weight in weights.items()}


@pytest.mark.parametrize(
    ("variance", "of_zero"),
    # Known answers, computed with many digits apart from this library.
    [(0.25, 0.786570707041948), (1, 0.398942278266862), (4, 0.199471140200716)],
)
def test_the_definition_has_the_published_probabilities(variance: float, of_zero: float) -> None:
    assert probabilities(variance)[0] == pytest.approx(of_zero, abs=1e-14)


@pytest.mark.parametrize("variance", [Fraction(1, 4), Fraction(1), Fraction(17, 4), Fraction(100)])
def test_draws_have_the_probabilities_of_the_definition(variance: Fraction) -> None:
    number = 10_000
    draws = draw_discrete_gaussian(variance, number, seeded(1))
    expected = probabilities(float(variance))
    cells = [x for x, p in expected.items() if number * p >= 5]
    counts = np.array([np.count_nonzero(draws == x) for x in cells], float)
    means = number * np.array([expected[x] for x in cells])
    rest = number - counts.sum()
    of_rest = number - means.sum()
    chi2 = float(((counts - means) ** 2 / means).sum() + (rest - of_rest) ** 2 / max(of_rest, 1.0))
    # chi^2 with k degrees has the mean k and the deviation sqrt(2 k): 7 of it are beyond 1e-6.
    assert chi2 < len(cells) + 7 * math.sqrt(2 * len(cells))
    assert np.var(draws) == pytest.approx(sum(p * x**2 for x, p in expected.items()), rel=0.08)


@given(st.fractions(min_value=0, max_value=1000), st.integers(0, 10**6))
def test_nothing_but_whole_numbers_is_asked_for_or_returned(variance: Fraction, seed: int) -> None:
    source = random.Random(seed)

    def below(n: int) -> int:
        assert type(n) is int
        assert n >= 1
        return source.randrange(n)

    x = discrete_gaussian(variance, below)
    assert type(x) is int
    assert variance > 0 or x == 0
    assert abs(x) <= 60 * math.sqrt(variance) + 60


@pytest.mark.parametrize("wrong", [0.25, True, "1"])
def test_a_variance_that_is_rounded_already_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="variance must be a Fraction or an integer"):
        discrete_gaussian(wrong)


def test_a_negative_variance_is_refused() -> None:
    with pytest.raises(ValueError, match="variance must be at least 0"):
        discrete_gaussian(-1)


def test_the_operating_system_is_asked_unless_told_otherwise() -> None:
    one, other = (draw_discrete_gaussian(10**12, 20) for _ in range(2))
    assert not np.array_equal(one, other)
