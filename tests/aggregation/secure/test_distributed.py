"""The private mean with noise of clients: its noise, its settings, and what a run tells of it."""

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cryptography")

import pyfedlite as fl
from pyfedlite.aggregation import AGGREGATORS, DistributedPrivateMean, distributed_private_mean
from pyfedlite.aggregation.secure import private
from pyfedlite.aggregation.secure.noise import noise_of_round, ring_that_fits, share_of_ring
from pyfedlite.clients import ClientUpdate, Fate
from pyfedlite.errors import AbortError, RoundFailed
from pyfedlite.experiments.build import build
from pyfedlite.experiments.settings import resolve
from pyfedlite.norms import clip
from pyfedlite.privacy import Gaussian, Neighbouring, account, rdp
from pyfedlite.sampling import dropouts, sample_fraction
from pyfedlite.seeds import RoundSeed
from pyfedlite.sharing.fixed_point import from_ring
from pyfedlite.state import RoundContext, Selected

LENGTH = 50


def cohort_of(number: int, drops_at: dict[int, int] | None = None) -> RoundContext:
    roster = [Selected(k, 5, Fate((drops_at or {}).get(k))) for k in range(number)]
    return RoundContext(1, np.zeros(LENGTH, np.float32), RoundSeed(0, 1), roster=roster)


def updates_of(context: RoundContext, length: int = LENGTH) -> list[ClientUpdate]:
    rng = np.random.default_rng(2)
    drawn = [rng.normal(scale=0.2, size=length) for _ in context.roster]
    pairs = zip(context.roster, drawn, strict=True)
    return [ClientUpdate(s.client_id, x, 5, 1, 0.0) for s, x in pairs if s.fate.arrives]


def plain_mean(updates: Sequence[ClientUpdate]) -> np.ndarray:
    """Return the mean of the updates, each shortened to norm 1."""
    return np.mean([clip(update.delta, 1.0) for update in updates], axis=0)


@settings(max_examples=20)
@given(st.integers(3, 7), st.sampled_from([2.0**-6, 0.01, 0.1]), st.booleans())
def test_without_noise_it_is_the_mean_of_the_clipped_updates(
    number: int, step: float, fails: bool
) -> None:
    mean = DistributedPrivateMean(1.0, 0.0, step, corrupt_fraction=0.0, min_honest=2)
    context = cohort_of(number, {1: 2} if fails else None)
    updates = updates_of(context)
    found = mean(updates, context)
    # Each of n vectors is off by less than a step in each of the 64 rotated coordinates.
    assert np.linalg.norm(found.delta - plain_mean(updates)) < step * math.sqrt(64)
    assert found.num_reports == number - fails
    assert found.metrics["dp_noise"] == 0.0


def noises(context: RoundContext, number: int, mean: DistributedPrivateMean) -> np.ndarray:
    """Return the errors of some calls, shape (number * LENGTH,)."""
    updates = updates_of(context)
    plain = plain_mean(updates)
    rounds = [replace(context, seed=RoundSeed(seed, 1)) for seed in range(number)]
    return np.concatenate([mean(updates, one).delta - plain for one in rounds])


@pytest.mark.parametrize("drops", [{}, {1: 2, 4: 2}], ids=["all stay", "two fail"])
def test_the_error_is_that_of_central_noise(drops: dict[int, int]) -> None:
    mean = DistributedPrivateMean(1.0, 2.0, corrupt_fraction=0.2, dropout_fraction=0.3)
    context = cohort_of(8, drops)
    survivors = 8 - len(drops)
    honest = mean.protocol.honest_in_sum(8)
    sensitivity = mean.of_round(8, LENGTH).sensitivity * mean.of_round(8, LENGTH).granularity
    errors = noises(context, 40, mean)
    # In the sum: z D sqrt(survivors / honest). A variance of 2,000 numbers is off by a part of
    # sqrt(2 / 2000) = 0.032; rounding adds less than one in a thousand here.
    expected = 2.0 * sensitivity * math.sqrt(survivors / honest) / survivors
    assert errors.std() == pytest.approx(expected, rel=0.08)
    assert mean(updates_of(context), context).metrics["dp_noise"] == pytest.approx(expected)
    # Normal, as central noise is: the fourth moment is 3 variances squared, give or take
    # 5 sqrt(24 / 2000), and no more than one in ten thousand is beyond four deviations.
    scaled = errors / errors.std()
    assert abs((scaled**4).mean() - 3) < 5 * math.sqrt(24 / scaled.size)
    assert np.count_nonzero(abs(scaled) > 4) <= 3


def test_noise_that_is_there_for_certain_is_z_times_the_sensitivity() -> None:
    mean = DistributedPrivateMean(1.0, 1.5, corrupt_fraction=0.3)
    event = mean.of_round(20, LENGTH).event
    assert event.num_honest == mean.protocol.honest_in_sum(20) == 7
    certain = event.noise * math.sqrt(event.num_honest)
    assert 1.5 * event.sensitivity <= certain <= 1.5 * event.sensitivity * (1 + 1e-6)
    spent = rdp(event, relation=Neighbouring.ZERO_OUT)
    assert spent == pytest.approx(rdp(Gaussian(1.5)), rel=1e-5)


def test_a_graph_counts_the_survivors_and_not_the_threshold() -> None:
    mean = DistributedPrivateMean(
        1.0, 1.0, graph="k-regular", corrupt_fraction=0.05, dropout_fraction=0.05
    )
    assert mean.protocol.choice(40).degree is not None
    assert mean.of_round(40, LENGTH).num_honest == 40 - 2 - 2
    context = cohort_of(40)
    found = mean(updates_of(context), context)
    assert found.metrics["secure_min_honest"] == 36


def test_the_accountant_counts_the_honest_that_clients_insist_on() -> None:
    mean = DistributedPrivateMean(1.0, 1.0)
    for number in (4, 10, 33):
        context = cohort_of(number)
        codec = mean.of_round(number, LENGTH)
        config, _ = mean.protocol.configure(codec, context)
        assert config.min_honest == codec.num_honest


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_no_update_can_stop_the_round_or_reach_beyond_its_norm(bad: float) -> None:
    mean = DistributedPrivateMean(1.0, 0.0, corrupt_fraction=0.0, min_honest=2)
    context = cohort_of(3)
    updates = updates_of(context)
    updates[1].delta[7] = bad
    found = mean(updates, context)
    assert np.linalg.norm(found.delta - plain_mean(updates)) < 0.05


def test_every_client_draws_noise_of_its_own() -> None:
    codec = noise_of_round(LENGTH, 1.0, 5.0, 2.0**-8, num_clients=4, num_honest=4, coins=bytes(32))
    update = updates_of(cohort_of(1))[0]
    keys = iter([bytes([k]) * 32 for k in (1, 2, 1)])
    first, second, again = (
        codec.encode(update, np.random.default_rng(0), lambda _: next(keys)) for _ in range(3)
    )
    assert (first == again).all()
    assert np.count_nonzero(first == second) < 5


def test_a_ring_is_as_wide_as_sums_need() -> None:
    def codec(step: float, noise: float = 1.0) -> Any:
        return noise_of_round(
            LENGTH, 1.0, noise, step, num_clients=100, num_honest=30, coins=bytes(32)
        )

    assert codec(2.0**-10).ring_bits == 32
    assert codec(2.0**-28).ring_bits == 64
    with pytest.raises(ValueError, match="granularity must give at most 2"):
        codec(2.0**-31)


def test_where_no_ring_is_wide_enough_it_says_so() -> None:
    assert ring_that_fits(2**10, 2**20, 0.1) == 32
    assert ring_that_fits(2**11, 2**20, 0.1) == 64
    told = "granularity must let 4096 clients x 2251799813685248 steps fit into 64 bits, got 0.1"
    with pytest.raises(ValueError, match=told):
        ring_that_fits(2**12, 2**51, 0.1)


def test_the_widest_sums_do_not_wrap() -> None:
    # All clients send the same longest vector, which a rotation by these coins makes one spike.
    number, codec = 50, noise_of_round(
        1, 1.0, 3.0, 2.0**-24, num_clients=50, num_honest=40, coins=bytes(32)
    )  # fmt: skip
    assert codec.ring_bits == 32
    update, rng = ClientUpdate(0, np.array([1.0]), 1, 1, 0.0), np.random.default_rng(0)
    keys = np.random.default_rng(1)
    vectors = [codec.encode(update, rng, keys.bytes) for _ in range(number)]
    total = np.sum(vectors, axis=0, dtype=np.uint32)
    exact = sum(int(from_ring(vector)[0]) for vector in vectors)
    assert int(from_ring(total)[0]) == exact
    assert abs(exact) > 0.5 * number * 2**24


@pytest.mark.parametrize(
    "other",
    [{"max_norm": 2.0}, {"granularity": 0.5}, {"coins": bytes([1]) * 32}, {"num_honest": 3}],
)
def test_every_setting_is_bound_to_the_keys(other: dict[str, Any]) -> None:
    codec = noise_of_round(9, 1.0, 1.0, 0.25, num_clients=5, num_honest=4, coins=bytes(32))
    assert replace(codec, **other).text != codec.text
    assert replace(codec, variance=codec.variance + 1).text != codec.text


def test_second_vectors_and_wrong_lengths_are_refused() -> None:
    context = replace(cohort_of(3), extras=("control",))
    with pytest.raises(ValueError, match="extras must be empty for noise of clients"):
        DistributedPrivateMean(1.0, 1.0)(updates_of(context), context)
    with pytest.raises(ValueError, match=r"client 0: delta must have shape \(50,\), got \(49,\)"):
        DistributedPrivateMean(1.0, 1.0)(updates_of(cohort_of(3), 49), cohort_of(3))


def test_nobody_is_a_failed_round_and_too_few_are_one() -> None:
    with pytest.raises(RoundFailed):
        DistributedPrivateMean(1.0, 1.0)([], cohort_of(0))
    context = cohort_of(5, {0: 2, 1: 2, 2: 2})
    with pytest.raises(AbortError, match="TOO_FEW"):
        DistributedPrivateMean(1.0, 1.0)(updates_of(context), context)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: distributed_private_mean(0.0, 1.0), "clip must be above 0"),
        (lambda: distributed_private_mean(1.0, -1.0), "noise_multiplier must be at least 0"),
        (lambda: distributed_private_mean(1.0, 1.0, granularity=0.0), "granularity must be above"),
        (lambda: distributed_private_mean(1.0, 1.0, graph="ring"), "graph must be one of"),
        (lambda: distributed_private_mean(1.0, 1.0, min_honest=1), "min_honest must be at least 2"),
    ],
)
def test_settings_out_of_range_are_named(call: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()


def test_a_run_tells_what_the_noise_covers_and_nothing_else() -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=8, seed=0)
    mean = distributed_private_mean(1.0, 0.1, corrupt_fraction=0.0)
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), learning_rate=0.5, aggregator=mean)
    history = fl.simulate(algorithm, clients, num_rounds=3, seed=0)
    assert history.private
    assert history.final_accuracy is not None
    assert history.final_accuracy > 0.6
    told = set(history.records[0].metrics) - {"test_loss", "test_accuracy"}
    assert told == {
        "bytes_up",
        "bytes_down",
        "secure_survivors",
        "secure_threshold",
        "secure_min_honest",
        "secure_ring_bits",
        "dp_noise",
    }
    event = mean.event(num_clients=8, num_params=650, num_rounds=3)
    spent = account(event, dp_delta=1e-5, relation=Neighbouring.ZERO_OUT)
    central = account(Gaussian(0.1 / math.sqrt(3)), dp_delta=1e-5)
    assert spent.epsilon == pytest.approx(central.epsilon, rel=1e-4)


def test_noise_is_fresh_in_every_run_unless_a_seed_fixes_it() -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=4, seed=0)
    mean = distributed_private_mean(1.0, 1.0)
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), local_epochs=1, aggregator=mean)

    def fingerprint(**settings: int) -> str:
        return fl.simulate(algorithm, clients, num_rounds=2, seed=0, **settings).fingerprint

    assert fingerprint() != fingerprint()
    assert fingerprint(insecure_seed=1) == fingerprint(insecure_seed=1)
    assert fingerprint(insecure_seed=1) != fingerprint(insecure_seed=2)


def test_clients_and_rounds_have_keys_of_their_own() -> None:
    keys = {
        private._secret_of(RoundSeed(seed, number), client)(32)
        for seed, number, client in product((0, 2**200), (1, 2), (0, 1, 2**31))
    }
    assert len(keys) == 12
    assert {len(key) for key in keys} == {32}


def test_a_round_that_fails_says_no_more_and_the_run_goes_on() -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=8, seed=0)
    algorithm = fl.fedavg(
        fl.SoftmaxRegression(64, 10), aggregator=distributed_private_mean(1.0, 1.0)
    )
    history = fl.simulate(
        algorithm, clients, num_rounds=9, seed=0, availability=dropouts([0, 0, 0.25, 0, 0])
    )
    failures = {record.failure for record in history.records} - {None}
    assert failures <= {"aborted; a private run does not say why"}


def test_it_has_a_name_in_files_and_on_the_command_line() -> None:
    named = AGGREGATORS.read("distributed_private:1,0.5,granularity=0.01")
    assert named == distributed_private_mean(1.0, 0.5, granularity=0.01)
    run = {"aggregate": "distributed_private:1,0.5", "client_fraction": 0.5}
    experiment = build(resolve({"run": run}))
    assert experiment.algorithm.aggregator == distributed_private_mean(1.0, 0.5)
    assert experiment.sampler == sample_fraction(0.5)


def tail_of_sum(variance: float, num_clients: int, beyond: int) -> float:
    """Return how probable it is that the sum of discrete Gaussians lies beyond a number.

    Only positive numbers are added, so that a tail of 2^-43 keeps its digits.
    """
    reach = 40 * math.ceil(math.sqrt(variance)) + 40
    steps = np.arange(-reach, reach + 1)
    one = np.exp(-(steps**2) / (2 * variance))
    one /= one.sum()
    sums = one
    for _ in range(num_clients - 1):
        sums = np.convolve(sums, one)
    far = np.abs(np.arange(len(sums)) - len(sums) // 2) > beyond
    return float(sums[far].sum())


@pytest.mark.parametrize("num_clients", [1, 2, 5])
@pytest.mark.parametrize("variance", [Fraction(1, 4), Fraction(9), Fraction(400)])
@pytest.mark.parametrize("length", [1, 1024])
def test_noise_leaves_its_part_of_the_ring_once_in_two_to_the_forty(
    num_clients: int, variance: Fraction, length: int
) -> None:
    sensitivity = 10.0
    share = share_of_ring(sensitivity, variance, num_clients, length)
    left = num_clients * share - round(num_clients * sensitivity)  # for the noise of the sum
    assert length * tail_of_sum(float(variance), num_clients, left) <= 2.0**-40
    if variance > 1:  # and the part is not much larger than it has to be
        assert length * tail_of_sum(float(variance), num_clients, int(0.8 * left)) > 2.0**-40
