"""Lengths of vectors, and vectors shortened to a length: one definition for the whole library.

Differential privacy and robust aggregation stand on a bound: no vector is longer than C. So these
functions are total. They have an answer for every vector that somebody may send, and the bound
holds in the numbers that the computer holds, not only on paper:

- Where a sum of squares overflows, or is so small that squares may have vanished, the vector is
  divided by its largest entry before anything is squared: neither does 1e300 overflow nor does
  1e-300 become 0.
- A vector with NaN or infinity becomes 0. In Python min(1, nan) is 1, so that NaN would pass.
- What is longer than C becomes a little shorter than C, by 2^-32 of it (float64) or 2^-22
  (float32): more than all rounding together, for vectors of up to 10^9 numbers, so that the result
  is never longer than C.

For teaching and research: not audited.

References
----------
H. B. McMahan, D. Ramage, K. Talwar and L. Zhang, "Learning Differentially Private Recurrent
Language Models", ICLR 2018, https://arxiv.org/abs/1710.06963
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, kernels
from pyfedlite._typing import Matrix, Vector

ENTRIES = 2**17
"""Numbers whose lengths are taken at once: they stay in the cache."""

MARGIN = {"float64": 2.0**-32, "float32": 2.0**-22}
"""By this part of C a shortened vector stays below C."""

SAFE = 1e-280
"""A sum of squares above it has lost none that counts: what vanishes is below 1e-307."""

SMALLEST = {"float64": 1e-300, "float32": 1e-30}
"""The bound of `shortened` holds for a C of 0, or of at least this."""


def norm(vector: Vector) -> float:
    """Return the Euclidean length of a vector of any finite numbers; infinity for others.

    Examples
    --------
    >>> norm(np.array([3.0, 4.0])), norm(np.array([3e-320, 4e-320])) > 0
    (5.0, True)
    """
    return float(norms(np.asarray(vector)[np.newaxis])[0])


def norms(vectors: Matrix, centre: Vector | None = None) -> NDArray[np.float64]:
    """Return the Euclidean length of each row, or of its difference from a centre.

    Parameters
    ----------
    vectors : ndarray of shape (n, num_params), float32 or float64
    centre : ndarray of shape (num_params,), optional

    Returns
    -------
    ndarray of shape (n,), float64
        Infinity where a row, or its difference, holds NaN or infinity, and where the length is no
        float64.

    Examples
    --------
    >>> lengths = norms(np.array([[3e300, 4e300], [np.nan, 0.0]]))
    >>> bool(lengths[0] == 5e300), float(lengths[1])
    (True, inf)
    """
    if len(vectors) == 0:
        return np.empty(0)
    about = None if centre is None else _readable(centre, np.float64)
    squared = kernels.squared_lengths(_readable(vectors, np.float32), about)
    lengths: NDArray[np.float64] = np.sqrt(squared)
    extreme = np.flatnonzero(~((squared > SAFE) & (squared < np.inf)))  # NaN is among them
    for block in _blocks(len(extreme), vectors.shape[1]):
        rows = vectors[extreme[block]]
        lengths[extreme[block]] = _norms_in_units(rows if centre is None else rows - centre)
    return lengths


def clip(vector: Vector, max_norm: float) -> Vector:
    """Return a vector, shortened to the length C where it is longer; 0 where it is not finite.

    Parameters
    ----------
    vector : ndarray of shape (num_params,), float32 or float64
        What is no longer than C comes back as it is, bit for bit.
    max_norm : float
        C, at least 1e-300, for float32 at least 1e-30.

    Returns
    -------
    ndarray of shape (num_params,), of the same dtype
        ``norm(clip(vector, C)) <= C``, always.

    Raises
    ------
    ValueError
        If C is not finite, or below the smallest one.

    Examples
    --------
    >>> clip(np.array([3.0, 4.0]), 1.0)
    array([0.6, 0.8])
    >>> clip(np.array([3.0, 4.0]), 5.0)
    array([3., 4.])
    >>> clip(np.array([np.nan, 4.0]), 5.0)
    array([0., 0.])
    """
    array = np.asarray(vector)
    check_max_norm("max_norm", max_norm, str(array.dtype))
    short: Vector = shortened(array[np.newaxis], max_norm)[0]
    return short


def shortened(vectors: Matrix, max_norm: float) -> Matrix:
    """Return each row as `clip` would, of the same dtype; C may be 0.

    Examples
    --------
    >>> shortened(np.array([[3.0, 4.0], [0.3, 0.4], [np.inf, 0.0]]), 1.0)
    array([[0.6, 0.8],
           [0.3, 0.4],
           [0. , 0. ]])
    """
    short, lengths = vectors.copy(), norms(vectors)
    for block in _blocks(*vectors.shape):
        _shorten(short[block], lengths[block], max_norm)
    return short


def clip_factors(
    vectors: Matrix, max_norm: float, centre: Vector | None = None
) -> NDArray[np.float64]:
    """Return min(1, C / length) of each row, a little less where it is below 1.

    With a centre, the length is that of the difference from it, and C may be 0.

    A factor of a row, multiplied in float64, gives what `clip` gives, up to rounding: a row no
    longer than C. The factor is 0 where a row is not finite, or its length is no float64.

    Examples
    --------
    >>> clip_factors(np.array([[3.0, 4.0], [0.3, 0.4], [np.nan, 0.0]]), 1.0).round(6)
    array([0.2, 1. , 0. ])
    """
    lengths = norms(vectors, centre)
    target = max_norm * (1.0 - MARGIN["float64"])
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):  # of a row that is not long
        return np.where(lengths > max_norm, target / lengths, 1.0)


def check_max_norm(name: str, value: object, dtype: str = "float64") -> float:
    """Return C, for which the bound of `clip` holds, as a float."""
    max_norm = _check.positive(name, value)
    if max_norm < SMALLEST[dtype]:
        _check.fail(name, f"be at least {SMALLEST[dtype]:g} for {dtype}", max_norm)
    return max_norm


def _shorten(rows: Matrix, lengths: NDArray[np.float64], max_norm: float) -> None:
    """Write over the rows that are longer than C, and over those that are not finite."""
    long = np.flatnonzero(lengths > max_norm)
    if len(long) == 0:
        return
    target = max_norm * (1.0 - MARGIN[rows.dtype.name])
    factors = target / lengths[long]
    plain = factors > SMALLEST["float64"]  # others would have too few digits
    rows[long[plain]] = rows[long[plain]] * factors[plain, np.newaxis]
    if not plain.all():
        extreme = long[~plain]
        _, units, scaled = _in_units(rows[extreme])
        factors = target / np.maximum(scaled, 1.0)  # only units of 0 have a length below 1
        rows[extreme] = units * factors[:, np.newaxis]


def _readable(array: NDArray[Any], dtype: type[np.floating[Any]]) -> NDArray[Any]:
    """Return the same numbers as a kernel reads them, in `dtype` or a more precise one."""
    is_read = array.dtype in (dtype, np.float64)
    if is_read and array.flags.c_contiguous and array.flags.aligned:
        return array  # np.require would say the same, 11 µs later
    return np.require(array, np.result_type(array, dtype), ["C", "ALIGNED"])


def _norms_in_units(rows: Matrix) -> NDArray[np.float64]:
    """Return the lengths of rows of any magnitude; infinity for those that are not finite."""
    largest, _, scaled = _in_units(rows)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond float64, or infinity times 0
        return np.where(np.isfinite(largest), largest * scaled, np.inf)


def _in_units(rows: Matrix) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the largest entry m of each row, the rows over m, and the length r of those.

    The length of a row is m r; r lies from 1 to sqrt(num_params), and is 0 for a row of zeros. A
    row that is not finite has m = infinity and counts as zeros.
    """
    units = rows.astype(np.float64)  # a copy
    largest = np.abs(units).max(axis=1, initial=0.0)
    finite = np.isfinite(largest)  # the maximum of numbers with NaN is NaN
    units[~finite] = 0.0
    divisors = np.where(finite & (largest > 0.0), largest, 1.0)
    units /= divisors[:, np.newaxis]
    scaled = np.sqrt(np.square(units).sum(axis=1))  # pairwise: exact to a few units of rounding
    return np.where(finite, largest, np.inf), units, scaled


def _blocks(num_rows: int, num_params: int) -> Iterator[slice]:
    """Yield slices of rows that hold about `ENTRIES` numbers."""
    size = max(1, ENTRIES // max(1, num_params))
    return (slice(start, start + size) for start in range(0, num_rows, size))
