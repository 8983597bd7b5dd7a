"""What the scores of the last layer mean: a number, one of two classes, or one of many.

Each output has four formulas. With z the scores, shape (..., n, num_outputs), y the labels,
shape (..., n), and s_i the weight of example i (all 1 unless given):

========== ============================== =======================  =====================
output     loss of one example            its derivative by z      prediction
========== ============================== =======================  =====================
`Identity` (z - y)^2 / 2                  z - y                    z
`Logistic` log(1 + e^z) - y z             p - y, p = 1/(1 + e^-z)  1 if z > 0, else 0
`Softmax`  log sum_c e^{z_c} - z_y        p - onehot(y)            argmax_c z_c
========== ============================== =======================  =====================

``loss`` is the mean sum_i s_i loss_i / sum_i s_i, and ``error`` its derivative by z. All of them
are written so that they do not overflow for large scores.

References
----------
C. M. Bishop, "Pattern Recognition and Machine Learning", 2006, sections 4.3.2, 4.3.4 and 4.3.6:
with the matching (canonical) link the derivative is prediction minus target in all three cases.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels, Vector
from pyfedlite.models.fast.classes import one_hot, row_max, row_sum, score_of_label


class Output(Protocol):
    """What an output computes from scores: loss, derivative and prediction."""

    def loss(self, scores: Vector, labels: Labels, weights: Vector | None) -> Vector:
        """Return the mean loss, shape (...)."""
        ...

    def error(self, scores: Vector, labels: Labels, weights: Vector | None) -> Vector:
        """Return its derivative by the scores, shape (..., n, num_outputs)."""
        ...

    def predict(self, scores: Vector) -> Labels:
        """Return values or classes, shape (..., n)."""
        ...


@dataclass(frozen=True)
class Identity:
    """A real number, with half the squared error as loss."""

    def loss(self, scores: Vector, labels: Labels, weights: Vector | None) -> Vector:
        """Return the mean loss, shape (...)."""
        return _mean((scores[..., 0] - labels) ** 2 / 2, weights)

    def error(self, scores: Vector, labels: Labels, weights: Vector | None) -> Vector:
        """Return the derivative of the mean loss by the scores, shape (..., n, 1)."""
        return _share(scores - labels[..., np.newaxis].astype(scores.dtype), weights)

    def predict(self, scores: Vector) -> Labels:
        """Return the values, shape (..., n)."""
        return scores[..., 0]


@dataclass(frozen=True)
class Logistic:
    """One of two classes, from one score: the logarithm of the odds for class 1."""

    def loss(self, scores: Vector, labels: Labels, weights: Vector | None) -> Vector:
        """Return the mean cross-entropy, shape (...)."""
        _check_labels(labels, 2)
        z = scores[..., 0]
        return _mean(np.logaddexp(0, z) - labels.astype(z.dtype) * z, weights)

    def error(self, scores: Vector, labels: Labels, weights: Vector | None) -> Vector:
        """Return the derivative of the mean loss by the scores, shape (..., n, 1)."""
        return _share(sigmoid(scores) - labels[..., np.newaxis].astype(scores.dtype), weights)

    def predict(self, scores: Vector) -> Labels:
        """Return the classes 0 and 1, shape (..., n)."""
        return (scores[..., 0] > 0).astype(np.int64)

    def probabilities(self, scores: Vector) -> Vector:
        """Return P(class 0) and P(class 1), shape (..., n, 2)."""
        # 1 / (1 + e^-z) = e^-log(1 + e^-z): in this form small probabilities keep all digits.
        p: Vector = np.exp(-np.logaddexp(0, np.concatenate([scores, -scores], axis=-1)))
        return p


@dataclass(frozen=True)
class Softmax:
    """One of many classes, with a score for each."""

    def loss(self, scores: Vector, labels: Labels, weights: Vector | None) -> Vector:
        """Return the mean cross-entropy, shape (...)."""
        _check_labels(labels, scores.shape[-1])
        _check_integers(labels)
        z = np.subtract(scores, row_max(scores), order="C")  # the shift avoids overflow and cancels
        log_sum = np.log(row_sum(np.exp(z)))[..., 0]
        return _mean(log_sum - score_of_label(z, labels), weights)

    def error(self, scores: Vector, labels: Labels, weights: Vector | None) -> Vector:
        """Return the derivative of the mean loss by the scores, shape (..., n, num_classes)."""
        _check_integers(labels)
        dz = self.probabilities(scores)
        dz -= one_hot(labels, scores.shape[-1], scores.dtype)
        return _share(dz, weights)

    def predict(self, scores: Vector) -> Labels:
        """Return the classes, shape (..., n)."""
        classes: Labels = scores.argmax(axis=-1)
        return classes

    def probabilities(self, scores: Vector) -> Vector:
        """Return the probability of each class, shape (..., n, num_classes)."""
        p: Vector = np.exp(scores - row_max(scores))
        p /= row_sum(p)
        return p


def sigmoid(z: Vector) -> Vector:
    """Return 1 / (1 + e^-z), written with tanh, which cannot overflow.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """
    s: Vector = np.tanh(0.5 * z)
    return 0.5 * (1 + s)


def _check_labels(labels: Labels, num_classes: int) -> None:
    """Check that labels are classes: with one too large, `loss` would read another example."""
    if labels.size and not (labels.min() >= 0 and labels.max() < num_classes):  # NaN fails too
        wrong = labels[~((labels >= 0) & (labels < num_classes))]
        _check.fail("labels", f"be classes from 0 to {num_classes - 1}", wrong.flat[0])


def _check_integers(labels: Labels) -> None:
    if labels.dtype.kind not in "iub":
        _check.fail("labels", "be integers, the class of each example", f"dtype {labels.dtype}")


def _mean(losses: Vector, weights: Vector | None) -> Vector:
    """Return the mean over examples, (..., n) to (...)."""
    mean: Vector
    if weights is None:
        mean = losses.mean(axis=-1)
    else:
        mean = (losses * weights).sum(axis=-1) / _total(weights)
    return mean


def _share(errors: Vector, weights: Vector | None) -> Vector:
    """Give each example its share of the mean: errors, (..., n, num_outputs), times s_i / sum s."""
    if weights is None:
        errors /= errors.shape[-2]
        return errors
    shares = (weights / _total(weights)[..., np.newaxis]).astype(errors.dtype)
    return errors * shares[..., np.newaxis]


def _total(weights: Vector) -> Vector:
    total = weights.sum(axis=-1)
    if not np.all(total > 0):
        _check.fail("weights", "have a sum above 0", total, "leave out a batch of padding alone")
    return np.asarray(total)
