"""The trade-off curve: the fewest misses that any test can have at each rate of false alarms.

Somebody who sees the result guesses whether a client took part. f(alpha) is the smallest
probability of a miss among all tests whose false alarms have probability at most alpha; nobody can
do better, whatever they know and compute. 1 - f(alpha) is the largest true positive rate, so the
curve is drawn on the axes of an attack's ROC and every attack lies below it.

References
----------
J. Dong, A. Roth and W. J. Su, "Gaussian Differential Privacy", JRSS-B 84, 2022,
https://arxiv.org/abs/1905.02383

J. Gomez, B. Kulynych, G. Kaissis et al., "(epsilon, delta) Considered Harmful: Best Practices for
Reporting Differential Privacy Guarantees", 2025, https://arxiv.org/abs/2503.10945
"""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pyfedlite._typing import Vector
from pyfedlite.privacy.accounting.gaussian import gaussian_delta
from pyfedlite.privacy.accounting.normal import cdf, quantile
from pyfedlite.privacy.bisection import bisect

TAIL = 1e-10
"""mu is fitted down to this delta; without the cut it would describe the worst 1e-300 alone."""

MOST_REGRET = 0.01
"""mu is reported where it is at most so far from the curve that it stands for."""


class TradeOff(Protocol):
    """A curve, and where it comes from."""

    @property
    def source(self) -> str:
        """In words, for the legend of a plot."""

    def __call__(self, false_positives: Vector) -> Vector:
        """Return the smallest false-negative rate at each false-positive rate."""


@dataclass(frozen=True)
class GaussianTradeOff:
    """The curve of Gaussian noise without sampling: f(alpha) = Phi(Phi^-1(1 - alpha) - mu).

    Parameters
    ----------
    mu : float
        At least 0.

    Examples
    --------
    >>> GaussianTradeOff(0.0)(np.array([0.0, 0.25, 1.0]))
    array([1.  , 0.75, 0.  ])
    """

    mu: float

    @property
    def source(self) -> str:
        """In words, for the legend of a plot."""
        return "exact"

    def __call__(self, false_positives: Vector) -> Vector:
        """Return the smallest false-negative rate at each false-positive rate."""
        if math.isinf(self.mu):
            return np.zeros_like(false_positives)
        return np.array([cdf(-quantile(alpha) - self.mu) for alpha in false_positives])


@dataclass(frozen=True, eq=False)
class ProfileTradeOff:
    """The curve that pairs (epsilon, delta) imply, each of which holds in both directions.

    f(alpha) = max over the pairs of max(0, 1 - delta - e^epsilon alpha,
    e^-epsilon (1 - delta - alpha)) (Dong, Roth and Su 2022, proposition 2.5).

    Parameters
    ----------
    epsilons, deltas : ndarray of shape (n,)
    source : str
        Which accountant gave the pairs.

    Examples
    --------
    >>> perfect = ProfileTradeOff(np.array([0.0]), np.array([0.0]), "by hand")
    >>> perfect(np.array([0.0, 0.25, 1.0]))
    array([1.  , 0.75, 0.  ])
    """

    epsilons: Vector
    deltas: Vector
    source: str

    def __call__(self, false_positives: Vector) -> Vector:
        """Return the smallest false-negative rate at each false-positive rate."""
        alpha, kept = false_positives[:, None], 1 - self.deltas
        with np.errstate(over="ignore", invalid="ignore"):
            steep = np.where(alpha > 0, kept - np.exp(self.epsilons) * alpha, kept)
        flat = np.exp(-self.epsilons) * (kept - alpha)
        misses: Vector = np.maximum(0.0, np.maximum(steep, flat).max(axis=1))
        return misses


def true_positives_at(curve: TradeOff, false_positive: float) -> float:
    """Return the largest true positive rate of any test at a false positive rate in [0, 1].

    Examples
    --------
    >>> round(true_positives_at(GaussianTradeOff(1.0), 0.01), 4)
    0.0924
    """
    return 1 - float(curve(np.array([false_positive]))[0])


def fit_mu(curve: ProfileTradeOff) -> float:
    """Return the smallest mu whose Gaussian has at least the delta of every pair.

    The mechanism is then (epsilon, delta_mu(epsilon) + 1e-10)-DP for all epsilon, if the pairs
    reach down to delta = 1e-10: mu is not below any pair.
    """
    mu = 0.0
    for epsilon, delta in zip(curve.epsilons.tolist(), curve.deltas.tolist(), strict=True):
        if delta > 0 and gaussian_delta(mu, epsilon) < delta:
            mu = _mu_of(epsilon, delta, mu)
    return mu


def _mu_of(epsilon: float, delta: float, low: float) -> float:
    """Return the mu above `low` whose Gaussian has this (epsilon, delta); infinite at delta = 1."""
    if delta >= 1:
        return math.inf
    high = max(1.0, 2 * low)
    while gaussian_delta(high, epsilon) < delta:
        high *= 2
    return bisect(lambda mu: gaussian_delta(mu, epsilon) >= delta, low, high)


def regret(curve: TradeOff, mu: float) -> float:
    """Return how far the Gaussian's curve lies below: the least kappa that bridges the two.

    kappa is the least number with f(alpha + kappa) - kappa <= f_mu(alpha) for all alpha (Gomez et
    al. 2025): 0 if the mechanism is Gaussian, and large where mu says too much about it.
    """
    alpha = np.concatenate([np.geomspace(1e-12, 1e-3, 100), np.linspace(1e-3, 1, 300)])
    below = GaussianTradeOff(mu)(alpha)

    def bridges(kappa: float) -> bool:
        return bool((curve(np.minimum(1.0, alpha + kappa)) - kappa <= below).all())

    if bridges(0.0):
        return 0.0
    return bisect(bridges, 0.0, 1.0, tolerance=1e-4)
