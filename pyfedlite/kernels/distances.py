"""The Python side of squared distances: of all pairs of vectors, and of each from one centre.

Distances are lengths of differences. The shorter way by scalar products, |x|^2 - 2 x.y + |y|^2,
loses all digits where vectors are long and near each other, and can even become negative.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyfedlite._typing import Vector
from pyfedlite.kernels import _arguments
from pyfedlite.kernels._twin import TWIN, num_threads

BYTES_PER_THREAD = 5_000_000  # read from memory; for less than twice this, one core is enough


def squared_distances(
    vectors: Vector | Sequence[Vector], *, threads: int | None = None
) -> NDArray[np.float64]:
    """Return the squared distance of each pair of vectors.

    Parameters
    ----------
    vectors : ndarray of shape (n, num_params), or list of ndarray of shape (num_params,)
        At least one, float32 or float64, contiguous.
    threads : int, optional
        How many threads, from 1 to 1024, share the vectors; the bits do not depend on it. ``None``
        takes one for every 5 MB that are compared with another vector, but no more than there are
        processors.

    Returns
    -------
    ndarray of shape (n, n), float64
        Symmetric, with 0 on the diagonal; infinite where it overflows, and 0 where it is below
        1e-323. NaN, or infinity, where a vector is not finite.

    Raises
    ------
    TypeError
        If an argument has to be an array and is not.
    ValueError
        If shapes or dtypes do not fit, or an array is not contiguous.

    Examples
    --------
    >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]]))
    array([[ 0., 25.],
           [25.,  0.]])
    """
    _arguments.check_deltas(vectors, "vectors")
    n = len(vectors)
    squared = np.empty((n, n))
    num_bytes = n * n * vectors[0].nbytes // 2
    TWIN.squared_distances(vectors, squared, num_threads(threads, num_bytes, BYTES_PER_THREAD))
    squared += squared.T
    return squared


def squared_lengths(
    vectors: Vector | Sequence[Vector],
    centre: NDArray[np.float64] | None = None,
    *,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Return the squared length of each vector, or its squared distance from a centre.

    The squares may overflow or vanish; `pyfedlite.norms.norms` is for vectors of any magnitude.

    Parameters
    ----------
    vectors : ndarray of shape (n, num_params), or list of ndarray of shape (num_params,)
        At least one, float32 or float64, contiguous.
    centre : ndarray of shape (num_params,), float64, optional
        Contiguous; without it, 0.
    threads : int, optional
        How many threads, from 1 to 1024, share the vectors; the bits do not depend on it. ``None``
        takes one for every 5 MB of `vectors`, but no more than there are processors.

    Returns
    -------
    ndarray of shape (n,), float64
        As `squared_distances` has them.

    Raises
    ------
    TypeError
        If an argument has to be an array and is not.
    ValueError
        If shapes or dtypes do not fit, or an array is not contiguous.

    Examples
    --------
    >>> squared_lengths(np.array([[3.0, 4.0], [0.0, 2.0]]))
    array([25.,  4.])
    >>> squared_lengths(np.array([[3.0, 4.0], [0.0, 2.0]]), np.array([0.0, 4.0]))
    array([9., 4.])
    """
    num_params = _arguments.check_deltas(vectors, "vectors")
    if centre is not None:
        _arguments.check_float64("centre", centre, num_params)
    squared = np.empty(len(vectors))
    num_bytes = len(vectors) * vectors[0].nbytes
    threads = num_threads(threads, num_bytes, BYTES_PER_THREAD)
    TWIN.squared_lengths(vectors, centre, squared, threads)
    return squared
