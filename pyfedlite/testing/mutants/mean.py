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
from pyfedlite.testing.mutants.mutant import Mutant, Subject

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


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    cohort_size, num_params = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    number = st.integers(-9, 9).map(float)
    row = st.lists(number, min_size=num_params, max_size=num_params)
    deltas = draw(st.lists(row, min_size=cohort_size, max_size=cohort_size))
    counts = st.lists(st.integers(1, 20), min_size=cohort_size, max_size=cohort_size)
    return {"deltas": np.array(deltas), "num_examples": np.array(draw(counts))}


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
)
