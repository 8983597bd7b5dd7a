"""Linear regression: y = x'W + b, trained by half the mean squared error."""

from dataclasses import dataclass, field

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.models import affine
from pyfedlite.models.outputs import Identity
from pyfedlite.params import ParamLayout


@dataclass(frozen=True)
class LinearRegression:
    """Linear regression on real targets.

    Parameters
    ----------
    num_features : int
    l2 : float
        Strength of the penalty (l2 / 2) ||W||^2, at least 0.
    dtype : {"float32", "float64"}
        What theta is stored and computed in.

    Examples
    --------
    At theta = 0 each prediction is 0, so the loss is the mean of y^2 / 2:

    >>> model = LinearRegression(1, dtype="float64")
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 3.0])
    >>> float(model.loss(np.zeros(2), X, y))
    2.5

    and its gradient is (-(1*1 + 2*3)/2, -(1 + 3)/2):

    >>> model.grad(np.zeros(2), X, y)
    array([-3.5, -2. ])
    """

    num_features: int
    l2: float = 0.0
    dtype: str = "float32"
    layout: ParamLayout = field(init=False, repr=False, compare=False)
    num_classes = None
    output = Identity()

    def __post_init__(self) -> None:
        _check.integer("num_features", self.num_features, minimum=1)
        _check.non_negative("l2", self.l2)
        affine.check_dtype(self.dtype)
        object.__setattr__(self, "layout", affine.affine_layout(self.num_features, 1))

    def init(self, rng: np.random.Generator) -> Vector:
        """Return theta = 0: the loss is convex, no start is better; `rng` is not used."""
        return np.zeros(self.layout.num_params, self.dtype)

    def scores(self, theta: Vector, features: Matrix) -> Vector:
        """Return XW + b, shape (..., n, 1)."""
        [(W, b)] = affine.layers(self.layout, theta)
        return affine.scores(W, b, features)

    def loss(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the mean loss and the penalty, shape (...)."""
        loss = self.output.loss(self.scores(theta, features), labels, weights)
        return loss + affine.penalty(self.layout.views(theta)["W"], self.l2)

    def grad(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the gradient of the loss by theta, shape (..., num_params)."""
        dz = self.output.error(self.scores(theta, features), labels, weights)  # (z - y) / n
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
        """Return the predicted values, shape (..., n)."""
        return self.output.predict(self.scores(theta, features))
