"""How far a run has come, on the standard error: a bar on a terminal, else a few plain lines."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from pyfedlite._typing import Metrics
from pyfedlite.simulation import RoundRecord
from pyfedlite.state import State

NUM_LINES = 10  # over a whole run, where there is no terminal
WIDTH = 30  # of the plain bar
SHOWN = {"test_accuracy": "accuracy", "test_loss": "test loss", "train_loss": "train loss"}


class Progress(Protocol):
    """Shows each round that it is called with; it is a callback of ``simulate``."""

    def __call__(self, record: RoundRecord, state: State) -> None: ...  # noqa: D102

    def close(self) -> None: ...  # noqa: D102 (leaves the cursor on an empty line)


@contextmanager
def progress(num_rounds: int, *, quiet: bool, stream: TextIO | None = None) -> Iterator[Progress]:
    """Give the kind of progress that suits the stream.

    Parameters
    ----------
    num_rounds : int
        The most rounds that there will be.
    quiet : bool
        Whether to show nothing.
    stream : text stream, optional
        The standard error otherwise.
    """
    shown = _chosen(num_rounds, quiet, sys.stderr if stream is None else stream)
    try:
        yield shown
    finally:
        shown.close()


def _chosen(num_rounds: int, quiet: bool, stream: TextIO) -> Progress:
    if quiet:
        return Silence()
    if not stream.isatty():
        return Lines(num_rounds, stream)
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return PlainBar(num_rounds, stream)
    return TqdmBar(tqdm(total=num_rounds, unit="round", file=stream, leave=False))


@dataclass(frozen=True)
class Silence:
    """Shows nothing."""

    def __call__(self, record: RoundRecord, state: State) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass
class Lines:
    """A line every tenth of the run, for logs and files."""

    num_rounds: int
    stream: TextIO
    latest: Metrics = field(default_factory=dict)

    def __call__(self, record: RoundRecord, state: State) -> None:
        """Print a line if it is time."""
        self.latest |= record.metrics
        step = math.ceil(self.num_rounds / NUM_LINES)
        if record.round % step == 0 or record.round == self.num_rounds:
            place = f"round {record.round:>{len(str(self.num_rounds))}}/{self.num_rounds}"
            print(f"{place}  {told(self.latest)}", file=self.stream, flush=True)

    def close(self) -> None:
        """Do nothing: every line is whole."""


@dataclass
class PlainBar:
    """A bar of plain characters on one line of a terminal."""

    num_rounds: int
    stream: TextIO
    latest: Metrics = field(default_factory=dict)
    longest: int = 0

    def __call__(self, record: RoundRecord, state: State) -> None:
        """Draw the bar anew."""
        self.latest |= record.metrics
        done = WIDTH * record.round // self.num_rounds
        bar = f"[{'#' * done}{'.' * (WIDTH - done)}]"
        line = f"round {record.round}/{self.num_rounds} {bar} {told(self.latest)}"
        self.longest = max(self.longest, len(line))
        print(f"\r{line:<{self.longest}}", end="", file=self.stream, flush=True)

    def close(self) -> None:
        """Wipe the line."""
        print(f"\r{'':<{self.longest}}\r", end="", file=self.stream, flush=True)


@dataclass
class TqdmBar:
    """The bar of tqdm, which also says how fast it goes and how long it will take."""

    bar: Any
    latest: Metrics = field(default_factory=dict)

    def __call__(self, record: RoundRecord, state: State) -> None:
        """Draw the bar anew."""
        self.latest |= record.metrics
        self.bar.set_postfix_str(told(self.latest), refresh=False)
        self.bar.update(record.round - self.bar.n)  # more than 1 at once after a resumption

    def close(self) -> None:
        """Wipe the bar."""
        self.bar.close()


def told(metrics: Metrics) -> str:
    """Return the two measures that say most.

    Examples
    --------
    >>> told({"train_loss": 0.25, "test_accuracy": 0.5, "test_loss": 0.75})
    'accuracy 0.5000, test loss 0.7500'
    """
    values = [(short, metrics.get(name)) for name, short in SHOWN.items()]
    known = [f"{short} {value:.4f}" for short, value in values if value is not None]
    return ", ".join(known[:2])
