"""The affine map z = X W + b: a layer of the MLP, and what the three linear models share.

Its backward pass is two lines. With L the loss and dz = dL/dz, shape (..., n, num_outputs):

    dL/dW = X' dz        because z_ic = sum_j X_ij W_jc + b_c
    dL/db = sum_i dz_i

An L2 penalty (l2 / 2) ||W||^2 adds l2 W to the first; the bias b is not penalised.
"""

from typing import ClassVar

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.models.outputs import Output
from pyfedlite.params import ParamLayout

Layers = list[tuple[Vector, Vector]]
"""W_l and b_l, for l = 1, ..., L."""


def affine_layout(num_features: int, num_outputs: int) -> ParamLayout:
    """Return the layout of one affine map: W, then b."""
    return ParamLayout({"W": (num_features, num_outputs), "b": (num_outputs,)})


def layers(layout: ParamLayout, theta: Vector) -> Layers:
    """Return W, (..., size_in, size_out), and b, (..., 1, size_out), of each affine map: views.

    b is a row, which is added to the row of every example.
    """
    parts = iter(layout.views(theta).values())
    return [(W, b[..., np.newaxis, :]) for W, b in zip(parts, parts, strict=True)]


def scores(W: Vector, b: Vector, features: Matrix) -> Vector:
    """Return X W + b, shape (..., n, num_outputs)."""
    check_features(features, W.shape[-2])
    z: Vector = features @ W
    z += b
    return z


def gradient(layout: ParamLayout, theta: Vector, features: Matrix, dz: Vector, l2: float) -> Vector:
    """Return dL/dtheta, shape (..., d), from dz = dL/dz."""
    grad = empty_gradient(theta, features)
    [(W, _)], [(dW, db)] = layers(layout, theta), layers(layout, grad)
    write_gradient(dW, db, features, dz)
    if l2:
        dW += l2 * W
    return grad


def write_gradient(dW: Vector, db: Vector, features: Matrix, dz: Vector) -> None:
    """Write X' dz into dW, and the sum of dz over the examples into db."""
    # BLAS takes five times as long for a row alone, as each of the rows of DP-SGD is.
    product = np.multiply if features.shape[-2] == 1 else np.matmul
    product(features.mT, dz, out=dW)
    dz.sum(axis=-2, keepdims=True, out=db)


def backward(W: Vector, dz: Vector) -> Vector:
    """Return dL/dX = dz W', shape (..., n, num_features).

    It is computed as (W dz')', with dz' and the result stored row by row: BLAS then takes half the
    time, and the products that follow are faster too.
    """
    return np.ascontiguousarray((W @ np.ascontiguousarray(dz.mT)).mT)


def penalty(weight: Vector, l2: float) -> Vector:
    """Return (l2 / 2) ||W||^2, shape (...)."""
    square: Vector = np.square(weight).sum(axis=(-1, -2))
    return 0.5 * l2 * square


def empty_gradient(theta: Vector, features: Matrix) -> Vector:
    """Return an empty gradient, shape (..., d), with the batch axes of theta and features."""
    if theta.ndim == 1 and features.ndim == 2:
        return np.empty_like(theta)
    batch = np.broadcast_shapes(theta.shape[:-1], features.shape[:-2])
    return np.empty((*batch, theta.shape[-1]), theta.dtype)


def check_features(features: Matrix, num_features: int) -> None:
    """Check that the rows have as many features as the model."""
    if features.ndim < 2 or features.shape[-1] != num_features:
        _check.fail("features", f"have shape (..., n, {num_features})", features.shape)


def check_dtype(dtype: str) -> str:
    """Return the model's dtype by name: float32 or float64."""
    return _check.one_of("dtype", str(np.dtype(dtype)), ["float32", "float64"])


class AffineModel:
    """What the linear models share: scores X W + b, and an output that says what they mean.

    Nobody makes an object of this class itself. `LinearRegression`, `LogisticRegression` and
    `SoftmaxRegression` are frozen dataclasses that complete it: they name their fields, their
    `output` and how many scores it needs. The loss is that of the output plus (l2 / 2) ||W||^2.
    """

    num_features: int
    l2: float
    dtype: str
    layout: ParamLayout
    output: ClassVar[Output]
    batch_axes: ClassVar[bool] = True

    @property
    def num_outputs(self) -> int:
        """Columns of W: one score, unless the output needs more."""
        return 1

    def __post_init__(self) -> None:
        _check.keep(self, "num_features", _check.integer, minimum=1)
        _check.keep(self, "l2", _check.non_negative)
        object.__setattr__(self, "dtype", check_dtype(self.dtype))  # the class is frozen
        layout = affine_layout(self.num_features, self.num_outputs)
        object.__setattr__(self, "layout", layout)  # the classes that complete this one are frozen

    def init(self, rng: np.random.Generator) -> Vector:
        """Return theta = 0; the loss is convex, so any start will do, and `rng` is not used."""
        return np.zeros(self.layout.num_params, self.dtype)

    def scores(self, theta: Vector, features: Matrix) -> Vector:
        """Return X W + b, shape (..., n, num_outputs)."""
        [(W, b)] = layers(self.layout, theta)
        return scores(W, b, features)

    def loss(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the mean loss of the output plus the penalty, shape (...)."""
        loss = self.output.loss(self.scores(theta, features), labels, weights)
        return loss + penalty(self.layout.views(theta)["W"], self.l2)

    def grad(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return the gradient of the loss by theta, shape (..., num_params)."""
        dz = self.output.error(self.scores(theta, features), labels, weights)  # dL/dz
        return gradient(self.layout, theta, features, dz, self.l2)

    def predict(self, theta: Vector, features: Matrix) -> Labels:
        """Return the values of a regression, or the most probable classes, shape (..., n)."""
        return self.output.predict(self.scores(theta, features))
