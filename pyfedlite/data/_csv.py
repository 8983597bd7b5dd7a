"""A CSV file as columns of text."""

import csv
from collections import Counter
from collections.abc import Collection
from pathlib import Path

import numpy as np

from pyfedlite import _check
from pyfedlite.data._texts import is_number
from pyfedlite.data.missing import is_mark
from pyfedlite.data.tables import Cells, Table
from pyfedlite.errors import DataError

DELIMITERS = (",", ";", "\t")
_HINT = "add a line of names, separated by commas, semicolons or tabs"


def read_csv(path: Path, missing_marks: Collection[str] = ()) -> Table:
    """Return the table in a CSV file: UTF-8, names in the first line.

    The first line also shows what separates the values: commas, semicolons or tabs, whichever it
    has most of.

    Parameters
    ----------
    path : Path
    missing_marks : collection of str
        Texts that stand for a missing value beside the usual ones.

    Raises
    ------
    DataError
        If the file cannot be read, has no rows, a row is too long or too short, or the first line
        does not name the columns.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            delimiter = _delimiter(file.readline())
            file.seek(0)
            reader = csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)
            numbered = [([v.strip() for v in row], reader.line_num) for row in reader if row]
    except OSError as error:
        raise DataError(_check.sentence(str(path), "be readable", error.strerror)) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(_check.sentence(str(path), "be a CSV file in UTF-8", error)) from error
    if len(numbered) < 2:
        got = f"{len(numbered)} lines"
        raise DataError(_check.sentence(str(path), "have a line of names, then rows", got))
    names = _header(path, numbered[0][0])
    for row, line in numbered:
        if len(row) != len(names):
            where = f"{path}, line {line}"
            raise DataError(_check.sentence(where, f"have {len(names)} values", len(row)))
    values = zip(*(row for row, _ in numbered[1:]), strict=True)
    marks = frozenset(missing_marks)
    cells = {name: _cells(list(column), marks) for name, column in zip(names, values, strict=True)}
    return Table(str(path), cells, [line for _, line in numbered[1:]])


def _cells(values: list[str], marks: frozenset[str]) -> Cells:
    return Cells(values, np.array([is_mark(value, marks) for value in values], dtype=np.bool_))


def _delimiter(first_line: str) -> str:
    """Return what separates the names: a quoted name may hold the other characters."""
    outside = "".join(first_line.split('"')[::2])
    return max(DELIMITERS, key=outside.count)  # the comma, where there is none


def _header(path: Path, names: list[str]) -> list[str]:
    where = f"{path}, line 1"
    if all(is_number(name) for name in names):
        shown = ", ".join(names[:20])[:200]
        raise DataError(_check.sentence(where, "name the columns", shown, _HINT))
    for name, count in Counter(names).items():
        if not name or count > 1:
            got = repr(name[:40])
            raise DataError(_check.sentence(where, "give each column its own name", got))
    return names
