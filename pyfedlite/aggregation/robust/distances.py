"""Lengths and distances of vectors that an attacker may have chosen.

Distances are lengths of differences. The shorter way by scalar products, |x|^2 - 2 x.y + |y|^2,
loses all digits where vectors are long and near each other, and can even become negative.
For teaching and research: not audited.
"""

import numpy as np
from numpy.typing import NDArray

from pyfedlite._typing import Matrix, Vector
from pyfedlite.norms import norms, shortened

BLOCK = 4096
"""Parameters whose differences are taken at once: of a hundred clients they stay in the cache."""


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


def lengths(vectors: Matrix, centre: Vector | float = 0.0) -> NDArray[np.float64]:
    """Return the Euclidean distance of each row from `centre`; see `norms`.

    Examples
    --------
    >>> lengths(np.array([[3.0, 4.0]]), np.array([3.0, 3.0]))
    array([1.])
    """
    return norms(vectors - centre)


def drawn_towards(vectors: Matrix, radius: float, centre: Vector | float) -> Matrix:
    """Return each row drawn towards `centre` until it is at most `radius` away.

    Examples
    --------
    >>> drawn_towards(np.array([[4.0, 5.0], [1.3, 1.4]]), radius=1.0, centre=1.0)
    array([[1.6, 1.8],
           [1.3, 1.4]])
    """
    near: Matrix = centre + shortened(vectors - centre, radius)
    return near
