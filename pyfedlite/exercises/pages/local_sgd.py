"""Exercises of page 03 about local SGD."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers, Labels, Matrix, Vector
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.exercises.pages.draws import LEARNING_RATES, cut, start_and_rows, trained
from pyfedlite.testing.counterexample import Case


def _epoch(
    grad: Any,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    order: Integers,
    batch_size: int,
    learning_rate: float,
) -> Vector:
    return trained(grad, theta, features, labels, cut(order, batch_size), learning_rate)


@st.composite
def _rows_in_order(draw: st.DrawFn) -> Case:
    case, places = draw(start_and_rows(st.integers(0, 99)))
    order = np.argsort(places, kind="stable")
    batch_size, rate = draw(st.integers(1, 4)), draw(LEARNING_RATES)
    return {**case, "order": order, "batch_size": batch_size, "learning_rate": rate}


def _without_the_last(**case: Any) -> Vector:
    order, size = case["order"], case["batch_size"]
    full = len(order) // size * size
    if full == 0:
        return np.asarray(case["theta"])
    return _epoch(**{**case, "order": order[:full]})


LOCAL_SGD = Exercise(
    name="local-sgd-1",
    page="03",
    title="One epoch of local SGD",
    signature="local_epoch(grad, theta, features, labels, order, batch_size, learning_rate)",
    statement="Take the rows in the given order, batch_size at a time, and make the step theta <- "
    "theta - learning_rate * grad(theta, features[b], labels[b]) for each batch b of row numbers. "
    "The last batch may be smaller. Return theta after the last step; the theta that came in must "
    "stay as it was.",
    hints=(
        "range(0, n, batch_size) gives where each batch begins.",
        "order[start : start + batch_size] is a batch of row numbers; a slice may reach past the "
        "end, and is then shorter. features[b] takes those rows.",
        "In a loop over the starts, b is that slice of order, and theta becomes theta minus "
        "learning_rate times grad(theta, features[b], labels[b]): a new array each time.",
    ),
    laws=(
        Law(
            "theta makes one step for each batch, the smaller last one included",
            _rows_in_order(),
            _epoch,
        ),
    ),
    mistakes=(
        Mistake(
            "The last, smaller batch is left out. A client with fewer rows than batch_size would "
            "not train at all.",
            _without_the_last,
        ),
        Mistake(
            "The rows are taken in the order in which they are stored: use features[b] with b from "
            "`order`.",
            lambda **case: _epoch(**{**case, "order": np.arange(len(case["labels"]))}),
        ),
        Mistake(
            "That is one step with all rows at once.",
            lambda **case: _epoch(**{**case, "batch_size": len(case["labels"])}),
        ),
    ),
)
