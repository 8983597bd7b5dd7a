"""Secure aggregation and failing clients, from a file or from flags."""

from typing import Any

import pytest

pytest.importorskip("cryptography")

from pyfedlite.aggregation import SecureMean, WeightedMean
from pyfedlite.experiments.build import build
from pyfedlite.experiments.settings import override, resolve
from pyfedlite.experiments.writing import tables
from pyfedlite.sampling import dropouts


@pytest.mark.parametrize(
    "settings",
    [
        {"run": {"aggregate": "secure"}},
        {"aggregate": {"rule": "secure"}},
        {"run": {"aggregate": "secure"}, "aggregate": {"rule": "secure"}},
    ],
)
def test_secure_aggregation_is_named_in_either_place(settings: dict[str, Any]) -> None:
    assert resolve(settings).aggregate == SecureMean()


def test_its_settings_stand_in_their_table() -> None:
    table = {
        "rule": "secure",
        "clip": 2,
        "ring_bits": 64,
        "threat_model": "active",
        "min_honest": 3,
    }
    aggregate = resolve({"aggregate": table}).aggregate
    assert aggregate == SecureMean(clip=2.0, ring_bits=64, threat_model="active", min_honest=3)


def test_its_settings_stand_behind_its_name_too() -> None:
    aggregate = resolve({"run": {"aggregate": "secure:clip=2,ring_bits=64"}}).aggregate
    assert aggregate == SecureMean(clip=2.0, ring_bits=64)


def test_the_mean_is_the_default() -> None:
    assert resolve({}).aggregate == WeightedMean()
    assert resolve({}).availability() is None


@pytest.mark.parametrize(
    "run",
    [
        {},
        {"aggregate": "secure:clip=2,rounding=nearest"},
        {"aggregate": "secure", "dropout_rate": 0.1},
        {"dropout_rate": [0.0, 0.0, 0.1, 0.0, 0.0]},
    ],
)
def test_what_is_written_means_the_same_run(run: dict[str, Any]) -> None:
    config = resolve({"run": run})
    assert resolve(tables(config)) == config


def test_a_flag_for_another_rule_drops_what_the_file_says_of_the_old_one() -> None:
    file = {"aggregate": {"rule": "secure", "clip": 2.0}}
    assert resolve(override(file, {"run": {"aggregate": "mean"}})).aggregate == WeightedMean()
    same = override(file, {"run": {"aggregate": "secure"}})
    assert resolve(same).aggregate == SecureMean(clip=2.0)


def test_rates_make_an_availability_model() -> None:
    assert resolve({"run": {"dropout_rate": 0.5}}).availability() == dropouts(0.5)
    five = [0.1, 0.0, 0.2, 0.0, 0.1]
    assert resolve({"run": {"dropout_rate": five}}).availability() == dropouts(five)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"run": {"dropout_rate": 1.5}}, r"dropout_rate: rate must lie in \[0, 1\], got 1.5"),
        ({"run": {"dropout_rate": [0.1]}}, "dropout_rate: rates must hold 5 probabilities, got 1"),
        ({"run": {"aggregate": "secur"}}, "must be one of mean, secure, .* did you mean 'secure'"),
        ({"aggregate": {"rule": "secure", "clipp": 1.0}}, "did you mean 'clip'"),
        ({"aggregate": {"rule": "secure", "clip": -1.0}}, "aggregate.clip must be above 0"),
        (
            {"run": {"aggregate": "mean"}, "aggregate": {"rule": "secure"}},
            r"\[aggregate\] rule must be what \[run\] says, 'mean', got 'secure'; say it once",
        ),
    ],
)
def test_a_bad_setting_is_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        resolve(settings)


def test_a_secure_run_with_failing_clients_trains() -> None:
    run = {"aggregate": "secure", "dropout_rate": 0.2, "num_rounds": 2, "model": "softmax"}
    history = build(resolve({"run": run})).run()
    assert [record.round for record in history.records] == [1, 2]
    assert all(0 < r.metrics["secure_survivors"] <= len(r.cohort) for r in history.records)
