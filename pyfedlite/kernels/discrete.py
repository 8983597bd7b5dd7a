"""The Python side of the kernel that draws exact discrete Gaussian noise.

The discrete Gaussian of variance parameter sigma^2 gives each integer x a probability in proportion
to e^(-x^2 / (2 sigma^2)). Against one shift of an integer vector it is worth as much as the
continuous one (theorem 4 of the paper), and unlike that a computer can draw it without rounding.

Adversary: whoever sees sums with the noise, and computes without limit, but does not break
ChaCha20. Protected: what the noise hides. Not protected: anything, from whoever has the key; and
the time of a draw depends a little on its size. For teaching and research: not audited.

References
----------
C. Canonne, G. Kamath and T. Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS
2020, https://arxiv.org/abs/2004.00010
"""

from numbers import Rational

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers
from pyfedlite.kernels._twin import TWIN

KEY_BYTES = 32
MOST = 2**53
"""The largest numerator and denominator of a variance: 128 bits hold every number on the way."""


def discrete_gaussian(key: bytes, length: int, variance: Rational | int) -> Integers:
    """Return independent draws of the discrete Gaussian distribution.

    Parameters
    ----------
    key : bytes of length 32
        Fresh random bytes, ``os.urandom(32)``, for one call: the same key gives the same draws.
    length : int
        How many.
    variance : int or Fraction
        sigma^2, at least 0, exact: a fraction in lowest terms of numbers up to 2^53, and no float.
        The variance of the draws is a little smaller, by less than 2^-20 from sigma^2 = 1 on.

    Returns
    -------
    ndarray of shape (length,), int64

    Raises
    ------
    TypeError, ValueError
        If an argument is of another type or out of range.

    Examples
    --------
    >>> draws = discrete_gaussian(bytes(32), 1000, 4)
    >>> bool(abs(draws.var() - 4) < 0.6)
    True
    >>> discrete_gaussian(bytes(32), 3, 0)
    array([0, 0, 0])
    """
    if not isinstance(key, bytes):
        _check.fail_type("key", "be bytes", key)
    if len(key) != KEY_BYTES:
        _check.fail("key", f"have {KEY_BYTES} bytes", len(key), "pass os.urandom(32)")
    length = _check.integer("length", length, minimum=0)
    numerator, denominator = _checked_fraction(variance)
    draws = np.zeros(length, np.int64)
    TWIN.discrete_gaussian(key, numerator, denominator, draws)
    return draws


def _checked_fraction(variance: Rational | int) -> tuple[int, int]:
    """Return n and m of n / m."""
    if isinstance(variance, bool) or not isinstance(variance, Rational):
        hint = "an exact one is Fraction(…)"
        _check.fail_type("variance", "be an integer or a fraction", variance, hint)
    numerator, denominator = int(variance.numerator), int(variance.denominator)
    if numerator < 0:
        _check.fail("variance", "be at least 0", variance)
    if max(numerator, denominator) > MOST:
        _check.fail("variance", "be a fraction of numbers up to 2^53", variance)
    return numerator, denominator
