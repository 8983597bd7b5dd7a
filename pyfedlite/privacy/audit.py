"""Audits: what the success of an attack proves about epsilon, from below.

An accountant says how much a mechanism costs at most, if it was built as described. An attack that
succeeds too often shows that it was not. Nothing here attacks or simulates: the functions take
scores or counts, and the truth.

Adversary: the auditor, who may insert data (canaries) and see what is released. Found: gross
errors, such as noise that is missing. Not found: half of the noise, or a wrong denominator, because
no attack is good enough; tests of the noise's variance find these. A low bound shows nothing, and a
bound of confidence 95 % is too high in one audit of twenty. For teaching and research: not audited.

References
----------
T. Steinke, M. Nasr and M. Jagielski, "Privacy Auditing with One (1) Training Run", NeurIPS 2023,
https://arxiv.org/abs/2305.08846

M. Jagielski, J. Ullman and A. Oprea, "Auditing Differentially Private Machine Learning: How Private
is Private SGD?", NeurIPS 2020, https://arxiv.org/abs/2006.07709
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.privacy.binomial import binomial_probabilities, clopper_pearson


@dataclass(frozen=True)
class AuditBound:
    """A lower bound of epsilon.

    Parameters
    ----------
    epsilon : float
        At least 0. The true epsilon is above it with probability at least `confidence`.
    dp_delta : float
    confidence : float
    evidence : str
        What was counted.
    """

    epsilon: float
    dp_delta: float
    confidence: float
    evidence: str

    def __str__(self) -> str:
        """Return the bound as one sentence."""
        return (
            f"epsilon is at least {self.epsilon:.4g} at delta = {self.dp_delta:g}, with confidence "
            f"{100 * self.confidence:g} %: {self.evidence}."
        )


def one_run_epsilon(
    num_canaries: int,
    num_guesses: int,
    num_correct: int,
    *,
    dp_delta: float,
    confidence: float = 0.95,
) -> float:
    """Return a lower bound of epsilon from guesses about the canaries of a single run.

    Each of m canaries was included by a fair coin of its own. Under (epsilon, delta)-DP, the
    probability of v right guesses of r is at most P[B >= v] + 2 m delta max over i in 1..v of
    P[v - i <= B < v] / i, with B ~ Bin(r, 1 / (1 + e^-epsilon)) (Steinke et al. 2023). The bound is
    the largest epsilon at which this is below 1 - confidence, or 0.

    Parameters
    ----------
    num_canaries : int
        m, at least 1.
    num_guesses : int
        r, from 0 to m; the others may be left open, but how many was fixed beforehand.
    num_correct : int
        v, from 0 to r.
    dp_delta : float
        delta in [0, 1).
    confidence : float
        In (0, 1).

    Examples
    --------
    All of 100 are right and delta is 0: q^100 = 0.05, and epsilon is the logit of q.

    >>> round(one_run_epsilon(100, 100, 100, dp_delta=0.0), 10)
    3.4929654312
    >>> q = 0.05 ** (1 / 100)
    >>> round(math.log(q / (1 - q)), 10)
    3.4929654312
    """
    m = _check.integer("num_canaries", num_canaries, minimum=1)
    r = _check.integer("num_guesses", num_guesses, minimum=0)
    v = _check.integer("num_correct", num_correct, minimum=0)
    if not v <= r <= m:
        limit = "be at most num_guesses, which are at most num_canaries"
        _check.fail("num_correct", limit, f"{v} of {r} guesses on {m} canaries")
    delta = _check.below_one("dp_delta", dp_delta)
    level = 1 - _confidence(confidence)

    def is_refuted(epsilon: float) -> bool:
        return _p_value(m, r, v, epsilon, delta) < level

    if not is_refuted(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while is_refuted(high):
        low, high = high, 2 * high
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if is_refuted(middle) else (low, middle)
    return low


def _p_value(m: int, r: int, v: int, epsilon: float, delta: float) -> float:
    """Return a bound of the probability of v right guesses or more."""
    probabilities = binomial_probabilities(r, 1 / (1 + math.exp(-epsilon)))
    below = np.cumsum(probabilities[:v][::-1])  # P[v - i <= B < v] for i = 1, 2, …, v
    worst = float((below / np.arange(1, v + 1)).max(initial=0.0))
    return min(1.0, float(probabilities[v:].sum()) + 2 * m * delta * worst)


def audit_one_run(
    scores: Vector,
    included: NDArray[np.bool_],
    *,
    num_guesses: int,
    dp_delta: float,
    confidence: float = 0.95,
) -> AuditBound:
    """Return the bound from one score for each canary.

    Half of the guesses say "included", of the highest scores, and half "left out", of the lowest.

    Parameters
    ----------
    scores : ndarray of shape (num_canaries,)
        High where the canary looks included.
    included : ndarray of bool, shape (num_canaries,)
        The coins.
    num_guesses : int
        Even, at most num_canaries; fixed before the scores were seen.
    dp_delta : float
    confidence : float

    Examples
    --------
    >>> scores, included = np.arange(8.0), np.array([False, True] * 4)
    >>> print(audit_one_run(scores, included, num_guesses=4, dp_delta=0.0))
    epsilon is at least 0 at delta = 0, with confidence 95 %: 2 of 4 guesses on 8 canaries are
    right.
    """
    _check_scores(scores, included)
    guesses = _check.integer("num_guesses", num_guesses, minimum=2)
    if guesses % 2 or guesses > len(scores):
        _check.fail("num_guesses", f"be even and at most {len(scores)}", guesses)
    order = np.argsort(scores, kind="stable")
    lowest, highest = order[: guesses // 2], order[len(scores) - guesses // 2 :]
    correct = int(included[highest].sum() + (~included[lowest]).sum())
    epsilon = one_run_epsilon(
        len(scores), guesses, correct, dp_delta=dp_delta, confidence=confidence
    )
    evidence = f"{correct} of {guesses} guesses on {len(scores)} canaries are right"
    return AuditBound(epsilon, dp_delta, confidence, evidence)


def attack_epsilon(
    true_positives: int,
    positives: int,
    false_positives: int,
    negatives: int,
    *,
    dp_delta: float,
    confidence: float = 0.95,
) -> float:
    """Return a lower bound of epsilon from the counts of an attack at one threshold.

    epsilon >= ln((TPR - delta) / FPR) and ln((1 - FPR - delta) / (1 - TPR)), with TPR from below
    and FPR from above by Clopper-Pearson, each with half of the error that is allowed (Jagielski et
    al. 2020). The threshold must have been fixed without a look at these counts.

    Parameters
    ----------
    true_positives, positives : int
        How many of the runs with the client the attack noticed.
    false_positives, negatives : int
        How many of the runs without the client it noticed wrongly.
    dp_delta : float
        In [0, 1).
    confidence : float
        In (0, 1).

    Examples
    --------
    >>> attack_epsilon(50, 100, 50, 100, dp_delta=0.0)
    0.0
    """
    delta = _check.below_one("dp_delta", dp_delta)
    _confidence(confidence)
    # Each interval leaves out (1 - confidence) / 2 at either end; only one end of each is used.
    found, _ = clopper_pearson(true_positives, positives, confidence)
    _, wrong = clopper_pearson(false_positives, negatives, confidence)
    ratios = [(found - delta, wrong), (1 - wrong - delta, 1 - found)]
    return max([0.0, *(math.log(a / b) for a, b in ratios if a > 0)])


def audit_thresholds(
    scores: Vector,
    truth: NDArray[np.bool_],
    thresholds: Sequence[float],
    *,
    dp_delta: float,
    confidence: float = 0.95,
) -> AuditBound:
    """Return the best bound of several thresholds that were fixed before the scores were seen.

    Each is looked at with its share of the error that is allowed (Bonferroni): the best of many
    without that correction is no bound.

    Parameters
    ----------
    scores : ndarray of shape (num_runs,)
        One for each run; the attack says "with the client" from the threshold on.
    truth : ndarray of bool, shape (num_runs,)
        Whether the client took part.
    thresholds : sequence of float
        At least one.
    dp_delta : float
    confidence : float
    """
    _check_scores(scores, truth)
    if len(thresholds) == 0:
        _check.fail("thresholds", "hold at least one number", "none")
    each = 1 - (1 - _confidence(confidence)) / len(thresholds)
    bounds = [
        (_epsilon_at(scores, truth, threshold, dp_delta, each), threshold)
        for threshold in thresholds
    ]
    epsilon, threshold = max(bounds)
    evidence = f"scores from {threshold:g} on, the best of {len(thresholds)} thresholds"
    return AuditBound(epsilon, dp_delta, confidence, evidence)


def audit_halves(
    scores: Vector,
    truth: NDArray[np.bool_],
    *,
    dp_delta: float,
    confidence: float = 0.95,
) -> AuditBound:
    """Return the bound of a threshold that half of the runs choose and the other half measure.

    Runs with even numbers choose, separately among those with the client and those without; the
    order of the runs must say nothing about their scores.

    Parameters
    ----------
    scores : ndarray of shape (num_runs,)
    truth : ndarray of bool, shape (num_runs,)
        With at least two runs of each kind.
    dp_delta : float
    confidence : float
    """
    _check_scores(scores, truth)
    rank = np.where(truth, np.cumsum(truth), np.cumsum(~truth))
    chooses = rank % 2 == 1
    if min(truth[~chooses].sum(), (~truth[~chooses]).sum()) == 0:
        _check.fail("truth", "hold both answers at least twice", f"{truth.sum()} of {len(truth)}")
    candidates = np.unique(scores[chooses])
    first, half = scores[chooses], truth[chooses]
    bounds = [_epsilon_at(first, half, each, dp_delta, confidence) for each in candidates]
    threshold = float(candidates[int(np.argmax(bounds))])
    epsilon = _epsilon_at(scores[~chooses], truth[~chooses], threshold, dp_delta, confidence)
    evidence = f"scores from {threshold:g} on, chosen by the other half of the runs"
    return AuditBound(epsilon, dp_delta, confidence, evidence)


def _epsilon_at(
    scores: Vector, truth: NDArray[np.bool_], threshold: float, delta: float, confidence: float
) -> float:
    says = scores >= threshold
    found, wrong = int((says & truth).sum()), int((says & ~truth).sum())
    positives = int(truth.sum())
    return attack_epsilon(
        found, positives, wrong, len(truth) - positives, dp_delta=delta, confidence=confidence
    )


def _check_scores(scores: Vector, truth: NDArray[np.bool_]) -> None:
    if scores.ndim != 1 or scores.shape != truth.shape:
        _check.fail("scores and truth", "have one shape (n,)", f"{scores.shape} and {truth.shape}")
    if truth.dtype != np.bool_:
        _check.fail("truth", "hold True and False", truth.dtype)
    if np.isnan(scores).any():
        _check.fail("scores", "be numbers", "NaN")


def _confidence(confidence: float) -> float:
    """Return the confidence as a float in (0, 1)."""
    number = _check.below_one("confidence", confidence)
    if number == 0:
        _check.fail("confidence", "be above 0", number)
    return number
