"""The step theta <- theta - rate * grad, taken layer by layer without a gradient in memory.

The gradient of a large weight matrix fills a cache. Here each layer's part of the gradient is used
as soon as it is computed, and the small dz is multiplied by the rate, not the large gradient
(`make bench ARGS=step` measures the parts of a step). The formulas are those of `MLP` and
``affine``: a law in ``tests/laws/test_descend_laws.py`` says that a step here is
``theta - rate * model.grad(...)`` up to rounding, for one client and for a stack.
"""

from typing import TypeGuard, get_args

from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.clients import batches
from pyfedlite.models import affine
from pyfedlite.models.fast.delayed import Delayed, rows_together
from pyfedlite.models.linear import LinearRegression
from pyfedlite.models.logistic import LogisticRegression
from pyfedlite.models.mlp import MLP
from pyfedlite.models.softmax import SoftmaxRegression
from pyfedlite.roles import Model

Descends = LinearRegression | LogisticRegression | SoftmaxRegression | MLP


def can_descend(model: Model) -> TypeGuard[Descends]:
    """Return whether `model` is one of `Descends`; a subclass may have other formulas."""
    return type(model) in get_args(Descends)


def descend(
    model: Descends,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    rate: float,
    weights: Vector | None = None,
) -> None:
    """Take the step theta <- theta - rate * grad, in place.

    Parameters
    ----------
    model : LinearRegression, LogisticRegression, SoftmaxRegression or MLP
    theta : ndarray of shape (..., num_params)
        Written to.
    features : ndarray of shape (..., n, num_features)
    labels : ndarray of shape (..., n)
    rate : float
    weights : ndarray of shape (..., n), optional

    Examples
    --------
    The loss of y = wx + b at 0 is y^2 / 2; on the row x = 2, y = 3 its gradient is (-6, -3):

    >>> import numpy as np
    >>> theta = np.zeros(2)
    >>> model = LinearRegression(1, dtype="float64")
    >>> descend(model, theta, np.array([[2.0]]), np.array([3.0]), rate=0.5)
    >>> theta
    array([3. , 1.5])
    """
    layers, decay = affine.layers(model.layout, theta), rate * model.l2
    z, a = affine.scores(*layers[0], features), list[Vector]()
    if isinstance(model, MLP):
        a, z = model.forward_from(layers, z)
    step = rate * model.output.error(z, labels, weights)
    if isinstance(model, MLP):
        step = _descend_above(model, layers, a, step, decay)
    descend_layer(*layers[0], features, step, decay)


def descend_epoch(
    model: Descends,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    rate: float,
    batch_size: int,
) -> None:
    """Take one step for each batch of consecutive rows of one client, in place.

    The first layer of an MLP takes the steps of several small batches together (see ``delayed``):
    up to rounding the same as `descend` for one batch after another.

    Parameters
    ----------
    model : LinearRegression, LogisticRegression, SoftmaxRegression or MLP
    theta : ndarray of shape (num_params,)
        Written to.
    features : ndarray of shape (n, num_features)
    labels : ndarray of shape (n,)
    rate : float
    batch_size : int
        At least 1; the last batch may be smaller.
    """
    affine.check_features(features, model.num_features)
    may_wait = isinstance(model, MLP) and model.l2 == 0
    together = rows_together(batch_size, len(labels)) if may_wait else 0
    for batch in batches(len(labels), together or batch_size):
        if together and isinstance(model, MLP):
            _descend_delayed(model, theta, features[batch], labels[batch], rate, batch_size)
        else:
            descend(model, theta, features[batch], labels[batch], rate)


def _descend_delayed(
    model: MLP, theta: Vector, features: Matrix, labels: Labels, rate: float, batch_size: int
) -> None:
    """Take the steps of some batches; the first layer takes all its steps at the end."""
    layers = affine.layers(model.layout, theta)
    first = Delayed.of(*layers[0], features)
    for batch in batches(len(labels), batch_size):
        a, z = model.forward_from(layers, first.forward(batch))
        step = rate * model.output.error(z, labels[batch], None)
        first.descend(batch, _descend_above(model, layers, a, step, decay=0))
    first.finish()


def _descend_above(
    model: MLP, layers: affine.Layers, a: list[Vector], step: Vector, decay: float
) -> Vector:
    """Take the step of all layers except the first, from rate * dz_L; return rate * dz_1."""
    for (W, b), below in zip(layers[:0:-1], a[::-1], strict=True):
        above, step = step, model.backward(W, below, step)  # before W is written to
        descend_layer(W, b, below, above, decay)
    return step


def descend_layer(W: Vector, b: Vector, features: Matrix, step: Vector, decay: float) -> None:
    """Take the step of one layer, in place; `step` is rate * dz, `decay` is rate * l2."""
    if decay:
        W *= 1 - decay
    W -= features.mT @ step
    b -= step.sum(axis=-2, keepdims=True)
