"""The gradient and the loss of a model, and how they were got wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.models import LogisticRegression
from pyfedlite.params import ParamLayout
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject, variant
from pyfedlite.testing.strategies import generators

Formula = Callable[[LogisticRegression, Vector, Matrix, Labels, Vector | None], Vector]


def _right_loss(
    model: LogisticRegression,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    weights: Vector | None,
) -> Vector:
    return model.loss(theta, features, labels, weights)


def _right_grad(
    model: LogisticRegression,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    weights: Vector | None,
) -> Vector:
    return model.grad(theta, features, labels, weights)


@dataclass(frozen=True)
class MutatedModel:
    """A logistic regression with another formula for its loss or its gradient.

    Parameters
    ----------
    model : LogisticRegression
        Everything else is asked of it.
    loss_formula, grad_formula : callable
        Of the model and the arguments of ``loss`` and ``grad``.
    """

    model: LogisticRegression
    loss_formula: Formula = _right_loss
    grad_formula: Formula = _right_grad
    num_classes = 2

    @property
    def layout(self) -> ParamLayout:
        """Where each parameter lives in theta."""
        return self.model.layout

    @property
    def num_features(self) -> int:
        """Columns of the features."""
        return self.model.num_features

    @property
    def dtype(self) -> str:
        """What theta is stored in."""
        return self.model.dtype

    def init(self, rng: np.random.Generator) -> Vector:
        """Return a start, shape (num_params,)."""
        return self.model.init(rng)

    def loss(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return what `loss_formula` gives, shape (...)."""
        return self.loss_formula(self.model, theta, features, labels, weights)

    def grad(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return what `grad_formula` gives, shape (..., num_params)."""
        return self.grad_formula(self.model, theta, features, labels, weights)

    def predict(self, theta: Vector, features: Matrix) -> Labels:
        """Return the likelier class, shape (..., n)."""
        return self.model.predict(theta, features)

    def predict_proba(self, theta: Vector, features: Matrix) -> Vector:
        """Return P(y = 0) and P(y = 1), shape (..., n, 2)."""
        return self.model.predict_proba(theta, features)


def _penalty_subtracted(
    model: LogisticRegression,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    weights: Vector | None,
) -> Vector:
    gradient = model.grad(theta, features, labels, weights)
    model.layout.views(gradient)["W"][...] -= 2 * model.l2 * model.layout.views(theta)["W"]
    return gradient


def _changed(change: Callable[[Vector, Vector, int], None]) -> Formula:
    """Return a gradient that is changed in place, given itself, theta and the number of rows."""

    def formula(
        model: LogisticRegression,
        theta: Vector,
        features: Matrix,
        labels: Labels,
        weights: Vector | None,
    ) -> Vector:
        gradient = model.grad(theta, features, labels, weights)
        change(gradient, theta, labels.shape[-1])
        return gradient

    return formula


def _reverse(gradient: Vector, theta: Vector, n: int) -> None:
    gradient *= -1


def _double(gradient: Vector, theta: Vector, n: int) -> None:
    gradient *= 2


def _sum(gradient: Vector, theta: Vector, n: int) -> None:
    gradient *= n


def _without_sign(gradient: Vector, theta: Vector, n: int) -> None:
    np.abs(gradient, out=gradient)


def _turn(gradient: Vector, theta: Vector, n: int) -> None:
    gradient[...] = gradient[..., ::-1].copy()


def _nothing(gradient: Vector, theta: Vector, n: int) -> None:
    gradient[...] = 0


def _without_penalty(gradient: Vector, theta: Vector, n: int) -> None:
    gradient[..., :-1] -= MODEL.l2 * theta[..., :-1]


def _penalty_on_bias(gradient: Vector, theta: Vector, n: int) -> None:
    gradient[..., -1] += MODEL.l2 * theta[..., -1]


def _not_a_number(gradient: Vector, theta: Vector, n: int) -> None:
    gradient[..., -1] = np.nan


def _infinite_loss(
    model: LogisticRegression,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    weights: Vector | None,
) -> Vector:
    large = np.abs(model.scores(theta, features)).max(axis=(-1, -2)) > 30
    return np.where(large, np.inf, model.loss(theta, features, labels, weights))


def _one_too_small(index: int) -> Formula:
    def halve(gradient: Vector, theta: Vector, n: int) -> None:
        gradient[..., index] /= 2

    return _changed(halve)


def _variant(name: str, grad_formula: Formula, story: str) -> Mutant:
    return variant(f"gradient-{name}", MutatedModel(MODEL, grad_formula=grad_formula), story)


def _log_of_sigmoid(
    model: LogisticRegression,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    weights: Vector | None,
) -> Vector:
    with np.errstate(over="ignore", divide="ignore"):
        p = 1 / (1 + np.exp(-model.scores(theta, features)[..., 0]))
        losses = np.where(labels == 1, -np.log(p), -np.log(1 - p))
    penalty = 0.5 * model.l2 * np.square(model.layout.views(theta)["W"]).sum(axis=(-1, -2))
    if weights is None:
        return np.asarray(losses.mean(axis=-1) + penalty)
    return np.asarray((losses * weights).sum(axis=-1) / weights.sum(axis=-1) + penalty)


MODEL = LogisticRegression(2, l2=0.5, dtype="float64")


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    rng = draw(generators())
    n, scale = draw(st.integers(1, 5)), draw(st.sampled_from([0.1, 1.0, 100.0]))
    return {
        "theta": (scale * rng.normal(size=3)).round(3),
        "features": rng.normal(size=(n, 2)).round(3),
        "labels": rng.integers(2, size=n),
    }


GRADIENT = Subject(
    name="gradient",
    says="model.grad(theta, features, labels) is the derivative of model.loss by theta",
    implementation=MODEL,
    cases=_cases(),
    arguments={
        "theta": "parameters, shape (num_params,)",
        "features": "X, shape (n, num_features)",
        "labels": "y, 0 or 1, shape (n,)",
    },
    mutants=(
        Mutant(
            "l2-subtracted",
            MutatedModel(MODEL, grad_formula=_penalty_subtracted),
            "ddbourgin/numpy-ml, linear_models/logistic.py, _NLL_grad",
            "The loss adds the penalty (l2 / 2) ||W||^2, and the gradient subtracts l2 W.",
        ),
        Mutant(
            "log-of-sigmoid",
            MutatedModel(MODEL, loss_formula=_log_of_sigmoid),
            "ddbourgin/numpy-ml, linear_models/logistic.py, _sigmoid and _NLL",
            "The logarithm is taken of a sigmoid that has already been rounded to 0 or 1: for "
            "large scores the loss is infinite.",
        ),
    ),
    variants=(
        _variant("reversed", _changed(_reverse), "The sign of the gradient is reversed."),
        _variant("doubled", _changed(_double), "The gradient is twice too long."),
        _variant(
            "of-the-sum",
            _changed(_sum),
            "It is the gradient of the sum of the losses, not the mean.",
        ),
        _variant("without-sign", _changed(_without_sign), "Each number has lost its sign."),
        _variant("turned", _changed(_turn), "The numbers are right, and in the opposite order."),
        _variant("nothing", _changed(_nothing), "The gradient is 0 everywhere."),
        _variant(
            "first-halved", _one_too_small(0), "The first number is half of what it should be."
        ),
        _variant(
            "second-halved", _one_too_small(1), "The second number is half of what it should be."
        ),
        _variant("bias-halved", _one_too_small(-1), "The last number, of the bias, is halved."),
        _variant("not-a-number", _changed(_not_a_number), "The number of the bias is NaN."),
        variant(
            "loss-infinite",
            MutatedModel(MODEL, loss_formula=_infinite_loss),
            "The loss is infinite where a score is above 30, and the gradient is not.",
        ),
        _variant(
            "without-penalty",
            _changed(_without_penalty),
            "The loss adds the penalty (l2 / 2) ||W||^2, and the gradient leaves it out.",
        ),
        _variant(
            "penalty-on-bias",
            _changed(_penalty_on_bias),
            "The gradient adds l2 b for the bias b, which the loss does not penalise.",
        ),
    ),
    methods=(
        "loss",
        "grad",
        "init",
        "predict",
        "predict_proba",
        "layout",
        "num_features",
        "num_classes",
        "dtype",
    ),
)
