"""Second vectors travel joined with delta, under one mask; weights may be equal."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cryptography")

import pyfedlite as fl
from pyfedlite.aggregation import secure_mean, weighted_mean
from pyfedlite.clients import ClientUpdate, Fate, Stage
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundContext, Selected

LENGTH = 4


def context_of(sizes: Sequence[int], extras: tuple[str, ...], drops: int | None) -> RoundContext:
    fates = [Fate(Stage.UNMASK if k == drops else None) for k in range(len(sizes))]
    roster = tuple(Selected(2 * k, n, fates[k]) for k, n in enumerate(sizes))
    theta = np.zeros(LENGTH, np.float32)
    return RoundContext(1, theta, RoundSeed(0, 1), roster=roster, extras=extras)


def updates_of(context: RoundContext) -> list[ClientUpdate]:
    rng = np.random.default_rng(5)
    return [
        ClientUpdate(
            selected.client_id,
            rng.uniform(-1, 1, LENGTH),
            selected.num_examples,
            1,
            0.0,
            extra={name: rng.uniform(-1, 1, LENGTH) for name in reversed(context.extras)},
        )
        for selected in context.roster
    ]


@settings(max_examples=20)
@given(
    st.lists(st.integers(1, 300), min_size=5, max_size=8),
    st.sampled_from([(), ("b",), ("b", "a")]),
    st.sampled_from(["examples", "uniform"]),
    st.sampled_from(["stochastic", "nearest"]),
    st.sampled_from([None, 0, 3]),
)
def test_every_vector_is_its_plain_mean_to_within_a_step(
    sizes: list[int], extras: tuple[str, ...], weights: str, rounding: str, drops: int | None
) -> None:
    context = context_of(sizes, extras, drops)
    aggregator = secure_mean(weights=weights, rounding=rounding, corrupt_fraction=0.2)
    secure = aggregator(updates_of(context), context)
    plain = weighted_mean(weights=weights)(updates_of(context), context)
    step = 2.0 ** -secure.metrics["secure_fraction_bits"]
    assert secure.num_reports == plain.num_reports == len(sizes)
    assert list(secure.extra) == list(extras)
    for name in extras:
        assert np.abs(secure.extra[name] - plain.extra[name]).max() <= step
    assert np.abs(secure.delta - plain.delta).max() <= step


def test_number_of_reports_leaves_out_who_never_sent() -> None:
    context = context_of([3] * 6, ("c",), None)
    gone = replace(context.roster[2], fate=Fate(Stage.UPLOAD))
    context = replace(context, roster=(*context.roster[:2], gone, *context.roster[3:]))
    arrived = [u for u in updates_of(context) if u.client_id != gone.client_id]
    aggregate = secure_mean(corrupt_fraction=0.2)(arrived, context)
    assert aggregate.num_reports == 5


def test_second_vectors_take_their_share_of_the_bytes() -> None:
    one, two = (context_of([3] * 5, extras, None) for extras in ((), ("c",)))
    up = [secure_mean()(updates_of(c), c).metrics["bytes_up"] for c in (one, two)]
    assert up[1] - up[0] == 5 * LENGTH * 4  # a ring element of 32 bits a coordinate and client


def test_clipped_coordinates_of_second_vectors_are_counted() -> None:
    context = context_of([3] * 5, ("c",), None)
    updates = [replace(u, extra={"c": np.full(LENGTH, 9.0)}) for u in updates_of(context)]
    aggregate = secure_mean(clip=2.0)(updates, context)
    assert aggregate.metrics["secure_saturated"] == 5 * LENGTH
    np.testing.assert_array_equal(aggregate.extra["c"], np.full(LENGTH, 2.0))


def test_second_vector_of_another_length_is_refused_by_name() -> None:
    context = context_of([3] * 5, ("c",), None)
    first, *others = updates_of(context)
    short = replace(first, delta=np.zeros(LENGTH + 1), extra={"c": np.zeros(LENGTH - 1)})
    sentence = r"update of client 0: extra 'c' must have shape \(4,\), got \(3,\)"
    with pytest.raises(ValueError, match=sentence):
        secure_mean()([short, *others], context)


def test_equal_weights_need_no_bits_for_a_weight() -> None:
    context = context_of([1000] * 5, (), None)
    uniform, examples = secure_mean(weights="uniform"), secure_mean()
    assert uniform.codec.of_round(context, 5).quantiser.max_weight == 1
    assert examples.codec.of_round(context, 5).quantiser.max_weight == 1024


def test_unknown_weights_are_refused() -> None:
    with pytest.raises(ValueError, match="weights must be one of examples, uniform"):
        secure_mean(weights="steps")


def test_what_the_server_sends_beside_theta_is_counted_under_secure_aggregation_too() -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=5, seed=0)
    model = fl.SoftmaxRegression(64, 10)

    def bytes_down(sends: dict[str, float]) -> Any:
        algorithm = fl.fedavg(model, aggregator=secure_mean(), sends=sends)
        record = fl.simulate(algorithm, clients, num_rounds=1, seed=0).records[0]
        return record.metrics["bytes_down"]

    more = bytes_down({"p.m": 0.0, "p.n": 0.0}) - bytes_down({})
    assert more == 5 * 2 * 4 * model.layout.num_params
