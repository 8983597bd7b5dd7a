"""The mean for fixed cohorts: its cost, its noise, who may come, and a private run of it."""

import math

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.aggregation.correlated import ASKED, STARTED, CorrelatedMean, correlated_mean
from pyfedlite.algorithms import fedavg
from pyfedlite.clients import Client, ClientUpdate, Participant
from pyfedlite.models import SoftmaxRegression
from pyfedlite.plotting import plot_noise
from pyfedlite.privacy import Neighbouring, epsilon_from_zcdp, noise_of_sums
from pyfedlite.privacy.toeplitz import toeplitz_noise
from pyfedlite.sampling import once, reachable, sample_fixed
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Roster, RoundContext, RoundView


def context(round: int, *, seed: int = 0, size: int = 2, roster: tuple[int, ...] = (), **slots):
    asked = [Participant(Client(k, np.zeros((1, 1)), np.zeros(1))) for k in roster]
    return RoundContext(round, np.zeros(size), RoundSeed(seed, round), slots, roster=Roster(asked))


def update(k: int, delta) -> ClientUpdate:
    return ClientUpdate(k, np.asarray(delta, np.float64), 1, 1, 0.0)


def test_rho_is_that_of_one_gaussian_with_a_longer_step() -> None:
    # rho = |c|^2 / (2 z^2), with |c|^2 = 1 + 1/4 + 9/64 of three rounds.
    mean = correlated_mean(1.0, 2.0, cohort_size=4, num_rounds=3)
    assert mean.rho == pytest.approx((1 + 1 / 4 + 9 / 64) / 8, rel=1e-12)
    replaced = correlated_mean(1.0, 2.0, cohort_size=4, num_rounds=3, relation="replace")
    assert replaced.rho == pytest.approx(4 * mean.rho, rel=1e-12)


@pytest.mark.parametrize("relation", ["zero_out", "replace"])
def test_the_noise_for_an_epsilon_spends_it(relation: str) -> None:
    z = toeplitz_noise(3.0, 1e-5, 50, Neighbouring(relation))
    mean = correlated_mean(1.0, z, cohort_size=4, num_rounds=50, relation=relation)
    spent = mean.spent(dp_delta=1e-5)
    assert spent.tighter_epsilon == pytest.approx(3.0, rel=1e-9)
    assert "once" in spent.sampling
    assert "in which round" in spent.assumptions[-1]
    assert spent.epsilon is not None
    assert 3.0 < epsilon_from_zcdp(mean.rho, 1e-5) <= spent.epsilon + 1e-9


@pytest.mark.parametrize("round", [1, 2, 5])
def test_the_noise_of_a_round_is_a_row_of_the_inverse(round: int) -> None:
    d, tag = 20_000, correlated_mean(1.0, 0.0, cohort_size=1, num_rounds=9)
    started = tag([], context(1)).slots[STARTED]
    mean = correlated_mean(2.0, 1.5, cohort_size=10, num_rounds=9)
    out = mean([], context(round, size=d, **{STARTED: started}))
    coefficients = [1, -1 / 2, -1 / 8, -1 / 16, -5 / 128][:round]  # of sqrt(1 - x)
    expected = 1.5 * 2.0 / 10 * math.sqrt(sum(x * x for x in coefficients))
    assert out.metrics == {"dp_noise": pytest.approx(expected, rel=1e-12)}
    assert np.std(out.delta) == pytest.approx(expected, rel=6 * 0.005)


def test_absentees_count_as_0_and_are_asked() -> None:
    mean = correlated_mean(1.0, 0.0, cohort_size=4, num_rounds=2)
    out = mean([update(3, [3.0, 4.0])], context(1, roster=(1, 3)))
    np.testing.assert_allclose(out.delta, [0.15, 0.2], rtol=1e-9)
    assert out.slots[ASKED].tolist() == [1, 3]


@pytest.mark.parametrize("back", [1, 3])
def test_a_client_that_was_asked_before_is_refused(back: int) -> None:
    mean = correlated_mean(1.0, 1.0, cohort_size=4, num_rounds=2)
    slots = dict(mean([update(3, [0.0, 0.0])], context(1, roster=(1, 3))).slots)
    with pytest.raises(ValueError, match=rf"nobody who was asked before, got \[{back}\]"):
        mean([update(back, [0.0, 0.0])], context(2, **slots))


def test_more_than_m_more_than_t_and_two_of_one_client_are_refused() -> None:
    mean = correlated_mean(1.0, 1.0, cohort_size=1, num_rounds=2)
    with pytest.raises(ValueError, match="cohort must be at most cohort_size, 1, got 2"):
        mean([update(0, [0.0, 0.0]), update(1, [0.0, 0.0])], context(1))
    with pytest.raises(ValueError, match="round must be at most num_rounds, 2, got 3"):
        mean([], context(3))
    with pytest.raises(ValueError, match="updates must hold one of each client"):
        mean([update(0, [0.0, 0.0])] * 2, context(1))


def test_add_or_remove_is_refused() -> None:
    with pytest.raises(ValueError, match="relation must be one of zero_out, replace"):
        CorrelatedMean(1.0, 1.0, 1, 1, relation="add_or_remove")


def test_a_state_holds_no_noise() -> None:
    mean = correlated_mean(1.0, 1.0, cohort_size=1, num_rounds=2)
    out = mean([], context(1, size=1000))
    assert {name: slot.size for name, slot in out.slots.items()} == {ASKED: 0, STARTED: 2}


# ---- A run --------------------------------------------------------------------------------------


def view(round: int, available=None) -> RoundView:
    return RoundView(round, np.ones(10, np.int64), lambda k: 0.0, available)


def test_cohorts_of_the_schedule_share_nobody() -> None:
    sampler, rng = once(3, order_seed=1), np.random.default_rng()
    cohorts = [sampler(view(t), rng) for t in (1, 2, 3)]
    assert len({k for cohort in cohorts for k in cohort}) == 9
    assert sampler(view(2), rng) == cohorts[1]
    assert once(3, order_seed=2)(view(1), rng) != cohorts[0]
    assert sampler(view(1, np.array(cohorts[0][:1] + cohorts[1])), rng) == cohorts[0][:1]
    with pytest.raises(ValueError, match="num_rounds must be at most 3 here"):
        sampler(view(4), rng)


@pytest.fixture(scope="module")
def digits():
    return fl.partition(fl.load_digits(), fl.iid(), num_clients=60, seed=0)


def simulate(digits, mean, **settings):
    algorithm = fedavg(SoftmaxRegression(64, 10), aggregator=mean, learning_rate=0.1)
    settings = {"num_rounds": 6, "sampler": once(10), "seed": 0} | settings
    return fl.simulate(algorithm, digits, **settings)


def test_a_run_says_its_epsilon_and_nobody_who_took_part(digits) -> None:
    mean = correlated_mean(1.0, 5.0, cohort_size=10, num_rounds=6, dp_delta=1e-3)
    history = simulate(digits, mean)
    spent = mean.spent().epsilon
    assert spent is not None
    for record in history.records:
        assert record.cohort == ()
        assert record.metrics["dp_epsilon"] == spent
    assert simulate(digits, mean, availability=reachable(0.7)).records[-1].failure is None


def test_a_sampler_that_asks_twice_is_refused(digits) -> None:
    mean = correlated_mean(1.0, 5.0, cohort_size=10, num_rounds=30)
    with pytest.raises(ValueError, match="asked before"):
        simulate(digits, mean, sampler=sample_fixed(10), num_rounds=30)


def test_a_resumed_run_starts_its_noise_anew_unless_the_key_is_fixed(digits, tmp_path) -> None:
    mean = correlated_mean(1.0, 0.5, cohort_size=10, num_rounds=6)
    path = tmp_path / "checkpoint"
    simulate(digits, mean, num_rounds=2, checkpoint=path)
    resumed = simulate(digits, mean, checkpoint=path)
    assert resumed.state.slots[STARTED][0] == 3
    assert len(resumed.state.slots[ASKED]) == 60
    fixed = tmp_path / "fixed"
    simulate(digits, mean, num_rounds=2, checkpoint=fixed, insecure_seed=4)
    again = simulate(digits, mean, checkpoint=fixed, insecure_seed=4)
    whole = simulate(digits, mean, insecure_seed=4)
    np.testing.assert_array_equal(again.theta, whole.theta)


def test_a_picture_compares_the_three_ways() -> None:
    pytest.importorskip("matplotlib")
    ax = plot_noise(noise_of_sums(100))
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["fresh noise  10.00", "binary tree  6.48", "square root  2.53"]
