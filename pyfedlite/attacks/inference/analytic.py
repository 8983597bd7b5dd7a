"""Rows that are divided out of a gradient: exact, without a search.

Adversary: a server that sees one client's gradient, or its update. Protected: nothing, while a unit
of the first layer has an error for one row alone. Not protected by: several local steps, or a wide
layer, which helps the attacker. Protected by: secure aggregation, as far as a sum of many rows
hides each; noise. For teaching and research: not audited.

For a first layer z = x W + b with error d_i = dL/dz of row i::

    dL/dW = sum_i x_i' d_i        dL/db = sum_i d_i

Column r of the first over entry r of the second is an average of rows, weighted by their errors at
unit r. With one row it is the row. With several and ReLU, a unit that is active for one row gives
that row exactly. Without a bias only its direction would be known. All local steps on one row give
multiples of the same row, so an update of many steps gives it as exactly as a gradient.

References
----------
J. Geiping, H. Bauermeister, H. Dröge and M. Moeller, "Inverting Gradients -- How easy is it to
break privacy in federated learning?", NeurIPS 2020, https://arxiv.org/abs/2003.14053
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pyfedlite import _check, plotting
from pyfedlite._typing import Integers, Matrix, Vector
from pyfedlite.aggregation.robust.arrivals import LARGEST
from pyfedlite.norms import norms
from pyfedlite.params import ParamLayout

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Recovered:
    """What came out of a gradient.

    Parameters
    ----------
    rows : ndarray of shape (k, num_features)
        Those that were found by most units first.
    num_units : ndarray of shape (k,)
        How many units gave each row. A mixture of rows is given by one unit; a row that two or more
        give is genuine where the errors of different rows point in different directions. Where
        they are multiples of one vector, or nearly, units that are active for the same rows give
        the same mixture. So it is with two classes; and while a model gives all rows the same
        probabilities, as zeros or tiny weights do: for rows of one label, and in a softmax
        regression for the classes that are not in the batch.
    """

    rows: Matrix
    num_units: Integers

    @property
    def confirmed(self) -> Matrix:
        """The rows that more than one unit gave, shape (c, num_features).

        Examples
        --------
        A softmax regression at zeros confirms a mixture: the classes 2 and 3 are not in the batch.

        >>> from pyfedlite.models import SoftmaxRegression
        >>> model, rows = SoftmaxRegression(1, 4, dtype="float64"), np.array([[0.25], [0.75]])
        >>> gradient = model.grad(np.zeros(8), rows, np.array([0, 1]))
        >>> recover_rows(model.layout, gradient).confirmed
        array([[0.5]])
        """
        return self.rows[self.num_units > 1]

    def errors(self, truth: Matrix) -> Vector:
        """Return for each true row the mean squared error of the nearest that was found.

        Parameters
        ----------
        truth : ndarray of shape (n, num_features)

        Returns
        -------
        ndarray of shape (n,)
            Infinite where nothing was found.
        """
        if not len(self.rows):
            return np.full(len(truth), np.inf)
        with np.errstate(over="ignore"):
            return np.array([((self.rows - row) ** 2).mean(axis=1).min() for row in truth])

    def psnr(self, truth: Matrix, value_range: float = 1.0) -> Vector:
        """Return for each true row 10 log10(range^2 / error), in decibels, shape (n,).

        Infinite where a row is exact to the last bit, minus infinity where nothing was found.

        Raises
        ------
        ValueError
            If the range is not above 0: constant images have no ratio of signal to noise.

        Examples
        --------
        >>> Recovered(np.array([[0.1, 0.1]]), np.array([2])).psnr(np.array([[0.0, 0.0]])).round(9)
        array([20.])
        """
        _check.positive("value_range", value_range)
        with np.errstate(divide="ignore"):
            decibels: Vector = 10 * np.log10(value_range**2 / self.errors(truth))
        return decibels

    def nearest(self, truth: Matrix) -> Matrix:
        """Return for each true row the nearest that was found, or zeros where nothing was."""
        if not len(self.rows):
            return np.zeros_like(truth)
        return np.stack([self.rows[np.argmin(norms(self.rows - x))] for x in truth])

    def plot(self, truth: Matrix, shape: tuple[int, int], *, axes: Any = None) -> "Sequence[Axes]":
        """Draw the true rows as images, and under each the nearest row that was found.

        Parameters
        ----------
        truth : ndarray of shape (n, num_features)
        shape : tuple of int
            Height and width.
        axes : ndarray of axes of shape (2, n), optional
            By default those of a new figure.

        Returns
        -------
        list of Axes
        """
        groups = [truth, self.nearest(truth)]
        return plotting.plot_images(groups, shape, names=("true", "recovered"), axes=axes)


def gradient_of_update(delta: Vector, learning_rate: float, num_steps: int = 1) -> Vector:
    """Return the mean gradient of the steps of plain SGD that made an update.

    Parameters
    ----------
    delta : ndarray of shape (num_params,)
    learning_rate : float
        Above 0.
    num_steps : int
        At least 1; with more than one it is no gradient at any single point.

    Examples
    --------
    >>> gradient_of_update(np.array([-0.5, 1.0]), learning_rate=0.25, num_steps=2)
    array([ 1., -2.])
    """
    _check.positive("learning_rate", learning_rate)
    _check.integer("num_steps", num_steps, minimum=1)
    return delta / (-learning_rate * num_steps)


def recover_rows(
    layout: ParamLayout, gradient: Vector, *, smallest: float = 1e-6, tolerance: float | None = None
) -> Recovered:
    """Return the distinct quotients of the first layer's gradient, and how many units gave each.

    Parameters
    ----------
    layout : ParamLayout
        Of a model whose first two parameters are W of shape (in, out) and b of shape (out,).
    gradient : ndarray of shape (num_params,)
        Or an update: a factor does not matter.
    smallest : float
        Units whose bias has less than this part of the largest bias gradient are left out: to
        divide by almost nothing gives a false row without an error.
    tolerance : float, optional
        Two quotients are one row if they differ by less than this part of the longest. By default
        10 times the root of the rounding error of `gradient`.

    Returns
    -------
    Recovered
        Without rows where all gradients are 0, or none gives a row of finite numbers.

    Raises
    ------
    ValueError
        If the model does not begin with a layer that has a bias.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> model = SoftmaxRegression(2, 3, dtype="float64")
    >>> row, label = np.array([[0.25, 4.0]]), np.array([1])
    >>> gradient = model.grad(np.zeros(9), row, label)
    >>> recover_rows(model.layout, gradient).rows
    array([[0.25, 4.  ]])
    """
    of_weights, of_bias = _first_layer(layout, gradient)
    sizes = np.where(np.isfinite(of_bias), np.abs(of_bias), 0.0)
    least = max(smallest * sizes.max(), np.finfo(np.float64).tiny)
    strong = np.flatnonzero(sizes >= least)
    with np.errstate(over="ignore", invalid="ignore"):  # such quotients are no rows
        quotients = (of_weights[:, strong] / of_bias[strong]).T
    if tolerance is None:
        tolerance = 10 * float(np.sqrt(np.finfo(gradient.dtype).eps))
    return _distinct(quotients[norms(quotients) <= LARGEST], tolerance)


def _first_layer(layout: ParamLayout, gradient: Vector) -> tuple[Matrix, Vector]:
    """Return dL/dW and dL/db of the first layer in float64."""
    (weights, in_out), *others = layout.shapes
    if not others or len(in_out) != 2 or others[0][1] != in_out[1:]:
        _check.fail("layout", "begin with weights (in, out) and a bias (out,)", layout.shapes)
    views = layout.views(gradient.astype(np.float64))
    return views[weights], views[others[0][0]]


def _distinct(quotients: Matrix, tolerance: float) -> Recovered:
    left = list(quotients)
    unit = norms(quotients).max(initial=0.0)
    groups = []
    while left:
        is_same = norms(np.array(left) - left[0]) <= tolerance * unit
        groups.append([row for row, same in zip(left, is_same, strict=True) if same])
        left = [row for row, same in zip(left, is_same, strict=True) if not same]
    groups.sort(key=len, reverse=True)
    rows = np.array([np.mean(group, axis=0) for group in groups])
    sizes = np.array([len(group) for group in groups], dtype=np.int64)
    return Recovered(rows.reshape(len(groups), quotients.shape[1]), sizes)
