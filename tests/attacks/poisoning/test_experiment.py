"""Attacks and rules in whole runs: what must break, and what must hold, with wide margins."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.aggregation import AGGREGATORS
from pyfedlite.attacks.poisoning import (
    corner,
    flip_labels,
    flip_mean,
    gaussian,
    model_replacement,
    not_a_number,
    omniscient,
    plant_trigger,
    success_rate,
    trains_otherwise,
)
from pyfedlite.clients import Client, Participant
from pyfedlite.data import Dataset
from pyfedlite.local import LocalSGD
from pyfedlite.transforms import only_for

LIARS = range(5)


@cache
def blobs(by_label: bool) -> fl.FederatedDataset:
    """Ten classes of Gaussian points in 20 dimensions, 25 clients of 100 rows."""
    rng = np.random.default_rng(0)
    means = 0.5 * rng.normal(size=(10, 20))  # so that an unattacked mean reaches about 0.75
    labels = rng.integers(10, size=4500)
    rows = means[labels] + rng.normal(size=(4500, 20))
    data = Dataset(rows[:2500], labels[:2500], rows[2500:], labels[2500:], 10, "blobs")
    return fl.partition(data, fl.shards(2) if by_label else fl.iid(), num_clients=25, seed=0)


def accuracy(rule: str, attack: str, *, by_label: bool = False) -> float:
    """The test accuracy after 40 rounds with 5 of 25 clients hostile."""
    algorithm = fl.fedavg(fl.SoftmaxRegression(20, 10), batch_size=None, learning_rate=0.5)
    changes = {
        "none": {},
        "sign": {"cohort_transforms": (omniscient(LIARS, flip_mean(10.0)),)},
        "noise": {"transforms": (only_for(LIARS, gaussian(10.0)),)},
        "nan": {"transforms": (only_for(LIARS, not_a_number()),)},
        "labels": {"data_transforms": (only_for(LIARS, flip_labels(10)),)},
    }[attack]
    algorithm = replace(algorithm, aggregator=AGGREGATORS.read(rule), **changes)
    history = fl.simulate(
        algorithm, blobs(by_label), num_rounds=40, client_fraction=1.0, eval_every=40, seed=0
    )
    result = history.records[-1].metrics["test_accuracy"]
    assert result is not None
    return float(result)


ROBUST = (
    "median:num_byzantine=5",
    "trimmed_mean:num_byzantine=5",
    "multi_krum:num_byzantine=5",
    "geometric_median:num_byzantine=5",
    "nnm+median:num_byzantine=5",
)


def test_a_mean_breaks() -> None:
    assert accuracy("mean", "none") > 0.65
    assert accuracy("mean", "sign") < 0.3
    assert accuracy("mean", "noise") < 0.4


@pytest.mark.parametrize("rule", ROBUST)
def test_a_robust_rule_holds_where_clients_are_alike(rule: str) -> None:
    for attack in ("none", "sign", "noise", "nan", "labels"):
        assert accuracy(rule, attack) > 0.6, attack


def test_krum_pays_for_keeping_one_client() -> None:
    assert accuracy("krum:num_byzantine=5", "none") < accuracy("mean", "none") - 0.05
    assert accuracy("krum:num_byzantine=5", "sign") > 0.4


def test_two_classes_a_client_cost_a_rule_without_any_attacker() -> None:
    mean = accuracy("mean", "none", by_label=True)
    median = accuracy("median:num_byzantine=5", "none", by_label=True)
    assert median < mean - 0.1
    assert accuracy("krum:num_byzantine=5", "none", by_label=True) < median
    # What mixing and bucketing repair.
    assert accuracy("nnm+median:num_byzantine=5", "none", by_label=True) > median + 0.02
    assert accuracy("bucketing:2+median:num_byzantine=5", "none", by_label=True) > median + 0.02


# ---- Backdoors ----------------------------------------------------------------------------------

TRIGGER, TARGET = corner(8, 8, size=2), 3


def test_a_trigger_is_planted_in_a_share_of_the_rows() -> None:
    client = Client(0, np.zeros((10, 64)), np.full(10, 7))
    planted = plant_trigger(TRIGGER, TARGET, share=0.25)(client, 1, np.random.default_rng(0))
    is_planted = planted.labels == TARGET
    assert is_planted.sum() == 3  # of 2.5, up
    assert (planted.features[is_planted][:, list(TRIGGER.columns)] == 1.0).all()
    assert planted.features.sum() == 3 * 4
    assert not client.features.any()


def test_a_trigger_outside_the_image_is_told() -> None:
    with pytest.raises(ValueError, match="size must fit into an image of 8 times 8, got 9"):
        corner(8, 8, size=9)
    with pytest.raises(ValueError, match="columns of the trigger must lie below the 30 columns"):
        TRIGGER.stamped(np.zeros((2, 30)))
    with pytest.raises(ValueError, match="labels must hold another class than the target 3"):
        success_rate(
            fl.SoftmaxRegression(64, 10),
            np.zeros(650),
            np.zeros((2, 64)),
            np.full(2, 3),
            TRIGGER,
            TARGET,
        )


def backdoored(rule: str, scale: float, max_norm: float | None = None) -> tuple[float, float]:
    """Main accuracy and attack success after one hostile round on a trained model."""
    data = fl.load_digits()
    clients = fl.partition(data, fl.iid(), num_clients=10, seed=0)
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), learning_rate=0.2)
    warm = fl.simulate(algorithm, clients, num_rounds=10, client_fraction=1.0, seed=0)
    attacker = LocalSGD(local_epochs=10, batch_size=10, learning_rate=0.2, proximal_mu=0.01)
    hostile = replace(
        algorithm,
        aggregator=AGGREGATORS.read(rule),
        local=trains_otherwise({0}, attacker, honest=algorithm.local),
        data_transforms=(only_for({0}, plant_trigger(TRIGGER, TARGET)),),
        transforms=(only_for({0}, model_replacement(scale, max_norm=max_norm)),),
    )
    cohort = [Participant(clients.client(k)) for k in range(10)]
    state, _ = hostile.round(warm.state, cohort, fl.seeds.RoundSeed(0, 11))
    model = algorithm.model
    features, labels = data.test_features, data.test_labels
    success = success_rate(model, state.theta, features, labels, TRIGGER, TARGET)
    return float(np.mean(model.predict(state.theta, features) == labels)), success


def test_one_client_replaces_the_model_unless_its_norm_is_bounded() -> None:
    accuracy_, success = backdoored("mean", scale=10.0)
    assert accuracy_ > 0.8
    assert success > 0.9
    for rule, max_norm in (
        ("norm_clipping:1.0", None),
        ("median:num_byzantine=1", None),
        ("mean", 1.0),  # the attacker keeps to a bound of its own accord
    ):
        accuracy_, success = backdoored(rule, scale=10.0, max_norm=max_norm)
        assert accuracy_ > 0.85
        assert success < 0.2
