"""The affine map that every linear model is made of: scores z = X W + b.

Its backward pass is two lines. With L the loss and dz = dL/dz, shape (..., n, num_outputs):

    dL/dW = X' dz        because z_ic = sum_j X_ij W_jc + b_c
    dL/db = sum_i dz_i

An L2 penalty (l2 / 2) ||W||^2 adds l2 W to the first; the bias b is not penalised.
"""

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Matrix, Vector
from pyfedlite.params import ParamLayout


def affine_layout(num_features: int, num_outputs: int) -> ParamLayout:
    """Return the layout of one affine map: W, then b."""
    return ParamLayout({"W": (num_features, num_outputs), "b": (num_outputs,)})


def layers(layout: ParamLayout, theta: Vector) -> list[tuple[Vector, Vector]]:
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
    np.matmul(features.mT, dz, out=dW)
    dz.sum(axis=-2, keepdims=True, out=db)


def descend(W: Vector, b: Vector, features: Matrix, step: Vector, decay: float) -> None:
    """Take a step down the gradient, in place: W and b are written to.

    The gradient of a large W fills a cache; here it is made and used up at once, and the rate is
    in the small dz already: `step` is rate * dz, `decay` is rate * l2.
    """
    if decay:
        W *= 1 - decay
    W -= features.mT @ step
    b -= step.sum(axis=-2, keepdims=True)


def backward(W: Vector, dz: Vector) -> Vector:
    """Return dL/dX = dz W', shape (..., n, num_features).

    It is written as (W dz')', with dz' and the result laid out row by row: BLAS takes half the
    time for it, and the products that follow take less too.
    """
    return np.ascontiguousarray((W @ np.ascontiguousarray(dz.mT)).mT)


def penalty(weight: Vector, l2: float) -> Vector:
    """Return (l2 / 2) ||W||^2, shape (...)."""
    square: Vector = np.square(weight).sum(axis=(-1, -2))
    return 0.5 * l2 * square


def empty_gradient(theta: Vector, features: Matrix) -> Vector:
    """Return room for a gradient, shape (..., d), over the batch axes of theta and features."""
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
