"""The mean of the updates, weighted by examples, and how it was got wrong.

Right is sum_k (n_k / n) Delta_k over the cohort (McMahan et al. 2017, Algorithm 1).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from pyfedlite import kernels
from pyfedlite._typing import Integers, Matrix, Vector
from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import RoundFailed
from pyfedlite.state import Aggregate, RoundContext
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject, variant

Mean = Callable[[Matrix, Integers], Vector]


@dataclass(frozen=True)
class StackedAggregator:
    """A mean of stacked deltas as an aggregator, so that the battery of aggregators can run on it.

    Parameters
    ----------
    mean : callable
        Of deltas, shape (cohort, num_params), and num_examples, shape (cohort,).
    """

    mean: Mean

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return what `mean` makes of the updates."""
        rows = list(updates)
        if not rows:
            raise RoundFailed("no update has arrived, and the mean of nothing is not 0")
        num_examples = np.array([update.num_examples for update in rows])
        return Aggregate(self.mean(np.stack([update.delta for update in rows]), num_examples))


def weighted_mean(deltas: Matrix, num_examples: Integers) -> Vector:
    """Return sum_k (n_k / n) Delta_k, shape (num_params,)."""
    weights = np.asarray(num_examples, dtype=np.float64)
    mean: Vector = kernels.weighted_sum(list(deltas), weights) / weights.sum()
    return mean


def _unweighted(deltas: Matrix, num_examples: Integers) -> Vector:
    mean: Vector = deltas.mean(axis=0)
    return mean


def _first_client_twice(deltas: Matrix, num_examples: Integers) -> Vector:
    mean, total = num_examples[0] * deltas[0], num_examples[0]
    for delta, n_k in zip(deltas[1:], num_examples[1:], strict=True):
        mean = (total * mean + n_k * delta) / (total + n_k)
        total = total + n_k
    return np.asarray(mean)


def _fixed_share(deltas: Matrix, num_examples: Integers) -> Vector:
    mean: Vector = (10 / 100 * deltas).sum(axis=0)
    return mean


def _reversed(deltas: Matrix, num_examples: Integers) -> Vector:
    return -weighted_mean(deltas, num_examples)


def _largest(deltas: Matrix, num_examples: Integers) -> Vector:
    return np.asarray(deltas.max(axis=0))


def _divided_by_clients(deltas: Matrix, num_examples: Integers) -> Vector:
    return np.asarray(num_examples @ deltas / len(deltas))


def _not_divided(deltas: Matrix, num_examples: Integers) -> Vector:
    return np.asarray(num_examples @ deltas)


def _weights_of_others(deltas: Matrix, num_examples: Integers) -> Vector:
    return weighted_mean(deltas, num_examples[::-1])


def _cut_off(deltas: Matrix, num_examples: Integers) -> Vector:
    return np.trunc(weighted_mean(deltas, num_examples))


def _last_client_forgotten(deltas: Matrix, num_examples: Integers) -> Vector:
    most = max(len(deltas) - 1, 1)
    return weighted_mean(deltas[:most], num_examples[:most])


def _wrong_in_one(index: int, least: int) -> Mean:
    """Return a mean that is unweighted in one coordinate, where there are at least so many."""

    def mean(deltas: Matrix, num_examples: Integers) -> Vector:
        result = weighted_mean(deltas, num_examples)
        if len(result) >= least:
            result[index] = deltas[:, index].mean()
        return result

    return mean


NUMBERS = st.sampled_from([0.0, 1.0, -1.0, 2.0, -2.0, 3.0, -5.0, 8.0, -9.0, 0.5, -2.5, 0.1, 7.3])


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    clients = st.tuples(*[NUMBERS] * 3, st.integers(1, 20))
    rows = draw(st.lists(clients, min_size=1, max_size=4))
    # Drawn last, and from any column on, the width can shrink by itself.
    start, end = draw(st.sampled_from([(0, 1), (1, 2), (2, 3), (0, 2), (1, 3), (0, 3)]))
    deltas = np.array([row[start:end] for row in rows])
    return {"deltas": deltas, "num_examples": np.array([row[-1] for row in rows])}


WEIGHTED_MEAN = Subject(
    name="weighted_mean",
    says="weighted_mean(deltas, num_examples) returns sum_k (n_k / n) Delta_k",
    implementation=weighted_mean,
    cases=_cases(),
    arguments={
        "deltas": "updates, shape (cohort, num_params)",
        "num_examples": "n_k, shape (cohort,), at least 1",
    },
    mutants=(
        Mutant(
            "unweighted",
            _unweighted,
            "AshwinRJ/Federated-Learning-PyTorch#27, shaoxiongji/federated-learning#20",
            "Every client counts the same, whether it has 1 example or 1000.",
        ),
        Mutant(
            "first-client-twice",
            _first_client_twice,
            "OpenMined/PySyft#3828",
            "A running mean starts from n_0 Delta_0 instead of Delta_0, so the first client is "
            "multiplied by its number of examples once too often.",
        ),
        Mutant(
            "fixed-share",
            _fixed_share,
            "ssg-research/WAFFLE#6",
            "Each client counts 10/100, which is its share only in the default cohort of 10.",
        ),
    ),
    variants=(
        variant("mean-reversed", _reversed, "The sign is reversed."),
        variant("mean-largest", _largest, "It is the maximum of each coordinate."),
        variant(
            "mean-divided-by-clients",
            _divided_by_clients,
            "The sum of n_k Delta_k is divided by the number of clients.",
        ),
        variant("mean-not-divided", _not_divided, "The sum of n_k Delta_k is not divided at all."),
        variant(
            "mean-weights-of-others",
            _weights_of_others,
            "The weights are given to the clients in the opposite order.",
        ),
        variant("mean-cut-off", _cut_off, "What comes after the point is cut off."),
        variant(
            "mean-last-client-forgotten",
            _last_client_forgotten,
            "The last client is left out, where there is more than one.",
        ),
        variant(
            "mean-first-unweighted",
            _wrong_in_one(0, 2),
            "The first coordinate ignores the weights; the others are right.",
        ),
        variant(
            "mean-middle-unweighted",
            _wrong_in_one(1, 3),
            "A coordinate in the middle ignores the weights; the others are right.",
        ),
        variant(
            "mean-last-unweighted",
            _wrong_in_one(-1, 2),
            "The last coordinate ignores the weights; the others are right.",
        ),
    ),
)
