"""A run ends after its rounds or at a target; one that has ended goes on, or says why not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.data import Dataset
from pyfedlite.history.history import History
from pyfedlite.sampling import dropouts

CLIENTS = fl.partition(fl.load_digits(), fl.iid(), num_clients=4, seed=0)
CANCER = fl.standardise(fl.partition(fl.load_breast_cancer(), fl.iid(), num_clients=4, seed=0))
ALGORITHM = fl.fedadam(fl.SoftmaxRegression(64, 10))


def run(clients: Any = CLIENTS, algorithm: Any = ALGORITHM, **options: Any) -> History:
    return fl.simulate(algorithm, clients, **{"num_rounds": 4, "seed": 1, **options})


@settings(max_examples=6)
@given(st.integers(1, 6), st.integers(0, 4), st.integers(1, 4), st.booleans())
def test_a_prolonged_run_has_the_bits_of_a_longer_run(
    tmp_path_factory: pytest.TempPathFactory, few: int, more: int, eval_every: int, drops: bool
) -> None:
    file = tmp_path_factory.mktemp("run") / "c.npz"
    availability = dropouts(0.5) if drops else None
    options = {"eval_every": eval_every, "availability": availability}
    run(num_rounds=few, checkpoint=file, **options)
    prolonged = run(num_rounds=few + more, checkpoint=file, **options)
    whole = run(num_rounds=few + more, **options)
    assert prolonged.fingerprint == whole.fingerprint
    assert prolonged.plan_fingerprint == whole.plan_fingerprint
    assert prolonged.config == whole.config


def test_fewer_rounds_than_are_done_get_a_sentence(tmp_path: Path) -> None:
    run(checkpoint=tmp_path / "c.npz")
    with pytest.raises(ValueError, match="num_rounds must be at least 4, as many are done, got 3"):
        run(num_rounds=3, checkpoint=tmp_path / "c.npz")


def test_a_run_that_has_reached_its_target_is_not_prolonged_silently(tmp_path: Path) -> None:
    ended = run(num_rounds=9, target_accuracy=0.1, checkpoint=tmp_path / "c.npz")
    assert len(ended.records) == 1
    assert run(num_rounds=9, target_accuracy=0.1, checkpoint=tmp_path / "c.npz").records
    told = r"at most 9, for the run has ended, got 12; test_accuracy .* target 0\.1 in round 1"
    with pytest.raises(ValueError, match=told):
        run(num_rounds=12, target_accuracy=0.1, checkpoint=tmp_path / "c.npz")


def test_without_its_target_a_run_goes_on(tmp_path: Path) -> None:
    run(num_rounds=3, target_accuracy=0.1, checkpoint=tmp_path / "c.npz")
    assert run(checkpoint=tmp_path / "c.npz").fingerprint == run().fingerprint


@pytest.mark.parametrize("target", ["target_accuracy", "target_auc", "target_loss"])
def test_a_run_ends_in_the_first_round_that_reaches_its_target(target: str) -> None:
    metric = target.replace("target", "test")
    algorithm = fl.fedavg(fl.LogisticRegression(30), learning_rate=0.001)
    rounds, values = run(CANCER, algorithm, num_rounds=6).series(metric)
    assert values[3] != values[0]
    middle = values[3]
    is_good = [v <= middle if target == "target_loss" else v >= middle for v in values]
    ended = run(CANCER, algorithm, num_rounds=6, **{target: middle})
    assert len(ended.records) == rounds[is_good.index(True)]
    assert ended.rounds_to(middle, metric) == len(ended.records)


def test_the_first_target_that_is_reached_ends_the_run() -> None:
    assert len(run(target_accuracy=1.0, target_loss=100.0).records) == 1


def rows(labels: Any, num_classes: int | None, test_labels: Any = None) -> Any:
    x = np.arange(8.0).reshape(8, 1) / 8
    test = labels if test_labels is None else test_labels
    data = Dataset(x, labels, x, test, num_classes, "tiny")
    return fl.partition(data, fl.iid(), num_clients=2, seed=0)


REGRESSION = (rows(np.arange(8.0), None), fl.fedavg(fl.LinearRegression(1)))
TWO = (rows(np.arange(8) % 2, 2), fl.fedavg(fl.LogisticRegression(1)))
ONE_TESTED = (rows(np.arange(8) % 2, 2, np.ones(8, int)), fl.fedavg(fl.LogisticRegression(1)))


@pytest.mark.parametrize(
    ("given", "targets", "sentence"),
    [
        (REGRESSION, {"target_accuracy": 0.5}, "target_accuracy must be left out for a regression"),
        (REGRESSION, {"target_auc": 0.5}, "target_auc must be left out for a regression"),
        ((CLIENTS, ALGORITHM), {"target_auc": 0.5}, "target_auc must be left out for 10 classes"),
        (ONE_TESTED, {"target_auc": 0.5}, "where all test rows are of one class"),
        (TWO, {"target_auc": 1.5}, r"target_auc must lie in \[0, 1\], got 1\.5"),
        (TWO, {"target_loss": -1}, r"target_loss must be at least 0, got -1\.0"),
        (TWO, {"target_loss": np.nan}, "target_loss must be finite, got nan"),
    ],
)
def test_a_target_that_cannot_act_is_refused(given: Any, targets: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        run(*given, **targets)


def test_a_regression_has_a_target_loss() -> None:
    assert len(run(*REGRESSION, target_loss=100.0).records) == 1


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "seed": ({"seed": 2}, r"seed \(1 there, 2 here\)"),
    "min_reports": ({"min_reports": 2}, r"min reports \(1 there, 2 here\)"),
    "eval_every": ({"eval_every": 2}, r"eval every \(1 there, 2 here\)"),
    "fraction": (
        {"client_fraction": 0.5},
        r"sampler \(client_fraction 1\.0 there, 0\.5 here\)",
    ),
    "sampler": (
        {"sampler": fl.sample_fixed(4)},
        r"sampler \(SampleFraction there, SampleFixed here\)",
    ),
    "availability": (
        {"availability": dropouts(0.0)},
        r"availability \(None there, Dropouts here\)",
    ),
    "inside": (
        {"algorithm": fl.fedadam(fl.SoftmaxRegression(64, 10, 0.5), momentum=0.2)},
        r"algorithm \(model\.l2 0\.0 there, 0\.5 here; local\.momentum 0\.0 there, 0\.2 here\)",
    ),
    "a server": (
        {"algorithm": fl.fedyogi(fl.SoftmaxRegression(64, 10))},
        r"algorithm \(server ServerAdam there, ServerYogi here\)",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_refusal_to_go_on_says_which_field_was_what(tmp_path: Path, change: str) -> None:
    run(num_rounds=1, checkpoint=tmp_path / "c.npz")
    options, sentence = CHANGES[change]
    with pytest.raises(ValueError, match=f"of a run that differs in {sentence};"):
        run(checkpoint=tmp_path / "c.npz", **options)


def test_numpy_scalars_are_saved_as_python_numbers(tmp_path: Path) -> None:
    numbers = {"num_rounds": 2, "seed": 3, "min_reports": 1, "eval_every": 2}
    fractions = {"client_fraction": 0.5, "target_accuracy": 1.0, "target_loss": 0.0}
    plain = run(**numbers, **fractions)
    as_numpy: dict[str, Any] = {key: np.int64(value) for key, value in numbers.items()}
    as_numpy |= {key: np.array(value) for key, value in fractions.items()}
    other = run(**as_numpy, checkpoint=tmp_path / "c.npz")
    assert other.config == plain.config
    assert repr(other.config) == repr(plain.config)
    for name in ("to_json", "to_csv", "save"):
        getattr(other, name)(tmp_path / name)
    assert run(**numbers, **fractions, checkpoint=tmp_path / "c.npz").fingerprint == (
        plain.fingerprint
    )
