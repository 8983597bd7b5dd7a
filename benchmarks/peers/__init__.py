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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np

HERE = Path(__file__).parent
Scripts = Mapping[str, tuple[str, ...]]
"""A file of this folder, and what is said to it behind the name of the work, by contender."""

FLOWER: Scripts = {
    "Flower, NumPy clients, 2 workers": ("flower_app.py", "numpy"),
    "Flower, PyTorch clients, 2 workers": ("flower_app.py", "torch"),
}
PEERS: Scripts = {
    "PyTorch, plain loop, 1 thread": ("torch_loop.py",),
    "pfl, PyTorch, 1 thread": ("pfl_round.py",),
    "FedJAX, jit, 1 thread": ("fedjax_round.py", "one"),
    "FedJAX, jit, its own threads": ("fedjax_round.py",),
    **FLOWER,
}


@dataclass(frozen=True, eq=False)
class Peer:
    """A library that is ready in another process."""

    name: str
    process: "subprocess.Popen[str]"

    def __call__(self) -> float:
        """Run one round; return the seconds that it took, as the peer itself saw them."""
        self.begin()
        return self.seconds()

    def begin(self) -> None:
        """Let it run one round."""
        print("go", file=_open(self.process.stdin), flush=True)

    def seconds(self) -> float:
        """Wait for the end of the round, and return the seconds that it took."""
        return float(answer(self.process)["seconds"])


@dataclass(frozen=True, eq=False)
class Apart:
    """Processes that work at the same time and have nothing to say to each other."""

    peers: tuple[Peer, ...]

    def __call__(self) -> float:
        """Run one round of each; return the seconds of the slowest."""
        for peer in self.peers:
            peer.begin()
        return max(peer.seconds() for peer in self.peers)


@contextmanager
def installed(
    arrays: Mapping[str, Any], scripts: Scripts = PEERS, pythons: Sequence[str] = ()
) -> Iterator[tuple[dict[str, Peer], list[str]]]:
    """Yield the peers that are ready for the work, and the names of those that are absent.

    They are looked for in `pythons`, or in `interpreters`.
    """
    peers: dict[str, Peer] = {}
    absent = []
    with saved(arrays) as path:
        try:
            for name, script in scripts.items():
                peer = _ready(name, script, path, pythons or interpreters())
                if peer is None:
                    absent.append(name)
                else:
                    peers[peer.name] = peer
            yield peers, absent
        finally:
            for peer in peers.values():
                _open(peer.process.stdin).close()
                peer.process.wait()


@contextmanager
def saved(arrays: Mapping[str, Any]) -> Iterator[Path]:
    """Yield the file that processes read the work from."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.npz"
        np.savez(path, **arrays)
        yield path


def interpreters() -> list[str]:
    """Return the interpreters to look for peers in."""
    return os.environ.get("PYFEDLITE_PEERS", sys.executable).split(os.pathsep)


def start(python: str, script: Sequence[str], path: Path) -> "subprocess.Popen[str]":
    """Start a script of this folder."""
    file, *words = script
    return subprocess.Popen(
        [python, str(HERE / file), str(path), *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def _ready(name: str, script: Sequence[str], path: Path, pythons: Sequence[str]) -> Peer | None:
    """Return the peer from the first interpreter that has it."""
    for python in pythons:
        process = start(python, script, path)
        said = answer(process)
        if "ready" in said:
            return Peer(f"{name} ({said['ready']})", process)
        process.wait()
    return None


def answer(process: "subprocess.Popen[str]") -> dict[str, str]:
    """Return the next answer; libraries print lines of their own in between."""
    for line in _open(process.stdout):
        if line.startswith('{"pyfedlite": '):
            said: dict[str, str] = json.loads(line)["pyfedlite"]
            return said
    return {"absent": "it ended without an answer"}


def _open(pipe: IO[str] | None) -> IO[str]:
    if pipe is None:
        raise RuntimeError("pipes must be open")
    return pipe
