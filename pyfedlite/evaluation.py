"""How good a model is on test rows: loss, accuracy and, for two classes, AUC.

Left neighbour: ``simulation`` has the new theta of a round. Right neighbour: ``history`` keeps the
metrics.

References
----------
T. Fawcett, "An introduction to ROC analysis", Pattern Recognition Letters 27, 2006, section 7:
the area under the ROC curve is the probability that a positive is scored above a negative.
"""

import numpy as np

from pyfedlite import _check
from pyfedlite._role_checks import checked
from pyfedlite._typing import Labels, Matrix, Metrics, Vector
from pyfedlite.roles import Classifier, Model


def evaluate(model: Model, theta: Vector, features: Matrix, labels: Labels) -> Metrics:
    """Return ``test_loss``, ``test_accuracy`` and, for two classes, ``test_auc``.

    Accuracy is None for a regression. AUC is None when the rows hold one class only.

    Parameters
    ----------
    model : Model
    theta : ndarray of shape (num_params,)
    features : ndarray of shape (n, num_features)
    labels : ndarray of shape (n,)

    Examples
    --------
    >>> from pyfedlite.models import LinearRegression
    >>> model = LinearRegression(1, dtype="float64")
    >>> evaluate(model, np.zeros(2), np.ones((1, 1)), np.array([4.0]))  # 4^2 / 2
    {'test_loss': 8.0, 'test_accuracy': None}
    """
    checked("model", model, "model", needs=("loss", "predict"))
    features = features.astype(theta.dtype, copy=False)
    metrics: Metrics = {"test_loss": float(model.loss(theta, features, labels))}
    if model.num_classes is None:
        return metrics | {"test_accuracy": None}
    predicted = np.asarray(model.predict(theta, features))
    if predicted.shape != labels.shape:
        _check.fail(f"predict of {model!r}", f"return shape {labels.shape}", predicted.shape)
    metrics["test_accuracy"] = float(np.mean(predicted == labels))
    if model.num_classes == 2 and isinstance(model, Classifier):
        metrics["test_auc"] = auc(labels, _log_odds(model.predict_proba(theta, features)))
    return metrics


def _log_odds(probabilities: Vector) -> Vector:
    """Return log P(1) - log P(0), shape (n,): it still differs where probabilities round to 1."""
    with np.errstate(divide="ignore"):  # the log-odds of a probability 0 or 1 are infinite
        logs = np.log(probabilities)
    return np.asarray(logs[:, 1] - logs[:, 0])


def auc(labels: Labels, scores: Vector) -> float | None:
    """Return P(score of a positive > score of a negative), ties counting one half.

    Parameters
    ----------
    labels : ndarray of shape (n,)
        0 or 1.
    scores : ndarray of shape (n,)

    Returns
    -------
    float in [0, 1], or None when one of the classes is absent

    Examples
    --------
    Of the four pairs of a positive and a negative, three are in order:

    >>> auc(np.array([0, 0, 1, 1]), np.array([0.1, 0.4, 0.35, 0.8]))
    0.75
    """
    _check.ndim("scores", scores, 1)
    num_positive = int(np.sum(labels == 1))
    num_negative = len(labels) - num_positive
    if not num_positive or not num_negative:
        return None
    _, place, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2  # equal scores share their mean rank, from 1
    rank_sum = float(ranks[place][labels == 1].sum())
    return (rank_sum - num_positive * (num_positive + 1) / 2) / (num_positive * num_negative)
