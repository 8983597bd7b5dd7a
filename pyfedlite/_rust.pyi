from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["SOURCE_DIGEST", "available_parallelism", "weighted_sum"]

SOURCE_DIGEST: Final[str]

def available_parallelism() -> int: ...
def weighted_sum(
    deltas: NDArray[np.floating[Any]] | Sequence[NDArray[np.floating[Any]]],
    weights: NDArray[np.float64],
    into: NDArray[np.float64],
    threads: int,
) -> None: ...
