"""What callbacks return becomes part of the record, or ends the run for good."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.history.history import History
from pyfedlite.state import Stop

CLIENTS = fl.partition(fl.load_digits(), fl.iid(), num_clients=4, seed=0)


def run(**options: Any) -> History:
    settings: dict[str, Any] = {"num_rounds": 4, "seed": 1} | options
    return fl.simulate(fl.fedavg(fl.SoftmaxRegression(64, 10)), CLIENTS, **settings)


def norm_of_theta(records: Any, state: Any) -> dict[str, float]:
    return {"norm": float(np.linalg.norm(state.theta))}


def stop_in_round_2(records: Any, state: Any) -> Stop | None:
    return Stop("two are enough") if records[-1].round == 2 else None


def test_metrics_of_a_callback_are_in_the_record_and_the_table() -> None:
    history = run(callbacks=[norm_of_theta])
    assert history.last("norm") == float(np.linalg.norm(history.theta))
    assert len(history.series("norm")[0]) == 4
    assert "norm" in history.table()
    assert history.fingerprint != run().fingerprint


def test_metrics_become_plain_numbers() -> None:
    def measured(records: Any, state: Any) -> dict[str, Any]:
        return {"whole": np.int64(3), "real": np.float32(0.5), "none": None}

    metrics = run(num_rounds=1, callbacks=[measured]).records[0].metrics
    assert type(metrics["whole"]) is int
    assert type(metrics["real"]) is float
    assert metrics["none"] is None


def test_callback_sees_the_metrics_of_the_ones_before_it() -> None:
    def doubled(records: Any, state: Any) -> dict[str, float]:
        return {"twice": 2 * records[-1].metrics["norm"]}

    record = run(num_rounds=1, callbacks=[norm_of_theta, doubled]).records[0]
    assert record.metrics["twice"] == 2 * record.metrics["norm"]


def test_metrics_of_callbacks_survive_a_resume(tmp_path: Path) -> None:
    whole = run(callbacks=[norm_of_theta])
    run(num_rounds=2, callbacks=[norm_of_theta], checkpoint=tmp_path / "run.npz")
    resumed = run(callbacks=[norm_of_theta], checkpoint=tmp_path / "run.npz")
    assert resumed.fingerprint == whole.fingerprint


def test_callback_sees_the_records_of_before_a_resume(tmp_path: Path) -> None:
    seen: list[int] = []

    def count(records: Any, state: Any) -> None:
        seen.append(len(records))

    run(num_rounds=2, checkpoint=tmp_path / "run.npz")
    run(callbacks=[count], checkpoint=tmp_path / "run.npz")
    assert seen == [3, 4]


def test_stop_holds_after_a_resume(tmp_path: Path) -> None:
    file = tmp_path / "run.npz"
    stopped = run(callbacks=[stop_in_round_2], checkpoint=file)
    assert len(stopped.records) == 2
    resumed = run(checkpoint=file)  # also where nobody asks for the stop again
    assert len(resumed.records) == 2
    assert resumed.fingerprint == stopped.fingerprint
    with pytest.raises(ValueError, match=r"at most 4, .* got 10; .* for good .*: two are enough"):
        run(num_rounds=10, checkpoint=file)


def test_everybody_is_called_in_the_round_that_is_the_last() -> None:
    history = run(callbacks=[stop_in_round_2, norm_of_theta])
    assert len(history.series("norm")[0]) == len(history.records) == 2
    assert "test_loss" in history.records[-1].metrics


@pytest.mark.parametrize("answer", [True, False, 1, "stop"])
def test_answer_of_another_kind_gets_a_sentence_that_names_stop(answer: Any) -> None:
    told = r'must return metrics, Stop\(reason\) or None, got .*Stop\("why"\) ends the run'
    with pytest.raises(TypeError, match=told):
        run(callbacks=[lambda records, state: answer])


@pytest.mark.parametrize(
    ("metrics", "sentence"),
    [
        ({"train_loss": 1.0}, "must return metrics under new names, got 'train_loss'"),
        ({3: 1.0}, "must return metrics under new names, got 3"),
        ({"round": 1.0}, "must return metrics under new names, got 'round'"),
        ({"cohort": 1.0}, "must return metrics under new names, got 'cohort'"),
        ({"bad": 10**400}, "metric 'bad' of .* must be finite"),
        ({"bad": float("nan")}, "metric 'bad' of .* must be finite"),
        ({"bad": "1"}, "metric 'bad' of .* must be a"),
    ],
)
def test_metrics_that_a_record_cannot_hold_are_refused(metrics: Any, sentence: str) -> None:
    with pytest.raises((ValueError, TypeError), match=sentence):
        run(num_rounds=1, callbacks=[lambda records, state: metrics])


def test_a_callback_cannot_change_the_model() -> None:
    def meddle(records: Any, state: Any) -> None:
        state.theta[0] = 9.0

    with pytest.raises(ValueError, match="read-only"):
        run(num_rounds=1, callbacks=[meddle])
