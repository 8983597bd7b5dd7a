"""The progress of a run, on the standard error: a bar on a terminal, else a few lines.

This is the only place below the command line that writes to a terminal, and it does so only when
it is asked to. Left neighbour: ``simulate`` has a new record. Right neighbour: the reader's screen.
"""

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from pyfedlite._typing import Metrics
from pyfedlite.state import RoundRecord, State

NUM_LINES = 10  # over a whole run, where there is no terminal
WIDTH = 30  # of the plain bar
SHOWN = {"test_accuracy": "accuracy", "test_loss": "test loss", "train_loss": "train loss"}


class Display(Protocol):
    """Shows that a round is done, with a few words about it."""

    def show(self, round: int, words: str) -> None: ...  # noqa: D102 (the class says it)

    def close(self) -> None: ...  # noqa: D102 (leaves the cursor on an empty line)


@dataclass
class Progress:
    """A callback of ``simulate`` that shows each round.

    Parameters
    ----------
    display : Display
    latest : dict
        The last value of every metric so far; empty before the first round.
    """

    display: Display
    latest: Metrics = field(default_factory=dict)

    def __call__(self, records: Sequence[RoundRecord], state: State) -> None:
        """Show a round."""
        record = records[-1]
        self.latest |= record.metrics
        try:
            self.display.show(record.round, metrics_in_words(self.latest))
        except OSError:  # nobody can see it, which is no reason to stop
            self.display = Silence()


@contextmanager
def progress(num_rounds: int, *, quiet: bool, stream: TextIO | None = None) -> Iterator[Progress]:
    """Yield the callback, with a display that fits the stream.

    Parameters
    ----------
    num_rounds : int
        The most rounds that there will be.
    quiet : bool
        Whether to show nothing.
    stream : text stream, optional
        By default the standard error. A program without one, as under ``pythonw``, shows nothing.
    """
    shown = Progress(_display(num_rounds, quiet, stream, "round"))
    try:
        yield shown
    finally:
        with suppress(OSError):
            shown.display.close()


@contextmanager
def counted(
    unit: str, *, quiet: bool, stream: TextIO | None = None
) -> Iterator[Callable[[int, int], None]]:
    """Yield a function that is called as ``show(done, total)``, for other things than rounds.

    Parameters
    ----------
    unit : str
        What is counted, such as ``run``.
    quiet : bool
        Whether to show nothing.
    stream : text stream, optional
        By default the standard error.
    """
    displays: list[Display] = []

    def show(done: int, total: int) -> None:
        if not displays:
            displays.append(_display(total, quiet, stream, unit))
        if done:
            with suppress(OSError):  # nobody can see it, which is no reason to stop
                displays[0].show(done, "")

    try:
        yield show
    finally:
        with suppress(OSError):
            for display in displays:
                display.close()


def _display(total: int, quiet: bool, stream: TextIO | None, unit: str) -> Display:
    stream = sys.stderr if stream is None else stream
    return Silence() if quiet or stream is None else _chosen(total, stream, unit)


def _chosen(total: int, stream: TextIO, unit: str) -> Display:
    if not stream.isatty():
        return Lines(total, stream, unit)
    try:
        from tqdm import tqdm
    except ModuleNotFoundError:
        return PlainBar(total, stream, unit=unit)
    return TqdmBar(tqdm(total=total, unit=f" {unit}s", file=stream, leave=False))


@dataclass(frozen=True)
class Silence:
    """Shows nothing."""

    def show(self, round: int, words: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(frozen=True)
class Lines:
    """A line every tenth of the run, for logs and files."""

    num_rounds: int
    stream: TextIO
    unit: str = "round"

    def show(self, round: int, words: str) -> None:
        """Print a line if another tenth of the run is done."""
        if round % math.ceil(self.num_rounds / NUM_LINES) == 0 or round == self.num_rounds:
            place = f"{round:>{len(str(self.num_rounds))}}/{self.num_rounds}"
            print(f"{self.unit} {place}  {words}".rstrip(), file=self.stream, flush=True)

    def close(self) -> None:
        """Do nothing: every line is complete."""


@dataclass
class PlainBar:
    """A bar of plain characters on one line of a terminal."""

    num_rounds: int
    stream: TextIO
    longest: int = 0
    unit: str = "round"

    def show(self, round: int, words: str) -> None:
        """Draw the bar again."""
        done = WIDTH * round // self.num_rounds
        line = f"{self.unit} {round}/{self.num_rounds} [{'#' * done:.<{WIDTH}}] {words}"
        self.longest = max(self.longest, len(line))
        print(f"\r{line:<{self.longest}}", end="", file=self.stream, flush=True)

    def close(self) -> None:
        """Wipe the line."""
        print(f"\r{'':<{self.longest}}\r", end="", file=self.stream, flush=True)


@dataclass(frozen=True)
class TqdmBar:
    """The bar of tqdm, which also says how fast it goes and how long it will take."""

    bar: Any

    def show(self, round: int, words: str) -> None:
        """Draw the bar again."""
        self.bar.set_postfix_str(words, refresh=False)
        self.bar.update(round - self.bar.n)  # by more than 1 after a resumed start

    def close(self) -> None:
        """Wipe the bar."""
        self.bar.close()


def metrics_in_words(metrics: Metrics) -> str:
    """Return the two most important metrics that there are, and what was spent of privacy.

    Examples
    --------
    >>> metrics_in_words({"train_loss": 0.25, "test_accuracy": 0.5, "test_loss": 0.75})
    'accuracy 0.5000, test loss 0.7500'
    >>> metrics_in_words({"test_accuracy": 0.5, "dp_epsilon": 1.234})
    'accuracy 0.5000, epsilon 1.23'
    """
    values = [(short, metrics.get(name)) for name, short in SHOWN.items()]
    known = [f"{short} {value:.4f}" for short, value in values if value is not None]
    spent = metrics.get("dp_epsilon")
    return ", ".join(known[:2] + ([] if spent is None else [f"epsilon {spent:.2f}"]))
