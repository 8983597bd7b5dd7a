"""Robust rules in a run, their settings, and one known answer each that no law holds."""

from dataclasses import replace

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.aggregation import AGGREGATORS
from pyfedlite.aggregation.robust import centred_clipping, geometric_median, krum, median
from pyfedlite.aggregation.robust.clipping import LAST
from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import RoundFailed
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundContext
from pyfedlite.testing.aggregators import context_for


def test_liars_cannot_make_weiszfeld_slow() -> None:
    # Three clients agree, two send 1e300: from the mean it takes about 1700 steps of 2 / 3 each.
    vectors = np.array([[1.0], [1.0], [1.0], [1e300], [1e300]])
    updates = [ClientUpdate(k, vector, 1, 1, 0.0) for k, vector in enumerate(vectors)]
    aggregate = geometric_median(num_byzantine=2)(updates, context_for(updates))
    assert aggregate.delta == pytest.approx([1.0], abs=3e-6)
    assert (aggregate.metrics["weiszfeld_steps"] or 0) < 100


def test_the_geometric_median_of_a_triangle_is_its_fermat_point() -> None:
    # Equal sides: the centre. An angle of 120 degrees or more: that corner.
    equal = np.array([[0.0, 0.0], [2.0, 0.0], [1.0, np.sqrt(3)]])
    blunt = np.array([[0.0, 0.0], [5.0, 1.0], [-5.0, 1.0]])
    for corners, point in ((equal, [1.0, np.sqrt(3) / 3]), (blunt, [0.0, 0.0])):
        updates = [ClientUpdate(k, corner, 1, 1, 0.0) for k, corner in enumerate(corners)]
        delta = geometric_median(num_byzantine=1)(updates, context_for(updates)).delta
        np.testing.assert_allclose(delta, point, atol=1e-5)


@pytest.mark.parametrize(
    "text",
    [
        "median:num_byzantine=1",
        "trimmed_mean:num_byzantine=1",
        "krum:num_byzantine=1",
        "multi_krum:num_byzantine=1",
        "bulyan:num_byzantine=1",
        "geometric_median:num_byzantine=1",
        "centred_clipping:0.5",
        "norm_clipping:1.0",
        "arc+nnm+trimmed_mean:num_byzantine=1",
        "bucketing:2+median:num_byzantine=1",
    ],
)
def test_a_model_learns_under_every_rule(text: str) -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=8, seed=0)
    rule = AGGREGATORS.read(text)
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), learning_rate=0.2)
    algorithm = replace(algorithm, aggregator=rule)
    history = fl.simulate(algorithm, clients, num_rounds=4, client_fraction=1.0, seed=0)
    first, last = (history.records[i].metrics["train_loss"] for i in (0, -1))
    assert last < 0.8 * first
    assert history.records[-1].metrics["num_rejected"] == 0


def test_centred_clipping_carries_its_centre_to_the_next_round() -> None:
    clients = fl.partition(fl.load_breast_cancer(), fl.iid(), num_clients=4, seed=0)
    rule = centred_clipping(0.01)
    algorithm = replace(fl.fedavg(fl.LogisticRegression(30)), aggregator=rule)
    history = fl.simulate(algorithm, clients, num_rounds=3, client_fraction=1.0, seed=0)
    # Each round moves by 0.01 from the move before, and the first from 0.
    assert 0.0 < np.linalg.norm(history.state.slots[LAST]) <= 0.03 + 1e-9


def test_a_round_with_too_few_updates_fails_and_says_why() -> None:
    clients = fl.partition(fl.load_breast_cancer(), fl.iid(), num_clients=5, seed=0)
    algorithm = replace(fl.fedavg(fl.LogisticRegression(30)), aggregator=krum(num_byzantine=1))
    history = fl.simulate(algorithm, clients, num_rounds=1, client_fraction=0.8, seed=0)
    failure = "krum needs n >= 2 f + 3, got n = 4 updates for f = 1 attackers"
    assert history.records[0].failure == failure


@pytest.mark.parametrize(
    "text", ["krum:num_byzantine=1", "multi_krum:num_byzantine=1", "nnm+median:num_byzantine=1"]
)
def test_nobody_is_chosen_by_distances_that_overflow(text: str) -> None:
    rule = AGGREGATORS.read(text)
    context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))

    def combined(*sent: float) -> float:
        updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in enumerate(sent)]
        return float(rule(updates, context).delta[0])

    assert 1.0 <= combined(1e300, 1.0, 2.0, 3.0, 4.0, 5.0) <= 5.0  # a liar alone is too long
    with pytest.raises(RoundFailed, match="the squared distances between the updates overflow"):
        combined(1e300, 1e160, 2e160, 3e160, 4e160, 5e160)


def test_second_vectors_are_refused_by_name() -> None:
    clients = fl.partition(fl.load_breast_cancer(), fl.iid(), num_clients=4, seed=0)
    sends = lambda update, participant, round, rng: replace(  # noqa: E731
        update, extra={"control": np.zeros_like(update.delta)}
    )
    algorithm = replace(
        fl.fedavg(fl.LogisticRegression(30)),
        aggregator=median(num_byzantine=1),
        transforms=(sends,),
        extras=("control",),
    )
    with pytest.raises(ValueError, match=r"aggregate the second vectors control, got Median"):
        fl.simulate(algorithm, clients, num_rounds=1, client_fraction=1.0, seed=0)


@pytest.mark.parametrize(
    ("text", "error", "sentence"),
    [
        (
            "krum:num_byzantine=-1",
            ValueError,
            "num_byzantine must be at least 0, got -1",
        ),
        ("median:num_byzantine=0.2", ValueError, "median with a whole number for num_byzantine"),
        ("median:num_byzantine=1,on_nonfinite=drop", ValueError, "must be one of reject, raise"),
        (
            "multi_krum:num_byzantine=1,num_selected=0",
            ValueError,
            "num_selected must be at",
        ),
        ("centred_clipping:0", ValueError, "radius must be above 0"),
        ("norm_clipping:-1", ValueError, "clip must be above 0"),
        ("geometric_median:num_byzantine=1,smoothing=0", ValueError, "smoothing must be above 0"),
        ("bucketing:0+median:num_byzantine=1", ValueError, "size must be at least 1"),
        ("nnm+norm_clipping:1", TypeError, "rule must have a num_byzantine, got NormClipping"),
    ],
)
def test_a_bad_setting_is_told(text: str, error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        AGGREGATORS.read(text)


def test_a_share_for_a_number_is_told() -> None:
    with pytest.raises(TypeError, match="an integer, got float; give a number of clients, not a"):
        krum(num_byzantine=0.2)  # type: ignore[arg-type]  # what is tested
