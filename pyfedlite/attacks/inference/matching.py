"""Deep leakage from gradients: a row is searched whose gradient is the one that was seen.

Adversary: a server that sees the gradient of one row of a smooth network with one hidden layer, and
knows the weights. Protected: nothing against it with sigmoid units and small weights. Protected by:
secure aggregation, as far as a sum hides; noise; saturated units, by chance. For teaching and
research: not audited.

Where the first layer has a bias, ``recover_rows`` needs no search; the search is what is left for
layers without one. With a = phi(z1) and all vectors as rows::

    z1 = x W1 + b1    p = softmax(a W2 + b2)    d2 = p - y    s = d2 W2'    d1 = s phi'(z1)
    E1 = x' d1 - G_W1    e1 = d1 - G_b1    E2 = a' d2 - G_W2    e2 = d2 - G_b2
    M = |E1|^2 + |e1|^2 + |E2|^2 + |e2|^2

and its derivatives, by hand::

    A1 = 2 (x E1 + e1)    A2 = 2 (a E2 + e2) + (A1 phi') W2    J(v) = p v - p (p . v)
    dM/dz1 = A1 s phi'' + (2 d2 E2' + J(A2) W2') phi'
    dM/dx = dM/dz1 W1' + 2 d1 E1'
    dM/du = -(y A2 - y (y . A2))        where y = softmax(u) is searched too

ReLU has no second derivative worth the name, and is refused.

References
----------
L. Zhu, Z. Liu and S. Han, "Deep Leakage from Gradients", NeurIPS 2019,
https://arxiv.org/abs/1906.08935
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pyfedlite import _check, plotting
from pyfedlite._typing import Vector
from pyfedlite.attacks.inference.labels import label_of
from pyfedlite.attacks.inference.lbfgs import minimise
from pyfedlite.models import MLP

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Matched:
    """What the search found.

    Parameters
    ----------
    features : ndarray of shape (num_features,)
    probabilities : ndarray of shape (num_classes,)
        Of the label: 1 for one class where it was known.
    mismatch : float
        M over ``|G|^2``, at least 0. The row is believed where it is tiny; otherwise the search has
        failed and says so.
    num_steps : int
        Of L-BFGS.
    """

    features: Vector
    probabilities: Vector
    mismatch: float
    num_steps: int

    @property
    def is_match(self) -> bool:
        """Whether the mismatch is below a millionth."""
        return self.mismatch < 1e-6

    def plot(self, truth: Vector, shape: tuple[int, int], *, axes: Any = None) -> "Sequence[Axes]":
        """Draw the true row as an image, and under it what the search found.

        Parameters
        ----------
        truth : ndarray of shape (num_features,)
        shape : tuple of int
            Height and width.
        axes : ndarray of axes of shape (2, 1), optional
            By default those of a new figure.

        Returns
        -------
        list of Axes
        """
        groups = [truth[np.newaxis], self.features[np.newaxis]]
        return plotting.plot_images(groups, shape, names=("true", "found"), axes=axes)


def mismatch(
    model: MLP, theta: Vector, gradient: Vector, x: Vector, y: Vector
) -> tuple[float, Vector, Vector]:
    """Return M, dM/dx and dM/du of a row and a label, as at the top of this file.

    Parameters
    ----------
    model : MLP
        With one hidden layer of tanh or sigmoid units.
    theta, gradient : ndarray of shape (num_params,)
    x : ndarray of shape (num_features,)
    y : ndarray of shape (num_classes,)
        Probabilities of the label.
    """
    of_w1, of_b1, of_w2, of_b2 = model.layout.views(gradient).values()
    w1, b1, w2, b2 = model.layout.views(theta).values()
    a, slope, bend = _activation(model.activation, x @ w1 + b1)
    p = _softmax(a @ w2 + b2)
    d2 = p - y
    s = w2 @ d2
    d1 = s * slope
    e_w1, e_b1 = np.outer(x, d1) - of_w1, d1 - of_b1
    e_w2, e_b2 = np.outer(a, d2) - of_w2, d2 - of_b2
    value = float(sum((e * e).sum() for e in (e_w1, e_b1, e_w2, e_b2)))
    a1 = 2 * (x @ e_w1 + e_b1)
    a2 = 2 * (a @ e_w2 + e_b2) + (a1 * slope) @ w2
    j = p * a2 - p * (p @ a2)
    by_z1 = a1 * s * bend + (2 * e_w2 @ d2 + w2 @ j) * slope
    by_x = w1 @ by_z1 + 2 * e_w1 @ d1
    by_u = -(y * a2 - y * (y @ a2))
    return value, by_x, by_u


def match_gradient(
    model: MLP,
    theta: Vector,
    gradient: Vector,
    rng: np.random.Generator,
    *,
    knows_label: bool = True,
    max_steps: int = 300,
    num_starts: int = 1,
) -> Matched:
    """Return the row whose gradient is most like the one that was seen.

    Parameters
    ----------
    model : MLP
        With one hidden layer of tanh or sigmoid units and two outputs or more, without a penalty.
    theta : ndarray of shape (num_params,)
        The weights at which the gradient was taken.
    gradient : ndarray of shape (num_params,)
        Of the loss of one row.
    rng : numpy.random.Generator
        For the starts.
    knows_label : bool
        Whether the label is read off the last bias (iDLG) or searched too (DLG).
    max_steps, num_starts : int
        At least 1. The best of the starts is returned, at once if it matches.

    Raises
    ------
    ValueError
        If the model is of another kind, the gradient is 0 or not finite, or it is that of rows with
        several labels while the label has to be read off.
    """
    _check_model(model)
    theta, seen = theta.astype(np.float64), gradient.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        size, known = float(seen @ seen), None
    if not 0.0 < size < np.inf:
        _check.fail("gradient", "have a length that is finite and not 0", f"the square {size}")
    if knows_label:
        label = label_of(model.layout, seen)
        if label is None:
            _check.fail("gradient", "be of one row for its label to be read off", "several labels")
        known = np.eye(model.num_classes)[label]
    p = model.num_features

    def function(point: Vector) -> tuple[float, Vector]:
        y = _softmax(point[p:]) if known is None else known
        value, by_x, by_u = mismatch(model, theta, seen, point[:p], y)
        return value / size, np.append(by_x, by_u if known is None else []) / size

    best: Matched | None = None
    for _ in range(_check.integer("num_starts", num_starts, minimum=1)):
        start = 0.1 * rng.standard_normal(p + (model.num_classes if known is None else 0))
        point, value, steps = minimise(function, start, max_steps=max_steps, goal=1e-20)
        y = _softmax(point[p:]) if known is None else known
        if best is None or value < best.mismatch:
            best = Matched(point[:p], y, value, steps)
        if best.is_match:
            break
    assert best is not None  # there is one start at least
    return best


def _check_model(model: MLP) -> None:
    if len(model.sizes) != 3 or model.sizes[-1] < 2 or model.l2 or model.activation == "relu":
        hint = "recover_rows needs no search"
        condition = "have one hidden layer of tanh or sigmoid, two outputs or more, no penalty"
        _check.fail("model", condition, repr(model), hint)


def _activation(name: str, z: Vector) -> tuple[Vector, Vector, Vector]:
    """Return phi(z) and its first two derivatives."""
    if name == "tanh":
        a = np.tanh(z)
        return a, 1 - a * a, -2 * a * (1 - a * a)
    a = 0.5 * (1 + np.tanh(z / 2))
    return a, a * (1 - a), a * (1 - a) * (1 - 2 * a)


def _softmax(u: Vector) -> Vector:
    e = np.exp(u - u.max())
    p: Vector = e / e.sum()
    return p
