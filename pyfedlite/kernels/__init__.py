"""The loops that deserve Rust, each beside a NumPy twin that says what it computes.

``PYFEDLITE_KERNELS`` names the twin that runs: ``rust``, ``numpy``, or ``auto`` (Rust where the
package was built with it). `NAME` says which one it is. The two agree bit for bit on finite
input, so the choice changes the time of a run and nothing else.

``PYFEDLITE_THREADS`` is the most threads that a kernel may use, for processes that share a
machine. It cannot change a bit either.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite._typing import Vector
from pyfedlite.kernels import _arguments
from pyfedlite.kernels._twin import NAME, TWIN, num_threads
from pyfedlite.kernels.masks import mask_accumulate
from pyfedlite.kernels.trimmed import trimmed_mean

__all__ = ["NAME", "mask_accumulate", "trimmed_mean", "weighted_sum"]

BYTES_PER_THREAD = 5_000_000  # below two of these, one processor core is as fast as two


def weighted_sum(
    deltas: Vector | Sequence[Vector],
    weights: ArrayLike,
    into: NDArray[np.float64] | None = None,
    *,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Return the sum over clients of ``weights[k] * deltas[k]``, in float64.

    Parameters
    ----------
    deltas : ndarray of shape (cohort, num_params), or list of ndarray of shape (num_params,)
        One vector a client, float32 or float64, contiguous. A list is read where it lies.
    weights : array_like of shape (cohort,)
        Finite. A sum has a meaning with zero and negative weights too; that a mean has none is
        checked where the mean is taken.
    into : ndarray of shape (num_params,), float64, optional
        The sum so far: added to in place, and returned. A cohort that comes in chunks gives the
        same bits as the whole when each chunk is added into the sum of those before it.
    threads : int, optional
        How many threads share the parameters; the bits do not depend on it. ``None`` takes one
        for every 5 MB of `deltas`, as far as there are processors.

    Returns
    -------
    ndarray of shape (num_params,), float64

    Raises
    ------
    TypeError
        If an argument is not an array where it has to be one.
    ValueError
        If shapes or dtypes do not fit, an array is not contiguous, or a weight is not finite.

    Notes
    -----
    The clients are added in their order, one after another, and every product and every sum is
    rounded to float64 once.

    Examples
    --------
    >>> deltas = np.array([[1.0, 2.0], [3.0, 6.0]], dtype=np.float32)
    >>> weighted_sum(deltas, [0.75, 0.25])
    array([1.5, 3. ])
    """
    num_params = _arguments.check_deltas(deltas)
    factors = _arguments.checked_weights(weights, len(deltas))
    if into is None:
        into = np.zeros(num_params)
    else:
        _arguments.check_into(into, num_params)
        _arguments.check_apart(into, deltas)
    num_bytes = len(deltas) * deltas[0].nbytes
    TWIN.weighted_sum(deltas, factors, into, num_threads(threads, num_bytes, BYTES_PER_THREAD))
    return into
