"""The face of the trimmed mean: each parameter's mean without its lowest and highest values.

Adversary: up to `trim` of the clients send whatever finite numbers they like. Protected: each
parameter of the result lies between the lowest and the highest value that the honest clients sent
for it, up to rounding, if more than twice `trim` vectors came. Not protected: what liars can do
within that range; the round itself, since a vector that is not finite is refused with an error and
has to be left out by the caller; the honest clients' privacy, since the rule looks at every vector.
For teaching and research: not audited.

References
----------
D. Yin et al., "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates", ICML
2018, definitions 1 and 2, https://arxiv.org/abs/1803.01498
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.kernels import _arguments
from pyfedlite.kernels._twin import TWIN, num_threads

BYTES_PER_THREAD = 500_000  # of vectors: a millisecond's sorting, several times what a thread costs


def trimmed_mean(
    deltas: Vector | Sequence[Vector], trim: int, *, threads: int | None = None
) -> NDArray[np.float64]:
    """Return each parameter's mean without its `trim` lowest and `trim` highest values.

    With ``trim = (cohort - 1) // 2`` it is the median: the middle value, or the mean of the middle
    two. With ``trim = 0`` it is the mean, every client counting once.

    Parameters
    ----------
    deltas : ndarray of shape (cohort, num_params), or list of ndarray of shape (num_params,)
        One vector a client, float32 or float64, contiguous, finite.
    trim : int
        How many values to cut at each end, from 0 to (cohort - 1) // 2. A number of clients, not
        a share of them: it says how many liars there may be.
    threads : int, optional
        How many threads share the parameters; the bits do not depend on it. ``None`` takes one
        for every 0.5 MB of `deltas`, as far as there are processors.

    Returns
    -------
    ndarray of shape (num_params,), float64
        Infinite where the sum of what is left passes 1.8e308.

    Raises
    ------
    TypeError
        If an argument is not an array where it has to be one.
    ValueError
        If shapes or dtypes do not fit, an array is not contiguous, `trim` leaves nothing, or a
        value is not finite: a NaN is neither low nor high, and must not be cut away as if it were.

    Notes
    -----
    The values that are left are added in ascending order in float64, so it does not matter who
    sent which.

    Examples
    --------
    Two of five clients lie, one upwards and one downwards:

    >>> deltas = np.array([[1.0], [-1e9], [2.0], [1e9], [6.0]])
    >>> trimmed_mean(deltas, trim=1)  # (1 + 2 + 6) / 3
    array([3.])
    >>> trimmed_mean(deltas, trim=2)  # the median
    array([2.])
    """
    num_params = _arguments.check_deltas(deltas)
    trim = _check.integer("trim", trim, minimum=0)
    most = (len(deltas) - 1) // 2
    if trim > most:
        _check.fail("trim", f"be at most {most} for {len(deltas)} vectors", trim)
    mean = np.empty(num_params)
    num_bytes = len(deltas) * deltas[0].nbytes
    TWIN.trimmed_mean(deltas, trim, mean, num_threads(threads, num_bytes, BYTES_PER_THREAD))
    if np.isnan(mean).any():
        _arguments.check_finite(deltas)
    return mean
