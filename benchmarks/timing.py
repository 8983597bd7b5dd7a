"""Time contenders in turns, and show what came out as a table."""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


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
    """

    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, *tuple[float, ...]]]

    def __str__(self) -> str:
        """Return the table as text, columns aligned."""
        width = max(len(str(row[0])) for row in self.rows)
        head = " " * width + "".join(f"{column:>16}" for column in self.columns)
        body = [
            f"{name:<{width}}" + "".join(f"{number:>16.4g}" for number in numbers)
            for name, *numbers in self.rows
        ]
        return "\n".join([self.title, head, *body])


def median_seconds(
    contenders: Mapping[str, Callable[[], object]], *, rounds: int = 9
) -> dict[str, float]:
    """Return the median time of each contender; they take turns, after one turn to warm up."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            if turn > 0:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}
