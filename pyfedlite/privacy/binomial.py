"""The binomial distribution, and the interval of a probability from so many successes in trials.

References
----------
C. J. Clopper and E. S. Pearson, "The Use of Confidence or Fiducial Limits Illustrated in the Case
of the Binomial", Biometrika 26, 1934, https://doi.org/10.1093/biomet/26.4.404
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.privacy.bisection import bisect


def binomial_probabilities(trials: int, p: float) -> Vector:
    """Return the probabilities of 0, 1, …, `trials` successes.

    Parameters
    ----------
    trials : int
        At least 0.
    p : float
        Of a success, in (0, 1].

    Examples
    --------
    >>> binomial_probabilities(2, 0.5).round(12)
    array([0.25, 0.5 , 0.25])
    """
    if p >= 1:
        certain: Vector = np.append(np.zeros(trials), 1.0)
        return certain
    k = np.arange(trials + 1)
    log_ways = _log_ways(trials)
    probabilities: Vector = np.exp(log_ways + k * math.log(p) + (trials - k) * math.log1p(-p))
    return probabilities


@lru_cache(maxsize=16)
def _log_ways(trials: int) -> Vector:
    """Return the logarithms of the binomial coefficients."""
    log_factorial = np.array([math.lgamma(each + 1) for each in range(trials + 1)])
    log_ways: Vector = log_factorial[-1] - log_factorial - log_factorial[::-1]
    return log_ways


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
    return _interval(successes, trials, _check.below_one("confidence", confidence))


@lru_cache(maxsize=4096)  # an audit asks for the same counts at many thresholds
def _interval(successes: int, trials: int, confidence: float) -> tuple[float, float]:
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else _solve(lambda p: _at_least(successes, trials, p), tail)
    high = _solve(lambda p: _at_least(successes + 1, trials, p), 1 - tail)
    return low, 1.0 if successes == trials else high


def _at_least(successes: int, trials: int, p: float) -> float:
    """Return the probability of so many successes or more."""
    if p in (0.0, 1.0):
        return float(p == 1.0 or successes == 0)
    return float(binomial_probabilities(trials, p)[successes:].sum())


def _solve(increasing: Callable[[float], float], value: float) -> float:
    """Return where an increasing function on [0, 1] takes a value."""
    return bisect(lambda p: increasing(p) >= value, 0.0, 1.0, tolerance=2.0**-60)
