"""The last unknown row of a logistic regression, in closed form.

Adversary: somebody who knows the trained model and every row but one, as differential privacy
assumes. Protected: nothing, if the model is at its optimum. Protected by: differential privacy,
which bounds what this adversary learns; early stopping, a little and without a bound. For teaching
and research: not audited.

At the optimum the gradients of all rows and of the penalty add up to 0. What the known rows leave
over is the gradient of the missing one, (p - y) x for the weights and p - y for the intercept::

    g_b = - sum over others of (p - y)
    g = - (sum over others of (p - y) x + strength w)
    y = 1 if g_b < 0 else 0        x = g / g_b
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pyfedlite import _check, plotting
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.models.outputs import sigmoid

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class MissingRow:
    """The row that was missing, and a check.

    Parameters
    ----------
    features : ndarray of shape (num_features,)
    label : int
        0 or 1.
    residual : float
        How far the row is from explaining what was left over: ``|p - y - g_b|``. Where it is not
        nearly 0, the model was not at its optimum, or the penalty is another one.
    """

    features: Vector
    label: int
    residual: float

    def plot(self, truth: Vector, ax: "Axes | None" = None) -> "Axes":
        """Draw each column of what was found over the true one; a right row is on the diagonal."""
        if ax is None:
            _, ax = plotting.pyplot().subplots(layout="constrained")
        ends = [float(truth.min()), float(truth.max())]
        ax.plot(ends, ends, color="#94a4a2", linestyle="--", label="right")
        ax.plot(truth, self.features, "o", color=plotting.COLOURS[0], label="found")
        ax.set(xlabel="true value", ylabel="found")
        ax.legend(frameon=False)
        return ax


def missing_row(
    weights: Vector, intercept: float, features: Matrix, labels: Labels, *, strength: float = 0.0
) -> MissingRow:
    """Return the one row that was trained on beside those that are known.

    Parameters
    ----------
    weights : ndarray of shape (num_features,)
    intercept : float
        Of the optimum; it is not penalised.
    features : ndarray of shape (n - 1, num_features)
    labels : ndarray of shape (n - 1,)
        The known rows; labels 0 or 1.
    strength : float
        lambda of (lambda / 2) ||w||^2 beside the *sum* of the losses, at least 0: n l2 for a model
        that was trained with l2 beside their mean.

    Raises
    ------
    ValueError
        If a label is neither 0 nor 1, or nothing is left over: the model cannot have seen another
        row.

    Examples
    --------
    One known row (0, y = 1) and the missing one (2, y = 0): the optimum has w = -1 and b = 1 with a
    penalty that holds it there, p = 1 / (1 + e^-1) for the first and 1 / (1 + e) for the other.

    >>> p = 1 / (1 + np.exp(-1.0))
    >>> row = missing_row(np.array([-1.0]), 1.0, np.array([[0.0]]), np.array([1]),
    ...                   strength=2 * (1 - p))
    >>> row.features.round(12), row.label
    (array([2.]), 0)
    """
    _check.non_negative("strength", strength)
    if not np.isin(labels, (0, 1)).all():
        _check.fail("labels", "be 0 or 1", f"{np.min(labels)} to {np.max(labels)}")
    errors = sigmoid(features @ weights + intercept) - labels
    left_b = -float(errors.sum())
    left = -(errors @ features + strength * weights)
    if left_b == 0.0:
        _check.fail("what the known rows leave over", "not be 0", left_b, "is a row missing?")
    row, label = left / left_b, int(left_b < 0)
    p = float(sigmoid(np.asarray(row @ weights + intercept)))
    return MissingRow(row, label, abs(p - label - left_b))
