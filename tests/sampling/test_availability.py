"""Who fails, and when: as often as asked, the same for one seed, whatever the order."""

import math

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.sampling import dropouts
from pyfedlite.seeds import Role, RoundSeed


@pytest.mark.parametrize("rates", [(0.02,) * 5, (0.0, 0.1, 0.3, 0.0, 0.2), (0.2,) * 5])
def test_each_stage_fails_as_often_as_asked(rates: tuple[float, ...]) -> None:
    trials = 20_000
    rng = np.random.default_rng(0)
    fates = [dropouts(rates)(0, rng) for _ in range(trials)]
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
    rng = np.random.default_rng(0)
    assert all(dropouts(0)(0, rng) is None for _ in range(100))
    assert all(dropouts([0, 0, 1, 0, 0])(0, rng) == 2 for _ in range(100))


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
    stay = [k for k in range(10) if model(k, seed.rng(Role.AVAILABILITY, k)) is None]
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
