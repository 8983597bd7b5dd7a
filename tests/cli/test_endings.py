"""However a run ends, nothing of it stays behind, and it goes on to the same bits.

Thirty runs are ended in all with ``--hypothesis-profile=nightly``, and a third of them otherwise.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import settings

from pyfedlite._blas import VARIABLES

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

ROUNDS, LINES = 40, 10
SETTINGS = ["--num-rounds", str(ROUNDS), "--eval-every", "4", "--no-plots"]
MOMENTS = 15 if settings.default.max_examples >= 10_000 else 5  # of each signal
KEPT = {"config.toml", "checkpoint.npz", "history.csv", "history.json", "model.npz"}

# A checkpoint after every round, so that many of the moments fall into a save.
PROGRAM = """
import sys
from pyfedlite.history import checkpoint
checkpoint.SECONDS_BETWEEN_SAVES = 0.0
from pyfedlite.cli import main
sys.exit(main())
"""


class Command:
    """``pyfedlite run`` as a process with a session and a temporary folder of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        one_thread = dict.fromkeys(VARIABLES, "1")
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "run", *words],
            cwd=folder,
            env=os.environ | one_thread | {"TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def wait_for_lines(self, number: int) -> None:
        """Wait until so many lines of progress were printed, or the command has ended."""
        for _ in range(number):
            self.process.stderr.readline()

    def end(self) -> tuple[int, str, str]:
        """Return exit code, output and errors, when no process of the session is left."""
        out, err = self.process.communicate(timeout=60)  # all who hold the pipes have ended
        assert wait_for_silence(self.process.pid) == []
        return self.process.returncode, out, err


def wait_for_silence(session: int) -> list[str]:
    """The processes of a session that still run after ten seconds; most often none, at once."""
    deadline = time.monotonic() + 10
    while (left := in_session(session)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def in_session(number: int) -> list[str]:
    """The processes of a session that still run."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = path.read_text("utf-8").rpartition(")")
        except OSError:  # it has just ended
            continue
        state, _, _, session = rest.split()[:4]
        if int(session) == number and state not in "ZX":
            found.append(name)
    return found


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> tuple[str, float]:
    """The fingerprint of a run that nobody disturbs, and when its training began, in seconds."""
    folder, start = tmp_path_factory.mktemp("whole"), time.monotonic()
    command = Command(folder, *SETTINGS, "--json", "--workers", "2")
    command.wait_for_lines(1)
    began = time.monotonic() - start
    code, out, err = command.end()
    assert code == 0, err
    assert list(command.temporary.iterdir()) == []
    return json.loads(out.splitlines()[-1])["fingerprint"], began


def moments(seed: int) -> list[tuple[int, float]]:
    """How many lines of progress to wait for, and how long after them, in parts of the start.

    A third is in the start; the others are spread over training, saving and the end.
    """
    rng = random.Random(seed)
    starts = [(0, rng.random()) for _ in range(MOMENTS // 3)]
    later = [(rng.randint(1, LINES), rng.uniform(0, 0.1)) for _ in range(MOMENTS - len(starts))]
    return starts + later


def resumed(folder: Path) -> str | None:
    """The fingerprint of a run that goes on, or of one that is done; None if it never began."""
    done = (folder / "out" / "model.npz").exists()
    began = (folder / "out" / "config.toml").exists()
    code, out, err = Command(folder, "--resume", "out", "--json", "--no-plots").end()
    assert "Traceback" not in err
    if done or not began:
        assert code == 2
        assert err.startswith("pyfedlite: folder must hold ")
        if not done:
            return None
        return json.loads((folder / "out" / "history.json").read_text("utf-8"))["fingerprint"]
    assert code == 0, err
    assert {path.name for path in (folder / "out").iterdir()} == KEPT
    return json.loads(out.splitlines()[-1])["fingerprint"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_run_that_is_ended_leaves_nothing_and_goes_on_to_the_same_bits(tmp_path, whole, number):
    fingerprint, began = whole
    codes = set()
    for place, (lines, part) in enumerate(moments(seed=number)):
        folder = tmp_path / str(place)
        folder.mkdir()
        command = Command(folder, *SETTINGS, "--out", "out", "--workers", "2")
        command.wait_for_lines(lines)
        time.sleep(part * began)
        command.process.send_signal(number)
        code, _, err = command.end()
        codes.add(code)
        moment = f"after line {lines} and {part:.3f} of the start: exit code {code}, {err}"
        assert "Traceback" not in err, moment
        assert list(command.temporary.iterdir()) == [], moment
        if number == signal.SIGTERM:
            assert code in {143, -15, 0}, moment  # -15 before the first line of ours has run
            left = set(os.listdir(folder / "out")) if (folder / "out").exists() else set()
            assert left <= KEPT, moment
        if code == 143 and (folder / "out").exists():
            assert err.splitlines()[-1].startswith("pyfedlite: ended by SIGTERM"), moment
        assert resumed(folder) in {fingerprint, None}, moment
    assert codes & {143, -signal.SIGKILL}, "no run was ended in the middle"


SCRIPT = """
import multiprocessing, os, signal, sys, threading
import pyfedlite as fl

def end(records, state):
    if len(records) == 2:
        print(len(os.listdir(os.environ["TMPDIR"])), flush=True)
        {how}

def main():
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=8, seed=0)
    algorithm = fl.fedavg(fl.MLP(64, 200, 10))  # theta travels in a file
    fl.simulate(algorithm, clients, num_rounds=1000, seed=0, workers=2, callbacks=[end])

if __name__ == "__main__":
    multiprocessing.set_start_method("{method}")
    reached = threading.Event()
    {start}
"""
WAYS = {
    "SIGTERM": "os.kill(os.getpid(), signal.SIGTERM)",
    "SIGKILL": "os.kill(os.getpid(), signal.SIGKILL)",
    "a crash": "os.abort()",
    "os._exit": "os._exit(3)",
    "sys.exit": "sys.exit(3)",
    "an error": "raise ZeroDivisionError",
    "the end of the program": "reached.set(); threading.Event().wait()",
}
IN_A_THREAD = "threading.Thread(target=main, daemon=True).start(); reached.wait()"


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_workers_end_with_the_program_that_started_them(tmp_path, method, how):
    if method == "forkserver" and how not in {"SIGTERM", "SIGKILL", "sys.exit"}:
        pytest.skip("as with spawn")
    script, temporary = tmp_path / "script.py", tmp_path / "tmp"
    temporary.mkdir()
    start = IN_A_THREAD if how == "the end of the program" else "main()"
    script.write_text(SCRIPT.format(how=WAYS[how], method=method, start=start), "utf-8")
    process = subprocess.Popen(
        [sys.executable, script],
        env=os.environ | {"TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    out, err = process.communicate(timeout=60)
    assert wait_for_silence(process.pid) == []
    # Python's own folder for its server of processes is no business of ours.
    assert [path.name for path in temporary.iterdir() if not path.name.startswith("pymp-")] == []
    assert int(out) == (method == "forkserver"), err  # the second round was reached
