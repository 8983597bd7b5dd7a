"""The readable twins of the Rust kernels: what they compute, down to the last bit.

The functions trust their arguments; `pyfedlite.kernels` has checked them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyfedlite._typing import Vector
from pyfedlite.kernels._numpy_masks import mask_accumulate

__all__ = ["available_parallelism", "mask_accumulate", "weighted_sum"]


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
