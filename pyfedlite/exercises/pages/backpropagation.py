"""Exercises of page 03 about backpropagation."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.exercises.pages.draws import in_general_position, rows
from pyfedlite.testing.counterexample import Case


@st.composite
def _scores(draw: st.DrawFn, offsets: tuple[float, ...] = (0.0,)) -> Case:
    """Scores near an offset, which each row has for itself."""
    further = (st.integers(0, 3), st.sampled_from(offsets))
    scores, labels, offset = draw(rows(3, (2, 4), *further, size=3))
    return {"scores": scores + offset[:, np.newaxis], "labels": labels % scores.shape[1]}


def _probabilities(scores: Matrix) -> Matrix:
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(p / p.sum(axis=1, keepdims=True))


def _error(scores: Matrix, labels: Labels) -> Matrix:
    return np.asarray((_probabilities(scores) - np.eye(scores.shape[1])[labels]) / len(labels))


SOFTMAX_GRADIENT = Exercise(
    name="softmax-gradient-1",
    page="03",
    title="The gradient by the scores of a softmax",
    signature="softmax_gradient(scores, labels)",
    statement="Return the derivative of the mean cross-entropy by the scores, shape (n, "
    "num_classes), for labels 0 to num_classes - 1, shape (n,). It must not overflow for scores "
    "near 1000.",
    hints=(
        "For one row it is the probabilities, minus 1 at the true class.",
        "Subtract each row's largest score before np.exp: it cancels. The axis of the classes is "
        "1, and keepdims=True keeps the shapes fitting.",
        "With p the softmax of each row, subtract 1 from p[np.arange(n), labels] and divide "
        "everything by n.",
    ),
    laws=(
        Law("the result is the derivative of the mean loss by the scores", _scores(), _error),
        Law("large scores do not overflow, row by row", _scores((1000.0, 0.0, -1000.0)), _error),
    ),
    mistakes=(
        Mistake(
            "That belongs to the sum of the losses; the loss is their mean, so divide by n.",
            lambda scores, labels: len(labels) * _error(scores, labels),
        ),
        Mistake(
            "The sign is reversed: it is probabilities minus the true class.",
            lambda scores, labels: -_error(scores, labels),
        ),
        Mistake(
            "Those are the probabilities divided by n; 1 at the true class is still to be taken "
            "away.",
            lambda scores, labels: _probabilities(scores) / len(labels),
        ),
    ),
)


@st.composite
def _network(draw: st.DrawFn) -> Case:
    n, inputs, hidden, outputs = (draw(st.integers(1, 2)) for _ in range(4))
    size = draw(st.sampled_from([1.0, 10.0]))
    features, first = (
        size * draw(in_general_position(n, inputs)),
        draw(in_general_position(inputs, hidden)),
    )
    bias, second = draw(in_general_position(hidden)), draw(in_general_position(hidden, outputs))
    assume(np.abs(features @ first + bias).min() > 0.01)  # max(z, 0) has no derivative at 0
    dz2 = draw(in_general_position(n, outputs))
    return {"features": features, "W1": first, "b1": bias, "W2": second, "dz2": dz2}


def _by_differences(features: Matrix, W1: Matrix, b1: Vector, W2: Matrix, dz2: Matrix) -> Matrix:
    """Return the gradient by its definition; the loss is linear near W1, so the step is exact."""

    def change(weights: Matrix) -> float:
        return float((np.maximum(features @ weights + b1, 0) @ W2 * dz2).sum())

    gradient, h = np.zeros_like(W1), 1e-4
    for index in np.ndindex(W1.shape):
        step = np.zeros_like(W1)
        step[index] = h
        gradient[index] = (change(W1 + step) - change(W1 - step)) / (2 * h)
    return gradient


MLP_BACKWARD = Exercise(
    name="mlp-backward-1",
    page="03",
    title="One step of backpropagation",
    signature="hidden_gradient(features, W1, b1, W2, dz2)",
    statement="A network computes a1 = max(features @ W1 + b1, 0) and the scores a1 @ W2 + b2. "
    "dz2, shape (n, num_classes), is the derivative of the loss by the scores. Return the "
    "derivative of the loss by W1, shape (num_features, num_hidden).",
    hints=(
        "Walk backwards: from the scores to a1, through the max to z1 = features @ W1 + b1, and "
        "from there to W1.",
        "Backwards through `a1 @ W2` is `dz2 @ W2.T`. The max lets a derivative pass where z1 > 0 "
        "and stops it elsewhere. Backwards to the weights is `features.T @ dz1`.",
        "dz1 is dz2 @ W2.T, multiplied number by number with (z1 > 0); the answer is features.T "
        "@ dz1. Compute z1 again first.",
    ),
    laws=(Law("the result is the derivative of the loss by W1", _network(), _by_differences),),
    mistakes=(
        Mistake(
            "The derivative of the max is missing: where z1 is below 0 nothing passes. Multiply "
            "by (z1 > 0).",
            lambda features, W1, b1, W2, dz2: features.T @ (dz2 @ W2.T),
        ),
        Mistake(
            "The bias b1 belongs to z1 as well: z1 = features @ W1 + b1.",
            lambda features, W1, b1, W2, dz2: features.T @ (dz2 @ W2.T * (features @ W1 > 0)),
        ),
    ),
)
