"""The laws of a partitioner: what any way to divide rows among clients obeys."""

import pickle
from typing import NamedTuple

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

from pyfedlite._typing import Integers
from pyfedlite.data import Dataset
from pyfedlite.roles import Partitioner
from pyfedlite.testing._data_strategies import datasets
from pyfedlite.testing._run import hold, run_battery
from pyfedlite.testing.strategies import Law, seeds


class Case(NamedTuple):
    """A data set, a number of clients and a seed; and what the partitioner made of them."""

    dataset: Dataset
    num_clients: int | None
    seed: int
    owner: Integers


def every_row_has_one_owner(partitioner: Partitioner) -> None:
    """The result has one whole number for each training row."""

    def law(case: Case) -> None:
        assert case.owner.shape == (case.dataset.num_examples,)
        assert case.owner.dtype.kind in "iu"

    hold(law, 50, case=_cases(partitioner))


def no_client_is_left_out(partitioner: Partitioner) -> None:
    """Owners are 0 to K - 1, each with the rows it was promised."""

    def law(case: Case) -> None:
        minimum = getattr(partitioner, "min_examples", 1)
        num_clients = case.num_clients or case.dataset.num_groups
        assert case.owner.min() >= 0
        assert len(np.bincount(case.owner)) == num_clients
        assert np.bincount(case.owner).min() >= minimum

    hold(law, 50, case=_cases(partitioner))


def the_seed_decides(partitioner: Partitioner) -> None:
    """One seed gives one result, also through a pickle, as in another process."""

    def law(case: Case) -> None:
        copy = pickle.loads(pickle.dumps(partitioner))
        again = copy(case.dataset, case.num_clients, np.random.default_rng(case.seed))
        np.testing.assert_array_equal(again, case.owner)

    hold(law, 50, case=_cases(partitioner))


def one_client_gets_all(partitioner: Partitioner) -> None:
    """With K = 1, where that is allowed, every row is with client 0."""

    def law(dataset: Dataset, seed: int) -> None:
        owner = _divide(partitioner, dataset, 1, seed)
        assert owner is None or not owner.any()

    hold(law, 25, dataset=datasets(), seed=seeds())


def features_do_not_matter(partitioner: Partitioner) -> None:
    """Rows are divided by their number, label and group; what they measure is not looked at."""

    def law(case: Case) -> None:
        d = case.dataset
        other = Dataset(
            d.features + 1.0,
            d.labels,
            d.test_features,
            d.test_labels,
            d.num_classes,
            d.name,
            d.groups,
        )
        again = partitioner(other, case.num_clients, np.random.default_rng(case.seed))
        np.testing.assert_array_equal(again, case.owner)

    hold(law, 25, case=_cases(partitioner))


def a_partitioner_is_a_value(partitioner: Partitioner) -> None:
    """It is equal to its own copy, it can be hashed, and its printed form names it."""
    copy = pickle.loads(pickle.dumps(partitioner))
    assert copy == partitioner
    assert hash(copy) == hash(partitioner)
    assert type(partitioner).__name__ in repr(partitioner)


PARTITIONER_LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        every_row_has_one_owner,
        no_client_is_left_out,
        the_seed_decides,
        one_client_gets_all,
        features_do_not_matter,
        a_partitioner_is_a_value,
    )
}


def check_partitioner(partitioner: Partitioner) -> None:
    """Run every law of `PARTITIONER_LAWS` on a partitioner.

    Parameters
    ----------
    partitioner : Partitioner
        A ``ValueError`` from it means that the data cannot be divided so, and is no failure.

    Raises
    ------
    AssertionError
        With the smallest counterexample that was found, and the name of the law.

    Examples
    --------
    >>> from pyfedlite.data import dirichlet
    >>> check_partitioner(dirichlet(0.3))
    """
    run_battery(PARTITIONER_LAWS, partitioner)


@st.composite
def _cases(draw: st.DrawFn, partitioner: Partitioner) -> Case:
    minimum = getattr(partitioner, "min_examples", 1)
    dataset = draw(datasets(min_examples=minimum))
    most = max(1, dataset.num_examples // minimum)
    seed = draw(seeds())
    for num_clients in (draw(st.none() | st.integers(1, most)), 1, None):
        owner = _divide(partitioner, dataset, num_clients, seed)
        if owner is not None:
            return Case(dataset, num_clients, seed, owner)
    reject()


def _divide(
    partitioner: Partitioner, dataset: Dataset, num_clients: int | None, seed: int
) -> Integers | None:
    """Return the owner of each row, or ``None`` where the data cannot be divided so."""
    try:
        return partitioner(dataset, num_clients, np.random.default_rng(seed))
    except ValueError:
        return None
