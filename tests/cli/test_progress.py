"""How far a run has come, on terminals and elsewhere."""

import io
import sys

import pytest

from pyfedlite.cli import progress as module
from pyfedlite.cli.progress import Lines, PlainBar, progress
from pyfedlite.history import RoundRecord


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
    assert isinstance(module._chosen(5, False, io.StringIO()), Lines)
