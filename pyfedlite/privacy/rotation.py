"""A random rotation that spreads a vector evenly over its coordinates, and back.

x' = H D x / sqrt(d): D turns the signs of some coordinates, by public coins, and H is the
Walsh-Hadamard matrix, whose entries are 1 and -1 and which costs d log2(d) additions. Lengths stay
as they are; a vector with one large coordinate becomes one with d small ones. That keeps sums far
from the edge of the ring, and makes it cheap to round.

It hides nothing: the coins are public. For teaching and research: not audited.

References
----------
A. T. Suresh, F. X. Yu, S. Kumar and H. B. McMahan, "Distributed Mean Estimation with Limited
Communication", ICML 2017, https://arxiv.org/abs/1611.00429
"""

import math

import numpy as np

from pyfedlite import kernels
from pyfedlite._typing import Vector


def padded_length(length: int) -> int:
    """Return the power of two at or above `length`.

    Examples
    --------
    >>> padded_length(650), padded_length(1024)
    (1024, 1024)
    """
    return 1 << max(0, length - 1).bit_length()


def rotate(vector: Vector, coins: bytes) -> Vector:
    """Return H D x / sqrt(d), with zeros after x up to a power of two.

    Parameters
    ----------
    vector : ndarray of shape (length,), float64
    coins : bytes of length 32
        Public; the signs are the lowest bits of their ChaCha20 keystream.

    Returns
    -------
    ndarray of shape (padded_length(length),), float64

    Examples
    --------
    >>> np.abs(rotate(np.array([0.0, 0.0, 2.0]), bytes(32)))
    array([1., 1., 1., 1.])
    """
    padded = np.zeros(padded_length(len(vector)))
    padded[: len(vector)] = vector
    return walsh_hadamard(padded * signs_of(coins, len(padded)))


def rotate_back(rotated: Vector, coins: bytes, length: int) -> Vector:
    """Return D H y / sqrt(d), the first `length` of its coordinates."""
    turned = walsh_hadamard(rotated) * signs_of(coins, len(rotated))
    return turned[:length]


def walsh_hadamard(vector: Vector) -> Vector:
    """Return H x / sqrt(d) for d a power of two; twice is x again.

    Examples
    --------
    >>> walsh_hadamard(np.array([1.0, 0.0, 0.0, 0.0]))
    array([0.5, 0.5, 0.5, 0.5])
    """
    total, half = vector.copy(), 1
    while half < len(vector):
        pairs = total.reshape(-1, 2, half)  # (…, 2, half)
        total = np.stack([pairs[:, 0] + pairs[:, 1], pairs[:, 0] - pairs[:, 1]], axis=1).ravel()
        half *= 2
    rotated: Vector = total / math.sqrt(len(vector))
    return rotated


def signs_of(coins: bytes, length: int) -> Vector:
    """Return the signs 1 and -1 of D, shape (length,)."""
    words = np.zeros(length, np.uint32)
    kernels.mask_accumulate(words, coins, [1])
    return 1.0 - 2.0 * (words & np.uint32(1)).astype(np.float64)
