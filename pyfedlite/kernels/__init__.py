"""The loops that are worth writing in Rust, each with a NumPy twin that says what it computes.

A room for speed. Left neighbour: ``aggregation`` and ``secagg`` hand over vectors. Right neighbour:
the extension in ``rust_core``, or its NumPy twin.

``PYFEDLITE_KERNELS`` names the twin that runs: ``rust``, ``numpy``, or ``auto`` (Rust where the
package was built with it). `NAME` says which one it is. The two agree bit for bit on finite
input, so the choice changes the time of a run and nothing else.

``PYFEDLITE_THREADS`` is the largest number of threads that a kernel may use, at most 1024, for
processes that share a machine. It does not change a bit either.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite._typing import Vector
from pyfedlite.kernels import _arguments
from pyfedlite.kernels._twin import NAME, TWIN, num_threads
from pyfedlite.kernels.discrete import discrete_gaussian
from pyfedlite.kernels.distances import squared_distances, squared_lengths
from pyfedlite.kernels.masks import mask_accumulate
from pyfedlite.kernels.trimmed import trimmed_mean

__all__ = [
    "NAME",
    "discrete_gaussian",
    "mask_accumulate",
    "squared_distances",
    "squared_lengths",
    "trimmed_mean",
    "weighted_sum",
]

BYTES_PER_THREAD = 5_000_000  # for less than twice this, one core is as fast as two


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
        One vector for each client, float32 or float64, contiguous. The vectors of a list are not
        copied.
    weights : array_like of shape (cohort,)
        Finite. A sum may have zero and negative weights; a mean may not, and that is checked where
        the mean is computed.
    into : ndarray of shape (num_params,), float64, optional
        The sum so far; it is added to in place, and returned. A cohort that comes in chunks gives
        the same bits as one call, if each chunk is added to the sum of the chunks before it.
    threads : int, optional
        How many threads, from 1 to 1024, share the parameters; the bits do not depend on it.
        ``None`` takes one for every 5 MB of `deltas`, but no more than there are processors.

    Returns
    -------
    ndarray of shape (num_params,), float64

    Raises
    ------
    TypeError
        If an argument has to be an array and is not.
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
