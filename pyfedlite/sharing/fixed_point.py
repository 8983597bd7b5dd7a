"""Real numbers as integers of a ring: v becomes round(v 2^f), and sums stay exact.

Secure aggregation and computing on shares work with integers modulo 2^R; here is the way there
and back. Adversary: none, this is arithmetic. What it does not promise: that nobody sends an
integer outside the range. For teaching and research: not audited.

Symbols: f is `fraction_bits`, c is `clip`, R is `ring_bits`, U is a uniform number in [0, 1) made
from a supplied 64-bit word, so that two implementations round alike.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, https://eprint.iacr.org/2017/281
"""

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite._typing import Integers

Ring: TypeAlias = NDArray[np.unsignedinteger[Any]]
"""Ring elements: uint32 for R = 32, uint64 for R = 64."""

RING_DTYPES: dict[int, Any] = {32: np.uint32, 64: np.uint64}
EXACT_BITS = 52
"""c 2^f stays at most 2^52, so that v 2^f and its floor are exact in float64."""

MEAN_BITS = 46
"""`choose_fraction_bits` keeps c 2^f at most 2^46: a mean is a float64, and is rounded to it by at
most 2^-7 of a step then. At 2^52 that would be half a step, as much as rounding to the nearest."""

FEWEST_FRACTION_BITS = 8
"""Below this a step of 2^-f is coarser than most updates: a sum of noughts."""


def quantise(
    values: ArrayLike, *, fraction_bits: int, clip: float, words: NDArray[np.uint64] | None = None
) -> Integers:
    """Return `values`, clipped to [-c, c], as integers in units of 2^-f.

    With `words` the rounding is stochastic: z = v 2^f becomes floor(z) + [U < z - floor(z)], which
    is right on average. Without, it goes to the nearest integer, ties to even.

    Parameters
    ----------
    values : array_like of shape (length,)
        Finite; computed in float64.
    fraction_bits : int
        f, at least 0.
    clip : float
        c, above 0, with c 2^f at most 2^52.
    words : ndarray of shape (length,), uint64, optional
        Random words; U = (word >> 11) 2^-53.

    Returns
    -------
    ndarray of shape (length,), int64

    Raises
    ------
    ValueError
        If a value is NaN or infinite, or lengths do not fit.

    Examples
    --------
    >>> quantise([0.25, -0.375, 9.0], fraction_bits=2, clip=1.0)  # -1.5 goes to the even -2
    array([ 1, -2,  4])
    >>> words = np.array([0, 2**63], dtype=np.uint64)  # U = 0 and U = 1/2
    >>> quantise([0.1, 0.1], fraction_bits=2, clip=1.0, words=words)  # z = 0.4
    array([1, 0])
    """
    check_precision(fraction_bits, clip)
    array = np.asarray(values, dtype=np.float64)
    _check.ndim("values", array, 1)
    _check.finite("values", array, "an update with NaN or inf would spoil the whole sum")
    z = np.clip(array, -clip, clip) * 2.0**fraction_bits
    if words is None:
        return np.rint(z).astype(np.int64)
    if words.dtype != np.uint64 or words.shape != array.shape:
        got = f"{words.dtype} of shape {words.shape}"
        _check.fail("words", f"be uint64 of shape {array.shape}", got)
    floor = np.floor(z)
    uniform = (words >> np.uint64(11)) * 2.0**-53
    return (floor + (uniform < z - floor)).astype(np.int64)


def dequantise(integers: Integers, fraction_bits: int) -> NDArray[np.float64]:
    """Return ``integers / 2^f`` in float64, exact up to 2^53.

    Examples
    --------
    >>> dequantise(np.array([1, -2, 4]), 2)
    array([ 0.25, -0.5 ,  1.  ])
    """
    return np.ldexp(integers.astype(np.float64), -fraction_bits)


def to_ring(integers: Integers, ring_bits: int) -> Ring:
    """Return signed integers as elements of the ring, in two's complement.

    Examples
    --------
    >>> to_ring(np.array([1, -1]), 32)
    array([         1, 4294967295], dtype=uint32)
    """
    return integers.astype(ring_dtype(ring_bits))


def from_ring(elements: Ring) -> Integers:
    """Return the centred lift: the integer in [-2^(R-1), 2^(R-1)) of each element.

    Examples
    --------
    >>> from_ring(np.array([1, 2**32 - 1], dtype=np.uint32))
    array([ 1, -1])
    """
    signed = np.int32 if elements.dtype == np.uint32 else np.int64
    return elements.view(signed).astype(np.int64)


def ring_dtype(ring_bits: int) -> type[np.unsignedinteger[Any]]:
    """Return uint32 or uint64."""
    if ring_bits not in RING_DTYPES:
        _check.fail("ring_bits", "be 32 or 64", ring_bits)
    dtype: type[np.unsignedinteger[Any]] = RING_DTYPES[ring_bits]
    return dtype


def largest_step(fraction_bits: int, clip: float) -> int:
    """Return ceil(c 2^f), the largest integer that `quantise` can give.

    Where float64 cannot hold it, the result is 2^1024: more than any ring holds.
    """
    try:
        return math.ceil(math.ldexp(clip, fraction_bits))
    except OverflowError:
        return 2**1024


def fits(ring_bits: int, num_clients: int, max_weight: int, largest: int) -> bool:
    """Return whether a sum over clients cannot wrap: n W_max ceil(c 2^f) <= 2^(R-1) - 1."""
    return num_clients * max_weight * max(largest, 1) < 1 << (ring_bits - 1)


def choose_fraction_bits(
    *, ring_bits: int, num_clients: int, max_weight: int = 1, clip: float
) -> int:
    """Return the largest f with which a weighted sum over all clients cannot wrap.

    In the large ring c 2^f is also kept to 2^46, below which a float64 holds the mean to a small
    part of a step.

    Parameters
    ----------
    ring_bits : {32, 64}
        R.
    num_clients : int
        n, at least 1.
    max_weight : int
        W_max, the largest integer weight of a client, at least 1.
    clip : float
        c, above 0.

    Raises
    ------
    ValueError
        When fewer than 8 bits are left for the fraction.

    Examples
    --------
    >>> choose_fraction_bits(ring_bits=32, num_clients=100, max_weight=1000, clip=1.0)
    14
    >>> 100 * 1000 * 2**14 < 2**31 <= 100 * 1000 * 2**15
    True
    """
    ring_dtype(ring_bits)
    _check.integer("num_clients", num_clients, minimum=1)
    _check.integer("max_weight", max_weight, minimum=1)
    _check.positive("clip", clip)
    for f in range(ring_bits, FEWEST_FRACTION_BITS - 1, -1):
        largest = largest_step(f, clip)
        if largest <= 2**MEAN_BITS and fits(ring_bits, num_clients, max_weight, largest):
            return f
    product = f"{num_clients} clients x weight {max_weight} x clip {clip:g}"
    condition = f"leave at least {FEWEST_FRACTION_BITS} bits for the fraction, with {product}"
    if ring_bits == 32:
        _check.fail("ring_bits", condition, ring_bits, "use ring_bits=64")
    # There is no wider ring, so that it is the larger of the two numbers that has to shrink.
    name, value = ("clip", clip) if clip > max_weight else ("max_weight", max_weight)
    _check.fail(name, condition, f"{value:g}", "lower clip or max_weight")


def check_precision(fraction_bits: int, clip: float) -> None:
    """Check that c 2^f is exact in float64."""
    _check.integer("fraction_bits", fraction_bits, minimum=0)
    _check.positive("clip", clip)
    if largest_step(fraction_bits, clip) > 2**EXACT_BITS:
        got = f"fraction_bits={fraction_bits}, clip={clip:g}"
        _check.fail("clip * 2**fraction_bits", f"be at most 2**{EXACT_BITS}", got)
