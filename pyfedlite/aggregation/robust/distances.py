"""Lengths and distances of vectors that an attacker may have chosen.

Distances are lengths of differences. The shorter way by scalar products, |x|^2 - 2 x.y + |y|^2,
loses all digits where vectors are long and near each other, and can even become negative.
For teaching and research: not audited.
"""

import numpy as np
from numpy.typing import NDArray

from pyfedlite._typing import Matrix, Vector

BLOCK = 4096
"""Parameters whose differences are taken at once: of a hundred clients they stay in the cache."""


def lengths(vectors: Matrix, centre: Vector | float = 0.0) -> NDArray[np.float64]:
    """Return the Euclidean distance of each row from `centre`.

    Each difference is divided by its largest entry before it is squared, so that neither 1e300
    overflows nor 1e-300 becomes 0.

    Examples
    --------
    >>> bool(lengths(np.array([[3e300, 4e300]]))[0] == 5e300)
    True
    """
    return np.array([_length(vector - centre) for vector in vectors])


def _length(vector: Vector) -> float:
    largest = np.abs(vector).max(initial=0.0)
    if largest == 0.0:
        return 0.0
    scaled = vector / largest
    return float(largest * np.sqrt(scaled @ scaled))


def squared_distances(vectors: Matrix) -> NDArray[np.float64]:
    """Return the squared distance of each pair of rows, shape (n, n); infinite where it overflows.

    Examples
    --------
    >>> squared_distances(np.array([[0.0, 0.0], [3.0, 4.0]]))
    array([[ 0., 25.],
           [25.,  0.]])
    """
    n, num_params = vectors.shape
    squared = np.zeros((n, n))
    with np.errstate(over="ignore"):
        for start in range(0, num_params, BLOCK):
            block = np.ascontiguousarray(vectors[:, start : start + BLOCK])
            for i in range(n - 1):
                differences = block[i + 1 :] - block[i]
                squared[i, i + 1 :] += np.einsum("jd,jd->j", differences, differences)
        return squared + squared.T


def shortened(vectors: Matrix, radius: float, centre: Vector | float = 0.0) -> Matrix:
    """Return each row drawn towards `centre` until it is at most `radius` away.

    Examples
    --------
    >>> shortened(np.array([[3.0, 4.0], [0.3, 0.4]]), radius=1.0)
    array([[0.6, 0.8],
           [0.3, 0.4]])
    """
    far = lengths(vectors, centre)
    factors = np.minimum(1.0, radius / np.maximum(far, np.finfo(np.float64).tiny))
    near: Matrix = centre + factors[:, np.newaxis] * (vectors - centre)
    return near
