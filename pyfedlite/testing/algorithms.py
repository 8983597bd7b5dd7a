"""The laws of an algorithm: a round is a pure function of state, cohort and keys."""

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pyfedlite import _check
from pyfedlite.clients import Fate, Participant, Stage
from pyfedlite.roles import Algorithm
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.state import Population, State
from pyfedlite.testing._run import hold, run_battery
from pyfedlite.testing.strategies import Law, participants, seeds

PEOPLE = Population(101)
"""Everybody who could have been asked: the drawn cohorts have client ids from 0 to 100."""


def the_order_of_the_cohort_does_not_matter(algorithm: Algorithm, min_clients: int = 1) -> None:
    """The same bits come out, in whatever order the clients are listed."""

    def law(cohort: list[Participant], seed: int, order: list[int]) -> None:
        shuffled = [cohort[i] for i in order if i < len(cohort)]
        _same(_two_rounds(algorithm, shuffled, seed), _two_rounds(algorithm, cohort, seed))

    order = st.permutations(range(min_clients + 4))
    hold(law, 10, cohort=_cohorts(algorithm, min_clients), seed=seeds(), order=order)


def the_place_where_clients_run_does_not_matter(algorithm: Algorithm, min_clients: int = 1) -> None:
    """Threads, or another order of execution, give the same bits."""

    def law(cohort: list[Participant], seed: int) -> None:
        here = _two_rounds(algorithm, cohort, seed)
        _same(_two_rounds(algorithm, cohort, seed, map=_last_first), here)
        with ThreadPoolExecutor(2) as pool:
            _same(_two_rounds(algorithm, cohort, seed, map=pool.map), here)

    hold(law, 5, cohort=_cohorts(algorithm, min_clients), seed=seeds())


def the_state_it_is_given_is_not_modified(algorithm: Algorithm, min_clients: int = 1) -> None:
    """State in, state out: the old one can be used again."""

    def law(cohort: list[Participant], seed: int) -> None:
        state = _start(algorithm, seed)
        state, _ = algorithm.round(state, cohort, RoundSeed(seed, 1), population=PEOPLE)
        arrays = [state.theta, *state.slots.values()]
        arrays += [vector for memory in state.memories.values() for vector in memory.values()]
        before = [array.copy() for array in arrays]
        for array in arrays:
            array.flags.writeable = False  # a write now raises
        algorithm.round(state, cohort, RoundSeed(seed, 2), population=PEOPLE)
        for array, copy in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(array, copy)

    hold(law, 10, cohort=_cohorts(algorithm, min_clients), seed=seeds())


def a_round_counts_itself_and_keeps_the_shape(algorithm: Algorithm, min_clients: int = 1) -> None:
    """Rounds go up by one; theta keeps its length and the model's dtype."""

    def law(cohort: list[Participant], seed: int) -> None:
        state = _start(algorithm, seed)
        assert state.round == 0
        after, metrics = algorithm.round(state, cohort, RoundSeed(seed, 1), population=PEOPLE)
        assert after.round == 1
        assert after.theta.shape == (algorithm.model.layout.num_params,)
        assert after.theta.dtype == algorithm.model.dtype
        assert np.isfinite(after.theta).all()
        assert {"train_loss", "bytes_up", "bytes_down"} <= set(metrics)

    hold(law, 10, cohort=_cohorts(algorithm, min_clients), seed=seeds())


def it_survives_the_way_to_a_worker(algorithm: Algorithm, min_clients: int = 1) -> None:
    """A pickled copy does the same, and equal algorithms are equal and hash alike."""
    copy = pickle.loads(pickle.dumps(algorithm))
    assert copy == algorithm
    assert hash(copy) == hash(algorithm)

    def law(cohort: list[Participant], seed: int) -> None:
        _same(_two_rounds(copy, cohort, seed), _two_rounds(algorithm, cohort, seed))

    hold(law, 5, cohort=_cohorts(algorithm, min_clients), seed=seeds())


def clients_that_drop_before_sending_leave_no_trace(
    algorithm: Algorithm, min_clients: int = 1
) -> None:
    """A client that fails before its update arrives is as good as absent."""

    def law(cohort: list[Participant], seed: int, drops_at: Stage) -> None:
        gone = [
            Participant(p.client, fate=Fate(None if i < min_clients else drops_at))
            for i, p in enumerate(cohort)
        ]
        theta = _two_rounds(algorithm, gone, seed).theta
        stayed = _two_rounds(algorithm, cohort[:min_clients], seed).theta
        np.testing.assert_array_equal(theta, stayed)

    cohorts = _cohorts(algorithm, min_clients)
    hold(law, 10, cohort=cohorts, seed=seeds(), drops_at=st.sampled_from([*Stage][:3]))


ALGORITHM_LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        the_order_of_the_cohort_does_not_matter,
        the_place_where_clients_run_does_not_matter,
        the_state_it_is_given_is_not_modified,
        a_round_counts_itself_and_keeps_the_shape,
        it_survives_the_way_to_a_worker,
        clients_that_drop_before_sending_leave_no_trace,
    )
}


def check_algorithm(
    algorithm: Algorithm, *, min_clients: int = 1, without: Mapping[str, str] | None = None
) -> None:
    """Run the laws of `ALGORITHM_LAWS` on an algorithm.

    Parameters
    ----------
    algorithm : Algorithm
    min_clients : int
        The fewest updates from which a round of it has a result.
    without : mapping of str to str, optional
        Names of laws that do not apply to it, each with the reason why.

    Raises
    ------
    AssertionError
        With the smallest counterexample that was found, and the name of the law.
    ValueError
        If `without` names a law that there is not, or gives no reason.

    Examples
    --------
    >>> from pyfedlite.algorithms import fedavg
    >>> from pyfedlite.models import LogisticRegression
    >>> check_algorithm(fedavg(LogisticRegression(2)))
    """
    _check.integer("min_clients", min_clients, minimum=1)
    run_battery(ALGORITHM_LAWS, algorithm, without=without, min_clients=min_clients)


def _cohorts(algorithm: Algorithm, min_clients: int) -> st.SearchStrategy[list[Participant]]:
    most = max(5, min_clients + 2)
    return participants(algorithm.model, min_clients=min_clients, max_clients=most)


def _start(algorithm: Algorithm, seed: int) -> State:
    return algorithm.init(RoundSeed(seed).rng(Role.INIT))


def _two_rounds(
    algorithm: Algorithm,
    cohort: list[Participant],
    seed: int,
    map: Callable[..., Iterable[Any]] = map,
) -> State:
    """Run two rounds, the second with what clients and server kept from the first."""
    state = _start(algorithm, seed)
    for round in (1, 2):
        state, _ = algorithm.round(
            state, cohort, RoundSeed(seed, round), population=PEOPLE, map=map
        )
    return state


def _last_first(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[Any]:
    """Map in the opposite order of execution; the results keep theirs."""
    return iter([function(item) for item in reversed(list(items))][::-1])


def _same(one: State, other: State) -> None:
    np.testing.assert_array_equal(one.theta, other.theta)
    assert one.slots.keys() == other.slots.keys()
    for name in one.slots:
        np.testing.assert_array_equal(one.slots[name], other.slots[name])
