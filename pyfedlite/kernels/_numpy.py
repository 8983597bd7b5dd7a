"""The readable twins of the Rust kernels: what they compute, down to the last bit.

The functions trust their arguments; `pyfedlite.kernels` has checked them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyfedlite._typing import Vector
from pyfedlite.kernels._numpy_masks import mask_accumulate

__all__ = ["available_parallelism", "mask_accumulate", "trimmed_mean", "weighted_sum"]

BLOCK = 1000  # parameters sorted at once: a hundred clients' values of them stay in the cache


def available_parallelism() -> int:
    """Return 1: these loops run on one thread, whatever they are told."""
    return 1


def weighted_sum(
    deltas: Vector | Sequence[Vector],
    weights: NDArray[np.float64],
    into: NDArray[np.float64],
    threads: int,
) -> None:
    """Add the sum of ``weights[k] * deltas[k]`` to `into`, client by client.

    A weight is an ``np.float64``: it carries a float32 vector over to float64 before it is
    multiplied, which a Python float would not.
    """
    with np.errstate(all="ignore"):  # as in Rust: what overflows is inf, without a word
        for weight, delta in zip(weights, deltas, strict=True):
            into += weight * delta


def trimmed_mean(
    deltas: Vector | Sequence[Vector], trim: int, into: NDArray[np.float64], threads: int
) -> None:
    """Write the mean of each parameter without its `trim` lowest and highest values to `into`.

    The values of one parameter are laid side by side, where they are sorted fastest. What is left
    of them is laid back, and added in ascending order. A parameter that is not finite everywhere
    becomes NaN: such a value stands first or last, since sorting takes NaN to the end.
    """
    for start in range(0, len(into), BLOCK):
        block = slice(start, start + BLOCK)
        values = np.stack([delta[block] for delta in deltas]).T.copy()  # (block, cohort)
        values.sort(axis=1)
        kept = values[:, trim : len(deltas) - trim].T.copy()  # (kept, block)
        total = np.zeros(len(values))
        with np.errstate(all="ignore"):  # as in Rust: what overflows is inf, without a word
            for ascending in kept:
                total += ascending
        finite = np.isfinite(values[:, 0]) & np.isfinite(values[:, -1])
        into[block] = np.where(finite, total / len(kept), np.nan)
