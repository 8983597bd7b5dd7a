"""Bulyan: Krum chooses some vectors, and of these each parameter keeps the values near the median.

Adversary: up to f clients who know everything and send what they like. Protected: each parameter of
the result lies at most as far from the median of the chosen vectors as the honest values of that
parameter spread, if n >= 4 f + 3. Not protected: the range of the honest values, which the result
may leave a little; and the privacy of the clients. For teaching and research: not audited.

References
----------
E. M. El Mhamdi, R. Guerraoui and S. Rouault, "The Hidden Vulnerability of Distributed Learning in
Byzantium", ICML 2018, https://arxiv.org/abs/1802.07927
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyfedlite import kernels
from pyfedlite._typing import Matrix, Vector
from pyfedlite.aggregation.robust.arrivals import Arrivals, answer, check_settings, require
from pyfedlite.aggregation.robust.krum import krum_scores, lowest
from pyfedlite.clients import ClientUpdate
from pyfedlite.kernels import squared_distances
from pyfedlite.state import Aggregate, RoundContext


def bulyan_selection(squared: NDArray[np.float64], num_byzantine: int) -> list[int]:
    """Return the n - 2 f winners of Krum, each taken away before the next is chosen.

    Parameters
    ----------
    squared : ndarray of shape (n, n)
        Squared distances, computed once for all choices.
    num_byzantine : int
        f.

    Examples
    --------
    >>> points = np.array([[0.0], [2.0], [3.0], [9.0], [11.0], [12.0], [1e9]])
    >>> bulyan_selection(squared_distances(points), 1)  # 9 first: 4 + 9 + 36 + 49
    [3, 2, 4, 0, 1]
    """
    left, chosen = list(range(len(squared))), []
    for _ in range(len(squared) - 2 * num_byzantine):
        among = squared[np.ix_(left, left)]
        scores = krum_scores(among, max(1, len(left) - num_byzantine - 2))
        chosen.append(left.pop(lowest(scores, 1)[0]))
    return chosen


def mean_around_median(vectors: Matrix, number: int) -> Vector:
    """Return for each parameter the mean of the `number` values that are nearest to its median.

    Examples
    --------
    >>> mean_around_median(np.array([[0.0], [2.0], [3.0], [9.0]]), 3)  # median 2.5
    array([1.66666667])
    """
    median = kernels.trimmed_mean(vectors, (len(vectors) - 1) // 2)
    nearest = np.argsort(np.abs(vectors - median), axis=0, kind="stable")[:number]
    mean: Vector = np.take_along_axis(vectors, nearest, axis=0).mean(axis=0)
    return mean


@dataclass(frozen=True)
class Bulyan:
    """Of n - 2 f vectors chosen by Krum, each parameter's mean of n - 4 f values near the median.

    Needs n >= 4 f + 3, breaks down beyond it, and costs n^2 d for the distances.

    Parameters
    ----------
    num_byzantine : int
        f, at least 0.
    on_nonfinite : {"reject", "raise"}

    Raises
    ------
    RoundFailed
        If n >= 4 f + 3 does not hold, or the squared distances of too many vectors overflow.

    Examples
    --------
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> sent = enumerate([0.0, 2.0, 3.0, 9.0, 11.0, 12.0, 1e9])
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in sent]
    >>> Bulyan(num_byzantine=1)(updates, context).delta  # chosen 0, 2, 3, 9, 11: of 0, 2 and 3
    array([1.66666667])
    """

    num_byzantine: int
    on_nonfinite: str = "reject"

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return what Bulyan makes of `updates`."""
        return answer(self.combine, updates, context, self.on_nonfinite)

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return what Bulyan makes of the vectors that have arrived."""
        n, f = len(arrivals.sent), self.num_byzantine
        require(n >= 4 * f + 3, "bulyan", "n >= 4 f + 3", n, f)
        chosen = bulyan_selection(squared_distances(arrivals.sent), f)
        return Aggregate(mean_around_median(arrivals.vectors[chosen], n - 4 * f))

    def kept(self, vectors: Matrix) -> NDArray[np.float64]:
        """Return 1 for each of n vectors that Krum has chosen, and 0 for all others."""
        kept = np.zeros(len(vectors))
        kept[bulyan_selection(squared_distances(vectors), self.num_byzantine)] = 1.0
        return kept


def bulyan(*, num_byzantine: int, on_nonfinite: str = "reject") -> Bulyan:
    """Return Krum followed by a mean around the median; see `Bulyan`.

    Examples
    --------
    >>> bulyan(num_byzantine=1).num_byzantine
    1
    """
    return Bulyan(num_byzantine, on_nonfinite)
