"""The readable twins of the Rust kernels: what they compute, down to the last bit.

The functions trust their arguments; `pyfedlite.kernels` has checked them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyfedlite._typing import Vector


def weighted_sum(
    deltas: Vector | Sequence[Vector],
    weights: NDArray[np.float64],
    into: NDArray[np.float64],
    threads: int | None = None,
) -> None:
    """Add the sum of ``weights[k] * deltas[k]`` to `into`, client by client.

    A weight is an ``np.float64``, which carries a float32 vector over to float64 before it is
    multiplied; a Python float would not. `threads` is the Rust twin's business.
    """
    with np.errstate(all="ignore"):  # as in Rust: an overflow is inf, without a word
        for weight, delta in zip(weights, deltas, strict=True):
            into += weight * delta
