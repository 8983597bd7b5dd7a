"""Exercises of page 02, logistic regression by hand."""

from typing import Any

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.exercises.pages.draws import numbers, rows, vectors
from pyfedlite.models import LogisticRegression
from pyfedlite.models.outputs import sigmoid
from pyfedlite.testing.counterexample import Case


def _scores(number: st.SearchStrategy[float]) -> st.SearchStrategy[Case]:
    return st.fixed_dictionaries({"z": st.lists(number, min_size=1, max_size=3).map(np.array)})


MODERATE = numbers(8) | st.just(0.00125) | st.integers(-40, 40).map(float)
LARGE = st.sampled_from([-1000.0, 0.0, 1000.0]) | st.integers(-1000, 1000).map(float)

# Each formula for the sigmoid has an error of a few 2^-53: tanh(z / 2) of that size where the
# result is near 0, the others relative to the result.
EXACT = {"rtol": 1e-12, "atol": 1e-15}


def _stable(formula: Any) -> Any:
    def quiet(z: Vector) -> Vector:
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(formula(z))

    return quiet


@st.composite
def _data(draw: st.DrawFn) -> Case:
    features, labels = draw(rows(4, (1, 3), st.integers(0, 1), size=2))
    w = draw(vectors(3, 6))[: features.shape[1]]  # large enough for probabilities near 0 and 1
    return {"w": w, "features": features, "labels": labels}


def _gradient(w: Vector, features: Matrix, labels: Labels) -> Vector:
    model = LogisticRegression(len(w), dtype="float64")
    return model.grad(np.append(w, 0.0), features, labels)[:-1]


def _penalised(gradient: Vector, w: Vector, l2: float) -> Vector:
    model = LogisticRegression(len(w), l2=l2, dtype="float64")
    no_data = np.zeros((1, len(w)))  # with features 0 the penalty alone has a gradient
    return gradient + model.grad(np.append(w, 0.0), no_data, np.array([0]))[:-1]


@st.composite
def _with_penalty(draw: st.DrawFn) -> Case:
    pairs, strength = draw(rows(3, (2, 2))), draw(st.sampled_from([1.0, 0.0, 0.1, 0.5, 3.0]))
    gradient, w = pairs[0].T
    return {"gradient": gradient.copy(), "w": w.copy(), "l2": strength}


SIGMOID = Exercise(
    name="sigmoid-1",
    page="02",
    title="From a score to a probability, without overflow",
    signature="sigmoid(z)",
    statement="Return 1 / (1 + e^-z) for each number of the array z, also for z = -1000 and 1000, "
    "where e^1000 is too large for a float.",
    hints=(
        "np.exp(1000) overflows, np.exp(-1000) is just 0: arrange that the exponent is never "
        "above 0.",
        "For z < 0 the same number is e^z / (1 + e^z). np.exp(-np.abs(z)) is safe for all z; "
        "np.where chooses. The tanh does it in one line.",
        "Either: with e = np.exp(-np.abs(z)), take 1 / (1 + e) where z >= 0 and e / (1 + e) "
        "elsewhere. Or: half of 1 plus the tanh of half of z.",
    ),
    laws=(
        Law("the result is 1 / (1 + e^-z)", _scores(MODERATE), sigmoid, **EXACT),
        Law("large scores give 0 or 1, without a warning", _scores(LARGE), sigmoid, **EXACT),
    ),
    mistakes=(
        Mistake(
            "That is the sigmoid of -z: look at the sign in the exponent.",
            _stable(lambda z: 1 / (1 + np.exp(z))),
        ),
        Mistake("That is e^-z alone.", _stable(lambda z: np.exp(-z))),
    ),
)

LOGISTIC_GRADIENT = Exercise(
    name="logistic-gradient-1",
    page="02",
    title="The gradient of logistic regression",
    signature="logistic_gradient(w, features, labels)",
    statement="Return the gradient by w, shape (num_features,), of the mean cross-entropy of the "
    "model P(y = 1 | x) = sigmoid(x'w), over the rows of features, shape (n, num_features), with "
    "labels 0 or 1, shape (n,).",
    hints=(
        "For one row, the derivative of the loss by its score is p - y: what was predicted minus "
        "what was true.",
        "The score of a row is features @ w, and its derivative by w is the row. So each row "
        "contributes (p - y) times the row, and the loss is a mean over n rows.",
        "With p = sigmoid(features @ w), multiply features.T by (p - labels) and divide by the "
        "number of rows.",
    ),
    laws=(Law("the result is the derivative of the mean loss by w", _data(), _gradient),),
    mistakes=(
        Mistake(
            "That is the gradient of the sum of the losses; the loss is their mean, so divide by "
            "the number of rows.",
            lambda w, features, labels: len(labels) * _gradient(w, features, labels),
        ),
        Mistake(
            "The sign is reversed: the derivative by the score is p - y, not y - p. A step against "
            "this gradient makes the loss larger.",
            lambda w, features, labels: -_gradient(w, features, labels),
        ),
        Mistake(
            "The scores go in where probabilities are wanted: take the sigmoid of features @ w.",
            lambda w, features, labels: features.T @ (features @ w - labels) / len(labels),
        ),
    ),
)

L2_GRADIENT = Exercise(
    name="l2-gradient-1",
    page="02",
    title="The gradient of a penalty",
    signature="l2_gradient(gradient, w, l2)",
    statement="gradient is the gradient of a loss by w. Return the gradient, by w, of the same "
    "loss plus the penalty (l2 / 2) ||w||^2.",
    hints=(
        "The derivative of a sum is the sum of the derivatives.",
        "||w||^2 is the sum of w_i^2, whose derivative by w_i is 2 w_i; the 2 and the 1/2 cancel.",
        "Add l2 times w to the gradient that you were given.",
    ),
    laws=(Law("the penalty adds its own derivative to the gradient", _with_penalty(), _penalised),),
    mistakes=(
        Mistake(
            "The penalty is added to the loss, so its derivative is added to the gradient; here "
            "it is subtracted, and the weights would grow.",
            lambda gradient, w, l2: gradient - l2 * w,
        ),
        Mistake(
            "The derivative of (l2 / 2) w^2 is l2 w: the 2 of the square and the 1/2 cancel.",
            lambda gradient, w, l2: gradient + 2 * l2 * w,
        ),
        Mistake(
            "That adds the penalty itself; the gradient wants its derivative.",
            lambda gradient, w, l2: gradient + l2 / 2 * w**2,
        ),
    ),
)
