"""An update and its weight as ring elements, and a sum of them as a weighted mean.

x_u = (w_u q_u, w_u): the update is quantised first and then multiplied by the integer weight, in
the ring, so the precision does not depend on the weight. Adversary: clients who send integers out
of range. Protected: an impossible sum is refused (`OVERFLOW`), as is one whose masks have not gone.
Not protected: the mean against a lie within range; a client may claim any weight up to W_max. For
teaching and research: not audited.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.terms import Quantiser
from pyfedlite.sharing.fixed_point import Ring, from_ring, quantise, to_ring


def encode_update(
    config: Config, delta: ArrayLike, weight: int, words: NDArray[np.uint64] | None = None
) -> Ring:
    """Return (w q, w) in the ring of a configuration; see `encode_vector`."""
    return encode_vector(config.quantiser, config.ring_bits, config.length, delta, weight, words)


def decode_sum(config: Config, total: Ring, num_survivors: int) -> tuple[NDArray[np.float64], int]:
    """Return the weighted mean, and the sum of the weights; see `decode_vector`."""
    return decode_vector(config.quantiser, total, num_survivors)


def encode_vector(
    quantiser: Quantiser,
    ring_bits: int,
    length: int,
    delta: ArrayLike,
    weight: int,
    words: NDArray[np.uint64] | None = None,
) -> Ring:
    """Return (w q, w) in the ring, shape (length,).

    Parameters
    ----------
    quantiser : Quantiser
    ring_bits : {32, 64}
    length : int
    delta : array_like of shape (length - 1,)
        Finite; clipped to [-c, c].
    weight : int
        w, from 1 to the quantiser's W_max.
    words : ndarray of shape (length - 1,), uint64
        Random words, for stochastic rounding alone.

    Raises
    ------
    ValueError
        If a value is not finite, the weight is out of range, or the length is another.

    Examples
    --------
    >>> encode_vector(Quantiser(2, 1.0, 5, "nearest"), 32, 3, [0.25, -0.5], weight=3)
    array([         3, 4294967290,          3], dtype=uint32)
    """
    values = np.asarray(delta)
    if values.shape != (length - 1,):
        _check.fail("delta", f"have shape ({length - 1},)", values.shape)
    if not 1 <= _check.integer("weight", weight) <= quantiser.max_weight:
        larger = "raise max_weight, or count examples in larger units"
        hint = "leave a client without examples out" if weight < 1 else larger
        _check.fail("weight", f"lie in 1..max_weight={quantiser.max_weight}", weight, hint)
    if (quantiser.rounding == "stochastic") != (words is not None):
        got = "none" if words is None else "some"
        _check.fail("words", f"fit rounding={quantiser.rounding!r}", got)
    f, clip = quantiser.fraction_bits, quantiser.clip
    steps = quantise(values, fraction_bits=f, clip=clip, words=words)
    return to_ring(np.append(weight * steps, weight), ring_bits)


def decode_vector(
    quantiser: Quantiser, total: Ring, num_survivors: int
) -> tuple[NDArray[np.float64], int]:
    """Return the weighted mean, shape (length - 1,), and the sum of the weights.

    Whole steps and the rest are divided apart, so that the mean is rounded to float64 once.

    Raises
    ------
    AbortError
        ``OVERFLOW`` if the sum is none of so many vectors in range: somebody has lied, or was told
        of another configuration, so that the masks are still there.

    Examples
    --------
    >>> total = np.array([3, 2**32 - 6, 4], dtype=np.uint32)  # 3/4 and -6/4 steps of 1/4
    >>> decode_vector(Quantiser(2, 1.0, 5, "nearest"), total, num_survivors=2)
    (array([ 0.1875, -0.375 ]), 4)
    """
    integers = from_ring(total)
    weight = int(integers[-1])
    if not num_survivors <= weight <= num_survivors * quantiser.max_weight:
        limits = f"{num_survivors}..{num_survivors * quantiser.max_weight}"
        abort(AbortCode.OVERFLOW, f"sum of weights must lie in {limits}, got {weight}")
    largest = max(int(integers.max()), -int(integers.min()))
    if largest > weight * quantiser.largest:
        limit = weight * quantiser.largest
        abort(AbortCode.OVERFLOW, f"sums must be at most {limit}, got {largest}")
    whole, rest = np.divmod(integers[:-1], weight)
    return np.ldexp(whole + rest / weight, -quantiser.fraction_bits), weight
