"""How long one waits for three rounds: from the start of an interpreter to the end of round 3.

Every turn is a fresh process, which imports, reads the work from a file, starts its workers, trains
three rounds of the 2NN and ends. Contenders take turns, after one turn to warm up.
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import peers
from benchmarks.timing import Table, Times, compare
from benchmarks.work import two_hidden_layers

ROUNDS, TURNS = "3", 5
REFERENCE = "pyfedlite, 2 workers"
OURS: peers.Scripts = {
    "pyfedlite": ("pyfedlite_rounds.py", "1"),
    REFERENCE: ("pyfedlite_rounds.py", "2"),
}


def measure() -> list[Table]:
    work = two_hidden_layers()
    times: Times = {}
    ends: Times = {}
    with peers.saved(work.arrays()) as path:
        contenders, absent = installed(path)
        for _ in range(TURNS):
            for name, (python, script) in contenders.items():
                _, trained, ended = train(python, script, path)
                times.setdefault(name, []).append(trained)
                ends.setdefault(name, []).append(ended)
    title = f"Three rounds of {work.name}, from the start of the process, {TURNS} turns"
    return [
        compare(f"{title}: to the end of round 3", times, REFERENCE, absent),
        compare(f"{title}: until the process has ended", ends, REFERENCE, absent),
    ]


def installed(path: Path) -> tuple[dict[str, tuple[str, Sequence[str]]], tuple[str, ...]]:
    """Run each contender once; return interpreters and scripts by name, and who is absent."""
    contenders: dict[str, tuple[str, Sequence[str]]] = {}
    absent = []
    for name, script in OURS.items():
        contenders[name] = sys.executable, script
        train(sys.executable, script, path)
    for name, script in peers.FLOWER.items():
        for python in peers.interpreters():
            version, *_ = train(python, script, path)
            if version:
                contenders[f"{name} ({version})"] = python, script
                break
        else:
            absent.append(f"absent: {name}")
    return contenders, tuple(absent)


def train(python: str, script: Sequence[str], path: Path) -> tuple[str, float, float]:
    """Return the version, and the seconds to the end of round 3 and of the process."""
    start = time.perf_counter()
    process = peers.start(python, (*script, ROUNDS), path)
    version = peers.answer(process).get("trained", "")
    seconds = time.perf_counter() - start
    process.communicate()
    return version, seconds, time.perf_counter() - start
