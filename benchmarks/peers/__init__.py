"""The same round in other libraries, each in a process of its own, with its own interpreter.

A peer reads the clients from a file, says ``ready`` with its version, or ``absent``, and then runs
one round for every line that it is sent, answering with the seconds that it took. So contenders
with requirements that exclude each other still take turns in one measurement.

``PYFEDLITE_PEERS`` lists the interpreters to look for them in, separated as in ``PATH``.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from benchmarks.work import Work

HERE = Path(__file__).parent
PEERS = {
    "PyTorch, plain loop, 1 thread": "torch_loop.py",
    "FedJAX, jit": "fedjax_round.py",
    "Flower, NumPy clients, 2 workers": "flower_app.py",
}


@dataclass(frozen=True, eq=False)
class Peer:
    """A library that is ready in another process."""

    name: str
    process: "subprocess.Popen[str]"

    def __call__(self) -> float:
        """Run one round; return the seconds that it took, as the peer itself saw them."""
        print("go", file=_open(self.process.stdin), flush=True)
        return float(_answer(self.process)["seconds"])


@contextmanager
def installed(work: Work) -> Iterator[tuple[dict[str, Peer], list[str]]]:
    """Yield the peers that are ready for `work`, and the names of those that are absent."""
    peers: dict[str, Peer] = {}
    absent = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.npz"
        np.savez(path, **work.arrays())
        try:
            for name, script in PEERS.items():
                peer = _start(name, script, path)
                if peer is None:
                    absent.append(name)
                else:
                    peers[peer.name] = peer
            yield peers, absent
        finally:
            for peer in peers.values():
                _open(peer.process.stdin).close()
                peer.process.wait()


def _start(name: str, script: str, path: Path) -> Peer | None:
    """Return the peer from the first interpreter that has it."""
    for python in os.environ.get("PYFEDLITE_PEERS", sys.executable).split(os.pathsep):
        process = subprocess.Popen(
            [python, str(HERE / script), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        answer = _answer(process)
        if "ready" in answer:
            return Peer(f"{name} ({answer['ready']})", process)
        process.wait()
    return None


def _answer(process: "subprocess.Popen[str]") -> dict[str, str]:
    """Return the next answer; libraries print lines of their own in between."""
    for line in _open(process.stdout):
        if line.startswith('{"pyfedlite": '):
            answer: dict[str, str] = json.loads(line)["pyfedlite"]
            return answer
    return {"absent": "it ended without an answer"}


def _open(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("pipes must be open")
    return pipe
