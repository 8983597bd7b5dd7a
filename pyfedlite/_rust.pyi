from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "SOURCE_DIGEST",
    "available_parallelism",
    "discrete_gaussian",
    "mask_accumulate",
    "squared_distances",
    "squared_lengths",
    "trimmed_mean",
    "weighted_sum",
]

SOURCE_DIGEST: Final[str]

def available_parallelism() -> int: ...
def discrete_gaussian(
    key: bytes, numerator: int, denominator: int, into: NDArray[np.int64]
) -> None: ...
def mask_accumulate(
    accumulator: NDArray[np.uint32] | NDArray[np.uint64],
    keys: bytes,
    signs: Sequence[int],
    offset: int,
    threads: int,
) -> None: ...
def squared_distances(
    vectors: NDArray[np.floating[Any]] | Sequence[NDArray[np.floating[Any]]],
    into: NDArray[np.float64],
    threads: int,
) -> None: ...
def squared_lengths(
    vectors: NDArray[np.floating[Any]] | Sequence[NDArray[np.floating[Any]]],
    centre: NDArray[np.float64] | None,
    into: NDArray[np.float64],
    threads: int,
) -> None: ...
def trimmed_mean(
    deltas: NDArray[np.floating[Any]] | Sequence[NDArray[np.floating[Any]]],
    trim: int,
    into: NDArray[np.float64],
    threads: int,
) -> None: ...
def weighted_sum(
    deltas: NDArray[np.floating[Any]] | Sequence[NDArray[np.floating[Any]]],
    weights: NDArray[np.float64],
    into: NDArray[np.float64],
    threads: int,
) -> None: ...
