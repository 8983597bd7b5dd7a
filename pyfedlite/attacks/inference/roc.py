"""How good a guess is: the curve of true against false alarms, where false alarms are rare.

An attack that is right half of the time about everybody harms nobody in particular; one that is
certain about a few does. So the number that counts is the share of members found (TPR) at a small
share of false alarms (FPR), with an interval, and the curve is drawn on logarithmic axes. The area
below it (AUC) is shown beside it and misleads alone. For teaching and research: not audited.

References
----------
N. Carlini et al., "Membership Inference Attacks From First Principles", IEEE S&P 2022,
https://arxiv.org/abs/2112.03570
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, evaluation, plotting
from pyfedlite._typing import Vector
from pyfedlite.privacy.binomial import clopper_pearson

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Guesses:
    """Scores of an attack, and the truth.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        High where the attack says yes; they are kept in float64, and may be infinite.
    truth : ndarray of shape (n,)
        True or False, or 1 or 0; both answers occur.

    Examples
    --------
    >>> guesses = Guesses(np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, False, True, False]))
    >>> guesses.auc, guesses.tpr_at(0.0), guesses.advantage
    (0.75, 0.5, 0.5)
    """

    scores: Vector
    truth: NDArray[np.bool_]

    def __post_init__(self) -> None:
        truth = np.asarray(self.truth)
        if truth.dtype != np.bool_ and not np.isin(truth, (0, 1)).all():
            _check.fail("truth", "hold True and False, or 1 and 0", f"others, {truth.dtype}")
        object.__setattr__(self, "scores", np.asarray(self.scores, dtype=np.float64))
        object.__setattr__(self, "truth", truth.astype(np.bool_))
        if self.scores.shape != self.truth.shape or self.scores.ndim != 1:
            got = f"{self.scores.shape} and {self.truth.shape}"
            _check.fail("scores and truth", "have one shape (n,)", got)
        if self.truth.all() or not self.truth.any():
            _check.fail("truth", "hold both answers", f"{self.truth.sum()} of {len(self.truth)}")
        if np.isnan(self.scores).any():
            _check.fail("scores", "be numbers", "NaN")

    @property
    def curve(self) -> tuple[Vector, Vector]:
        """False and true positive rates of every threshold, ascending, from (0, 0) to (1, 1)."""
        order = np.argsort(-self.scores, kind="stable")
        ordered = self.scores[order]
        # A threshold lies between different scores only. (Infinity less infinity is no 0.)
        ends = np.append(ordered[1:] != ordered[:-1], True)
        true = np.cumsum(self.truth[order])[ends] / self.truth.sum()
        false = np.cumsum(~self.truth[order])[ends] / (~self.truth).sum()
        return np.append(0.0, false), np.append(0.0, true)

    @property
    def auc(self) -> float:
        """The probability that a yes scores above a no; ties count one half."""
        area = evaluation.auc(self.truth.astype(np.int64), self.scores)
        assert area is not None  # both answers occur
        return area

    @property
    def advantage(self) -> float:
        """The largest TPR - FPR of a threshold."""
        false, true = self.curve
        return float((true - false).max())

    def tpr_at(self, fpr: float) -> float:
        """Return the largest TPR of a threshold whose FPR is at most `fpr`, in [0, 1]."""
        false, true = self.curve
        return float(true[false <= _check.fraction("fpr", fpr)].max())

    def interval_at(self, fpr: float, confidence: float = 0.95) -> tuple[float, float]:
        """Return the Clopper-Pearson interval of `tpr_at`, as if the threshold had been fixed."""
        positives = int(self.truth.sum())
        found = round(self.tpr_at(fpr) * positives)
        return clopper_pearson(found, positives, confidence)

    def plot(self, name: str = "", ax: "Axes | None" = None) -> "Axes":
        """Draw the curve on logarithmic axes, and the line of guessing."""
        false, true = self.curve
        least = 0.5 / len(self.truth)
        return plotting.plot_roc(false, true, least=least, name=name, ax=ax)
