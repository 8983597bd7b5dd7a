"""What the laws of the exercises draw: small whole numbers first, so that examples stay legible.

Whatever can differ, differs: numbers with a point are drawn too, and two gradients, so that an
answer which holds for whole numbers, or for one model, is told so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers, Labels, Matrix, Vector
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.strategies import generators


@dataclass(frozen=True)
class Gradient:
    """The gradient of a loss, in a drawn case; printed, it is what one types.

    Parameters
    ----------
    source : str
        The formula as a lambda.
    formula : callable
        What the source says.

    Examples
    --------
    >>> LINE
    lambda theta, X, y: X.T @ (X @ theta - y) / len(y)
    >>> LINE(np.array([1.0]), np.array([[2.0]]), np.array([1.0]))
    array([2.])
    """

    source: str
    formula: Callable[[Vector, Matrix, Labels], Vector] = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return self.source

    def __call__(self, theta: Vector, features: Matrix, labels: Labels) -> Vector:
        """Return the gradient, shape (num_features,), of a batch with at least one row."""
        if len(features) != len(labels):
            raise ValueError(f"grad got {len(features)} rows of features, {len(labels)} labels")
        if len(features) == 0:
            raise ValueError("grad got a batch without rows, whose mean loss is 0 / 0")
        return self.formula(theta, features, labels)


LINE = Gradient(
    "lambda theta, X, y: X.T @ (X @ theta - y) / len(y)",
    lambda theta, X, y: np.asarray(X.T @ (X @ theta - y) / len(y)),
)
"""Of half the mean square."""

BENT = Gradient(
    "lambda theta, X, y: X.T @ np.tanh(X @ theta - y) / len(y)",
    lambda theta, X, y: np.asarray(X.T @ np.tanh(X @ theta - y) / len(y)),
)
"""Of the mean of log cosh, which sees large errors as smaller."""

LEARNING_RATES = st.sampled_from([1.0, 0.5, 0.1, 0.01])


def numbers(most: int = 9) -> st.SearchStrategy[float]:
    """Floats between -`most` and `most`: whole numbers first, then with one decimal."""
    return st.integers(-most, most).map(float) | decimals(most)


def decimals(most: int) -> st.SearchStrategy[float]:
    """Floats with one decimal, between -`most` and `most`."""
    return st.integers(-10 * most, 10 * most).map(lambda tenths: tenths / 10)


def vectors(length: int, most: int = 9) -> st.SearchStrategy[Vector]:
    """Vectors of `numbers`."""
    return st.lists(numbers(most), min_size=length, max_size=length).map(np.array)


def matrices(rows: int, columns: int, most: int = 9) -> st.SearchStrategy[Matrix]:
    """Matrices of `numbers`."""
    return st.lists(vectors(columns, most), min_size=rows, max_size=rows).map(np.stack)


def classes(length: int, num_classes: int) -> st.SearchStrategy[Integers]:
    """Labels from 0 to num_classes - 1."""
    label = st.integers(0, num_classes - 1)
    return st.lists(label, min_size=length, max_size=length).map(np.array)


@st.composite
def start_and_rows(draw: st.DrawFn, most: int = 7) -> Case:
    """A gradient, a start and rows, as local training begins."""
    n, num_features = draw(st.integers(1, most)), draw(st.integers(1, 2))
    return {
        "grad": draw(st.sampled_from([LINE, BENT])),
        "theta": draw(vectors(num_features, 2)),
        "features": draw(matrices(n, num_features, 2)),
        "labels": draw(vectors(n, 2)),
    }


@st.composite
def in_general_position(draw: st.DrawFn, *shape: int) -> Vector:
    """Arrays without ties and without exact zeros, to one decimal."""
    rng = draw(generators())
    values: Vector = rng.uniform(0.1, 2.0, size=shape).round(1) * rng.choice([-1, 1], size=shape)
    return values


def trained(
    grad: Any,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    batches: Iterable[Integers],
    learning_rate: float,
) -> Vector:
    """Return theta after one step for each batch of rows."""
    for b in batches:
        theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


def cut(order: Integers, batch_size: int) -> list[Integers]:
    """Return the batches of an order of rows; the last may be smaller."""
    return np.split(order, range(batch_size, len(order), batch_size))
