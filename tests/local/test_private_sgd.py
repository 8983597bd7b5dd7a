"""DP-SGD: the deviation of its noise, what it refuses, and the record of a private run."""

import math
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.aggregation import private_mean, secure_mean, weighted_mean
from pyfedlite.algorithms import FedAvg
from pyfedlite.clients import Client, Fate, Participant
from pyfedlite.local import PrivateSGD
from pyfedlite.models import SoftmaxRegression
from pyfedlite.privacy import PoissonGaussian, Unit
from pyfedlite.privacy.accounting.events import steps_of

MODEL = SoftmaxRegression(999, 10, dtype="float64")  # 10,000 parameters


def nobody() -> Participant:
    return Participant(Client(0, np.zeros((0, 999)), np.zeros(0, np.int64)))


@pytest.mark.parametrize("steps", [1, 9])
def test_the_noise_of_a_step_is_eta_z_c_over_q_n(steps: int) -> None:
    sgd = PrivateSGD(steps, 0.5, 2.0, 1.5, sampling_rate=0.25, population=80)
    update = sgd.train(MODEL, np.zeros(10_000), nobody(), np.random.default_rng(1), round=1)
    expected = 0.5 * 1.5 * 2.0 / (0.25 * 80) * math.sqrt(steps)
    # The relative deviation of a deviation of d draws is 1 / sqrt(2 d) = 0.007.
    assert np.std(update.delta) == pytest.approx(expected, rel=6 * 0.007)
    assert np.mean(update.delta) == pytest.approx(0.0, abs=6 * expected / 100)


def test_an_account_counts_the_steps_of_all_rounds_for_one_example() -> None:
    sgd = PrivateSGD(20, 0.5, 2.0, 1.1, sampling_rate=0.01, population=80)
    spent = sgd.spent(500, dp_delta=1e-5)
    assert list(steps_of(spent.event)) == [(PoissonGaussian(0.01, 1.1), 10_000)]
    # dp-accounting and opacus, orders 2 to 256.
    assert spent.epsilon == pytest.approx(5.6543080001, abs=1e-9)
    assert spent.unit is Unit.EXAMPLE
    assert "server" in spent.against
    assert "the message" not in str(spent)
    assert any("rows" in assumption for assumption in spent.assumptions)


def test_without_noise_epsilon_is_infinite() -> None:
    sgd = PrivateSGD(1, 0.5, 2.0, 0.0, sampling_rate=0.5, population=8)
    assert sgd.spent(1, dp_delta=1e-5).epsilon == math.inf


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("steps", 0),
        ("learning_rate", 0.0),
        ("clip", 0.0),
        ("clip", math.inf),
        ("noise_multiplier", -1.0),
        ("sampling_rate", 0.0),
        ("sampling_rate", 1.5),
        ("population", 0),
    ],
)
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    settings = {
        "steps": 1,
        "learning_rate": 0.1,
        "clip": 1.0,
        "noise_multiplier": 1.0,
        "sampling_rate": 0.5,
        "population": 5,
    }
    with pytest.raises(ValueError, match=f"^{name} must"):
        PrivateSGD(**settings | {name: value})


def test_a_slow_client_takes_fewer_steps_and_none_takes_more() -> None:
    sgd = PrivateSGD(3, 0.1, 1.0, 1.0, sampling_rate=0.5, population=5)

    def steps(fate: Fate) -> int:
        asked = Participant(nobody().client, fate=fate)
        return sgd.train(
            MODEL, np.zeros(10_000), asked, np.random.default_rng(0), round=1
        ).num_steps

    assert (steps(Fate()), steps(Fate(local_steps=2))) == (3, 2)
    with pytest.raises(ValueError, match="local_steps must be at most steps, 3, got 4"):
        steps(Fate(local_steps=4))
    with pytest.raises(ValueError, match="local_epochs must be left out"):
        steps(Fate(local_epochs=1))


def test_a_run_is_private_and_records_nothing_of_the_rows() -> None:
    data = fl.load_digits()
    clients = fl.partition(data, fl.iid(), num_clients=4, seed=0)
    sgd = PrivateSGD(2, 0.5, 1.0, 0.1, sampling_rate=0.2, population=350)
    algorithm = FedAvg(SoftmaxRegression(64, 10), sgd)
    assert algorithm.private
    runs = [fl.simulate(algorithm, clients, num_rounds=2, seed=0) for _ in range(2)]
    for record in runs[0].records:
        assert record.cohort == ()
        assert set(record.metrics) == {"test_loss", "test_accuracy"}
    assert not runs[0].reproducible
    assert not np.array_equal(runs[0].theta, runs[1].theta)  # the seed does not fix the noise
    fixed = [
        fl.simulate(algorithm, clients, num_rounds=2, seed=0, insecure_seed=3, workers=workers)
        for workers in (None, 2)
    ]
    np.testing.assert_array_equal(fixed[0].theta, fixed[1].theta)


def test_it_learns_with_little_noise() -> None:
    data = fl.load_digits()
    clients = fl.partition(data, fl.iid(), num_clients=4, seed=0)
    sgd = PrivateSGD(10, 0.5, 1.0, 0.5, sampling_rate=0.2, population=350)
    algorithm = FedAvg(SoftmaxRegression(64, 10), sgd)
    history = fl.simulate(algorithm, clients, num_rounds=10, seed=0, insecure_seed=0)
    assert history.final_accuracy is not None
    assert history.final_accuracy > 0.8


def test_it_goes_with_secure_aggregation_and_with_the_private_mean() -> None:
    pytest.importorskip("cryptography")
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=4, seed=0)
    sgd = PrivateSGD(2, 0.5, 1.0, 0.5, sampling_rate=0.2, population=350)
    model = SoftmaxRegression(64, 10)

    def theta(aggregator: Any) -> Any:
        algorithm = FedAvg(model, sgd, aggregator)
        return fl.simulate(algorithm, clients, num_rounds=1, seed=0, insecure_seed=1).theta

    plain = theta(weighted_mean())
    np.testing.assert_allclose(theta(secure_mean(weights="uniform")), plain, atol=1e-4)
    both = private_mean(1e6, 0.0, population=4, sampling_rate=1.0)
    np.testing.assert_allclose(theta(both), plain, rtol=1e-5, atol=1e-7)
