"""What the laws of the exercises draw: small whole numbers first, so that examples stay legible.

Whatever can differ, differs: numbers with a point are drawn too, large and tiny ones, and two
gradients, so that an answer which holds for whole numbers, for small ones, or for one model, is
told so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers, Labels, Matrix, Vector
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


FAR = (1000.0, -250_000.0, 0.00125, -0.375)
"""Numbers of other sizes, which show who cuts off at a bound, or after some decimals."""

FAR_FROM = 9
"""Where numbers of this size are drawn, those of other sizes are too; training would diverge."""

COUNTS = st.sampled_from([*range(1, 21), 150, 1000])
"""Numbers of examples; from one list, so that Hypothesis comes from the large ones to the small."""


def numbers(most: int = FAR_FROM, *further: float) -> st.SearchStrategy[float]:
    """Floats between -`most` and `most`: whole numbers first, some with one decimal, then `FAR`.

    What is `further` comes last.
    """
    whole = [float(sign * size) for size in range(most + 1) for sign in (1, -1)]
    near = [*whole[:1], *whole[2:], *(x + 0.5 for x in whole[:-2]), 0.1, -0.3, 1.7]
    return st.sampled_from([*near, *(FAR if most >= FAR_FROM else ()), *further])


def vectors(length: int, most: int = 9) -> st.SearchStrategy[Vector]:
    """Vectors of `numbers`."""
    return st.lists(numbers(most), min_size=length, max_size=length).map(np.array)


@st.composite
def rows(
    draw: st.DrawFn,
    most: int,
    widths: tuple[int, int],
    *columns: st.SearchStrategy[Any],
    size: int = 9,
) -> tuple[Any, ...]:
    """From 1 to `most` rows: a matrix of `numbers`, shape (n, width), and columns of one value.

    Rows are drawn whole and wide, then cut to some columns that are drawn last: so Hypothesis can
    leave out a row, or a column, as it looks for a simpler example.
    """
    least, wide = widths
    spans = [(i, i + width) for width in range(least, wide + 1) for i in range(wide - width + 1)]
    row = st.tuples(*[numbers(size)] * wide, *columns)
    drawn = draw(st.lists(row, min_size=1, max_size=most))
    start, end = draw(st.sampled_from(spans))
    matrix = np.array([values[start:end] for values in drawn])
    return matrix, *(np.array(column) for column in list(zip(*drawn, strict=True))[wide:])


@st.composite
def start_and_rows(draw: st.DrawFn, *columns: st.SearchStrategy[Any]) -> tuple[Any, ...]:
    """A gradient, a start and rows, as local training begins, by name; and further columns."""
    gradient, theta = draw(st.sampled_from([LINE, BENT])), draw(vectors(2, 2))
    features, labels, *more = draw(rows(7, (1, 2), numbers(2, 500.0), *columns, size=2))
    start = theta[: features.shape[1]]
    return {"grad": gradient, "theta": start, "features": features, "labels": labels}, *more


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
