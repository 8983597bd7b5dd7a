"""Evasion: rows that are changed a little so that a trained model errs (FGSM).

Adversary: somebody who knows the model and may change every column of a row by epsilon. Protected:
nothing. Protected by: training on such rows, which is not built here. For teaching and research:
not audited.

x' = x + epsilon sign(dL/dx). For a logistic regression it is exact: a score z falls by
epsilon |w|_1 for the label 1 and rises by as much for the label 0, and no change within epsilon
does more. (Beyond a score of about 745 the gradient is no float64 but 0, and the row stays.) For
the MLP it is the best change of the tangent, and other changes may do more.

References
----------
I. J. Goodfellow, J. Shlens and C. Szegedy, "Explaining and Harnessing Adversarial Examples", ICLR
2015, https://arxiv.org/abs/1412.6572
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pyfedlite import _check, plotting
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.models import MLP, LogisticRegression, SoftmaxRegression, affine
from pyfedlite.models.outputs import Logistic, Output, Softmax
from pyfedlite.roles import Model

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Evaded:
    """Changed rows, and how well the model does on them.

    Parameters
    ----------
    features : ndarray of shape (n, num_features)
    accuracy_before, accuracy_after : float
    """

    features: Matrix
    accuracy_before: float
    accuracy_after: float

    def plot(
        self, originals: Matrix, shape: tuple[int, int], *, most: int = 8, axes: Any = None
    ) -> "Sequence[Axes]":
        """Draw rows as images, and under each what it was changed to.

        Parameters
        ----------
        originals : ndarray of shape (n, num_features)
            The rows before the attack.
        shape : tuple of int
            Height and width.
        most : int
            How many are drawn, the first ones.
        axes : ndarray of axes of shape (2, min(n, most)), optional
            By default those of a new figure.

        Returns
        -------
        list of Axes
        """
        groups = [originals[:most], self.features[:most]]
        return plotting.plot_images(groups, shape, names=("before", "after"), axes=axes)


def input_gradient(model: Model, theta: Vector, features: Matrix, labels: Labels) -> Matrix:
    """Return the gradient of each row's loss by the row, shape (n, num_features).

    Raises
    ------
    TypeError
        If the model is no `MLP`, `SoftmaxRegression` or `LogisticRegression`.

    Examples
    --------
    At theta = 0 a class has probability 1/2, but with w = 1 the loss of x = 0, y = 1 falls along x:

    >>> model = LogisticRegression(1, dtype="float64")
    >>> input_gradient(model, np.array([1.0, 0.0]), np.array([[0.0]]), np.array([1]))
    array([[-0.5]])
    """
    if not isinstance(model, MLP | SoftmaxRegression | LogisticRegression):
        _check.fail_type("model", "be an MLP, a softmax or a logistic regression", model)
    if labels.shape != (len(features),):
        _check.fail("labels", f"have shape ({len(features)},)", labels.shape)
    features = features.astype(np.float64, copy=False)
    layers = affine.layers(model.layout, theta.astype(np.float64, copy=False))
    hidden: list[Vector] = []
    if isinstance(model, MLP):
        hidden, scores = model.forward(layers, features)
    else:
        scores = affine.scores(*layers[0], features)
    dz = _errors(model.output, scores, labels)
    for (weights, _), below in zip(layers[:0:-1], hidden[::-1], strict=True):
        assert isinstance(model, MLP)  # no other has a hidden layer
        dz = model.backward(weights, below, dz)
    return affine.backward(layers[0][0], dz)


def _errors(output: Output, scores: Vector, labels: Labels) -> Vector:
    """Return the derivative of each row's loss by its scores, shape (n, num_outputs).

    It is p - onehot(y). Here the entry of the label is minus the sum of the others: p_y - 1 is 0
    where p_y is nearly 1, and the rest would point another way.
    """
    output.loss(scores, labels, None)  # refuses labels that are no classes
    assert isinstance(output, Logistic | Softmax)  # the models above have no other
    rows, of_label = np.arange(len(labels)), labels.astype(np.intp)
    p = output.probabilities(scores)
    p[rows, of_label] = 0.0
    p[rows, of_label] = -p.sum(axis=1)
    return p[:, 1:] if isinstance(output, Logistic) else p


def fgsm(
    model: Model,
    theta: Vector,
    features: Matrix,
    labels: Labels,
    epsilon: float,
    *,
    limits: tuple[float, float] | None = None,
) -> Evaded:
    """Return the rows after one step of size `epsilon` along the sign of the gradient.

    Parameters
    ----------
    model, theta
        What is attacked.
    features : ndarray of shape (n, num_features)
        At least one row; whole numbers are changed in float64.
    labels : ndarray of shape (n,)
        The true ones.
    epsilon : float
        At least 0.
    limits : tuple of float, optional
        The lowest and the highest value that a column may take, such as (0, 1) for grey values.

    Examples
    --------
    >>> model = LogisticRegression(2, dtype="float64")
    >>> theta, rows = np.array([3.0, -1.0, 0.0]), np.array([[0.5, 0.5]])
    >>> evaded = fgsm(model, theta, rows, np.array([1]), 0.25)  # the score 1 falls by 0.25 * 4
    >>> evaded.features, (evaded.features @ theta[:2]).tolist()
    (array([[0.25, 0.75]]), [0.0])
    """
    _check.non_negative("epsilon", epsilon)
    if not len(features):
        _check.fail("features", "hold one row or more", features.shape)
    if features.dtype.kind != "f":  # a step of 0.1 is 0 in whole numbers
        features = features.astype(np.float64)
    step = epsilon * np.sign(input_gradient(model, theta, features, labels))
    changed: Matrix = features + step.astype(features.dtype)
    if limits is not None:
        changed = np.clip(changed, *limits)
    before, after = (
        float(np.mean(model.predict(theta, rows) == labels)) for rows in (features, changed)
    )
    return Evaded(changed, before, after)
