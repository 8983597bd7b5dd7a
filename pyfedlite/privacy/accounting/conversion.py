"""From Rényi divergences to (epsilon, delta), and back from epsilon to delta.

References
----------
C. L. Canonne, G. Kamath and T. Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS
2020, proposition 12, https://arxiv.org/abs/2004.00010

B. Balle, G. Barthe, M. Gaboardi, J. Hsu and T. Sato, "Hypothesis Testing Interpretations and Rényi
Differential Privacy", AISTATS 2020, theorem 21, https://arxiv.org/abs/1905.09982

I. Mironov, "Rényi Differential Privacy", CSF 2017, proposition 3, https://arxiv.org/abs/1702.07476
"""

import math

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.privacy.accounting.rdp import check_orders


def epsilon_from_rdp(
    orders: Vector | tuple[float, ...], divergences: Vector, dp_delta: float
) -> tuple[float, float]:
    """Return the smallest epsilon that some order gives, and that order.

    epsilon = rho + ln(1 - 1/alpha) - ln(delta alpha) / (alpha - 1), at least 0. Where the
    divergence is so small that the total variation is at most delta, epsilon is 0 (Bretagnolle and
    Huber: TV <= sqrt(1 - e^-rho)).

    Parameters
    ----------
    orders : sequence of float
        alpha, each above 1.
    divergences : ndarray, as many
        rho, each at least 0.
    dp_delta : float
        delta, in (0, 1).

    Returns
    -------
    epsilon : float
        At least 0; infinite if every divergence is.
    best_order : float
        The alpha that gave it.

    Examples
    --------
    One Gaussian of multiplier 1 (rho = alpha / 2):

    >>> orders = np.arange(2.0, 257.0)
    >>> epsilon, best_order = epsilon_from_rdp(orders, orders / 2, 1e-5)
    >>> round(epsilon, 10), best_order
    (4.7527283368, 5.0)
    """
    alpha, rho, delta = _checked(orders, divergences, dp_delta)
    epsilons = rho + np.log1p(-1 / alpha) - (math.log(delta) + np.log(alpha)) / (alpha - 1)
    epsilons = np.where(delta**2 + np.expm1(-rho) > 0, 0.0, np.maximum(epsilons, 0.0))
    best = int(epsilons.argmin())
    return float(epsilons[best]), float(alpha[best])


def classic_epsilon_from_rdp(
    orders: Vector | tuple[float, ...], divergences: Vector, dp_delta: float
) -> tuple[float, float]:
    """Return epsilon = rho + ln(1/delta) / (alpha - 1) at its best order, and that order.

    The first rule (Mironov 2017). It is never smaller than `epsilon_from_rdp`, which replaced it.

    Examples
    --------
    >>> orders = np.arange(2.0, 257.0)
    >>> epsilon, best_order = classic_epsilon_from_rdp(orders, orders / 2, 1e-5)
    >>> round(epsilon, 10), best_order
    (5.302585093, 6.0)
    """
    alpha, rho, delta = _checked(orders, divergences, dp_delta)
    epsilons = rho - math.log(delta) / (alpha - 1)
    best = int(epsilons.argmin())
    return float(epsilons[best]), float(alpha[best])


def delta_from_rdp(
    orders: Vector | tuple[float, ...], divergences: Vector, epsilon: float
) -> float:
    """Return the smallest delta that some order gives for an epsilon, in [0, 1].

    delta = e^((alpha - 1)(rho - epsilon)) (1 - 1/alpha)^(alpha - 1) / alpha, and at most
    sqrt(1 - e^-rho), at every order.

    Examples
    --------
    >>> orders = np.arange(2.0, 257.0)
    >>> round(delta_from_rdp(orders, orders / 2, 4.7527283368) * 1e5, 6)
    1.0
    """
    epsilon = _check.non_negative("epsilon", epsilon)
    return float(deltas_from_rdp(orders, divergences, np.array([epsilon]))[0])


def deltas_from_rdp(
    orders: Vector | tuple[float, ...], divergences: Vector, epsilons: Vector
) -> Vector:
    """Return `delta_from_rdp` of several epsilons, each at least 0."""
    alpha, rho, _ = _checked(orders, divergences, 0.5)
    with np.errstate(divide="ignore"):
        by_variation = np.log(-np.expm1(-rho)) / 2
    loss = rho - epsilons[:, None] + np.log1p(-1 / alpha)
    by_order = (alpha - 1) * loss - np.log(alpha)
    logs = np.minimum(by_variation, by_order).min(axis=1)
    deltas: Vector = np.exp(np.minimum(logs, 0.0))
    return deltas


def _checked(
    orders: Vector | tuple[float, ...], divergences: Vector, dp_delta: float
) -> tuple[Vector, Vector, float]:
    alpha = np.array(check_orders(orders))
    rho = np.asarray(divergences, dtype=np.float64)
    if rho.shape != alpha.shape:
        _check.fail("divergences", f"have shape {alpha.shape}, as the orders", rho.shape)
    if not (rho >= 0).all():  # NaN is not
        _check.fail("divergences", "be at least 0", float(rho[~(rho >= 0)][0]))
    return alpha, rho, check_delta(dp_delta)


def check_delta(dp_delta: float) -> float:
    """Return delta as a float in (0, 1)."""
    delta = _check.real("dp_delta", dp_delta)
    if not 0 < delta < 1:
        hint = "it is the probability of a bad event: try 1e-5, below 1 / number of clients"
        _check.fail("dp_delta", "lie above 0 and below 1", delta, hint)
    return delta
