"""Time contenders in turns, and show what came out as a table."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Times = dict[str, list[float]]
"""Seconds of every turn, by contender."""

COMPARED = ("ms median", "lowest", "quartile 1", "quartile 3", "ratio", "ratio lowest")


@dataclass(frozen=True)
class Table:
    """Results of one measurement.

    Parameters
    ----------
    title : str
        What was measured, with its sizes.
    columns : tuple of str
    rows : list of tuple
        A name, then one number a column.
    notes : tuple of str
        What is not in the numbers: contenders that are absent, say.
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, *tuple[float, ...]]]
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the table as text, columns aligned."""
        width = max(len(str(row[0])) for row in self.rows)
        head = " " * width + "".join(f"{column:>16}" for column in self.columns)
        body = [
            f"{name:<{width}}" + "".join(f"{number:>16.4g}" for number in numbers)
            for name, *numbers in self.rows
        ]
        return "\n".join([self.title, head, *body, *self.notes])


def take_turns(contenders: Mapping[str, Callable[[], object]], *, rounds: int = 9) -> Times:
    """Return the seconds of each contender; they take turns, after one turn to warm up.

    A contender that returns a float has timed itself.
    """
    seconds: Times = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, run in contenders.items():
            start = time.perf_counter()
            own = run()
            taken = own if isinstance(own, float) else time.perf_counter() - start
            if turn > 0:
                seconds[name].append(taken)
    return seconds


def median_seconds(
    contenders: Mapping[str, Callable[[], object]], *, rounds: int = 9
) -> dict[str, float]:
    """Return the median time of each contender, in turns."""
    times = take_turns(contenders, rounds=rounds)
    return {name: statistics.median(taken) for name, taken in times.items()}


def compare(title: str, times: Times, reference: str, notes: tuple[str, ...] = ()) -> Table:
    """Return medians with their spread, and how long each takes in terms of `reference`.

    The ratio is the median of the ratios within a turn: what slows the machine down for a while
    slows both. The ratio of the lowest times tells how it would be on a machine at rest.
    """
    rows: list[tuple[str, *tuple[float, ...]]] = []
    for name, taken in times.items():
        low, _, high = statistics.quantiles(taken, n=4)
        ratios = [a / b for a, b in zip(taken, times[reference], strict=True)]
        ms = [1e3 * s for s in (statistics.median(taken), min(taken), low, high)]
        best = min(taken) / min(times[reference])
        rows.append((name, *ms, statistics.median(ratios), best))
    return Table(title, COMPARED, rows, notes)
