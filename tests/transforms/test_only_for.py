"""Transforms for some clients alone, as data, update and cohort transforms, and in a run."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.clients import Client, ClientUpdate, Participant, Rows
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundContext
from pyfedlite.transforms import only_for, worker_momentum

RNG = np.random.default_rng(0)
CONTEXT = RoundContext(1, np.zeros(1), RoundSeed(0, 1))


def updates_of(*ids: int) -> list[ClientUpdate]:
    return [ClientUpdate(k, np.array([float(k)]), 1, 1, 0.0) for k in ids]


def negated(client: Rows, round: int, rng: np.random.Generator) -> Rows:
    return Client(client.client_id, client.features, -client.labels)


def swapped(
    updates: Sequence[ClientUpdate], context: RoundContext, rng: np.random.Generator
) -> Sequence[ClientUpdate]:
    """Each sends what the next one of them has computed."""
    deltas = [update.delta for update in updates]
    return [
        replace(update, delta=delta)
        for update, delta in zip(updates, deltas[1:] + deltas[:1], strict=True)
    ]


def test_rows_of_the_others_stay() -> None:
    part = only_for([1], negated)
    for k, label in ((0, 5.0), (1, -5.0)):
        client = Client(k, np.zeros((1, 1)), np.array([5.0]))
        assert part(client, 1, RNG).labels.tolist() == [label]


def test_attackers_who_work_together_see_each_other_alone() -> None:
    seen = []

    def spy(
        updates: Sequence[ClientUpdate], context: RoundContext, rng: np.random.Generator
    ) -> Sequence[ClientUpdate]:
        seen.extend(update.client_id for update in updates)
        return swapped(updates, context, rng)

    changed = only_for({2, 5}, spy)(updates_of(1, 2, 3, 5), CONTEXT, RNG)
    assert seen == [2, 5]
    assert [update.client_id for update in changed] == [1, 2, 3, 5]
    assert [update.delta.item() for update in changed] == [1.0, 5.0, 3.0, 2.0]


def test_a_cohort_without_attackers_is_not_attacked() -> None:
    updates = updates_of(1, 3)
    assert only_for({2}, swapped)(updates, CONTEXT, RNG) is updates


def test_a_lost_update_is_told() -> None:
    part = only_for({2, 5}, lambda updates, context, rng: updates[:1])
    with pytest.raises(ValueError, match=r"must return an update of each, got .* \[2\]"):
        part(updates_of(1, 2, 5), CONTEXT, RNG)


@pytest.mark.parametrize(
    ("ids", "transform", "error", "sentence"),
    [
        ([], negated, ValueError, "client_ids must name at least one client"),
        ([-1], negated, ValueError, "client_ids must be at least 0, got -1"),
        ([0.5], negated, TypeError, "client_ids must be an integer"),
        ([1], 3, TypeError, "transform must be a transform"),
    ],
)
def test_a_bad_argument_is_told(
    ids: list[int], transform: object, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        only_for(ids, transform)


@dataclass(frozen=True)
class Stays:
    """Sends zeros."""

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        return replace(update, delta=np.zeros_like(update.delta))


def test_in_a_run_the_transform_reaches_its_clients_alone() -> None:
    data = fl.load_breast_cancer()
    clients = fl.partition(data, fl.iid(), num_clients=3, seed=0)
    model = fl.LogisticRegression(30)
    settings = {"num_rounds": 1, "seed": 0, "client_fraction": 1.0}
    everybody = replace(fl.fedavg(model), transforms=(only_for({0, 1, 2}, Stays()),))
    assert not np.any(fl.simulate(everybody, clients, **settings).theta)
    nobody = replace(fl.fedavg(model), transforms=(only_for({9}, Stays()),))
    plain = fl.simulate(fl.fedavg(model), clients, **settings).theta
    np.testing.assert_array_equal(fl.simulate(nobody, clients, **settings).theta, plain)


def test_momentum_sends_the_running_mean_and_keeps_it() -> None:
    client = Client(0, np.zeros((1, 1)), np.zeros(1))
    participant, sent = Participant(client), []
    for t, number in enumerate([8.0, 0.0, 4.0], start=1):
        update = ClientUpdate(0, np.array([number], np.float32), 1, 1, 0.0)
        update = worker_momentum(0.75)(update, participant, t, RNG)
        participant = Participant(client, memory=update.memory)
        sent.append(update.delta.item())
        assert update.delta.dtype == np.float32
    assert sent == [8.0, 6.0, 5.5]  # 3/4 of the last, 1/4 of the new
