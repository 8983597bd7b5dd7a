"""How good a guess is: the curve of true against false alarms, where false alarms are rare.

An attack that is right half of the time about everybody harms nobody in particular; one that is
certain about a few does. So the number that counts is the share of members found (TPR) at a small
share of false alarms (FPR), with an interval, and the curve is drawn on logarithmic axes. The area
below it (AUC) is shown beside it and misleads alone. For teaching and research: not audited.

References
----------
N. Carlini et al., "Membership Inference Attacks From First Principles", IEEE S&P 2022,
https://arxiv.org/abs/2112.03570

C. J. Clopper and E. S. Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case
of the Binomial", Biometrika 26, 1934, https://doi.org/10.1093/biomet/26.4.404
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, evaluation, plotting
from pyfedlite._typing import Vector

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Guesses:
    """Scores of an attack, and the truth.

    Parameters
    ----------
    scores : ndarray of shape (n,)
        High where the attack says yes.
    truth : ndarray of bool, shape (n,)
        Both answers occur.

    Examples
    --------
    >>> guesses = Guesses(np.array([0.9, 0.8, 0.3, 0.1]), np.array([True, False, True, False]))
    >>> guesses.auc, guesses.tpr_at(0.0), guesses.advantage
    (0.75, 0.5, 0.5)
    """

    scores: Vector
    truth: NDArray[np.bool_]

    def __post_init__(self) -> None:
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
        # A threshold lies between different scores only.
        ends = np.append(np.diff(self.scores[order]) != 0, True)
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


def clopper_pearson(successes: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Return the interval of a probability that covers it at least so often.

    Parameters
    ----------
    successes, trials : int
        0 <= successes <= trials, and trials at least 1.
    confidence : float
        In [0, 1).

    Examples
    --------
    Never in 10 trials: the upper end has (1 - p)^10 = 0.025.

    >>> low, high = clopper_pearson(0, 10)
    >>> low, round(high, 6), round(1 - 0.025 ** (1 / 10), 6)
    (0.0, 0.308497, 0.308497)
    """
    _check.integer("trials", trials, minimum=1)
    _check.integer("successes", successes, minimum=0)
    if successes > trials:
        _check.fail("successes", f"be at most {trials}", successes)
    tail = (1 - _check.below_one("confidence", confidence)) / 2
    low = 0.0 if successes == 0 else _solve(lambda p: _at_least(successes, trials, p), tail)
    high = _solve(lambda p: _at_least(successes + 1, trials, p), 1 - tail)
    return low, 1.0 if successes == trials else high


def _at_least(successes: int, trials: int, p: float) -> float:
    """Return the probability of so many successes or more."""
    if p in (0.0, 1.0):
        return float(p == 1.0 or successes == 0)
    n, x, y = trials, math.log(p), math.log1p(-p)
    logs = [
        math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) + k * x + (n - k) * y
        for k in range(successes, n + 1)
    ]
    return math.fsum(map(math.exp, logs))


def _solve(increasing: Callable[[float], float], value: float) -> float:
    """Return where an increasing function on [0, 1] takes a value, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if increasing(middle) < value else (low, middle)
    return (low + high) / 2
