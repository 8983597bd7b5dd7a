"""Differential privacy from flags and files."""

from typing import Any

import pytest

from pyfedlite.aggregation import PrivateMean, private_mean
from pyfedlite.experiments.build import build
from pyfedlite.experiments.config import RunConfig
from pyfedlite.experiments.settings import override, resolve
from pyfedlite.experiments.writing import tables
from pyfedlite.sampling import poisson, sample_fraction

DP = {"dp_noise_multiplier": 1.1, "dp_population": 60}


def config(run: dict[str, Any], **parts: Any) -> RunConfig:
    return resolve({"run": run, **parts})


def test_the_keys_of_run_make_a_private_mean() -> None:
    assert config(DP).aggregate == private_mean(1.0, 1.1, population=60)
    chosen = config(DP | {"dp_clip": 0.25})
    assert chosen.aggregate == private_mean(0.25, 1.1, population=60)


def test_an_adaptive_clip_starts_at_a_tenth_and_follows_the_median() -> None:
    chosen = config(DP | {"dp_clip": "adaptive"})
    assert chosen.aggregate == private_mean(0.1, 1.1, population=60, quantile=0.5)


def test_a_target_chooses_the_noise_for_all_rounds_at_the_rate_of_the_cohorts() -> None:
    """Row 6 of the published settings: z = 1 at q = 0.1 in 100 rounds is worth 7.9729215104."""
    run = {"dp_epsilon": 7.9729215105, "dp_delta": 1e-5, "dp_population": 9}
    chosen = config(run | {"num_rounds": 100, "client_fraction": 0.1}).aggregate
    assert isinstance(chosen, PrivateMean)
    assert chosen.noise_multiplier == pytest.approx(1.0, rel=1e-8)
    assert chosen.dp_delta == 1e-5


@pytest.mark.parametrize("noise", ["float", "discrete"])
def test_the_noise_for_a_target_is_worth_the_target_as_the_run_counts_it(noise: str) -> None:
    run = {"dp_epsilon": 8.0, "dp_delta": 1e-5, "dp_population": 50}
    rounds: dict[str, Any] = {"num_rounds": 5, "client_fraction": 0.2}
    chosen = config(run | rounds, aggregate={"noise": noise}).aggregate
    assert isinstance(chosen, PrivateMean)
    spent = chosen.spent(5, poisson(0.2).population(50)).epsilon
    assert spent == pytest.approx(8.0, rel=1e-6)


def test_the_table_of_the_aggregator_has_all_settings() -> None:
    table = {
        "rule": "private",
        "clip": 2,
        "noise_multiplier": 1,
        "population": 9,
        "relation": "zero_out",
        "quantile": 0.5,
    }
    expected = private_mean(2.0, 1.0, population=9, relation="zero_out", quantile=0.5)
    assert config({}, aggregate=table).aggregate == expected


def test_a_flag_goes_on_top_of_a_file() -> None:
    file = {"aggregate": {"rule": "private", "clip": 2.0, "noise_multiplier": 1.0, "population": 9}}
    flags = {"run": {"dp_noise_multiplier": 3.0, "dp_clip": "adaptive"}}
    chosen = resolve(override(file, flags)).aggregate
    assert chosen == private_mean(0.1, 3.0, population=9, quantile=0.5)
    fixed = resolve(override(file, {"run": {"dp_clip": 0.5}})).aggregate
    assert fixed == private_mean(0.5, 1.0, population=9)


def test_a_flag_goes_on_top_of_what_a_run_has_written() -> None:
    written = tables(config(DP | {"dp_clip": 0.25}))
    chosen = resolve(override(written, {"run": {"dp_noise_multiplier": 3.0}})).aggregate
    assert chosen == private_mean(0.25, 3.0, population=60)


@pytest.mark.parametrize(
    "run", [DP, DP | {"dp_clip": "adaptive"}, {"aggregate": "private:0.5,1,population=7"}]
)
def test_what_is_written_is_read_back(run: dict[str, Any]) -> None:
    chosen = config(run)
    assert resolve(tables(chosen)) == chosen


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"run": {"dp_noise_multiplier": 1.0}}, "dp_population must be given"),
        ({"run": {"dp_population": 50}}, "dp_noise_multiplier must be given"),
        ({"run": DP | {"dp_clip": "small"}}, "dp_clip must be a number or adaptive, got 'small'"),
        ({"run": DP | {"dp_clip": -1.0}}, "dp_clip must be above 0, got -1"),
        (
            {"run": DP | {"aggregate": "secure"}},
            "aggregate must be private, or be left out, beside dp_noise_multiplier, got 'secure'",
        ),
        (
            {"run": DP | {"aggregate": "nnm+median:num_byzantine=1"}},
            "aggregate must be private, or be left out",
        ),
        ({"run": DP | {"dp_population": 0}}, "population must be at least 1, got 0"),
        ({"run": DP | {"dp_noise": 1.0}}, "dp_noise_multiplier"),
        ({"run": DP | {"dp_epsilon": 1.0}}, "dp_noise_multiplier must be left out beside dp_eps"),
        (
            {"run": DP | {"dp_delta": 0.5}},
            "dp_delta must be below one over dp_population, 0.0166667, got 0.5",
        ),
        ({"run": {"dp_epsilon": 1.0, "dp_population": 9}}, "dp_delta must be given beside dp_eps"),
        ({"run": DP | {"dp_delta": 2.0}}, "dp_delta must"),
    ],
)
def test_what_does_not_fit_is_refused(settings: Any, sentence: str) -> None:
    with pytest.raises((ValueError, TypeError), match=sentence):
        resolve(settings)


def test_a_private_run_draws_each_client_on_its_own() -> None:
    private = build(config(DP | {"client_fraction": 0.3}))
    assert private.sampler == poisson(0.3)
    assert private.algorithm.private
    assert build(config({})).sampler == sample_fraction(0.2)


TARGET = {"dp_epsilon": 8.0, "dp_delta": 1e-5, "dp_population": 50, "num_rounds": 5}


def test_a_target_stays_a_target_in_the_file_of_the_run() -> None:
    written = tables(config(TARGET))
    assert written["run"]["dp_epsilon"] == 8.0
    assert resolve(written) == config(TARGET)
    longer = resolve(override(written, {"run": {"num_rounds": 20}}))
    assert longer == config(TARGET | {"num_rounds": 20})  # with more noise, not with more epsilon


@pytest.mark.parametrize(
    "changes", [{"run": {"dp_noise_multiplier": 3.0}}, {"aggregate": {"noise_multiplier": 3.0}}]
)
def test_noise_on_top_of_a_file_takes_the_place_of_its_target(changes: Any) -> None:
    chosen = resolve(override(tables(config(TARGET)), changes))
    assert (chosen.dp_epsilon, chosen.aggregate.noise_multiplier) == (None, 3.0)  # type: ignore[attr-defined]
    back = resolve(override(tables(chosen), {"run": {"dp_epsilon": 8.0}}))
    assert back.aggregate == config(TARGET).aggregate
