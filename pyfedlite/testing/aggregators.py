"""The laws of an aggregator: what any sensible way to make one delta of many obeys."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import strategies as st

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.clients import ClientUpdate, Fate
from pyfedlite.errors import RoundFailed
from pyfedlite.roles import Aggregator
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Population, RoundContext, Selected
from pyfedlite.testing._run import hold, run_battery
from pyfedlite.testing.strategies import Law, client_updates, vectors

# At most 8 vectors of numbers up to 1000 are added in float64: 8 * 1000 * 2^-52 < 1e-11.
ROUNDING = 1e-10


def context_for(updates: Sequence[ClientUpdate]) -> RoundContext:
    """Return the context of a round in which `updates` arrive, of clients 0 to 1000."""
    roster = tuple(Selected(u.client_id, u.num_examples, Fate()) for u in updates)
    theta = np.zeros(len(updates[0].delta)) if updates else np.zeros(1)
    return RoundContext(1, theta, RoundSeed(0, 1), population=Population(1001), roster=roster)


def a_single_update_passes_unchanged(
    aggregator: Aggregator, atol: float = ROUNDING, min_clients: int = 1
) -> None:
    """The mean, and the median, of one vector is that vector."""

    def law(updates: list[ClientUpdate]) -> None:
        _close(_delta(aggregator, updates), updates[0].delta, atol)

    hold(law, 25, updates=client_updates(max_clients=1))


def equal_updates_give_that_update(
    aggregator: Aggregator, atol: float = ROUNDING, min_clients: int = 1
) -> None:
    """Agreement is kept, whatever the weights."""

    def law(updates: list[ClientUpdate], delta: Vector) -> None:
        same = [replace(update, delta=delta) for update in updates]
        _close(_delta(aggregator, same), delta, atol)

    hold(law, 25, updates=_updates(min_clients), delta=vectors())


def the_result_lies_between_the_updates(
    aggregator: Aggregator, atol: float = ROUNDING, min_clients: int = 1
) -> None:
    """No coordinate leaves the range of the clients' coordinates."""

    def law(updates: list[ClientUpdate]) -> None:
        deltas = np.stack([update.delta for update in updates])
        result = _delta(aggregator, updates)
        assert (result >= deltas.min(axis=0) - atol).all()
        assert (result <= deltas.max(axis=0) + atol).all()

    hold(law, 25, updates=_updates(min_clients))


def scaling_the_updates_scales_the_result(
    aggregator: Aggregator, atol: float = ROUNDING, min_clients: int = 1
) -> None:
    """The unit in which updates are measured does not matter."""

    def law(updates: list[ClientUpdate], factor: float) -> None:
        scaled = [replace(update, delta=factor * update.delta) for update in updates]
        _close(_delta(aggregator, scaled), factor * _delta(aggregator, updates), 4 * atol)

    hold(law, 25, updates=_updates(min_clients), factor=st.floats(-2, 2))


def arriving_order_does_not_matter(
    aggregator: Aggregator, atol: float = ROUNDING, min_clients: int = 1
) -> None:
    """A set is aggregated, not a sequence."""

    def law(updates: list[ClientUpdate], order: list[int]) -> None:
        shuffled = [updates[i] for i in order if i < len(updates)]
        _close(_delta(aggregator, shuffled), _delta(aggregator, updates), atol)

    most = min_clients + 7
    hold(law, 25, updates=_updates(min_clients), order=st.permutations(range(most)))


def a_stream_is_enough(
    aggregator: Aggregator, atol: float = ROUNDING, min_clients: int = 1
) -> None:
    """Updates may come from a generator, once, and give the same bits."""

    def law(updates: list[ClientUpdate]) -> None:
        streamed = aggregator(iter(updates), context_for(updates)).delta
        np.testing.assert_array_equal(streamed, _delta(aggregator, updates))

    hold(law, 25, updates=_updates(min_clients))


def updates_are_not_written_to(
    aggregator: Aggregator, atol: float = ROUNDING, min_clients: int = 1
) -> None:
    """The result is float64, of the updates' shape, and the updates stay as they were."""

    def law(updates: list[ClientUpdate]) -> None:
        for update in updates:
            update.delta.flags.writeable = False  # a write now raises
        result = _delta(aggregator, updates)
        assert result.dtype == np.float64
        assert result.shape == updates[0].delta.shape

    hold(law, 25, updates=_updates(min_clients))


def no_update_is_an_error(
    aggregator: Aggregator, atol: float = ROUNDING, min_clients: int = 1
) -> None:
    """The mean of nothing is not 0."""
    try:
        aggregator([], context_for([]))
    except RoundFailed:
        return
    raise AssertionError("no update must be a RoundFailed, got a result")


AGGREGATOR_LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        a_single_update_passes_unchanged,
        equal_updates_give_that_update,
        the_result_lies_between_the_updates,
        scaling_the_updates_scales_the_result,
        arriving_order_does_not_matter,
        a_stream_is_enough,
        updates_are_not_written_to,
        no_update_is_an_error,
    )
}


def check_aggregator(
    aggregator: Aggregator,
    *,
    atol: float = ROUNDING,
    min_clients: int = 1,
    without: Mapping[str, str] | None = None,
) -> None:
    """Run the laws of `AGGREGATOR_LAWS` on an aggregator.

    Parameters
    ----------
    aggregator : Aggregator
    atol : float
        How far the result may be from the exact one, for updates up to 1000: rounding of float64
        unless the aggregator quantises.
    min_clients : int
        The fewest updates that the aggregator has an answer to; above 1 a single update is none.
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
    >>> from pyfedlite.aggregation import weighted_mean
    >>> check_aggregator(weighted_mean())
    """
    _check.integer("min_clients", min_clients, minimum=1)
    left_out = dict(without or {})
    if min_clients > 1:
        reason = f"it needs {min_clients} updates or more"
        left_out.setdefault(a_single_update_passes_unchanged.__name__, reason)
    options = {"atol": atol, "min_clients": min_clients}
    run_battery(AGGREGATOR_LAWS, aggregator, without=left_out, **options)


def _updates(min_clients: int) -> st.SearchStrategy[list[ClientUpdate]]:
    return client_updates(min_clients=min_clients, max_clients=max(8, min_clients + 2))


def _delta(aggregator: Aggregator, updates: Sequence[ClientUpdate]) -> Vector:
    return aggregator(updates, context_for(updates)).delta


def _close(actual: Any, expected: Any, atol: float) -> None:
    np.testing.assert_allclose(actual, expected, rtol=0, atol=atol)
