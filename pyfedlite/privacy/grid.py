"""Real vectors on a grid of integers, never longer than a bound that is known beforehand.

Discrete noise is for integers: a clipped vector x, |x| <= c, is divided by the step gamma, and its
entries are rounded up or down at random, right on average. Rounding makes a vector longer, so that
the sensitivity is no longer c / gamma. It is

    bound^2 = min((c/gamma + sqrt(d))^2,
                  (c/gamma)^2 + d/4 + sqrt(2 ln(1/beta)) (c/gamma + sqrt(d)/2)),

because a rounding that is longer than this is thrown away and drawn again. Each is short enough
with a probability of at least 1 - beta (Kairouz, Liu and Steinke 2021). After 128
that were too long the entries are rounded towards 0, which makes no vector longer. The integers are
measured as integers: the bound holds for what is sent, whatever floating point did before.

The rounding may be known to everybody: the bound holds for each of its results. For teaching and
research: not audited.

References
----------
P. Kairouz, Z. Liu and T. Steinke, "The Distributed Discrete Gaussian Mechanism for Federated
Learning with Secure Aggregation", ICML 2021, https://arxiv.org/abs/2102.06387
"""

import math
from fractions import Fraction

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers, Vector

BETA = math.exp(-0.5)
"""beta: a rounding that is too long comes with at most this probability."""

ATTEMPTS = 128
"""With beta as above, all of so many roundings are too long with a probability below 2^-92."""

LONGEST = 2.0**30
"""No bound is larger, so that the square of any rounded vector is an int64."""


def rounded_norm(max_norm: float, granularity: float, length: int, beta: float = BETA) -> float:
    """Return the largest length of a rounded vector, in steps of the grid.

    Parameters
    ----------
    max_norm : float
        c, above 0: no vector is longer before it is rounded.
    granularity : float
        gamma, above 0: the step.
    length : int
        d, the number of entries, at least 1.
    beta : float
        In [0, 1); with 0 no rounding is ever thrown away.

    Examples
    --------
    >>> round(rounded_norm(1.0, 1e-3, 1024), 6)
    1000.635798
    """
    steps = _check.positive("max_norm", max_norm) / _check.positive("granularity", granularity)
    root = math.sqrt(_check.integer("length", length, minimum=1))
    longest = steps + root
    if _check.below_one("beta", beta) == 0:
        return longest
    often = math.sqrt(2 * math.log(1 / beta)) * (steps + root / 2)
    return min(longest, math.sqrt(steps * steps + length / 4 + often))


def round_to_grid(
    vector: Vector, granularity: float, bound: float, rng: np.random.Generator
) -> Integers:
    """Return a vector in steps of the grid, no longer than `bound`.

    Parameters
    ----------
    vector : ndarray of shape (length,), float64
        Finite, and no longer than the c of `bound`; a longer one becomes zeros.
    granularity : float
        gamma, above 0.
    bound : float
        `rounded_norm`, at most 2^30.
    rng : Generator

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> round_to_grid(np.array([0.5, -0.25]), 0.25, rounded_norm(1.0, 0.25, 2), rng)
    array([ 2, -1])
    """
    scaled = vector / granularity
    if not np.abs(scaled).max(initial=0.0) <= bound:  # also where the division has overflowed
        return np.zeros(vector.shape, np.int64)
    floor = np.floor(scaled)
    rest = scaled - floor
    for _ in range(ATTEMPTS):
        rounded: Integers = (floor + (rng.random(vector.shape) < rest)).astype(np.int64)
        if _fits(rounded, bound):
            return rounded
    shorter: Integers = np.trunc(scaled).astype(np.int64)
    return shorter if _fits(shorter, bound) else np.zeros_like(shorter)


def check_grid(max_norm: float, granularity: float, length: int) -> float:
    """Return `rounded_norm`, or say that the grid is too fine for it."""
    bound = rounded_norm(max_norm, granularity, length)
    if max_norm / granularity + math.sqrt(length) > LONGEST:
        condition = f"give at most 2^30 steps, with c={max_norm:g} and d={length}"
        _check.fail("granularity", condition, granularity, "try a larger one")
    return bound


def choose_granularity(max_norm: float, noise: float, length: int) -> float:
    """Return a step so fine that rounding costs less than one part in a hundred.

    It is the largest power of two up to c / (8 sqrt(d)) and up to a quarter of the noise.

    Parameters
    ----------
    max_norm : float
        c, above 0.
    noise : float
        The deviation of the noise that is drawn at once, in the units of c; 0 is not looked at.
    length : int
        d, at least 1.

    Examples
    --------
    >>> step = choose_granularity(1.0, 0.1, 1024)
    >>> step == 2.0**-8, round(rounded_norm(1.0, step, 1024) * step, 3)
    (True, 1.004)
    """
    widest = max_norm / (8 * math.sqrt(length))
    if noise > 0:
        widest = min(widest, noise / 4)
    return math.ldexp(1.0, math.frexp(widest)[1] - 1)


def variance_above(variance: float) -> Fraction:
    """Return a fraction, at least `variance`, with which the kernel of discrete noise can draw.

    It is larger by less than 2^-20, or by a part below 2^-32.

    Raises
    ------
    ValueError
        If it is 2^53 or more.

    Examples
    --------
    >>> variance_above(2.5), variance_above(0.0)
    (Fraction(5, 2), Fraction(0, 1))
    """
    if not variance < 2.0**53:
        hint = "less noise, or a coarser grid"
        _check.fail("noise", "have a variance below 2^53 steps of the grid", f"{variance:g}", hint)
    bits = max(0, min(20, 52 - max(0, math.frexp(variance)[1])))
    return Fraction(math.ceil(Fraction(variance) * 2**bits), 2**bits)


def _fits(integers: Integers, bound: float) -> bool:
    return int(np.dot(integers, integers)) <= Fraction(bound) ** 2
