"""Krum and Multi-Krum: the vectors that lie closest to their nearest neighbours.

Adversary: up to f clients who know everything and send what they like. Protected: a vector far from
all honest ones is never chosen, if n >= 2 f + 3. Not protected: what an attacker can do from near
an honest client; honest clients who differ from all others, whose data Krum never hears; and the
privacy of the clients. For teaching and research: not audited.

Krum has kappa = 6 (n - f) / (n - 2 f - 1). For every choice S of n - f vectors, with mean m and
mean squared distance V from it: the scores of S are on average at most 2 (n - f) V, the winner's is
not larger, and at least n - 2 f - 1 of S are among its neighbours and itself. For each of these,
|x - m|^2 <= 2 |x - x_j|^2 + 2 |x_j - m|^2, and their average is at most
(4 + 2) (n - f) V / (n - 2 f - 1). Allouah et al. 2023 state 6 (1 + r) for a rule with n - f
neighbours; ours has n - f - 2, as in the paper of Krum.

References
----------
P. Blanchard, E. M. El Mhamdi, R. Guerraoui and J. Stainer, "Machine Learning with Adversaries:
Byzantine Tolerant Gradient Descent", NeurIPS 2017, https://arxiv.org/abs/1703.02757

Y. Allouah et al., "Fixing by Mixing: A Recipe for Optimal Byzantine ML under Heterogeneity",
AISTATS 2023, https://arxiv.org/abs/2302.01772
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, kernels
from pyfedlite._typing import Matrix, Metrics
from pyfedlite.aggregation.robust.arrivals import Arrivals, answer, check_settings, require
from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import RoundFailed
from pyfedlite.kernels import squared_distances
from pyfedlite.state import Aggregate, RoundContext


def krum_scores(squared: NDArray[np.float64], num_neighbours: int) -> NDArray[np.float64]:
    """Return for each vector the sum of squared distances to its nearest others.

    Parameters
    ----------
    squared : ndarray of shape (n, n)
        Squared distances.
    num_neighbours : int
        How many others count: n - f - 2.

    Returns
    -------
    ndarray of shape (n,)

    Examples
    --------
    >>> points = np.array([[0.0], [1.0], [3.0], [100.0]])
    >>> krum_scores(squared_distances(points), 1)
    array([1.000e+00, 1.000e+00, 4.000e+00, 9.409e+03])
    """
    with np.errstate(over="ignore"):
        nearest = np.sort(squared, axis=1)[:, 1 : 1 + num_neighbours]  # column 0: itself
        scores: NDArray[np.float64] = nearest.sum(axis=1)
    return scores


@dataclass(frozen=True)
class Krum:
    """The vector with the lowest score; of equals, that of the lowest client id.

    Needs n >= 2 f + 3, breaks down beyond it, costs n^2 d, and has the kappa above.

    Parameters
    ----------
    num_byzantine : int
        f, at least 0.
    on_nonfinite : {"reject", "raise"}

    Raises
    ------
    RoundFailed
        If n >= 2 f + 3 does not hold, or the squared distances of all vectors overflow.

    Examples
    --------
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> sent = enumerate([0.0, 2.0, 3.0, 9.0, 1e9])
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in sent]
    >>> aggregate = Krum(num_byzantine=1)(updates, context)  # scores 4 + 9, 1 + 4, 1 + 9, ...
    >>> aggregate.delta, aggregate.metrics["krum_client"]
    (array([2.]), 1)
    """

    num_byzantine: int
    on_nonfinite: str = "reject"

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the winner among `updates`, and in the metric ``krum_client`` who it was."""
        return answer(self.combine, updates, context, self.on_nonfinite)

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return the winner among the vectors that have arrived."""
        n, f = len(arrivals.sent), self.num_byzantine
        require(n >= 2 * f + 3, "krum", "n >= 2 f + 3", n, f)
        scores = krum_scores(squared_distances(arrivals.sent), n - f - 2)
        winner = lowest(scores, 1)[0]
        ids = arrivals.client_ids
        metrics: Metrics = {"krum_client": ids[winner]} if ids else {}
        return Aggregate(arrivals.sent[winner].astype(np.float64), metrics=metrics)

    def kept(self, vectors: Matrix) -> NDArray[np.float64]:
        """Return 1 for the winner among n vectors, and 0 for all others."""
        return _kept(vectors, self.num_byzantine, 1)

    def kappa(self, n: int) -> float:
        """Return the constant of the bound for n vectors."""
        f = self.num_byzantine
        require(n >= 2 * f + 3, "krum", "n >= 2 f + 3", n, f)
        return 6 * (n - f) / (n - 2 * f - 1)


@dataclass(frozen=True)
class MultiKrum:
    """The mean of the vectors with the m lowest scores of Krum.

    Needs n >= 2 f + 3 and m <= n - f, breaks down beyond it, and costs n^2 d.

    Parameters
    ----------
    num_byzantine : int
        f, at least 0.
    num_selected : int, optional
        m, from 1 to n - f. By default n - f, all who may be honest.
    on_nonfinite : {"reject", "raise"}

    Raises
    ------
    RoundFailed
        If an inequality does not hold, or the squared distances of too many vectors overflow.

    Examples
    --------
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> sent = enumerate([0.0, 2.0, 3.0, 9.0, 1e9])
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in sent]
    >>> MultiKrum(num_byzantine=1, num_selected=2)(updates, context).delta  # of 2 and 3
    array([2.5])
    """

    num_byzantine: int
    num_selected: int | None = None
    on_nonfinite: str = "reject"

    def __post_init__(self) -> None:
        check_settings(self)
        if self.num_selected is not None:
            _check.keep(self, "num_selected", _check.integer, minimum=1)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the mean of the best of `updates`."""
        return answer(self.combine, updates, context, self.on_nonfinite)

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return the mean of the best of the vectors that have arrived."""
        n, f = len(arrivals.sent), self.num_byzantine
        require(n >= 2 * f + 3, "multi_krum", "n >= 2 f + 3", n, f)
        m = n - f if self.num_selected is None else self.num_selected
        require(m <= n - f, "multi_krum", f"num_selected = {m} <= n - f", n, f)
        scores = krum_scores(squared_distances(arrivals.sent), n - f - 2)
        best = [arrivals.sent[k] for k in lowest(scores, m)]
        return Aggregate(kernels.weighted_sum(best, np.ones(m)) / m)

    def kept(self, vectors: Matrix) -> NDArray[np.float64]:
        """Return 1 for each of n vectors that is in the mean, and 0 for all others."""
        f = self.num_byzantine
        return _kept(vectors, f, self.num_selected or len(vectors) - f)


def _kept(vectors: Matrix, f: int, number: int) -> NDArray[np.float64]:
    kept = np.zeros(len(vectors))
    kept[lowest(krum_scores(squared_distances(vectors), len(vectors) - f - 2), number)] = 1.0
    return kept


def lowest(scores: NDArray[np.float64], number: int) -> NDArray[np.intp]:
    """Return the indices of the lowest finite scores, of equals the first.

    Raises
    ------
    RoundFailed
        If fewer are finite: the honest vectors are too long to be compared.
    """
    best = np.argsort(scores, kind="stable")[:number]
    if not np.isfinite(scores[best]).all():
        raise RoundFailed("the squared distances between the updates overflow")
    return best


def krum(*, num_byzantine: int, on_nonfinite: str = "reject") -> Krum:
    """Return the rule that picks one client; see `Krum`.

    Examples
    --------
    >>> krum(num_byzantine=1).kappa(n=6)  # 6 * 5 / 3
    10.0
    """
    return Krum(num_byzantine, on_nonfinite)


def multi_krum(
    *, num_byzantine: int, num_selected: int | None = None, on_nonfinite: str = "reject"
) -> MultiKrum:
    """Return the rule that averages the best clients; see `MultiKrum`.

    Examples
    --------
    >>> multi_krum(num_byzantine=1).num_selected is None
    True
    """
    return MultiKrum(num_byzantine, num_selected, on_nonfinite)
