"""The record of one round, and a list of records as CSV or JSON, written and read."""

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from pyfedlite._typing import Metrics
from pyfedlite.errors import FileFormatError
from pyfedlite.state import RoundRecord


def columns(records: Sequence[RoundRecord]) -> list[str]:
    """Return the names of all metrics, in order of appearance."""
    return list(dict.fromkeys(name for record in records for name in record.metrics))


def reaches(metric: str, value: float, target: float) -> bool:
    """Return whether a value of a metric is as good as its target: of a loss, at or below it."""
    return value <= target if metric.endswith("loss") else value >= target


def records_to_csv(records: Sequence[RoundRecord]) -> str:
    """Return a table with one line per round; the cohort is separated by spaces.

    A metric that is None, or was not measured in that round, is an empty cell. If a round has
    failed, there is a last column that says why.

    Examples
    --------
    >>> print(records_to_csv([RoundRecord(1, (0, 4), {"train_loss": 0.5})]), end="")
    round,cohort,train_loss
    1,0 4,0.5
    """
    names = columns(records)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    fails = ["failure"] if any(record.failure is not None for record in records) else []
    writer.writerow(["round", "cohort", *names, *fails])
    for record in records:
        cells = ["" if (v := record.metrics.get(n)) is None else repr(v) for n in names]
        why = [record.failure or ""] if fails else []
        writer.writerow([record.round, " ".join(map(str, record.cohort)), *cells, *why])
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
    rows = []
    for r in records:
        row = {"round": r.round, "cohort": list(r.cohort), "metrics": dict(r.metrics)}
        rows.append(row if r.failure is None else row | {"failure": r.failure})
    return rows


def records_from_json(rows: Sequence[Mapping[str, Any]]) -> list[RoundRecord]:
    """Return the records of a list that `records_to_json` returned."""
    try:
        return [
            RoundRecord(r["round"], tuple(r["cohort"]), dict(r["metrics"]), r.get("failure"))
            for r in rows
        ]
    except (KeyError, TypeError) as error:
        raise FileFormatError(f"history must be a list of rounds, got {error!r}") from error


def dumps(value: Any) -> str:
    """Return JSON that every reader accepts: NaN and infinities are refused, not written."""
    return json.dumps(value, indent=2, allow_nan=False)


def _from_row(row: dict[str, str]) -> RoundRecord:
    number, cohort = int(row.pop("round")), row.pop("cohort")
    failure = row.pop("failure", "") or None
    metrics: Metrics = {name: _number(cell) for name, cell in row.items() if cell != ""}
    return RoundRecord(number, tuple(int(k) for k in cohort.split()), metrics, failure)


def _number(cell: str) -> float | int:
    try:
        return int(cell)
    except ValueError:
        value = float(cell)
        if not math.isfinite(value):
            raise ValueError(f"a cell with {cell}") from None
        return value
