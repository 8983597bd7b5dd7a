"""Exact draws of the discrete Gaussian in Python: the readable twin of the kernel.

Integers alone: no number here is rounded, so that the distribution is the one of the formula and
not nearly that. Each function draws from `words`, the keystream of ChaCha20 under one key, and
takes as many words of 32 bits as it needs, lowest first.

No loop is without an end. At least four of ten attempts succeed in each loop, so a good keystream
fails 256 times in a row with a probability below 2^-188, far less than a key is guessed.

The functions trust their arguments; `pyfedlite.kernels.discrete` has checked them.

References
----------
C. Canonne, G. Kamath and T. Steinke, "The Discrete Gaussian for Differential Privacy", NeurIPS
2020, algorithms 1 to 3, https://arxiv.org/abs/2004.00010
"""

from collections.abc import Iterator
from math import isqrt
from typing import Never

import numpy as np
from numpy.typing import NDArray

from pyfedlite.kernels._numpy_masks import keystream

ATTEMPTS = 256
BLOCKS = 64
"""Blocks of keystream that are made at once, 4 kB. The number changes no bit."""

Words = Iterator[int]


def discrete_gaussian(
    key: bytes, numerator: int, denominator: int, into: NDArray[np.int64]
) -> None:
    """Write one draw of variance parameter n / m to each place of `into`."""
    words = words_of(key)
    for place in range(len(into)):
        into[place] = gaussian(words, numerator, denominator) if numerator else 0


def gaussian(words: Words, n: int, m: int) -> int:
    """Draw y with a probability in proportion to e^(-y^2 m / (2 n)) (algorithm 3).

    With sigma^2 = n / m and t above sigma, a Laplace draw y is kept with probability
    e^(-(|y| - sigma^2 / t)^2 / (2 sigma^2)).
    """
    t = isqrt(n // m) + 1
    for _ in range(ATTEMPTS):
        y = laplace(words, t)
        if exponential(words, (abs(y) * t * m - n) ** 2, 2 * n * m * t * t):
            return y
    _broken()


def laplace(words: Words, t: int) -> int:
    """Draw y with a probability in proportion to e^(-|y| / t) (algorithm 2)."""
    for _ in range(ATTEMPTS):
        rest = below(words, t)
        if not exponential(words, rest, t):
            continue
        magnitude = rest + t * geometric(words)
        is_negative = below(words, 2) == 1
        if not is_negative:
            return magnitude
        if magnitude != 0:  # 0 has no sign, and would come twice as often
            return -magnitude
    _broken()


def geometric(words: Words) -> int:
    """Count how often in a row something of probability 1/e happens."""
    for count in range(ATTEMPTS):
        if not exponential(words, 1, 1):
            return count
    _broken()


def exponential(words: Words, a: int, b: int) -> bool:
    """Return True with probability e^(-a / b) (algorithm 1).

    Below 1, von Neumann's trick: draw events of probability x, x/2, x/3, … until one does not
    happen. It is the k-th with probability x^(k-1) / (k-1)! - x^k / k!, and over odd k these add up
    to the series of e^-x.
    """
    for _ in range(a // b):
        if not _below_one(words, 1, 1):
            return False
    return _below_one(words, a % b, b)


def _below_one(words: Words, a: int, b: int) -> bool:
    for k in range(1, ATTEMPTS + 1):
        if below(words, b * k) >= a:
            return k % 2 == 1
    _broken()


def below(words: Words, bound: int) -> int:
    """Draw a uniform number from 0 to ``bound - 1``; see `sharing.randomness.random_below`.

    Examples
    --------
    >>> below(iter([7, 13]), 6)  # the low three bits are 7, then 5
    5
    """
    bits = (bound - 1).bit_length()
    for _ in range(ATTEMPTS):
        drawn = sum(next(words) << place for place in range(0, bits, 32))
        candidate = drawn & ((1 << bits) - 1)
        if candidate < bound:
            return candidate
    _broken()


def words_of(key: bytes) -> Words:
    """Yield the keystream of a key: nonce 0, blocks from 0 (RFC 8439)."""
    words = np.frombuffer(key, "<u4").astype(np.uint32).reshape(1, 8)
    for first in range(0, 2**32, BLOCKS):
        yield from keystream(words, first, BLOCKS)[0].tolist()


def _broken() -> Never:
    raise ValueError(f"key must give numbers that will do, got none in {ATTEMPTS} draws")
