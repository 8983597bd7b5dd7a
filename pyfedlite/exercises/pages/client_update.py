"""Exercises of page 04 about what a client does."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.exercises.exercise import Exercise, Law, Mistake, Seeded
from pyfedlite.exercises.pages.draws import LEARNING_RATES, cut, start_and_rows, trained
from pyfedlite.testing.counterexample import Case


@st.composite
def _training(draw: st.DrawFn) -> Case:
    (case,) = draw(start_and_rows())
    return {
        **case,
        "local_epochs": draw(st.integers(1, 3)),
        "batch_size": draw(st.integers(1, 4)),
        "learning_rate": draw(LEARNING_RATES),
        "rng": Seeded(draw(st.integers(0, 9))),
    }


def _client_update(
    grad: Any,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    local_epochs: int,
    batch_size: int,
    learning_rate: float,
    rng: np.random.Generator,
) -> Vector:
    orders = [rng.permutation(len(labels)) for _ in range(local_epochs)]
    batches = [b for order in orders for b in cut(order, batch_size)]
    return trained(grad, theta, features, labels, batches, learning_rate)


def _in_one_order(**case: Any) -> Vector:
    order = case["rng"].permutation(len(case["labels"]))
    batches = cut(order, case["batch_size"]) * case["local_epochs"]
    given = (case["grad"], case["theta"], case["features"], case["labels"])
    return trained(*given, batches, case["learning_rate"])


CLIENT_UPDATE = Exercise(
    name="client-update-1",
    page="04",
    title="ClientUpdate of Algorithm 1",
    signature="client_update(grad, theta, features, labels, local_epochs, batch_size, "
    "learning_rate, rng)",
    statement="For each of local_epochs epochs, draw an order of the rows with "
    "rng.permutation(n_k), take batch_size rows at a time (the last batch may be smaller), and "
    "step: theta <- theta - learning_rate * grad(theta, features[b], labels[b]). Return the local "
    "model; the theta that came in must stay as it was.",
    hints=(
        "Two loops: over epochs outside, over batches inside. It is local-sgd-1, with an order "
        "drawn anew in each epoch.",
        "n_k is len(labels). order = rng.permutation(n_k) stands inside the outer loop; "
        "range(0, n_k, batch_size) gives the starts of the inner one.",
        "Inside both loops: b is a slice of order, and theta becomes theta minus learning_rate "
        "times grad(theta, features[b], labels[b]). Return theta behind the loops.",
    ),
    laws=(
        Law(
            "the local model is that of ClientUpdate(k, w) in Algorithm 1",
            _training(),
            _client_update,
        ),
    ),
    mistakes=(
        Mistake(
            "That is the update Delta_k; here the local model itself is wanted.",
            lambda **case: _client_update(**case) - case["theta"],
        ),
        Mistake(
            "That is a single epoch: repeat it local_epochs times.",
            lambda **case: _client_update(**{**case, "local_epochs": 1}),
        ),
        Mistake(
            "The order is drawn once, before the epochs. Draw it anew in each of them.",
            _in_one_order,
        ),
        Mistake(
            "Those are steps with all rows at once: cut the order into batches.",
            lambda **case: _client_update(**{**case, "batch_size": len(case["labels"])}),
        ),
    ),
)
