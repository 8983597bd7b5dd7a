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

ENTRIES = 2**17
"""Numbers whose lengths are taken at once: they stay in the cache too."""


def lengths(vectors: Matrix, centre: Vector | float = 0.0) -> NDArray[np.float64]:
    """Return the Euclidean distance of each row from `centre`.

    Each difference is divided by its largest entry before it is squared, so that neither 1e300
    overflows nor 1e-300 becomes 0.

    Examples
    --------
    >>> bool(lengths(np.array([[3e300, 4e300]]))[0] == 5e300)
    True
    """
    size = max(1, ENTRIES // vectors.shape[1])
    starts = range(0, len(vectors), size)
    parts = [_lengths(vectors[start : start + size] - centre) for start in starts]
    return np.concatenate(parts)


def _lengths(differences: Matrix) -> NDArray[np.float64]:
    largest = np.abs(differences).max(axis=1, initial=0.0)
    units = np.where(largest > 0.0, largest, 1.0)
    scaled = differences / units[:, np.newaxis]
    return np.asarray(units * np.sqrt(np.einsum("id,id->i", scaled, scaled)))


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
    factors = np.ones(len(vectors))
    np.divide(radius, far, out=factors, where=far > radius)
    near: Matrix = centre + factors[:, np.newaxis] * (vectors - centre)
    return near
