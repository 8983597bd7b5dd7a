"""The gradient and the loss of a model, and how they were got wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.models import LogisticRegression
from pyfedlite.params import ParamLayout
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject
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
)
