"""What one round leaves behind, and how a list of them becomes CSV or JSON and comes back."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pyfedlite._typing import Metrics
from pyfedlite.errors import FileFormatError


@dataclass(frozen=True)
class RoundRecord:
    """One round.

    Parameters
    ----------
    round : int
        From 1.
    cohort : tuple of int
        S_t, ascending.
    metrics : mapping of str to float, int or None
        ``train_loss``, ``bytes_up``, ``bytes_down``, ``seconds`` (of training); in rounds that were
        evaluated also ``test_loss``, ``test_accuracy`` and, for two classes, ``test_auc``; and what
        parts of the algorithm add.
    """

    round: int
    cohort: tuple[int, ...]
    metrics: Metrics


def columns(records: Sequence[RoundRecord]) -> list[str]:
    """Return the names of all metrics, in order of appearance."""
    return list(dict.fromkeys(name for record in records for name in record.metrics))


def records_to_csv(records: Sequence[RoundRecord]) -> str:
    """Return a table with one line per round; the cohort is separated by spaces.

    A metric that is None, or was not measured in that round, is an empty cell.

    Examples
    --------
    >>> print(records_to_csv([RoundRecord(1, (0, 4), {"train_loss": 0.5})]), end="")
    round,cohort,train_loss
    1,0 4,0.5
    """
    names = columns(records)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["round", "cohort", *names])
    for record in records:
        cells = ("" if (v := record.metrics.get(n)) is None else repr(v) for n in names)
        writer.writerow([record.round, " ".join(map(str, record.cohort)), *cells])
    return text.getvalue()


def records_from_csv(text: str) -> list[RoundRecord]:
    """Return the records of a table written by `records_to_csv`; empty cells are left out."""
    rows = csv.DictReader(io.StringIO(text))
    try:
        return [_from_row(dict(row)) for row in rows]
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise FileFormatError(f"history must be a table of rounds, got {error}") from error


def records_to_json(records: Sequence[RoundRecord]) -> list[dict[str, Any]]:
    """Return plain lists and dictionaries for ``json.dumps``."""
    return [
        {"round": r.round, "cohort": list(r.cohort), "metrics": dict(r.metrics)} for r in records
    ]


def records_from_json(rows: Sequence[Mapping[str, Any]]) -> list[RoundRecord]:
    """Return the records of what `records_to_json` gave."""
    try:
        return [RoundRecord(r["round"], tuple(r["cohort"]), dict(r["metrics"])) for r in rows]
    except (KeyError, TypeError) as error:
        raise FileFormatError(f"history must be a list of rounds, got {error!r}") from error


def dumps(value: Any) -> str:
    """Return JSON that every reader accepts: NaN and infinities are refused, not written."""
    return json.dumps(value, indent=2, allow_nan=False)


def _from_row(row: dict[str, str]) -> RoundRecord:
    number, cohort = int(row.pop("round")), row.pop("cohort")
    metrics: Metrics = {name: _number(cell) for name, cell in row.items() if cell != ""}
    return RoundRecord(number, tuple(int(k) for k in cohort.split()), metrics)


def _number(cell: str) -> float | int:
    try:
        return int(cell)
    except ValueError:
        value = float(cell)
        if not math.isfinite(value):
            raise ValueError(f"a cell with {cell}") from None
        return value
