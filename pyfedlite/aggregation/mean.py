"""The weighted mean of the updates, sum_k (n_k / n) Delta_k, as in Algorithm 1 of FedAvg.

It folds over the stream of updates, a few at a time, and never holds them all: its memory does not
grow with the cohort. The sum runs in float64, in the order in which the updates arrive (ascending
client id), so the result is the same bits however it is chunked.

References
----------
H. B. McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
AISTATS 2017, Algorithm 1, https://arxiv.org/abs/1602.05629
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from pyfedlite import _check, kernels
from pyfedlite.clients import ClientUpdate
from pyfedlite.state import Aggregate, RoundContext

CHUNK = 16
"""Updates handed to the kernel at once, at most; it changes no bit, only the number of calls."""

CHUNK_BYTES = 2**22
"""What these take in memory, at most: of updates larger than that, one is held at a time."""


@dataclass(frozen=True)
class WeightedMean:
    """The mean of the deltas, weighted by the number of examples.

    Raises
    ------
    ValueError
        When there is no update, or a weight is not above 0: the mean of nothing is not 0.

    Examples
    --------
    >>> updates = [ClientUpdate(0, np.array([1.0]), 1, 1, 0.0),
    ...            ClientUpdate(1, np.array([5.0]), 3, 1, 0.0)]
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> WeightedMean()(updates, context).delta  # (1 * 1 + 3 * 5) / 4
    array([4.])
    """

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the mean of `updates`, float64, shape (num_params,)."""
        total = 0
        weighted = np.zeros(context.theta.shape)
        for chunk in _chunks(iter(updates), context.theta.nbytes):
            weights = [_weight(update) for update in chunk]
            factors = np.array(weights, np.float64)
            kernels.weighted_sum([update.delta for update in chunk], factors, into=weighted)
            total += sum(weights)
            chunk.clear()  # not to be held while the next ones are made
        if total == 0:
            _check.fail("updates", "hold at least one", "none")
        return Aggregate(delta=weighted / total)


def _weight(update: ClientUpdate) -> int:
    name = f"num_examples of client {update.client_id}"
    return _check.integer(name, update.num_examples, minimum=1)


def _chunks(updates: Iterator[ClientUpdate], num_bytes: int) -> Iterator[list[ClientUpdate]]:
    size = max(1, min(CHUNK, CHUNK_BYTES // num_bytes))
    while chunk := list(islice(updates, size)):
        yield chunk


def weighted_mean() -> WeightedMean:
    """Return the mean weighted by examples, sum_k (n_k / n) Delta_k.

    Examples
    --------
    >>> weighted_mean()
    WeightedMean()
    """
    return WeightedMean()
