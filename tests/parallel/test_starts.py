"""Where workers cannot start, one sentence says so and what helps; nothing hangs or stays."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BODY = """
from dataclasses import dataclass
import multiprocessing, sys
import pyfedlite as fl

clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=8, seed=0)

@dataclass(frozen=True)
class Halves:
    def __call__(self, update, participant, round, rng):
        return update

def run(*transforms, **where):
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), transforms=transforms)
    where = where or dict(workers=2)
    print(fl.simulate(algorithm, clients, num_rounds=1, seed=0, **where).fingerprint)
"""
GUARD = 'if __name__ == "__main__":\n    '
DAEMON = """p = multiprocessing.get_context("fork").Process(target=run, daemon=True)
    p.start(); p.join()"""
NO_FILE = "workers must be left out in a program that is in no file, got 2 in one from "
IMPORTABLE = "transforms must be importable in a worker process, got AttributeError"
PICKLABLE = "transforms must be picklable for worker processes, got (<function"

# How Python gets the program, what it does, and the beginning of the sentence (None: it runs).
CASES = {
    "a script": ("file", GUARD + "run(Halves())", None),
    "a script without a guard": ("file", "run()", "workers must be started once, got a script"),
    "a class under the guard": (
        "file",
        GUARD + "class Own(Halves): pass\n    run(Own())",
        IMPORTABLE,
    ),
    "a lambda": ("file", GUARD + "run(lambda update, *_: update)", PICKLABLE),
    "a daemon process": ("file", GUARD + DAEMON, "workers must be left out in a daemon process"),
    "the standard input": ("-", "run()", NO_FILE + "<stdin>"),
    "a program in the command": ("-c", "run()", None),
    "its own class, as in a notebook": ("-c", "run(Halves())", IMPORTABLE),
    "a module": ("-m", GUARD + "run(Halves())", None),
    "a module without a guard": ("-m", "run()", "workers must be started once, got a script"),
    "a script that is gone": (
        "file",
        GUARD + "import os; os.remove(__file__); run()",
        NO_FILE,
    ),
    "a script that fails where it is imported": (
        "file",
        "if __name__ != '__main__': sys.exit(5)\nrun()",
        "workers must be able to start, got one that ended at once, with exit code ",
    ),
}


def python(way: str, text: str, folder: Path) -> tuple[list[str], str | None]:
    """The arguments of Python, and its standard input."""
    (folder / "program.py").write_text(text, encoding="utf-8")
    arguments = {"file": ["program.py"], "-": ["-"], "-c": ["-c", text], "-m": ["-m", "program"]}
    return arguments[way], text if way == "-" else None


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
@pytest.mark.parametrize("case", CASES)
def test_program_runs_or_is_told_why_not(case: str, method: str, tmp_path: Path) -> None:
    way, does, sentence = CASES[case]
    if sys.platform == "win32" and (method == "forkserver" or does.endswith(DAEMON)):
        pytest.skip("Windows has no forks")
    chosen = f"{GUARD}multiprocessing.set_start_method('forkserver')\n"
    text = f"{BODY}\n{chosen if method == 'forkserver' else ''}{does}\n"
    arguments, given = python(way, text, tmp_path)
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    done = subprocess.run(  # it returns when all who have its pipes have ended
        [sys.executable, *arguments],
        cwd=tmp_path,
        env=environment,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if sentence is None:
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.split()) == 1  # nobody else has run it
        return
    assert done.stdout == ""
    assert sentence in done.stderr.splitlines()[-1], done.stderr
    if method == "spawn":
        assert done.stderr.count(sentence) == 1
    left = {path.name for path in tmp_path.iterdir() if not path.name.startswith("pymp-")}
    assert left <= {"program.py", "__pycache__"}
