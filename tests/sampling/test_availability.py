"""Who fails, and when: as often as asked, the same for one seed, whatever the order."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.clients import Fate, Stage
from pyfedlite.roles import Availability
from pyfedlite.sampling import dropouts, reachable
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundView
from pyfedlite.testing.strategies import seeds


@pytest.mark.parametrize("rates", [(0.02,) * 5, (0.0, 0.1, 0.3, 0.0, 0.2), (0.2,) * 5])
def test_each_stage_fails_as_often_as_asked(rates: tuple[float, ...]) -> None:
    trials = 20_000
    fates = [fate.drops_at for fate in dropouts(rates)(range(trials), RoundSeed(0, 1))]
    for stage, rate in enumerate(rates):
        # Six standard deviations: a failure once in 10^9 seeds.
        allowed = 6 * math.sqrt(trials * rate * (1 - rate))
        assert abs(fates.count(stage) - trials * rate) <= allowed
    if sum(rates) > 0.999:
        assert None not in fates


def test_one_rate_is_spread_over_the_stages() -> None:
    assert sum(dropouts(0.3).rates) == pytest.approx(0.3)
    assert len(set(dropouts(0.3).rates)) == 1


def test_nobody_fails_at_rate_zero_and_everybody_at_one() -> None:
    seed = RoundSeed(0, 1)
    assert set(dropouts(0)(range(100), seed)) == {Fate()}
    assert set(dropouts([0, 0, 1, 0, 0])(range(100), seed)) == {Fate(Stage.UPLOAD)}


@given(seed=seeds(), ids=st.sets(st.integers(0, 5000), min_size=1), data=st.data())
def test_a_fate_does_not_depend_on_who_else_was_asked(
    seed: int, ids: set[int], data: st.DataObject
) -> None:
    some = data.draw(st.lists(st.sampled_from(sorted(ids)), min_size=1, unique=True))
    everybody = dict(zip(ids, dropouts(0.5)(list(ids), RoundSeed(seed, 1)), strict=True))
    assert dropouts(0.5)(some, RoundSeed(seed, 1)) == [everybody[k] for k in some]


def test_a_share_of_the_clients_can_be_reached_and_only_those_are_asked() -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=40, seed=0)
    algorithm = fl.fedsgd(fl.SoftmaxRegression(64, 10))
    away = reachable(0.5)
    history = fl.simulate(algorithm, clients, num_rounds=4, seed=0, availability=away)
    for record in history.records:
        present = away.present(40, RoundSeed(0, record.round)).tolist()
        assert record.cohort == tuple(present)
        assert 5 < len(present) < 35


def test_cohort_is_no_larger_than_what_can_be_reached() -> None:
    view = RoundView(1, np.ones(10, np.int64), lambda k: 0.0, np.array([2, 3, 7]))
    assert fl.sample_fixed(5)(view, np.random.default_rng(0)) == [2, 3, 7]
    nobody = RoundView(1, np.ones(10, np.int64), lambda k: 0.0, np.array([], np.int64))
    assert fl.sample_fraction(1.0)(nobody, np.random.default_rng(0)) == []


@pytest.mark.parametrize(
    ("availability", "error", "sentence"),
    [
        (lambda ids, seed: [None] * len(ids), TypeError, "return a Fate for each client"),
        (lambda ids, seed: [Fate()], ValueError, "return 4 fates, one for each client, got 1"),
        (lambda ids, seed: 0.1, TypeError, "return a list of Fate, one for each client, got float"),
    ],
)
def test_answers_that_are_no_fates_are_refused(
    availability: Availability, error: type[Exception], sentence: str
) -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=4, seed=0)
    algorithm = fl.fedsgd(fl.SoftmaxRegression(64, 10))
    with pytest.raises(error, match=sentence):
        fl.simulate(algorithm, clients, num_rounds=1, seed=0, availability=availability)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"drops_at": 9}, "drops_at must be a Stage, 0 to 4, or None, got 9"),
        ({"local_epochs": 0}, "local_epochs must be at least 1, got 0"),
        ({"local_steps": 0}, "local_steps must be at least 1, got 0"),
        ({"local_steps": 1, "local_epochs": 1}, "local_steps must be left out where local_epochs"),
        ({"seconds": -1.0}, "seconds must be at least 0, got -1.0"),
    ],
)
def test_fates_that_cannot_be_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Fate(**settings)


@pytest.mark.parametrize(
    ("rate", "sentence"),
    [
        (-0.1, r"rate must lie in \[0, 1\], got -0.1"),
        ([0.1, 0.1], "rates must hold 5 probabilities, got 2"),
        ([0.5, 0.5, 0.5, 0, 0], "rates must add up to at most 1, got 1.5"),
        ([2, 0, 0, 0, 0], r"rates must lie in \[0, 1\], got 2.0"),
    ],
)
def test_bad_rates_are_refused(rate: float | list[float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        dropouts(rate)


def test_a_client_that_fails_before_its_update_takes_no_part_in_the_mean() -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=10, seed=0)
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), local_epochs=1)
    model = dropouts([0, 0, 0.5, 0, 0])
    history = fl.simulate(algorithm, clients, num_rounds=1, seed=3, availability=model)
    seed = RoundSeed(3, 1)
    stay = [fate for fate in model(range(10), seed) if fate.arrives]
    assert 0 < len(stay) < 10
    theta_bytes = history.theta.nbytes
    assert history.records[0].metrics["bytes_up"] == len(stay) * theta_bytes


def test_failures_do_not_change_who_is_drawn() -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=10, seed=0)
    algorithm = fl.fedsgd(fl.SoftmaxRegression(64, 10))
    settings = {"num_rounds": 3, "seed": 0, "client_fraction": 0.5}
    plain = fl.simulate(algorithm, clients, **settings)
    failing = fl.simulate(algorithm, clients, **settings, availability=dropouts(0.2))
    assert [r.cohort for r in plain.records] == [r.cohort for r in failing.records]
