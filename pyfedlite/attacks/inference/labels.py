"""Labels that are read off the gradient of the last bias.

Adversary: a server that sees one client's gradient. Protected: nothing with one row, and the counts
of a batch only roughly. Protected by: secure aggregation, as far as a sum hides; noise, but only
much more of it than hides an image. For teaching and research: not audited.

With softmax and cross-entropy the gradient of the last bias is the mean of p_k - 1[k = y] over the
rows. With one row the label is the only class with a negative entry. A class with a negative entry
is present in a batch, and count_k = B (mean p_k - entry_k) exactly, if the attacker knows the mean
probabilities; it does not, but for an untrained model they are nearly the same for all rows.

References
----------
B. Zhao, K. R. Mopuri and H. Bilen, "iDLG: Improved Deep Leakage from Gradients", 2020,
https://arxiv.org/abs/2001.02610
"""

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers, Vector
from pyfedlite.params import ParamLayout


def label_of(layout: ParamLayout, gradient: Vector) -> int | None:
    """Return the label of the one row behind a gradient, or None.

    It is the only class with a negative entry. Where no entry is negative it is the only one with
    an entry of 0: the model is so sure of the row that p - 1 was rounded to 0. None means several
    labels, or that more was rounded. An answer does not show that there was one row: rows of one
    label have it too, and with two classes nearly every batch has.

    Parameters
    ----------
    layout : ParamLayout
        Of a classifier with softmax whose last parameter is its bias.
    gradient : ndarray of shape (num_params,)
        Of the loss, not an update, which has the other sign.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> model = SoftmaxRegression(2, 3, dtype="float64")
    >>> label_of(model.layout, model.grad(np.zeros(9), np.ones((1, 2)), np.array([2])))
    2
    """
    bias = _last_bias(layout, gradient)
    candidates = np.flatnonzero(bias < 0 if (bias < 0).any() else bias == 0)
    return int(candidates[0]) if len(candidates) == 1 else None


def classes_present(layout: ParamLayout, gradient: Vector) -> Integers:
    """Return classes that are in the batch for certain: those with a negative entry, ascending."""
    return np.flatnonzero(_last_bias(layout, gradient) < 0).astype(np.int64)


def label_counts(
    layout: ParamLayout, gradient: Vector, probabilities: Vector, batch_size: int
) -> Integers:
    """Return how many rows of each class are in a batch.

    Parameters
    ----------
    layout, gradient
        As for `label_of`.
    probabilities : ndarray of shape (num_classes,)
        The attacker's guess of the mean probabilities that the model gives to the rows of the
        batch; for instance those of rows of its own.
    batch_size : int
        B, at least 1.

    Returns
    -------
    ndarray of shape (num_classes,), int64
        Not negative, with the sum B: rounded down, and the largest remainders up.

    Examples
    --------
    >>> from pyfedlite.models import SoftmaxRegression
    >>> model, labels = SoftmaxRegression(2, 3, dtype="float64"), np.array([2, 0, 2, 2])
    >>> gradient = model.grad(np.zeros(9), np.ones((4, 2)), labels)
    >>> label_counts(model.layout, gradient, np.full(3, 1 / 3), 4)
    array([1, 0, 3])
    """
    _check.integer("batch_size", batch_size, minimum=1)
    bias = _last_bias(layout, gradient)
    if probabilities.shape != bias.shape:
        _check.fail("probabilities", f"have shape {bias.shape}", probabilities.shape)
    shares = np.maximum(probabilities - bias, 0.0)
    if not 0.0 < shares.sum() < np.inf:
        condition = "be finite, and together more than the gradient of the bias"
        _check.fail("probabilities", condition, f"a sum of shares of {shares.sum()}")
    wanted = batch_size * shares / shares.sum()
    counts: Integers = np.floor(wanted + 1e-9).astype(np.int64)
    largest = np.argsort(counts - wanted, kind="stable")[: batch_size - counts.sum()]
    counts[largest] += 1
    return counts


def _last_bias(layout: ParamLayout, gradient: Vector) -> Vector:
    name, shape = layout.shapes[-1]
    if len(shape) != 1 or shape[0] < 2:
        _check.fail("layout", "end with a bias of two classes or more", layout.shapes)
    return layout.views(gradient)[name]
