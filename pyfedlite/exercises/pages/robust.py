"""Exercises of page 12, poisoned clients. For teaching and research: not audited."""

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Matrix, Vector
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.exercises.pages.draws import FAR
from pyfedlite.testing.counterexample import Case


def _trimmed(deltas: Matrix, num_byzantine: int) -> Vector:
    inner = np.sort(deltas, axis=0)[num_byzantine : len(deltas) - num_byzantine]
    mean: Vector = inner.mean(axis=0)
    return mean


@st.composite
def _vectors(draw: st.DrawFn, least: int = 0, most: int = 2) -> Case:
    f = draw(st.integers(least, most))
    n, d = draw(st.integers(2 * f + 1, 2 * f + 3)), draw(st.integers(1, 3))
    numbers = st.integers(-4, 4).map(float) | st.sampled_from([100.0, -100.0, *FAR])
    rows = [draw(st.lists(numbers, min_size=d, max_size=d)) for _ in range(n)]
    return {"deltas": np.array(rows), "num_byzantine": f}


def _from_one_end(deltas: Matrix, num_byzantine: int) -> Vector:
    mean: Vector = np.sort(deltas, axis=0)[: len(deltas) - num_byzantine].mean(axis=0)
    return mean


def _whole_vectors(deltas: Matrix, num_byzantine: int) -> Vector:
    order = np.argsort(np.linalg.norm(deltas, axis=1), kind="stable")
    mean: Vector = deltas[order[: len(deltas) - num_byzantine]].mean(axis=0)
    return mean


def _too_small(deltas: Matrix, num_byzantine: int) -> Vector:
    inner = np.sort(deltas, axis=0)[num_byzantine : len(deltas) - num_byzantine]
    mean: Vector = inner.sum(axis=0) / len(deltas)
    return mean


TRIMMED_MEAN = Exercise(
    name="trimmed-mean-1",
    page="12",
    title="The trimmed mean",
    signature="trimmed_mean(deltas, num_byzantine)",
    statement="Return the trimmed mean, shape (num_params,): for each parameter the mean of the "
    "values that are left when the f smallest and the f largest are taken away, f = "
    "num_byzantine. deltas has shape (num_clients, num_params), and there are more than 2 f "
    "clients. f may be 0.",
    hints=(
        "Each parameter is treated for itself: which clients are taken away can differ from one "
        "parameter to the next. What does np.sort with axis=0 do?",
        "After np.sort(deltas, axis=0) the smallest values stand in the first rows, the largest in "
        "the last. Take away f rows at both ends. What is rows[f:-f] when f is 0?",
        "inner = np.sort(deltas, axis=0)[num_byzantine : len(deltas) - num_byzantine], and its "
        "mean over axis 0.",
    ),
    laws=(
        Law("without liars it is the mean", _vectors(most=0), _trimmed),
        Law(
            "each parameter is the mean without its f smallest and its f largest values",
            _vectors(least=1),
            _trimmed,
        ),
    ),
    mistakes=(
        Mistake(
            "That is the plain mean: nothing is taken away.",
            lambda deltas, num_byzantine: deltas.mean(axis=0),
        ),
        Mistake(
            "The largest values are taken away, and the smallest are kept. A lie can be negative.",
            _from_one_end,
        ),
        Mistake(
            "Here whole clients are taken away, by their norm. Each parameter is to be treated for "
            "itself.",
            _whole_vectors,
        ),
        Mistake("The divisor is the number of values that are left: n - 2 f, not n.", _too_small),
        Mistake(
            "That is the median, which takes away all values but one or two.",
            lambda deltas, num_byzantine: np.median(deltas, axis=0),
        ),
    ),
)

ROBUST_PROPERTY = Exercise(
    name="robust-property-1",
    page="12",
    title="A property of a robust rule",
    signature="robust_property(rule, honest, lies)",
    statement="Write a property: rule(deltas, num_byzantine) combines the vectors of all clients, "
    "shape (num_clients, num_params). Drawn are the vectors of honest clients and the lies of "
    "less than half as many others, both of shape (number, num_params). Assert "
    "something that holds for the trimmed mean and fails for each broken rule.",
    hints=(
        "Whatever the liars send: between which two numbers must each parameter of the result lie?",
        "result = rule(np.vstack([honest, lies]), len(lies)); no parameter is below "
        "honest.min(axis=0) or above honest.max(axis=0). There is one more way to be wrong, which "
        "no result shows: what has a rule no right to do with the vectors that it is given?",
        "Assert the two inequalities (with 1e-9 for rounding). Keep a copy of the stacked vectors, "
        "and compare it afterwards with np.array_equal(..., equal_nan=True).",
    ),
    subject="robust_rule",
)
