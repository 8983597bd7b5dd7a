"""The readable twins of the Rust kernels: what they compute, down to the last bit.

The functions trust their arguments; `pyfedlite.kernels` has checked them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyfedlite._typing import Vector
from pyfedlite.kernels._discrete_gaussian import discrete_gaussian
from pyfedlite.kernels._numpy_distances import squared_distances, squared_lengths
from pyfedlite.kernels._numpy_masks import mask_accumulate

__all__ = [
    "available_parallelism",
    "discrete_gaussian",
    "mask_accumulate",
    "squared_distances",
    "squared_lengths",
    "trimmed_mean",
    "weighted_sum",
]

BLOCK = 1000  # parameters sorted at once: their values from a hundred clients fit in the cache
ENTRIES = 2**24  # values sorted at once, in 64 MB of float32, so that many clients need no more


def available_parallelism() -> int:
    """Return 1: these loops run on one thread, whatever `threads` says."""
    return 1


def weighted_sum(
    deltas: Vector | Sequence[Vector],
    weights: NDArray[np.float64],
    into: NDArray[np.float64],
    threads: int,
) -> None:
    """Add the sum of ``weights[k] * deltas[k]`` to `into`, client by client.

    A weight is an ``np.float64``, so NumPy converts a float32 vector to float64 before it
    multiplies. With a Python float it would not.
    """
    with np.errstate(all="ignore"):  # as in Rust: an overflow is inf, without a warning
        for weight, delta in zip(weights, deltas, strict=True):
            into += weight * delta


def trimmed_mean(
    deltas: Vector | Sequence[Vector], trim: int, into: NDArray[np.float64], threads: int
) -> None:
    """Write the mean of each parameter without its `trim` lowest and highest values to `into`.

    The values of one parameter are copied next to each other, where sorting them is fastest. The
    kept ones are copied back and added in ascending order. If a value of a parameter is not finite,
    the result is NaN: such a value is first or last after sorting, since NaN is sorted to the end.
    """
    width = max(1, min(BLOCK, ENTRIES // len(deltas)))
    for start in range(0, len(into), width):
        block = slice(start, start + width)
        values = _columns(deltas, block)  # (block, cohort)
        values.sort(axis=1)
        kept = values[:, trim : len(deltas) - trim].T.copy()  # (kept, block)
        total = np.zeros(len(values))
        with np.errstate(all="ignore"):  # as in Rust: an overflow is inf, without a warning
            for ascending in kept:
                total += ascending
        finite = np.isfinite(values[:, 0]) & np.isfinite(values[:, -1])
        into[block] = np.where(finite, total / len(kept), np.nan)


def _columns(deltas: Vector | Sequence[Vector], block: slice) -> Vector:
    """Return a copy of the parameters in `block`, the values of one parameter side by side."""
    if isinstance(deltas, np.ndarray):
        return deltas[:, block].T.copy()
    values = np.empty((len(deltas[0][block]), len(deltas)), deltas[0].dtype)
    for column, delta in zip(values.T, deltas, strict=True):
        column[:] = delta[block]
    return values
