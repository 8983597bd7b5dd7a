"""The secure mean is the plain mean to within a step, whoever fails and whatever the model."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cryptography")

import pyfedlite as fl
from pyfedlite.aggregation import SecureMean, secure_mean, weighted_mean
from pyfedlite.aggregation.secure.mean import policy_of
from pyfedlite.clients import ClientUpdate, Fate
from pyfedlite.errors import AbortError
from pyfedlite.sampling import dropouts
from pyfedlite.secagg import Config
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundContext, Selected
from pyfedlite.testing import AGGREGATOR_LAWS

LENGTH = 7


def cohort_of(sizes: Sequence[int], drops_at: dict[int, int] | None = None) -> RoundContext:
    roster = [Selected(3 * k, n, Fate((drops_at or {}).get(3 * k))) for k, n in enumerate(sizes)]
    return RoundContext(1, np.zeros(LENGTH, np.float32), RoundSeed(0, 1), roster=roster)


def updates_of(context: RoundContext, scale: float = 1.0) -> list[ClientUpdate]:
    rng = np.random.default_rng(1)
    return [
        ClientUpdate(s.client_id, rng.uniform(-scale, scale, LENGTH), s.num_examples, 1, 0.0)
        for s in context.roster
        if s.fate.arrives
    ]


def distance_in_steps(aggregator: SecureMean, context: RoundContext) -> float:
    secure = aggregator(updates_of(context), context)
    plain = weighted_mean()(updates_of(context), context)
    step = 2.0 ** -secure.metrics["secure_fraction_bits"]
    return float(np.abs(secure.delta - plain.delta).max() / step)


@settings(max_examples=25)
@given(
    st.lists(st.integers(1, 500), min_size=5, max_size=9),
    st.sampled_from(["honest-but-curious", "semi-malicious", "active"]),
    st.sampled_from(["stochastic", "nearest"]),
    st.sampled_from([None, 32, 64]),
    st.dictionaries(st.sampled_from([0, 3, 6, 9, 12]), st.integers(0, 4), max_size=1),
)
def test_the_result_is_the_plain_mean_to_within_a_step(
    sizes: list[int], model: str, rounding: str, ring_bits: int | None, fates: dict[int, int]
) -> None:
    aggregator = secure_mean(
        threat_model=model, rounding=rounding, ring_bits=ring_bits, corrupt_fraction=0.2
    )
    limit = 1.0 if rounding == "stochastic" else 0.5
    # For float64, in both means: in the large ring a step is at least 2^-46 of the clip.
    slack = 2.0**-5 if ring_bits == 64 else 2.0**-20
    assert distance_in_steps(aggregator, cohort_of(sizes, fates)) <= limit + slack


def test_a_graph_gives_the_same_mean() -> None:
    aggregator = secure_mean(graph="k-regular", corrupt_fraction=0.05, dropout_fraction=0.05)
    context = cohort_of([3] * 30, {9: 2, 12: 4})
    assert aggregator.choice(30).degree is not None
    assert distance_in_steps(aggregator, context) <= 1


@pytest.mark.parametrize(
    "law", ["arriving_order_does_not_matter", "a_stream_is_enough", "no_update_is_an_error"]
)
def test_the_laws_of_aggregators_that_hold_for_any_cohort_hold(
    law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    aggregator = secure_mean(clip=1000.0, max_weight=10_000, ring_bits=64, rounding="nearest")

    def alone_is_plain(updates: Any, context: RoundContext) -> Any:
        if len(context.roster) == 1:  # a sum of one is refused, not aggregated
            return weighted_mean()(updates, context)
        return aggregator(updates, context)

    AGGREGATOR_LAWS[law](alone_is_plain)


def test_one_client_alone_is_refused() -> None:
    context = cohort_of([5])
    with pytest.raises(ValueError, match="num_clients must be at least 2, got 1; one client has"):
        secure_mean()(updates_of(context), context)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_update_that_is_no_number_is_refused_by_name(bad: float) -> None:
    context = cohort_of([5, 5])
    first, second = updates_of(context)
    second.delta[3] = bad
    with pytest.raises(ValueError, match=r"update of client 3: values must be finite .* at \[3\]"):
        secure_mean()([first, second], context)


@pytest.mark.parametrize("weight", [0, 5, -1])
def test_a_weight_out_of_range_is_refused_by_name(weight: int) -> None:
    context = cohort_of([2, 2])
    first, second = updates_of(context)
    heavy = replace(second, num_examples=weight)
    with pytest.raises(
        ValueError, match=rf"client 3: weight must lie in 1..max_weight=4, got {weight}"
    ):
        secure_mean(max_weight=4)([first, heavy], context)


def test_vectors_of_unequal_length_are_refused_by_name() -> None:
    context = cohort_of([2, 2])
    first, second = updates_of(context)
    longer = replace(second, delta=np.zeros(LENGTH + 1))
    with pytest.raises(ValueError, match=r"client 3: delta must have shape \(7,\), got \(8,\)"):
        secure_mean()([first, longer], context)


def test_an_update_that_never_comes_is_an_error() -> None:
    context = cohort_of([2, 2])
    with pytest.raises(ValueError, match="updates must hold one of client 3, got none"):
        secure_mean()(updates_of(context)[:1], context)


@pytest.mark.parametrize(
    ("graph", "remedy"),
    [
        ("complete", "a smaller min_honest or corrupt_fraction of the aggregator: a lower thresho"),
        ("k-regular", "a larger dropout_fraction of the aggregator, which gives each client more"),
    ],
)
def test_too_few_survivors_are_an_abort_that_names_round_numbers_and_remedy(
    graph: str, remedy: str
) -> None:
    context = cohort_of([5] * 4, {0: 2, 3: 2, 6: 2})
    least = r"(threshold|min_survivors)=\d, got 1 of 4"
    told = rf"TOO_FEW: in round 1 of training, .* {least}; try fewer .* {remedy}"
    with pytest.raises(AbortError, match=told):
        secure_mean(graph=graph)(updates_of(context), context)


def test_the_remedies_for_too_few_survivors_help() -> None:
    lower = replace(secure_mean(), corrupt_fraction=0.1)
    assert lower.choice(20).threshold < secure_mean().choice(20).threshold
    graph = secure_mean(graph="k-regular", corrupt_fraction=0.1)
    degrees = [replace(graph, dropout_fraction=d).choice(200).degree or 0 for d in (0.1, 0.3)]
    assert degrees[0] < degrees[1]


def test_an_abort_is_recorded_and_the_run_goes_on(tmp_path: Path) -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=10, seed=0)
    plain = fl.fedavg(fl.SoftmaxRegression(64, 10), local_epochs=1)
    algorithm = replace(plain, aggregator=secure_mean())
    settings: dict[str, Any] = {"seed": 0, "availability": dropouts([0, 0, 0.2, 0, 0])}
    history = fl.simulate(algorithm, clients, num_rounds=12, **settings)
    failed = [record for record in history.records if record.failure is not None]
    assert 0 < len(failed) < 12
    assert "of training" in str(failed[0].failure)
    assert "train_loss" not in failed[0].metrics
    file = tmp_path / "run.npz"
    fl.simulate(algorithm, clients, num_rounds=failed[0].round, checkpoint=file, **settings)
    resumed = fl.simulate(algorithm, clients, num_rounds=12, checkpoint=file, **settings)
    assert resumed.fingerprint == history.fingerprint


def test_precision_follows_the_rule() -> None:
    people = cohort_of([100] * 10)
    numbers = secure_mean(clip=4.0).codec.of_round(people, 10)
    ring_bits, quantiser = numbers.ring_bits, numbers.quantiser
    # 10 clients x weight 128 x 4 = 5120 < 2^13: 31 - 13 = 18 bits remain.
    assert (ring_bits, quantiser.max_weight, quantiser.fraction_bits) == (32, 128, 18)
    heavy = cohort_of([100_000] * 10)
    numbers = secure_mean(clip=4.0).codec.of_round(heavy, 10)
    assert (numbers.ring_bits, numbers.quantiser.max_weight) == (64, 131_072)
    assert numbers.bound == 131_072 * 4 * 2**numbers.quantiser.fraction_bits
    assert numbers.length == LENGTH + 1
    with pytest.raises(ValueError, match="ring_bits must leave at least 8 bits"):
        secure_mean(clip=4.0, ring_bits=32, max_weight=2**20).codec.of_round(heavy, 10)


def configured(aggregator: SecureMean, context: RoundContext) -> Config:
    codec = aggregator.codec.of_round(context, len(context.roster))
    return aggregator.configure(codec, context)[0]


@given(st.lists(st.integers(1, 2000), min_size=2, max_size=6), st.integers(0, 2**32))
def test_nearest_rounding_in_the_large_ring_keeps_to_half_a_step(
    sizes: list[int], seed: int
) -> None:
    context = cohort_of(sizes)
    rng = np.random.default_rng(seed)
    updates = [replace(u, delta=rng.uniform(-4, 4, LENGTH)) for u in updates_of(context)]
    aggregator = secure_mean(ring_bits=64, rounding="nearest", corrupt_fraction=0.0)
    result = aggregator(updates, context)
    steps = 2 ** int(result.metrics["secure_fraction_bits"])
    for j, mean in enumerate(result.delta):  # exactly, in fractions
        exact = sum(Fraction(float(u.delta[j])) * u.num_examples for u in updates) / sum(sizes)
        # 2^-6: the mean is rounded to float64 where a step is 2^-46 of the clip.
        assert abs(Fraction(float(mean)) - exact) * steps <= Fraction(1, 2) + Fraction(1, 64)


# ----------------------------------------------------------------- what is promised


@pytest.mark.parametrize("model", ["honest-but-curious", "semi-malicious", "active"])
@pytest.mark.parametrize("n", [2, 3, 5, 10, 40])
def test_half_of_the_honest_clients_are_in_every_sum(model: str, n: int) -> None:
    context = cohort_of([5] * n)
    config = configured(secure_mean(threat_model=model), context)
    num_honest = n - config.num_corrupt
    assert config.min_honest >= max(2, num_honest / 2)


def test_a_guarantee_that_was_asked_for_reaches_chooser_and_clients() -> None:
    context = cohort_of([5] * 20)
    settings_ = {"corrupt_fraction": 0.1, "min_honest": 15}
    config = configured(secure_mean(**settings_), context)
    assert (config.num_corrupt, config.min_honest, config.threshold) == (2, 15, 17)
    with pytest.raises(AbortError, match="POLICY: min_honest must be at least 15, got 14"):
        policy_of(config).check(replace(config, threshold=16))
    with pytest.raises(ValueError, match="num_drop must leave 19 clients"):
        secure_mean(corrupt_fraction=0.1, min_honest=17).choice(20)


def test_on_a_graph_the_guarantee_counts_survivors() -> None:
    graph = secure_mean(graph="k-regular", corrupt_fraction=0.1, dropout_fraction=0.1)
    config = configured(graph, cohort_of([5] * 100))
    assert config.degree is not None
    assert (config.min_survivors, config.min_honest) == (90, 80)
    with pytest.raises(ValueError, match="leave min_honest=81 honest clients in the sum, got 80"):
        replace(graph, min_honest=81).choice(100)


def test_the_guarantee_is_logged_and_recorded(caplog: pytest.LogCaptureFixture) -> None:
    context = cohort_of([5] * 10)
    with caplog.at_level(logging.INFO):
        result = secure_mean()(updates_of(context), context)
    assert "the sum holds at least 4 honest clients if 3 are corrupt" in caplog.text
    assert result.metrics["secure_min_honest"] == 4


def test_the_plan_is_bound_as_the_model_is() -> None:
    context = cohort_of([5, 5])
    plans = [configured(secure_mean(), replace(context, plan=plan)) for plan in (b"", b"lr 0")]
    assert plans[0].plan_hash != plans[1].plan_hash
    assert plans[0].parameters_hash == plans[1].parameters_hash


def test_clipped_coordinates_are_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    context = cohort_of([5, 5])
    updates = [replace(u, delta=np.linspace(-3, 3, LENGTH)) for u in updates_of(context)]
    with caplog.at_level(logging.INFO):
        result = secure_mean(clip=2.5)(updates, context)
    assert result.metrics["secure_saturated"] == 4
    assert result.delta.max() == -result.delta.min() == 2.5
    assert "4 coordinates were clipped to 2.5; try a larger clip" in caplog.text
    assert "sums modulo 2^32" in caplog.text


def test_a_context_binds_the_model_that_the_clients_got() -> None:
    context = cohort_of([5, 5])
    other = replace(context, theta=np.ones(LENGTH, np.float32))
    aggregator = secure_mean()
    hashes = {configured(aggregator, c).parameters_hash for c in (context, other)}
    assert len(hashes) == 2


@pytest.mark.parametrize(
    ("settings_", "sentence"),
    [
        ({"threat_model": "passive"}, "threat_model must be one of"),
        ({"graph": "ring"}, "graph must be one of complete, k-regular"),
        ({"graph": "k-regular", "threat_model": "active"}, "graph must be complete under active"),
        ({"graph": "k-regular", "threat_model": "semi-malicious"}, "must be complete under semi"),
        ({"min_honest": 1}, "min_honest must be at least 2, got 1"),
        ({"clip": 0.0}, "clip must be above 0"),
        ({"ring_bits": 16}, "ring_bits must be 32, 64 or None, got 16"),
        ({"max_weight": 0}, "max_weight must be at least 1"),
        ({"corrupt_fraction": 1.0}, r"corrupt_fraction must lie in \[0, 1\)"),
    ],
)
def test_bad_settings_are_refused(settings_: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        secure_mean(**settings_)


def trained(aggregator: Any, **settings_: Any) -> Any:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=12, seed=0)
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), local_epochs=1)
    if aggregator is not None:
        algorithm = replace(algorithm, aggregator=aggregator)
    settings_ = {"num_rounds": 2, "seed": 0, "client_fraction": 0.5} | settings_
    return fl.simulate(algorithm, clients, **settings_)


def test_training_equals_plain_training_to_within_the_steps_of_its_rounds() -> None:
    availability = dropouts([0.05, 0.05, 0.05, 0.05, 0.05])
    plain = trained(None, availability=availability, num_rounds=1)
    secure = trained(secure_mean(), availability=availability, num_rounds=1)
    step = 2.0 ** -secure.records[0].metrics["secure_fraction_bits"]
    # One step of the ring, and the rounding of theta to float32 (values below 1).
    assert np.abs(secure.theta - plain.theta).max() <= step + 2.0**-23


def test_a_secure_run_keeps_its_fingerprint_though_its_keys_are_fresh() -> None:
    runs = [trained(secure_mean()) for _ in range(2)]
    assert runs[0].fingerprint == runs[1].fingerprint


def test_failures_before_the_update_is_due_leave_the_mean() -> None:
    fates = {0: 0, 3: 1, 6: 2, 9: 3, 12: 4}
    context = cohort_of([5] * 12, fates)
    result = secure_mean(corrupt_fraction=0.1)(updates_of(context), context)
    assert result.metrics["secure_survivors"] == 12 - 3
    assert distance_in_steps(secure_mean(corrupt_fraction=0.1), context) <= 1
