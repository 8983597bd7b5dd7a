"""Zero-concentrated differential privacy: one number, rho, for the whole line of orders.

A mechanism is rho-zCDP if its Rényi divergence is at most rho alpha at every order alpha > 1. A
Gaussian of multiplier z has rho = 1 / (2 z^2), and rounds add up. Sampling does not make rho
smaller: there is no such number for a sampled Gaussian, so events with sampling are refused.

References
----------
M. Bun and T. Steinke, "Concentrated Differential Privacy: Simplifications, Extensions, and Lower
Bounds", TCC 2016, https://arxiv.org/abs/1605.02065
"""

import math

from pyfedlite import _check
from pyfedlite.privacy.accounting.conversion import check_delta
from pyfedlite.privacy.accounting.events import DistributedDiscreteGaussian, Event, steps_of
from pyfedlite.privacy.accounting.rdp import effective_noise
from pyfedlite.privacy.accounting.relations import Neighbouring


def zcdp(event: Event, relation: Neighbouring = Neighbouring.ADD_OR_REMOVE) -> float:
    """Return rho of an event without sampling.

    Raises
    ------
    ValueError
        If an event has a sampling rate below 1.

    Examples
    --------
    >>> from pyfedlite.privacy.accounting.events import Composed, Gaussian
    >>> zcdp(Composed([(Gaussian(1.0), 1), (Gaussian(2.0), 4)]))
    1.0
    """
    rho = 0.0
    for step, count in steps_of(event):
        if isinstance(step, DistributedDiscreteGaussian):
            hint = "its divergence is no multiple of alpha; try rdp"
            _check.fail("event", "have central noise for zCDP", "noise of clients", hint)
        if step.sampling_rate < 1:
            hint = "zCDP knows no amplification by sampling; try rdp"
            _check.fail("sampling_rate", "be 1 for zCDP", step.sampling_rate, hint)
        z = effective_noise(step, relation)
        rho += count / (2 * z * z) if z * z > 0 else math.inf
    return rho


def epsilon_from_zcdp(rho: float, dp_delta: float, *, simple: bool = False) -> float:
    """Return the epsilon of a zCDP mechanism.

    Parameters
    ----------
    rho : float
        At least 0.
    dp_delta : float
        delta, in (0, 1).
    simple : bool
        Whether to take rho + 2 sqrt(rho ln(1/delta)) (Bun and Steinke, proposition 1.3), and not
        the smaller minimum over all alpha > 1 of rho alpha + ln(1 - 1/alpha) -
        ln(delta alpha) / (alpha - 1).

    Examples
    --------
    >>> round(epsilon_from_zcdp(0.5, 1e-5), 6), round(epsilon_from_zcdp(0.5, 1e-5, simple=True), 6)
    (4.728387, 5.298526)
    """
    rho, delta = _check.non_negative("rho", rho), check_delta(dp_delta)
    if rho == 0:
        return 0.0
    if simple:
        return rho + 2 * math.sqrt(rho * -math.log(delta))
    return max(0.0, min(_epsilon(rho, delta, k) for k in _minimum(rho, delta)))


def _epsilon(rho: float, delta: float, k: float) -> float:
    """Return epsilon at the order alpha = 1 + k."""
    alpha = 1 + k
    return rho * alpha + math.log(k / alpha) - (math.log(delta) + math.log(alpha)) / k


def _minimum(rho: float, delta: float) -> tuple[float, float]:
    """Return the two ends of a short interval around the best k, by golden section in ln k.

    In alpha the derivative is rho + ln(delta alpha) / (alpha - 1)^2: it is below 0 near 1 and
    changes its sign once, so epsilon falls and then rises.
    """
    golden = (math.sqrt(5) - 1) / 2
    low, high = math.log(1e-8), math.log(1e12)
    for _ in range(100):
        left, right = high - golden * (high - low), low + golden * (high - low)
        if _epsilon(rho, delta, math.exp(left)) < _epsilon(rho, delta, math.exp(right)):
            high = right
        else:
            low = left
    return math.exp(low), math.exp(high)
