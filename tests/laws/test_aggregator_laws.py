"""Every aggregator obeys every law; a new one adds one row. Below: the laws of the mean alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.aggregation import weighted_mean
from pyfedlite.clients import ClientUpdate
from pyfedlite.roles import Aggregator
from pyfedlite.testing import AGGREGATOR_LAWS
from pyfedlite.testing.aggregators import ROUNDING, context_for
from pyfedlite.testing.strategies import client_updates

AGGREGATORS = {"weighted-mean": weighted_mean()}


@pytest.mark.parametrize("law", AGGREGATOR_LAWS)
@pytest.mark.parametrize("aggregator", AGGREGATORS.values(), ids=AGGREGATORS)
def test_aggregator_obeys_its_laws(aggregator: Aggregator, law: str) -> None:
    AGGREGATOR_LAWS[law](aggregator)


def mean(updates: list[ClientUpdate]) -> np.ndarray:
    return weighted_mean()(updates, context_for(updates)).delta


@given(client_updates())
def test_mean_is_numpys_average(updates: list[ClientUpdate]) -> None:
    deltas = [update.delta for update in updates]
    weights = [update.num_examples for update in updates]
    expected = np.average(deltas, axis=0, weights=weights)
    np.testing.assert_allclose(mean(updates), expected, rtol=0, atol=ROUNDING)


@given(client_updates(), st.integers(0, 7), st.integers(1, 9))
def test_splitting_a_client_in_two_keeps_the_mean(
    updates: list[ClientUpdate], which: int, part: int
) -> None:
    whole = updates[which % len(updates)]
    whole = replace(whole, num_examples=whole.num_examples + part)
    rest = [update for update in updates if update.client_id != whole.client_id]
    halves = [
        replace(whole, num_examples=part),
        replace(whole, num_examples=whole.num_examples - part, client_id=5000),
    ]
    np.testing.assert_allclose(mean([*rest, *halves]), mean([*rest, whole]), rtol=0, atol=ROUNDING)


@given(client_updates(), st.integers(2, 50))
def test_only_the_ratio_of_weights_matters(updates: list[ClientUpdate], factor: int) -> None:
    heavier = [replace(update, num_examples=factor * update.num_examples) for update in updates]
    np.testing.assert_allclose(mean(heavier), mean(updates), rtol=0, atol=ROUNDING)


@given(client_updates(max_clients=40))
def test_chunks_of_the_stream_change_no_bit(updates: list[ClientUpdate]) -> None:
    total = np.zeros(updates[0].delta.shape)
    for update in updates:
        total += np.float64(update.num_examples) * update.delta
    expected = total / sum(update.num_examples for update in updates)
    np.testing.assert_array_equal(mean(updates), expected)


@pytest.mark.parametrize("weight", [0, -3])
def test_weight_that_is_not_positive_is_refused(weight: int) -> None:
    updates = [ClientUpdate(4, np.ones(2), weight, 1, 0.0)]
    with pytest.raises(ValueError, match=r"num_examples of client 4 must be at least 1, got"):
        mean(updates)
