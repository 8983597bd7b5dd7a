"""Softmax regression: P(y = c | x) is proportional to e^(x'W_c + b_c)."""

from dataclasses import dataclass, field

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.models import affine
from pyfedlite.models.outputs import Softmax
from pyfedlite.params import ParamLayout


@dataclass(frozen=True)
class SoftmaxRegression:
    """Softmax (multinomial logistic) regression on labels 0 to num_classes - 1.

    Parameters
    ----------
    num_features : int
    num_classes : int
        At least 2.
    l2 : float
        Strength of the penalty (l2 / 2) ||W||^2, at least 0.
    dtype : {"float32", "float64"}
        What theta is stored and computed in.

    Examples
    --------
    At theta = 0 each of three classes has probability 1/3. One example x = 2 of class 0 then
    gives dz = (-2/3, 1/3, 1/3), and the gradient is x dz for W, dz for b:

    >>> model = SoftmaxRegression(1, 3, dtype="float64")
    >>> gradient = model.grad(np.zeros(6), np.array([[2.0]]), np.array([0]))
    >>> (3 * gradient).round(12)
    array([-4.,  2.,  2., -2.,  1.,  1.])
    """

    num_features: int
    num_classes: int
    l2: float = 0.0
    dtype: str = "float32"
    layout: ParamLayout = field(init=False, repr=False, compare=False)
    output = Softmax()

    def __post_init__(self) -> None:
        _check.integer("num_features", self.num_features, minimum=1)
        _check.integer("num_classes", self.num_classes, minimum=2)
        _check.non_negative("l2", self.l2)
        affine.check_dtype(self.dtype)
        layout = affine.affine_layout(self.num_features, self.num_classes)
        object.__setattr__(self, "layout", layout)

    def init(self, rng: np.random.Generator) -> Vector:
        """Return theta = 0: the loss is convex, no start is better; `rng` is not used."""
        return np.zeros(self.layout.num_params, self.dtype)

    def scores(self, theta: Vector, features: Matrix) -> Vector:
        """Return XW + b, shape (..., n, num_classes)."""
        [(W, b)] = affine.layers(self.layout, theta)
        return affine.scores(W, b, features)

    def loss(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the mean cross-entropy and the penalty, shape (...)."""
        loss = self.output.loss(self.scores(theta, features), labels, weights)
        return loss + affine.penalty(self.layout.views(theta)["W"], self.l2)

    def grad(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the gradient of the loss by theta, shape (..., num_params)."""
        dz = self.output.error(self.scores(theta, features), labels, weights)  # (p - onehot(y)) / n
        return affine.gradient(self.layout, theta, features, dz, self.l2)

    def descend(
        self,
        theta: Vector,
        features: Matrix,
        labels: Labels,
        rate: float,
        weights: Vector | None = None,
    ) -> None:
        """Take the step theta <- theta - rate * grad, in place: `theta` is written to."""
        [(W, b)] = affine.layers(self.layout, theta)
        dz = self.output.error(affine.scores(W, b, features), labels, weights)
        affine.descend(W, b, features, rate * dz, rate * self.l2)

    def predict(self, theta: Vector, features: Matrix) -> Labels:
        """Return the likeliest class, shape (..., n)."""
        return self.output.predict(self.scores(theta, features))

    def predict_proba(self, theta: Vector, features: Matrix) -> Vector:
        """Return the probability of each class, shape (..., n, num_classes)."""
        return self.output.probabilities(self.scores(theta, features))
