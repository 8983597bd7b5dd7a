"""The weighted mean of the updates, sum_k (n_k / n) Delta_k, as in Algorithm 1 of FedAvg.

It adds the updates to a sum as they arrive, a few at a time, and never holds them all: its memory
does not grow with the cohort. The sum is computed in float64, in the order in which the updates
arrive (ascending client id), so the size of the chunks does not change a bit of the result.

References
----------
H. B. McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
AISTATS 2017, Algorithm 1, https://arxiv.org/abs/1602.05629
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np

from pyfedlite import _check, kernels
from pyfedlite._typing import Vector
from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import RoundFailed
from pyfedlite.state import Aggregate, RoundContext

CHUNK = 16
"""At most this many updates go to the kernel in one call. The number does not change a bit."""

CHUNK_BYTES = 2**22
"""At most this many bytes of updates go to the kernel in one call; a larger one goes alone."""

DELTA = ""
"""The name of delta among the vectors of an update; all other vectors have longer names."""


@dataclass(frozen=True)
class WeightedMean:
    """The mean of the deltas, and of the second vectors that the updates carry.

    Parameters
    ----------
    weights : {"examples", "uniform"}
        n_k, as in FedAvg, or 1 for every client.

    Raises
    ------
    RoundFailed
        When there is no update.
    ValueError
        When a number of examples is below 1.

    Examples
    --------
    >>> updates = [ClientUpdate(0, np.array([1.0]), 1, 1, 0.0),
    ...            ClientUpdate(1, np.array([5.0]), 3, 1, 0.0)]
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> WeightedMean()(updates, context).delta  # (1 * 1 + 3 * 5) / 4
    array([4.])
    >>> WeightedMean("uniform")(updates, context).delta  # (1 + 5) / 2
    array([3.])
    """

    weights: str = "examples"

    def __post_init__(self) -> None:
        _check.keep(self, "weights", _check.one_of, ("examples", "uniform"))

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the mean of `updates`, float64, shape (num_params,)."""
        total = num_reports = 0
        sums = {name: np.zeros(context.theta.shape) for name in (DELTA, *context.extras)}
        stream, size = iter(updates), chunk_size(len(sums) * context.theta.nbytes)
        while chunk := list(islice(stream, size)):
            weights = [self._weight(update) for update in chunk]
            factors = np.array(weights, np.float64)
            for name, weighted in sums.items():
                kernels.weighted_sum([_vector(u, name) for u in chunk], factors, into=weighted)
            total += sum(weights)
            num_reports += len(chunk)
            chunk.clear()  # lets go of these updates before the next ones are made
        if total == 0:
            raise RoundFailed("no update has arrived, and the mean of nothing is not 0")
        delta, *others = (weighted / total for weighted in sums.values())
        extra = dict(zip(context.extras, others, strict=True))
        return Aggregate(delta, extra, num_reports=num_reports)

    def _weight(self, update: ClientUpdate) -> int:
        name = f"num_examples of client {update.client_id}"
        num_examples = _check.integer(name, update.num_examples, minimum=1)
        return num_examples if self.weights == "examples" else 1


def _vector(update: ClientUpdate, name: str) -> Vector:
    return update.delta if name == DELTA else update.extra[name]


def chunk_size(num_bytes: int) -> int:
    """Return how many updates of `num_bytes` are handed to the kernel at once."""
    return max(1, min(CHUNK, CHUNK_BYTES // num_bytes))


def weighted_mean(*, weights: str = "examples") -> WeightedMean:
    """Return the mean weighted by examples, sum_k (n_k / n) Delta_k.

    Parameters
    ----------
    weights : {"examples", "uniform"}
        The second gives every client the same weight.

    Examples
    --------
    >>> weighted_mean()
    WeightedMean(weights='examples')
    """
    return WeightedMean(weights)
