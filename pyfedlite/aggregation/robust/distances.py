"""Vectors that an attacker may have chosen, drawn towards a centre.

For teaching and research: not audited.
"""

import numpy as np

from pyfedlite import kernels
from pyfedlite._typing import Matrix, Vector
from pyfedlite.norms import clip_factors, shortened

SMALLEST = np.finfo(np.float64).tiny
"""A share below it has too few digits."""


def mean_drawn_towards(vectors: Matrix, radius: float, centre: Vector) -> Vector:
    """Return the mean of the rows, each drawn towards `centre` until it is `radius` away or less.

    A row keeps the share s of its way from the centre c, so the mean of c + s (x - c) is
    (sum of s x + sum of (1 - s) c) / n: one pass over the rows, and no copy of them.

    Examples
    --------
    >>> mean_drawn_towards(np.array([[4.0, 5.0], [1.3, 1.4]]), radius=1.0, centre=np.ones(2))
    array([1.45, 1.6 ])
    """
    shares = clip_factors(vectors, radius, centre)
    is_far = shares < SMALLEST
    shares[is_far] = 0.0
    total = (1.0 - shares).sum() * centre
    total += shortened(vectors[is_far] - centre, radius).sum(axis=0)
    mean: Vector = kernels.weighted_sum(vectors, shares, into=total) / len(vectors)
    return mean
