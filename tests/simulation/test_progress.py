"""How far a run has come, on terminals and elsewhere."""

import io
import sys

import pytest

import pyfedlite as fl
from pyfedlite.history import RoundRecord
from pyfedlite.simulation import progress as module
from pyfedlite.simulation.progress import Lines, PlainBar, progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def shown(num_rounds, stream, *, quiet=False, first=1):
    with progress(num_rounds, quiet=quiet, stream=stream) as callback:
        for round in range(first, num_rounds + 1):
            metrics = {"train_loss": 1.0, "test_accuracy": 0.5}
            callback([RoundRecord(round, (0,), metrics)], None)
    return stream.getvalue()


def screen(text):
    """What a terminal shows in the end: a carriage return goes back to the start of the line."""
    line = ""
    for part in text.split("\r"):
        line = part + line[len(part) :]
    return line


@pytest.mark.parametrize(
    ("num_rounds", "num_lines"), [(1, 1), (7, 7), (10, 10), (50, 10), (95, 10), (1000, 10)]
)
def test_a_log_gets_about_ten_lines(num_rounds, num_lines):
    assert len(shown(num_rounds, io.StringIO()).splitlines()) == num_lines


def test_a_line_says_the_round_the_accuracy_and_the_loss():
    assert shown(1, io.StringIO()) == "round 1/1  accuracy 0.5000, train loss 1.0000\n"


def test_what_was_not_measured_in_this_round_is_told_from_the_last():
    stream = io.StringIO()
    with progress(2, quiet=False, stream=stream) as callback:
        callback([RoundRecord(1, (0,), {"train_loss": 1.0, "test_accuracy": 0.5})], None)
        callback([RoundRecord(2, (0,), {"train_loss": 0.75})], None)
    assert stream.getvalue().splitlines()[-1] == "round 2/2  accuracy 0.5000, train loss 0.7500"


def test_quiet_shows_nothing():
    assert shown(5, Terminal(), quiet=True) == ""


def test_the_plain_bar_leaves_an_empty_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert screen(shown(5, Terminal())).strip() == ""


def test_the_plain_bar_is_full_in_the_end():
    stream = Terminal()
    bar = PlainBar(4, stream)
    bar.show(2, "half")
    assert screen(stream.getvalue()).startswith(f"round 2/4 [{'#' * 15}{'.' * 15}] half")
    bar.show(4, "")
    assert screen(stream.getvalue()).startswith(f"round 4/4 [{'#' * 30}]")


def test_a_shorter_line_wipes_the_longer_one():
    stream = Terminal()
    bar = PlainBar(4, stream)
    bar.show(1, "a long story")
    bar.show(2, "")
    assert "story" not in screen(stream.getvalue())


def test_a_terminal_with_tqdm_gets_its_bar():
    pytest.importorskip("tqdm", reason="tqdm is not installed")
    assert "5/5" in shown(5, Terminal()) or "rounds" in shown(5, Terminal())


def test_a_resumed_run_does_not_start_at_zero():
    assert shown(10, io.StringIO(), first=6).splitlines()[0].startswith("round  6/10")


def test_a_log_is_told_by_lines_and_not_by_a_bar():
    assert isinstance(module._chosen(5, io.StringIO(), "round"), Lines)


def simulated(num_rounds=3, **settings):
    rows, labels = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    data = fl.Dataset(rows, labels, rows, labels, 2, "four rows")
    clients = fl.partition(data, fl.iid(), num_clients=2, seed=0)
    algorithm = fl.fedavg(fl.SoftmaxRegression(1, 2), learning_rate=0.1)
    return fl.simulate(algorithm, clients, num_rounds=num_rounds, seed=0, **settings)


@pytest.mark.parametrize("settings", [{}, {"progress": False}])
def test_a_simulation_prints_nothing_unless_it_is_asked(settings, capfd):
    simulated(**settings)
    assert capfd.readouterr() == ("", "")


def test_a_simulation_shows_its_rounds_on_the_standard_error(capfd):
    history = simulated(progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert [line[:9] for line in err.splitlines()] == ["round 1/3", "round 2/3", "round 3/3"]
    last = history.records[-1].metrics
    assert f"accuracy {last['test_accuracy']:.4f}, test loss {last['test_loss']:.4f}" in err


@pytest.mark.parametrize("with_tqdm", [True, False])
def test_a_simulation_draws_a_bar_on_a_terminal_and_wipes_it(with_tqdm, monkeypatch):
    if with_tqdm:
        pytest.importorskip("tqdm", reason="tqdm is not installed")
    else:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    simulated(progress=True)
    assert "3/3" in terminal.getvalue() or with_tqdm  # tqdm leaves out what comes too fast
    assert "/3" in terminal.getvalue()
    assert screen(terminal.getvalue()).strip() == ""


def test_the_progress_changes_no_bit():
    assert simulated(progress=True).fingerprint == simulated().fingerprint


def test_a_program_without_a_standard_error_shows_nothing(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert len(simulated(progress=True).records) == 3


def test_the_bar_is_wiped_when_a_run_is_interrupted(monkeypatch):
    def interrupt(records, state):
        if len(records) == 2:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "tqdm", None)
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with pytest.raises(KeyboardInterrupt):
        simulated(progress=True, callbacks=[interrupt])
    assert "round 1/3" in terminal.getvalue()
    assert screen(terminal.getvalue()).strip() == ""


def test_a_wrong_progress_is_named_in_one_sentence():
    with pytest.raises(TypeError, match=r"^progress must be True or False, got str$"):
        simulated(progress="bar")
