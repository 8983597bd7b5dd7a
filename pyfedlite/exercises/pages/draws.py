"""What the laws of the exercises draw: small whole numbers first, so that examples stay legible."""

from collections.abc import Iterable

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers, Labels, Matrix, Vector
from pyfedlite.clients import Client, Participant
from pyfedlite.local import LocalSGD
from pyfedlite.models import LinearRegression
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.strategies import generators

LINE = LinearRegression(1, dtype="float64")
"""Its gradient is what the exercises on local training descend along."""


def numbers(most: int = 9) -> st.SearchStrategy[float]:
    """Whole numbers between -`most` and `most`, as floats."""
    return st.integers(-most, most).map(float)


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
def rows_on_a_line(draw: st.DrawFn, most: int = 7) -> Case:
    """A gradient, a start and rows of one feature, as local training begins."""
    n = draw(st.integers(1, most))
    return {
        "grad": LINE.grad,
        "theta": draw(vectors(2, 2)),
        "features": draw(matrices(n, 1, 2)),
        "labels": draw(vectors(n, 2)),
    }


@st.composite
def in_general_position(draw: st.DrawFn, *shape: int) -> Vector:
    """Arrays without ties and without exact zeros, to one decimal."""
    rng = draw(generators())
    values: Vector = rng.uniform(0.1, 2.0, size=shape).round(1) * rng.choice([-1, 1], size=shape)
    return values


def trained(
    theta: Vector,
    features: Matrix,
    labels: Labels,
    batches: Iterable[Integers],
    learning_rate: float,
) -> Vector:
    """Return theta as the library trains it on `LINE`, with one step for each batch of rows."""
    step, unused = LocalSGD(1, None, learning_rate), np.random.default_rng(0)
    for b in batches:
        client = Participant(Client(0, features[b], labels[b]))
        theta = theta + step.train(LINE, theta, client, unused, round=1).delta
    return theta


def cut(order: Integers, batch_size: int) -> list[Integers]:
    """Return the batches of an order of rows; the last may be smaller."""
    return np.split(order, range(batch_size, len(order), batch_size))
