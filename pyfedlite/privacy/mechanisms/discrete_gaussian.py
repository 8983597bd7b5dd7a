"""The discrete Gaussian, drawn exactly: whole numbers x with probability ~ exp(-x^2 / (2 sigma^2)).

Noise in floating point has holes: some numbers can never come out, and which ones depends on what
it is added to. Here nothing is rounded. Every coin has a rational probability, and is tossed by
comparing two whole numbers; no float is touched.

Adversary: who sees sums of whole numbers with this noise. Protected: what (epsilon, delta) of the
accountant says, to the last bit. Not protected: against who measures how long a draw takes, which
depends on what is drawn (draw all noise before the data come); and nothing, if the source of
randomness can be repeated. For teaching and research: not audited.

References
----------
C. L. Canonne, G. Kamath and T. Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS
2020, https://arxiv.org/abs/2004.00010, Algorithms 1 to 3
"""

import math
import secrets
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers

Below = Callable[[int], int]
"""Returns a uniform whole number from 0 to n - 1, for n of at least 1."""


def discrete_gaussian(variance: Fraction | int, below: Below = secrets.randbelow) -> int:
    """Return one draw with the parameter sigma^2, exactly.

    Parameters
    ----------
    variance : Fraction or int
        sigma^2, at least 0; 0 is always 0. A float is refused: it would be rounded already.
    below : callable
        The source of randomness; by default the operating system.

    Examples
    --------
    >>> discrete_gaussian(0)
    0
    >>> abs(discrete_gaussian(Fraction(1, 4))) < 20  # 40 sigma
    True
    """
    if isinstance(variance, bool) or not isinstance(variance, Fraction | int):
        hint = "try Fraction(numerator, denominator)"
        _check.fail_type("variance", "be a Fraction or an integer", variance, hint)
    if variance < 0:
        _check.fail("variance", "be at least 0", variance)
    if variance == 0:
        return 0
    sigma2 = Fraction(variance)
    t = math.isqrt(sigma2.numerator // sigma2.denominator) + 1  # floor(sigma) + 1
    while True:
        y = _laplace(t, below)
        if _exp_coin((abs(y) - sigma2 / t) ** 2 / (2 * sigma2), below):
            return y


def draw_discrete_gaussian(
    variance: Fraction | int, size: int, below: Below = secrets.randbelow
) -> Integers:
    """Return independent draws, shape (size,), int64.

    Raises
    ------
    OverflowError
        If a draw is beyond 64 bits: sigma^2 was near 2^126.

    Examples
    --------
    >>> draw_discrete_gaussian(0, 3)
    array([0, 0, 0])
    """
    number = _check.integer("size", size, minimum=0)
    return np.array([discrete_gaussian(variance, below) for _ in range(number)], np.int64)


def _coin(p: Fraction, below: Below) -> bool:
    """Return True with probability p, in [0, 1]."""
    return below(p.denominator) < p.numerator


def _exp_coin(x: Fraction, below: Below) -> bool:
    """Return True with probability exp(-x), for x of at least 0 (Algorithm 1)."""
    while x > 1:
        if not _exp_coin(Fraction(1), below):
            return False
        x -= 1
    k = 1
    while _coin(x / k, below):
        k += 1
    return k % 2 == 1


def _laplace(t: int, below: Below) -> int:
    """Return x with probability ~ exp(-|x| / t) (Algorithm 2)."""
    while True:
        u = below(t)
        if not _exp_coin(Fraction(u, t), below):
            continue
        v = 0
        while _exp_coin(Fraction(1), below):
            v += 1
        negative, x = below(2) == 1, u + t * v
        if not (negative and x == 0):  # 0 would come twice as often
            return -x if negative else x
