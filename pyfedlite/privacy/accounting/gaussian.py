"""The exact (epsilon, delta) of Gaussian noise without sampling, for any number of rounds.

A Gaussian of multiplier z moves by mu = 1/z deviations when one client is added. Rounds with
multipliers z_1, z_2, … together are as hard to tell apart as one that moves by
mu = sqrt(1/z_1^2 + 1/z_2^2 + …) (Dong, Roth and Su 2022, corollary 3.3), and

    delta(epsilon) = Phi(mu/2 - epsilon/mu) - e^epsilon Phi(-mu/2 - epsilon/mu)

(Balle and Wang 2018, theorem 8) holds with equality. The textbook rule
z = sqrt(2 ln(1.25/delta)) / epsilon is a sufficient condition for epsilon < 1 alone; beyond it adds
too little noise, and below it adds too much. It is not offered here.

References
----------
B. Balle and Y.-X. Wang, "Improving the Gaussian Mechanism for Differential Privacy: Analytical
Calibration and Optimal Denoising", ICML 2018, https://arxiv.org/abs/1805.06530

J. Dong, A. Roth and W. J. Su, "Gaussian Differential Privacy", JRSS-B 84, 2022,
https://arxiv.org/abs/1905.02383
"""

import math

from pyfedlite import _check
from pyfedlite.privacy.accounting.conversion import check_delta
from pyfedlite.privacy.accounting.events import DistributedDiscreteGaussian, Event, steps_of
from pyfedlite.privacy.accounting.normal import cdf, log_cdf
from pyfedlite.privacy.accounting.rdp import effective_noise
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.privacy.bisection import bisect


def gaussian_mu(event: Event, relation: Neighbouring = Neighbouring.ADD_OR_REMOVE) -> float | None:
    """Return mu = sqrt(sum of 1/z^2) of an event, or None with sampling or noise of clients.

    Examples
    --------
    >>> from pyfedlite.privacy.accounting.events import Composed, Gaussian
    >>> gaussian_mu(Composed([(Gaussian(2.0), 16)]))
    2.0
    """
    total = 0.0
    for step, count in steps_of(event):
        if isinstance(step, DistributedDiscreteGaussian) or step.sampling_rate < 1:
            return None
        z = effective_noise(step, relation)
        total += count / (z * z) if z * z > 0 else math.inf
    return math.sqrt(total)


def gaussian_delta(mu: float, epsilon: float) -> float:
    """Return the smallest delta for an epsilon.

    Parameters
    ----------
    mu : float
        At least 0.
    epsilon : float
        At least 0.

    Examples
    --------
    With epsilon = 0 it is the total variation of two normal distributions, 2 Phi(mu/2) - 1.

    >>> round(gaussian_delta(2.0, 0.0), 9)
    0.682689492
    """
    if mu == 0 or math.isinf(epsilon):
        return 0.0
    if math.isinf(mu):
        return 1.0
    a, b = mu / 2 - epsilon / mu, -mu / 2 - epsilon / mu
    return max(0.0, cdf(a) - math.exp(min(0.0, epsilon + log_cdf(b))))


def gaussian_epsilon(mu: float, dp_delta: float) -> float:
    """Return the smallest epsilon for a delta: exact, so RDP never gives less.

    Parameters
    ----------
    mu : float
        At least 0.
    dp_delta : float
        In (0, 1).

    Examples
    --------
    >>> round(gaussian_epsilon(1.0, 1e-5), 10)
    4.3771780957
    """
    mu, delta = _check.non_negative("mu", mu), check_delta(dp_delta)
    if gaussian_delta(mu, 0.0) <= delta:
        return 0.0
    high = 1.0
    while gaussian_delta(mu, high) > delta:
        high *= 2
    return bisect(lambda epsilon: gaussian_delta(mu, epsilon) <= delta, 0.0, high)


def gaussian_noise(epsilon: float, dp_delta: float, rounds: int = 1) -> float:
    """Return the smallest multiplier z whose rounds without sampling give (epsilon, delta).

    Parameters
    ----------
    epsilon : float
        At least 0; with 0, delta is the total variation that is allowed.
    dp_delta : float
        In (0, 1).
    rounds : int
        At least 1.

    Examples
    --------
    The textbook rule asks for 4.84 here.

    >>> round(gaussian_noise(1.0, 1e-5), 4)
    3.7306
    """
    epsilon, delta = _check.non_negative("epsilon", epsilon), check_delta(dp_delta)
    rounds = _check.integer("rounds", rounds, minimum=1)
    root, high = math.sqrt(rounds), 1.0
    while gaussian_delta(root / high, epsilon) > delta:
        high *= 2
    return bisect(lambda z: gaussian_delta(root / z, epsilon) <= delta, 1e-9, high)
