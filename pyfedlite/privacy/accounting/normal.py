"""The normal distribution function and its logarithm, far into the tails, without SciPy."""

import math
from statistics import NormalDist

STANDARD = NormalDist()


def cdf(x: float) -> float:
    """Return P[X <= x] of a standard normal X, also where it is as small as 1e-300.

    Examples
    --------
    >>> cdf(0.0)
    0.5
    """
    return math.erfc(-x / math.sqrt(2)) / 2


def log_cdf(x: float) -> float:
    """Return ln P[X <= x] of a standard normal X; it is finite at every finite x above -1e150.

    Below -30 the continued fraction of the tail is taken (Abramowitz and Stegun 26.2.14).

    Examples
    --------
    >>> round(log_cdf(-40.0), 9)
    -804.608442014
    """
    if x > -30:
        return math.log(cdf(x))
    y, fraction = -x, -x
    for k in range(20, 0, -1):
        fraction = y + k / fraction
    return -y * y / 2 - math.log(math.sqrt(2 * math.pi) * fraction)


def quantile(p: float) -> float:
    """Return x with P[X <= x] = p; infinite where p is 0 or 1."""
    if p <= 0 or p >= 1:
        return math.inf if p >= 1 else -math.inf
    return STANDARD.inv_cdf(p)
