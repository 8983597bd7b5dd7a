"""The readable twins of the kernels for distances: what they compute, down to the last bit.

A sum over the parameters of one vector has a fixed order too. The parameters come in blocks of 512.
In a block, lane j of 16 adds the squares of the parameters j, j + 16, j + 32, ...; the lanes are
added in halves, 16 to 8 to 4 to 2 to 1; and the sums of the blocks are added in their order. Zeros
fill up the last block, and change no sum.

The functions trust their arguments; `pyfedlite.kernels` has checked them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyfedlite._typing import Vector

LANES = 16
BLOCK = 512
"""Both are those of ``rust_core/src/distances.rs``; other numbers would give other bits."""


def squared_distances(
    vectors: Vector | Sequence[Vector], into: NDArray[np.float64], threads: int
) -> None:
    """Write the squared distance of each vector from each later one to the square `into`."""
    into[:] = 0.0
    with np.errstate(all="ignore"):  # as in Rust: an overflow is inf, without a warning
        for start in range(0, len(vectors[0]), BLOCK):
            block = _in_lanes(vectors, start)
            for i in range(len(vectors) - 1):
                into[i, i + 1 :] += _sums_of_squares(block[..., i + 1 :] - block[..., i : i + 1])


def squared_lengths(
    vectors: Vector | Sequence[Vector],
    centre: NDArray[np.float64] | None,
    into: NDArray[np.float64],
    threads: int,
) -> None:
    """Write the squared distance of each vector from `centre`, or from 0, to `into`."""
    into[:] = 0.0
    with np.errstate(all="ignore"):  # as in Rust: an overflow is inf, without a warning
        for start in range(0, len(vectors[0]), BLOCK):
            block = _in_lanes(vectors, start)
            if centre is not None:
                block -= _in_lanes([centre], start)
            into += _sums_of_squares(block)


def _in_lanes(vectors: Vector | Sequence[Vector], start: int) -> NDArray[np.float64]:
    """Return one block of all vectors in float64, shape (BLOCK / 16, 16, cohort)."""
    block = np.zeros((BLOCK, len(vectors)))
    for values, vector in zip(block.T, vectors, strict=True):
        part = vector[start : start + BLOCK]
        values[: len(part)] = part
    return block.reshape(-1, LANES, len(vectors))


def _sums_of_squares(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of the squares of one block of each vector, shape (cohort,)."""
    lanes = np.add.reduce(np.square(differences, out=differences), axis=0)  # one after the other
    for half in (8, 4, 2, 1):
        lanes = lanes[:half] + lanes[half:]
    sums: NDArray[np.float64] = lanes[0]
    return sums
