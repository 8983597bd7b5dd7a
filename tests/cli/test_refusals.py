"""What the system refuses is told in one sentence, by every command; what is done is kept.

The tests may run as root, for whom no folder is read-only: there ``mkstemp`` is made to refuse.
"""

import errno
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite import _files
from pyfedlite.clients import ClientUpdate
from pyfedlite.history.checkpoint import save_checkpoint
from pyfedlite.state import State

resource = pytest.importorskip("resource", reason="this system has no limits of files")
checkpointing = import_module("pyfedlite.history.checkpoint")
RUN = ("run", "--num-rounds", 6, "--no-plots")


@contextmanager
def full_disk(most: int = 0) -> Iterator[None]:
    """Let no file grow above so many bytes, which the system refuses as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only() -> Iterator[None]:
    """Let no file be made anywhere."""

    def refuse(*arguments, **settings):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), "a name of no interest")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", refuse)
        patch.setattr(tempfile, "TemporaryFile", refuse)
        patch.setattr(os, "mkdir", refuse)
        yield


# --- Python: all that writes a file --------------------------------------------------------------

CLIENTS = fl.partition(fl.load_digits(), fl.iid(), num_clients=4, seed=0)
MODEL = fl.SoftmaxRegression(64, 10)
ALGORITHM = fl.fedavg(MODEL)
HISTORY = fl.simulate(ALGORITHM, CLIENTS, num_rounds=1, seed=0)
STATE = State(1, HISTORY.theta)


def _simulated(path):
    return fl.simulate(ALGORITHM, CLIENTS, num_rounds=1, seed=0, checkpoint=path)


def _drawn(path):
    pytest.importorskip("matplotlib", reason="needs matplotlib")
    plots = import_module("pyfedlite.experiments.plots")
    plots.save_figure(plots.new_figure(1, 1), path)


WRITERS = {
    "history.save": lambda path: HISTORY.save(path, overwrite=True),
    "history.to_csv": lambda path: HISTORY.to_csv(path, overwrite=True),
    "history.to_json": lambda path: HISTORY.to_json(path, overwrite=True),
    "save_model": lambda path: fl.save_model(path, MODEL, HISTORY.theta, overwrite=True),
    "a checkpoint": lambda path: save_checkpoint(path, STATE, HISTORY.records, {}),
    "simulate": _simulated,
    "a plot": _drawn,
}
PLACES = {
    "a folder that is not there": ("none/file", "No such file or directory"),
    "a folder that is a file": ("old/file", "Not a directory"),
    "a file that is a folder": ("folder", "Is a directory"),
}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "old").write_bytes(b"old")
    yield tmp_path
    assert sorted(os.listdir(tmp_path)) == ["folder", "old"]  # no half-written file either
    assert (tmp_path / "old").read_bytes() == b"old"


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("place", PLACES)
def test_place_that_is_none_is_named(folder, writer, place):
    name, reason = PLACES[place]
    sentence = f"{folder / name} must be writable, got {reason}"
    with pytest.raises(OSError, match=re.escape(sentence)):
        WRITERS[writer](folder / name)


@pytest.mark.parametrize("refusal", [full_disk, read_only])
@pytest.mark.parametrize("writer", WRITERS)
def test_file_that_was_there_is_unharmed_when_the_system_refuses(folder, writer, refusal):
    sentence = f"{folder / 'old'} must be writable, got "
    if writer == "a plot":
        pytest.importorskip("matplotlib", reason="needs matplotlib")
    with refusal(), pytest.raises(OSError, match=re.escape(sentence)) as caught:
        WRITERS[writer](folder / "old")
    assert caught.value.errno in {errno.EFBIG, errno.EROFS}


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
@pytest.mark.parametrize("writer", WRITERS)
def test_device_is_written_to_and_never_replaced(writer):
    if writer == "simulate":
        pytest.skip("it would read the device first")
    WRITERS[writer]("/dev/null")
    with pytest.raises(OSError, match="/dev/full must be writable, got No space left on device"):
        WRITERS[writer]("/dev/full")
    assert all(Path(name).is_char_device() for name in ("/dev/null", "/dev/full"))


def test_error_keeps_its_class(tmp_path):
    with pytest.raises(FileNotFoundError):
        _files.write_text(tmp_path / "none" / "file", "")
    with pytest.raises(IsADirectoryError):
        _files.write_text(tmp_path, "")


@pytest.mark.parametrize("sends_files", [True, False])
def test_temporary_folder_without_room_is_named(sends_files, monkeypatch):
    monkeypatch.setattr("pyfedlite.parallel.channel.SENDS_FILES", sends_files)
    sentence = f"{tempfile.gettempdir()} must be writable, got File too large; make room there"
    with full_disk(), pytest.raises(OSError, match=re.escape(sentence)):
        fl.simulate(ALGORITHM, CLIENTS, num_rounds=1, seed=0, workers=2)


class FillsTheDisk:
    """A transform after which no file can be written where the client runs."""

    def __call__(self, update, participant, round, rng) -> ClientUpdate:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        return update


@pytest.mark.skipif(sys.platform != "linux", reason="answers do not travel in files")
def test_temporary_folder_without_room_for_an_answer_is_named():
    algorithm = fl.fedavg(fl.MLP(64, 200, 10), transforms=(FillsTheDisk(),))
    with pytest.raises(OSError, match=r"must be writable, got .*; make room there, or set TMPDIR"):
        fl.simulate(algorithm, CLIENTS, num_rounds=1, seed=0, workers=2)


# --- The command line: files ---------------------------------------------------------------------


@pytest.fixture
def rows(here):
    fl.save_model(here / "model.npz", fl.SoftmaxRegression(2, 2), np.zeros(6))
    (here / "rows.csv").write_text("a,b\n1,2\n")
    (here / "file").write_text("")
    (here / "runs").write_text("")
    config = "[run]\nnum_rounds = 2\n"
    (here / "begun").mkdir()
    (here / "begun" / "config.toml").write_text(config)
    return here


# What is written, and a place for it whose folder is a file.
COMMANDS = {
    "run": (*RUN, "--out", "new"),
    "run by default": RUN,
    "run --resume": ("run", "--resume", "begun"),
    "predict": ("predict", "model.npz", "rows.csv", "--out", "answer.csv"),
    "tutorial": ("tutorial", "--out", "lessons"),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("refusal", [full_disk, read_only])
@pytest.mark.usefixtures("rows")
def test_command_that_cannot_write_says_so_at_the_start(ask, command, refusal):
    with refusal():
        refused = ask(*COMMANDS[command])
    assert refused.code == 1
    assert re.fullmatch(r"pyfedlite: \S+ must be writable, got .*; .*\n", refused.err)


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ((*RUN, "--out", "file/new"), "file/new"),
        (RUN, "runs"),
        (("predict", "model.npz", "rows.csv", "--out", "file/answer.csv"), "file/answer.csv"),
        (("tutorial", "--out", "file/lessons"), "file/lessons"),
    ],
)
@pytest.mark.usefixtures("rows")
def test_folder_that_is_a_file_is_named(ask, words, path):
    refused = ask(*words)
    assert refused.code == 1
    assert re.fullmatch(rf"pyfedlite: {path} must be writable, got [\w ]+; .*\n", refused.err)


@pytest.mark.parametrize("refusal", [full_disk, read_only])
def test_download_that_could_not_be_kept_is_not_begun(ask, refusal, monkeypatch, tmp_path):
    def never(*_):
        raise AssertionError("it was begun")

    monkeypatch.delenv("PYFEDLITE_DATA", raising=False)
    monkeypatch.setenv("PYFEDLITE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("pyfedlite.data._https.get", never)
    with refusal():
        refused = ask("data", "fetch", "heart_disease")
    assert refused.code == 1
    assert "must be writable, got" in refused.err
    assert "set PYFEDLITE_CACHE to a folder that you may write to" in refused.err


def test_results_of_an_earlier_run_stay_if_a_new_one_cannot_begin(ask, here):
    assert ask(*RUN, "--out", "mine").code == 0
    before = {path: path.read_bytes() for path in (here / "mine").iterdir()}
    with full_disk():
        assert ask(*RUN, "--out", "mine", "--overwrite").code == 1
    assert {path: path.read_bytes() for path in (here / "mine").iterdir()} == before


def test_disk_that_fills_up_while_training_leaves_the_last_checkpoint(ask, here, monkeypatch):
    whole = ask(*RUN, "--json").json["fingerprint"]
    saved, savez = [], np.savez

    def fails_the_third_time(file, **arrays):
        saved.append(file)
        if len(saved) >= 3:
            file.write(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        savez(file, **arrays)

    with monkeypatch.context() as patch:
        patch.setattr(checkpointing, "SECONDS_BETWEEN_SAVES", 0.0)
        patch.setattr(np, "savez", fails_the_third_time)
        refused = ask(*RUN, "--out", "mine")
    assert refused.code == 1
    sentence = "mine/checkpoint.npz must be writable, got No space left on device; make room there"
    assert refused.err.splitlines()[-1].startswith(f"pyfedlite: {sentence}")
    assert sorted(os.listdir(here / "mine")) == ["checkpoint.npz", "config.toml"]
    assert ask("run", "--resume", "mine", "--json").json["fingerprint"] == whole


# --- The command line: streams -------------------------------------------------------------------

PRINTING = {
    "run": " ".join(map(str, RUN)),
    "predict": "predict model.npz rows.csv",
    "data": "data list",
    "tutorial": "tutorial --list",
    "info": "info",
    "help": "--help",
    "help of a command": "run --help",
    "version": "--version",
}


def shell(here, line, **variables):
    program = f"{sys.executable} -m pyfedlite"
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {program} {line}"],
        cwd=here,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
    )


posix = pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full, and a shell")


@posix
@pytest.mark.parametrize("command", PRINTING)
@pytest.mark.parametrize("output", ["> /dev/full", ">&-"])
def test_output_that_takes_nothing_is_told_in_one_sentence(rows, command, output):
    (rows / "runs").unlink()
    for unbuffered in ("", "1"):  # it fails when it is printed, or at the end
        done = shell(rows, f"{PRINTING[command]} {output}", PYTHONUNBUFFERED=unbuffered)
        assert done.returncode == 1
        sentence = r"pyfedlite: standard output must be writable, got .*; .*\n"
        assert re.fullmatch(sentence, done.stderr), done.stderr


@posix
@pytest.mark.parametrize("output", [">&-", "> /dev/full"])
def test_quiet_command_needs_no_output(here, output):
    line = f"run --num-rounds 1 --no-plots --quiet --out mine {output}"
    assert shell(here, line).returncode == 0
    assert (here / "mine" / "model.npz").exists()


@posix
@pytest.mark.parametrize("errors", ["2> /dev/full", "2>&-"])
@pytest.mark.parametrize(("words", "code"), [("run --num-rounds 2 --no-plots", 0), ("rnu", 2)])
def test_errors_that_nobody_can_see_change_nothing(here, errors, words, code):
    done = shell(here, f"{words} {errors}")
    assert done.returncode == code
    assert done.stderr == ""


@posix
def test_reader_that_leaves_early_loses_no_result(here):
    done = shell(here, "run --num-rounds 2 --no-plots --out mine | head -1", PYTHONUNBUFFERED="")
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.endswith("must be writable, got Broken pipe; the results are in mine")
    assert (here / "mine" / "model.npz").exists()


@posix
def test_reader_that_reads_nothing_is_told_how_to_go_on(here):
    done = shell(here, "run --num-rounds 2 --no-plots --out mine > /dev/full")
    assert done.returncode == 1
    assert done.stderr.endswith("; go on with: pyfedlite run --resume mine\n")
    assert shell(here, "run --resume mine --quiet --no-plots").returncode == 0


@posix
def test_full_output_at_the_end_loses_no_result(here):
    line = "run --num-rounds 2 --no-plots --quiet --json --out mine > /dev/full"
    done = shell(here, line)
    assert done.returncode == 1
    assert done.stderr.endswith("; the results are in mine\n")
    assert json.loads((here / "mine" / "history.json").read_text("utf-8"))["records"]
