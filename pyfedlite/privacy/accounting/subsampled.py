"""Rényi divergence of one sum with Gaussian noise, where each client takes part with probability q.

With L = e^((2x - 1) / (2 z^2)), the likelihood ratio of the two normal distributions, the
divergence of order alpha is ln(A) / (alpha - 1) with

    A = E[(1 - q + q L)^alpha],    x ~ N(0, z^2)

and the other direction costs no more (Mironov et al. 2019, theorems 4 and 5). Where q is small, A
is nearly 1, and a sum that starts from 1 then loses every digit: q = 1e-9 would cost nothing. So
both forms here compute A - 1, which they write as a sum or an integral of terms that are never
negative, in logarithms; ln A = ln(1 + (A - 1)) comes last.

References
----------
I. Mironov, "Rényi Differential Privacy", CSF 2017, https://arxiv.org/abs/1702.07476

I. Mironov, K. Talwar and L. Zhang, "Rényi Differential Privacy of the Sampled Gaussian Mechanism",
2019, https://arxiv.org/abs/1908.10530
"""

import math
from functools import lru_cache

import numpy as np

from pyfedlite._typing import Integers, Vector

REACH = 13.0
"""Beyond so many deviations a normal distribution has less than 1e-37 of its mass."""

LEAST_NOISE = 0.05
"""With less noise the integral would take millions of points; the next whole order bounds it."""


@lru_cache(maxsize=256)
def subsampled_rdp(
    sampling_rate: float, noise_multiplier: float, orders: tuple[float, ...]
) -> tuple[float, ...]:
    """Return the Rényi divergence of one round at each order.

    Parameters
    ----------
    sampling_rate : float
        q in [0, 1].
    noise_multiplier : float
        z, at least 0; with 0 and q > 0 the divergence is infinite.
    orders : tuple of float
        alpha, each above 1. Whole numbers take a sum, others an integral.

    Examples
    --------
    With q = 1 it is alpha / (2 z^2).

    >>> subsampled_rdp(1.0, 1.0, (2.0, 3.0))
    (1.0, 1.5)
    """
    q, z = sampling_rate, noise_multiplier
    if q == 0 or math.isinf(z * z):
        return (0.0,) * len(orders)
    if z * z == 0:
        return (math.inf,) * len(orders)
    if q == 1:
        return tuple(alpha / (2 * z * z) for alpha in orders)
    excess = log_excess(q, z, np.array(orders))
    return tuple((np.logaddexp(0.0, excess) / (np.array(orders) - 1)).tolist())


def log_excess(q: float, z: float, orders: Vector) -> Vector:
    """Return ln(A - 1) at each order, for 0 < q < 1 and z > 0.

    Where z is below LEAST_NOISE, other orders than whole ones get a bound of it.
    """
    whole = orders == np.floor(orders) if z >= LEAST_NOISE else np.full(orders.shape, True)
    logs = np.empty(orders.shape)
    logs[whole] = _by_sum(q, z, np.ceil(orders[whole]).astype(np.int64))
    logs[~whole] = [_by_integral(q, z, alpha) for alpha in orders[~whole].tolist()]
    return logs


def _by_sum(q: float, z: float, orders: Integers) -> Vector:
    """Return ln(A - 1) at whole orders, by the binomial theorem (section 3.3 of the paper).

    A = sum over i of C(alpha, i) (1-q)^(alpha-i) q^i e^((i^2 - i) / (2 z^2)). The weights alone
    add up to 1, and the exponents of i = 0 and 1 are 0: so 1 is taken away from every exponential.
    """
    most = int(orders.max(initial=2))
    log_factorial = np.array([math.lgamma(k + 1) for k in range(most + 1)])
    i = np.arange(2, most + 1)
    with np.errstate(over="ignore"):
        x = i * (i - 1) / (2 * z * z)
    log_exponential = x + np.log(-np.expm1(-x))  # ln(e^x - 1)
    alpha = orders[:, None]
    log_binomial = log_factorial[alpha] - log_factorial[i] - log_factorial[abs(alpha - i)]
    log_weight = log_binomial + (alpha - i) * math.log1p(-q) + i * math.log(q)
    return _log_sum(np.where(i <= alpha, log_weight + log_exponential, -np.inf))


def _by_integral(q: float, z: float, alpha: float) -> float:
    """Return ln(A - 1) at any order, by the trapezoidal rule.

    With y = q (L - 1), which is 0 on average, A - 1 = E[(1 + y)^alpha - 1 - alpha y], and the
    bracket is never negative (Bernoulli). It is a smooth bell on a line that it leaves at both
    ends, so the rule converges faster than any power of the step; the step is short enough for the
    nearest singularity, where 1 + y = 0, at a distance of pi z from the line.
    """
    step = min(0.25, 0.4 * z)
    t = np.arange(-REACH, alpha / z + REACH + step, step)  # x / z
    log_ratio = t / z - 1 / (2 * z * z)
    w = np.where(
        log_ratio < 30.0,
        np.log1p(q * np.expm1(np.minimum(log_ratio, 30.0))),
        np.logaddexp(math.log1p(-q), math.log(q) + log_ratio),
    )  # ln(1 + y)
    log_density = -t * t / 2 - math.log(2 * math.pi) / 2
    return float(_log_sum(log_density + w + _log_bracket(w, alpha - 1))) + math.log(step)


def _log_bracket(w: Vector, k: float) -> Vector:
    """Return ln of ((1 + y)^alpha - 1 - alpha y) / (1 + y) = expm1(k w) + k expm1(-w).

    Here w = ln(1 + y) and k = alpha - 1. Where w is small the two terms cancel, and their series,
    sum over j >= 2 of (k^j + k (-1)^j) w^j / j!, is added instead.
    """
    small = np.abs(w) * max(1.0, k) < 0.5
    series, power = np.zeros_like(w), np.where(small, w, 0.0)
    term = power.copy()
    for j in range(2, 22):
        term = term * power / j
        series += (k**j + k * (-1) ** j) * term
    far = np.where(small, 1.0, w)
    kw = k * far
    middle = np.expm1(np.minimum(kw, 500.0)) + k * np.expm1(-far)
    with np.errstate(divide="ignore"):  # y = 0: nothing is added there
        return np.where(small, np.log(series), np.where(kw > 500.0, kw, np.log(middle)))


def _log_sum(logs: Vector) -> Vector:
    """Return the logarithms of sums over the last axis, of numbers whose logarithms are given."""
    largest = logs.max(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):  # infinity minus infinity, replaced below
        rest = np.log(np.exp(logs - largest).sum(axis=-1))
    top: Vector = largest[..., 0]
    return np.where(np.isinf(top), top, top + rest)
