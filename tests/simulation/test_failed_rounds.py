"""A round may fail: it is recorded with its reason, changes nothing, and the run goes on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.clients import ClientUpdate, Fate, Participant, Stage
from pyfedlite.errors import RoundFailed, RunFailed
from pyfedlite.history.history import History
from pyfedlite.history.records import records_from_csv, records_from_json, records_to_csv
from pyfedlite.local import LocalSGD
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Aggregate, RoundContext, RoundView

CLIENTS = fl.partition(fl.load_digits(), fl.iid(), num_clients=8, seed=0)
MODEL = fl.SoftmaxRegression(64, 10)


@dataclass(frozen=True)
class EmptyIn:
    """Draws nobody in some rounds, and everybody in the others."""

    rounds: tuple[int, ...]

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        return [] if view.round in self.rounds else list(range(view.num_clients))


@dataclass(frozen=True)
class LostIn:
    """In some rounds only a few updates arrive; each answer takes its seconds."""

    rounds: tuple[int, ...]
    arriving: int = 0
    seconds: float | None = None

    def __call__(self, client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        few = self.arriving if seed.round in self.rounds else len(client_ids)
        lost = Fate(Stage.UPLOAD, seconds=self.seconds)
        return [Fate(seconds=self.seconds) if i < few else lost for i in range(len(client_ids))]


@dataclass(frozen=True)
class Refuses:
    """A mean that has no answer in some rounds."""

    rounds: tuple[int, ...]

    def __call__(self, updates: Any, context: RoundContext) -> Aggregate:
        if context.round in self.rounds:
            raise RoundFailed("the rule has no answer")
        return fl.aggregation.weighted_mean()(updates, context)


@dataclass(frozen=True)
class Counts:
    """Local SGD that says of whom it was asked to train."""

    asked: list[tuple[int, int]]

    def train(
        self, model: Any, theta: Any, participant: Participant, rng: Any, *, round: int
    ) -> ClientUpdate:
        self.asked.append((round, participant.client.client_id))
        return LocalSGD().train(model, theta, participant, rng, round=round)


def run(algorithm: Any = None, **options: Any) -> History:
    settings: dict[str, Any] = {"num_rounds": 4, "seed": 1} | options
    return fl.simulate(algorithm or fl.fedavg(MODEL), CLIENTS, **settings)


def failures(history: History) -> list[str | None]:
    return [record.failure for record in history.records]


WAYS: dict[str, tuple[dict[str, Any], str]] = {
    "nobody sampled": (
        {"sampler": EmptyIn((2,))},
        "0 of 0 clients report, min_reports is 1",
    ),
    "nobody sampled, left to the aggregator": (
        {"sampler": EmptyIn((2,)), "min_reports": 0},
        "no update has arrived, and the mean of nothing is not 0",
    ),
    "nobody arrived": (
        {"availability": LostIn((2,))},
        "0 of 8 clients report, min_reports is 1",
    ),
    "nobody arrived, left to the aggregator": (
        {"availability": LostIn((2,)), "min_reports": 0},
        "no update has arrived, and the mean of nothing is not 0",
    ),
    "too few arrived": (
        {"availability": LostIn((2,), arriving=3), "min_reports": 4},
        "3 of 8 clients report, min_reports is 4",
    ),
    "the rule has no answer": (
        {"algorithm": fl.fedavg(MODEL, aggregator=Refuses((2,)))},
        "the rule has no answer",
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_failed_round_is_recorded_and_the_run_goes_on(way: str) -> None:
    options, reason = WAYS[way]
    history = run(**options)
    assert failures(history) == [None, reason, None, None]
    assert [record.round for record in history.records] == [1, 2, 3, 4]
    assert "train_loss" not in history.records[1].metrics
    assert "test_loss" not in history.records[1].metrics
    assert history.state.round == 4


@pytest.mark.parametrize("way", WAYS)
def test_failed_round_changes_nothing_but_its_number(way: str) -> None:
    options, _ = WAYS[way]
    refuses = "algorithm" in options
    mean = Refuses((2,)) if refuses else fl.aggregation.weighted_mean()
    algorithm = fl.fedavgm(MODEL, aggregator=mean)
    others = {name: part for name, part in options.items() if name != "algorithm"}
    one, two = (run(algorithm, num_rounds=n, **others).state for n in (1, 2))
    np.testing.assert_array_equal(one.theta, two.theta)
    np.testing.assert_array_equal(one.slots["server.v"], two.slots["server.v"])
    assert (one.round, two.round) == (1, 2)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("first", [1, 2, 3])
def test_run_with_a_failed_round_resumes_with_the_same_bits(
    way: str, first: int, tmp_path: Path
) -> None:
    options, _ = WAYS[way]
    whole = run(**options)
    run(num_rounds=first, checkpoint=tmp_path / "run.npz", **options)
    resumed = run(checkpoint=tmp_path / "run.npz", **options)
    assert failures(resumed) == failures(whole)
    assert resumed.fingerprint == whole.fingerprint
    assert resumed.plan_fingerprint == whole.plan_fingerprint


@pytest.mark.parametrize("way", ["nobody arrived", "too few arrived"])
def test_nobody_trains_for_a_round_that_is_known_to_fail(way: str) -> None:
    options, _ = WAYS[way]
    asked: list[tuple[int, int]] = []
    run(fl.algorithms.FedAvg(MODEL, Counts(asked)), **options)
    assert {t for t, _ in asked} == {1, 3, 4}


def test_last_round_is_evaluated_also_where_it_failed() -> None:
    history = run(num_rounds=2, sampler=EmptyIn((2,)))
    first, last = history.records
    assert last.failure is not None
    assert last.metrics["test_loss"] == first.metrics["test_loss"]


def test_reason_is_in_the_table_the_csv_and_the_json(tmp_path: Path) -> None:
    history = run(sampler=EmptyIn((2,)))
    reason = "0 of 0 clients report, min_reports is 1"
    assert f"round 2 failed: {reason}" in history.table()
    rows = history.table().splitlines()
    assert rows[2].split()[:2] == ["2", "0"]
    history.to_csv(tmp_path / "history.csv")
    text = (tmp_path / "history.csv").read_text("utf-8")
    assert text.splitlines()[0].endswith(",failure")
    assert [r.failure for r in records_from_csv(text)] == failures(history)
    history.to_json(tmp_path / "history.json")
    rows_ = json.loads((tmp_path / "history.json").read_text("utf-8"))["records"]
    assert rows_[1]["failure"] == reason
    assert "failure" not in rows_[0]
    assert [r.failure for r in records_from_json(rows_)] == failures(history)


def test_table_of_a_run_without_failures_says_nothing_of_them() -> None:
    history = run(num_rounds=2)
    assert "fail" not in history.table()
    assert "failure" not in records_to_csv(history.records)


def test_table_names_a_few_failures_and_counts_the_rest() -> None:
    history = run(num_rounds=9, sampler=EmptyIn((1, 2, 3, 4, 5, 6, 7)))
    assert history.table().splitlines()[-1] == "2 more rounds failed"
    assert "round 5 failed" in history.table()
    assert "round 6 failed" not in history.table()


def test_failed_rounds_can_be_drawn() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    history = run(sampler=EmptyIn((2,)))
    axes = history.plot()
    for ax in axes:
        *measured, failed = ax.get_lines()
        assert all(2 not in line.get_xdata() for line in measured)
        assert (list(failed.get_xdata()), failed.get_label()) == ([2], "1 failed")


def test_ten_failed_rounds_in_a_row_end_the_run_with_what_was_done_saved(tmp_path: Path) -> None:
    file = tmp_path / "run.npz"
    options: dict[str, Any] = {"sampler": EmptyIn(tuple(range(2, 40))), "checkpoint": file}
    told = "the last 10 rounds have all failed, round 11 because 0 of 0 clients report"
    with pytest.raises(RunFailed, match=told):
        run(num_rounds=30, **options)
    kept = run(num_rounds=11, **options)
    assert [record.failure is None for record in kept.records] == [True] + [False] * 10
    np.testing.assert_array_equal(kept.theta, run(num_rounds=1).theta)
    with pytest.raises(RunFailed, match="round 12 because"):
        run(num_rounds=30, **options)


def test_nine_failed_rounds_do_not_end_the_run() -> None:
    history = run(num_rounds=12, sampler=EmptyIn(tuple(range(2, 11))))
    assert sum(record.failure is not None for record in history.records) == 9
    assert history.records[-1].failure is None


def test_abort_of_secure_aggregation_is_a_failed_round(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    from pyfedlite.aggregation import secure_mean

    algorithm = fl.fedavg(MODEL, aggregator=secure_mean())
    lost: dict[str, Any] = {"availability": LostIn((2,), arriving=2)}
    whole = run(algorithm, **lost)
    assert [record.failure is None for record in whole.records] == [True, False, True, True]
    assert "TOO_FEW: in round 2 of training" in str(whole.records[1].failure)
    run(algorithm, num_rounds=2, checkpoint=tmp_path / "run.npz", **lost)
    resumed = run(algorithm, checkpoint=tmp_path / "run.npz", **lost)
    assert resumed.fingerprint == whole.fingerprint
    assert "round 2 failed: TOO_FEW" in whole.table()


@pytest.mark.parametrize("bad", [-1, 1.5])
def test_number_of_reports_out_of_range_is_refused(bad: float) -> None:
    with pytest.raises((ValueError, TypeError), match="min_reports must be"):
        run(min_reports=bad)


# ---- The clock ----------------------------------------------------------------------------------


def test_clock_runs_also_through_failed_rounds_and_a_resume(tmp_path: Path) -> None:
    options: dict[str, Any] = {"availability": LostIn((2,), seconds=2.5)}
    whole = run(**options)
    assert [record.metrics["clock"] for record in whole.records] == [2.5, 5.0, 7.5, 10.0]
    run(num_rounds=2, checkpoint=tmp_path / "run.npz", **options)
    resumed = run(checkpoint=tmp_path / "run.npz", **options)
    assert resumed.records[-1].metrics["clock"] == 10.0


def test_round_lasts_as_long_as_its_slowest_fate() -> None:
    def slow(client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        return [Fate(seconds=float(k * seed.round)) for k in client_ids]

    history = run(num_rounds=2, availability=slow)
    assert [record.metrics["clock"] for record in history.records] == [7.0, 7.0 + 14.0]


def test_there_is_no_clock_without_seconds() -> None:
    assert "clock" not in run(num_rounds=1, availability=LostIn(())).records[0].metrics


def test_clock_stands_still_where_no_fate_has_seconds() -> None:
    def at_first(client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        return [Fate(seconds=3.0 if seed.round == 1 else None) for _ in client_ids]

    history = run(num_rounds=3, availability=at_first)
    assert [record.metrics["clock"] for record in history.records] == [3.0, 3.0, 3.0]
