"""The Python side of the trimmed mean: the mean without the lowest and highest values.

Adversary: up to `trim` of the clients send any finite numbers they choose. Protected: each
parameter of the result lies between the lowest and the highest value that the honest clients sent
for it, up to rounding, if more than 2 * `trim` vectors came. Not protected: what liars can do
within that range; the round itself, since a vector that is not finite is an error, and the caller
has to leave that client out; the honest clients' privacy, since the rule sees every vector.
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

BYTES_PER_THREAD = 500_000  # of vectors, sorted in a millisecond; a thread costs far less


def trimmed_mean(
    deltas: Vector | Sequence[Vector], trim: int, *, threads: int | None = None
) -> NDArray[np.float64]:
    """Return each parameter's mean without its `trim` lowest and `trim` highest values.

    With ``trim = (cohort - 1) // 2`` it is the median: the middle value, or the mean of the middle
    two. With ``trim = 0`` it is the mean, every client counting once.

    Parameters
    ----------
    deltas : ndarray of shape (cohort, num_params), or list of ndarray of shape (num_params,)
        One vector for each client, float32 or float64, contiguous, finite.
    trim : int
        How many values to leave out at each end, from 0 to (cohort - 1) // 2. It is a number of
        clients, not a fraction of them: how many liars there may be.
    threads : int, optional
        How many threads, from 1 to 1024, share the parameters; the bits do not depend on it.
        ``None`` takes one for every 0.5 MB of `deltas`, but no more than there are processors.

    Returns
    -------
    ndarray of shape (num_params,), float64
        Infinite where the sum of the kept values exceeds 1.8e308.

    Raises
    ------
    TypeError
        If an argument has to be an array and is not.
    ValueError
        If shapes or dtypes do not fit, an array is not contiguous, `trim` leaves nothing, or a
        value is not finite: NaN is neither low nor high, so it cannot count as a trimmed value.

    Notes
    -----
    The kept values are added in ascending order in float64, so it does not matter which client
    sent which value.

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
