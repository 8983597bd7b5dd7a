import json
from pathlib import Path

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.history import History, RoundRecord
from pyfedlite.history.records import records_from_csv, records_from_json
from pyfedlite.state import State


@pytest.fixture
def history() -> History:
    accuracies = [0.25, None, 0.75, 0.5]
    records = tuple(
        RoundRecord(
            t,
            (0, t),
            {"train_loss": 1 / t, "bytes_up": 1000 * t, "seconds": 0.5, "test_accuracy": accuracy},
        )
        for t, accuracy in enumerate(accuracies, start=1)
    )
    model = fl.LogisticRegression(1)
    return History(
        records, State(4, np.array([1.0, 2.0])), model, {"seed": 0}, lambda records: "plan"
    )


def test_figures_are_read_off_the_records(history: History) -> None:
    assert history.final_accuracy == 0.5
    assert history.best_accuracy == 0.75
    assert history.rounds_to(0.6) == 3
    assert history.rounds_to(0.9) is None
    assert history.seconds == 2.0
    assert history.final_auc is None


def test_table_shows_every_round_of_a_short_run(history: History) -> None:
    assert history.table().splitlines() == [
        "round  clients  train_loss  bytes_up  test_accuracy",
        "    1        2      1.0000     1,000         0.2500",
        "    2        2      0.5000     2,000              -",
        "    3        2      0.3333     3,000         0.7500",
        "    4        2      0.2500     4,000         0.5000",
    ]


def test_table_takes_other_headings_and_leaves_metrics_out(history: History) -> None:
    table = history.table(headings={"bytes_up": "sent", "train_loss": None, "absent": "x"})
    assert table.splitlines()[0].split() == ["round", "clients", "sent", "test_accuracy"]


def test_table_of_a_long_run_shows_first_and_last(history: History) -> None:
    rows = history.table(max_rows=2).splitlines()
    assert [row.split()[0] for row in rows] == ["round", "1", "4"]


def test_csv_and_json_come_back(history: History, tmp_path: Path) -> None:
    history.to_csv(tmp_path / "h.csv")
    history.to_json(tmp_path / "h.json")
    content = json.loads((tmp_path / "h.json").read_text())
    assert records_from_json(content["records"]) == list(history.records)
    assert content["fingerprint"] == history.fingerprint
    measured = [
        RoundRecord(r.round, r.cohort, {n: v for n, v in r.metrics.items() if v is not None})
        for r in history.records
    ]
    assert records_from_csv((tmp_path / "h.csv").read_text()) == measured


@pytest.mark.parametrize("method", ["to_csv", "to_json"])
def test_existing_file_is_not_replaced_unasked(
    method: str, history: History, tmp_path: Path
) -> None:
    path = tmp_path / "h"
    path.write_text("mine")
    with pytest.raises(ValueError, match=r"path must be a new file, got .*overwrite=True"):
        getattr(history, method)(path)
    assert path.read_text() == "mine"
    getattr(history, method)(path, overwrite=True)
    assert path.read_text() != "mine"


def test_fingerprint_forgets_the_seconds_and_nothing_else(history: History) -> None:
    def changed(**metrics: float) -> str:
        first = history.records[0]
        record = RoundRecord(first.round, first.cohort, first.metrics | metrics)
        return History(
            (record, *history.records[1:]), history.state, history.model, {}, ""
        ).fingerprint

    assert changed(seconds=9.0) == history.fingerprint
    assert changed(train_loss=np.nextafter(1.0, 2)) != history.fingerprint


def test_plot_draws_accuracy_and_losses(history: History) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    accuracy, loss = history.plot()
    assert accuracy.get_lines()[0].get_xdata().tolist() == [1, 3, 4]
    assert loss.get_lines()[0].get_ydata().tolist() == [1, 0.5, 1 / 3, 0.25]
    accuracy.figure.clear()
