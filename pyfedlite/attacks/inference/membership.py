"""Membership: whether a row was among those that the model was trained on.

Adversary: somebody with the model, some rows and their labels, and for LiRA the means to train
models like it. Protected: nothing, where a model knows its own rows better than others. Protected
by: differential privacy, with TPR <= e^epsilon FPR + delta; more data; early stopping, a little and
without a bound. For teaching and research: not audited.

Every score is high where the row looks like a member:

- `gap_scores`: 1 where the model is right. The floor: an attack that is no better says nothing.
- `loss_scores`: minus the loss (Yeom et al. 2018).
- `lira_scores`: phi = ln(p_y / (1 - p_y)) against its distribution over models that were trained
  with the row and without it (Carlini et al. 2022).

References
----------
S. Yeom, I. Giacomelli, M. Fredrikson and S. Jha, "Privacy Risk in Machine Learning: Analyzing the
Connection to Overfitting", CSF 2018, https://arxiv.org/abs/1709.01604

N. Carlini et al., "Membership Inference Attacks From First Principles", IEEE S&P 2022,
https://arxiv.org/abs/2112.03570
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.roles import Classifier

FEW_SHADOWS = 64
"""With fewer shadow models the deviations are taken over all rows together, as in the paper."""


def gap_scores(model: Classifier, theta: Vector, features: Matrix, labels: Labels) -> Vector:
    """Return 1.0 for each row on which the model is right, else 0.0, shape (n,)."""
    right: Vector = (model.predict(theta, features) == labels).astype(np.float64)
    return right


def loss_scores(model: Classifier, theta: Vector, features: Matrix, labels: Labels) -> Vector:
    """Return ln p_y of each row, which is minus its loss, shape (n,)."""
    scores: Vector = np.log(of_label(_probabilities(model, theta, features), labels))
    return scores


def confidences(model: Classifier, theta: Vector, features: Matrix, labels: Labels) -> Vector:
    """Return phi = ln p_y - ln(sum of the other probabilities) of each row, shape (n,).

    The sum is of the others and not 1 - p_y, which is 0 where p_y is nearly 1.
    """
    p = _probabilities(model, theta, features)
    chosen, others = of_label(p, labels), p.copy()
    others[np.arange(len(labels)), labels.astype(np.intp)] = 0.0
    phi: Vector = np.log(chosen) - np.log(others.sum(axis=1))
    return phi


def _probabilities(model: Classifier, theta: Vector, features: Matrix) -> Matrix:
    """Return probabilities above 0, which have logarithms."""
    p = model.predict_proba(theta.astype(np.float64), features.astype(np.float64))
    return np.maximum(p, np.finfo(np.float64).tiny)


def of_label(p: Matrix, labels: Labels) -> Vector:
    """Return of each row the probability of its label; a label of -1 would read the last class."""
    if labels.size and not (labels.min() >= 0 and labels.max() < p.shape[1]):
        got = f"{labels.min()} to {labels.max()}"
        _check.fail("labels", f"be classes from 0 to {p.shape[1] - 1}", got)
    chosen: Vector = p[np.arange(len(labels)), labels.astype(np.intp)]
    return chosen


def shadow_halves(
    num_shadows: int, num_examples: int, rng: np.random.Generator, *, share: float = 0.5
) -> NDArray[np.bool_]:
    """Return which rows each shadow model is trained on, shape (num_shadows, num_examples).

    Parameters
    ----------
    num_shadows, num_examples : int
        At least 1.
    rng : numpy.random.Generator
    share : float
        Of the rows, in [0, 1]; as many in each model.

    Examples
    --------
    >>> shadow_halves(3, 10, np.random.default_rng(0)).sum(axis=1)
    array([5, 5, 5])
    """
    _check.integer("num_shadows", num_shadows, minimum=1)
    _check.integer("num_examples", num_examples, minimum=1)
    number = round(_check.fraction("share", share) * num_examples)
    ranks = rng.permuted(np.tile(np.arange(num_examples), (num_shadows, 1)), axis=1)
    is_in: NDArray[np.bool_] = ranks < number
    return is_in


def shadow_confidences(
    train: Callable[[NDArray[np.bool_], int], Vector],
    model: Classifier,
    features: Matrix,
    labels: Labels,
    is_in: NDArray[np.bool_],
) -> Matrix:
    """Train the shadow models and return the phi of every row under each.

    Parameters
    ----------
    train : callable
        From the rows to train on, bool of shape (n,), and the number of the shadow model to theta.
    model : Classifier
    features : ndarray of shape (n, num_features)
    labels : ndarray of shape (n,)
    is_in : ndarray of bool, shape (num_shadows, n)

    Returns
    -------
    ndarray of shape (num_shadows, n)
    """
    thetas = [train(rows, number) for number, rows in enumerate(is_in)]
    return np.stack([confidences(model, theta, features, labels) for theta in thetas])


def lira_scores(
    target: Vector, shadows: Matrix, is_in: NDArray[np.bool_], *, offline: bool = False
) -> Vector:
    """Return the log-likelihood ratio of "member" to "not a member" of each row.

    Parameters
    ----------
    target : ndarray of shape (n,)
        phi under the model that is attacked.
    shadows : ndarray of shape (num_shadows, n)
        phi under each shadow model.
    is_in : ndarray of bool, shape (num_shadows, n)
        Which rows each was trained on: every row in two at least, and out of two.
    offline : bool
        Whether to use the models without the row alone: (phi - mean) / deviation, in the order of
        the probability that such a model is less sure.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueError
        If shapes do not fit, or a row has too few models.

    Examples
    --------
    Models with the row are at 3 and 5, those without it at -1 and 1; both deviations are 1, and
    phi = 2 is in the middle:

    >>> shadows, is_in = np.array([[3.0], [5.0], [-1.0], [1.0]]), np.array([[1], [1], [0], [0]]) > 0
    >>> lira_scores(np.array([2.0]), shadows, is_in)
    array([0.])
    >>> lira_scores(np.array([2.0]), shadows, is_in, offline=True)
    array([2.])
    """
    if shadows.shape != is_in.shape or shadows.shape[1:] != target.shape:
        got = f"{target.shape}, {shadows.shape} and {is_in.shape}"
        _check.fail("target, shadows and is_in", "have shapes (n,), (s, n) and (s, n)", got)
    mean_out, deviation_out = _normal(shadows, ~is_in, "out of")
    z_out = (target - mean_out) / deviation_out
    if offline:
        return z_out
    mean_in, deviation_in = _normal(shadows, is_in, "in")
    z_in = (target - mean_in) / deviation_in
    ratio: Vector = (z_out**2 - z_in**2) / 2 + np.log(deviation_out / deviation_in)
    return ratio


def _normal(shadows: Matrix, which: NDArray[np.bool_], words: str) -> tuple[Vector, Vector]:
    """Return mean and deviation of each row over the models that count for it."""
    counts = which.sum(axis=0)
    if (counts < 2).any():
        _check.fail("is_in", f"have every row {words} two models at least", int(counts.min()))
    mean = np.where(which, shadows, 0.0).sum(axis=0) / counts
    squares = np.where(which, (shadows - mean) ** 2, 0.0)
    if len(shadows) < FEW_SHADOWS:
        variance = np.full(len(mean), squares.sum() / counts.sum())
    else:
        variance = squares.sum(axis=0) / counts
    return mean, np.sqrt(np.maximum(variance, 1e-30))
