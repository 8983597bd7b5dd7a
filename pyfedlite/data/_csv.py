"""A CSV file as columns of text, and columns of text as numbers."""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Never

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite.data._columns import one_hot
from pyfedlite.errors import DataError

MISSING = ("", "?", "na", "n/a", "nan", "null")
MOST_CATEGORIES = 100  # a text column with more holds names, not categories


@dataclass(frozen=True)
class Table:
    """The columns of a CSV file, by name, as they are written.

    Parameters
    ----------
    path : Path
    columns : dict of str to list of str
        In the order of the file, all of one length.
    lines : list of int
        The line of the file that each row ends on, for error sentences.
    """

    path: Path
    columns: dict[str, list[str]]
    lines: list[int]

    def fail(self, name: str, row: int, condition: str, got: object, hint: str = "") -> Never:
        """Raise ``DataError`` about one value."""
        where = f"{self.path}, line {self.lines[row]}, column {name!r}"
        raise DataError(_check.sentence(where, condition, got, hint))

    def column(self, name: str) -> list[str]:
        """Return a column without missing values.

        Raises
        ------
        DataError
            If the column is absent or a value is missing.
        """
        if name not in self.columns:
            nearest = _check.nearest(name, list(self.columns))
            condition = f"have a column {name!r}"
            message = _check.sentence(str(self.path), condition, ", ".join(self.columns), nearest)
            raise DataError(message)
        for row, value in enumerate(self.columns[name]):
            if value.casefold() in MISSING:
                hint = "fill it in, or delete the row or the column"
                self.fail(name, row, "have a value", repr(value), hint)
        return self.columns[name]

    def is_numeric(self, name: str) -> bool:
        """Return whether every value of the column is a number."""
        return all(_is_number(value) for value in self.columns[name])

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column as finite numbers, shape (n,)."""
        values = self.column(name)
        for row, value in enumerate(values):
            if not _is_number(value) or not math.isfinite(float(value)):
                self.fail(name, row, "be a finite number", repr(value))
        return np.array([float(value) for value in values])

    def values(self, name: str) -> NDArray[Any]:
        """Return a column as numbers if every value is one, else as text, shape (n,)."""
        text = self.column(name)
        return self.numbers(name) if self.is_numeric(name) else np.array(text)

    def encoded(self, name: str) -> tuple[NDArray[np.float64], list[str]]:
        """Return a column as numbers, shape (n, c), and the names of the c new columns.

        A column of numbers stays one column; a column of text becomes one column for each of its
        values, with the name ``name=value``.
        """
        values = self.column(name)
        if self.is_numeric(name):
            return self.numbers(name)[:, None], [name]
        categories = sorted(set(values))
        if len(categories) > MOST_CATEGORIES:
            row = next(row for row, value in enumerate(values) if not _is_number(value))
            condition = f"be a number, or the column have at most {MOST_CATEGORIES} categories"
            got = f"{values[row]!r}, one of {len(categories)} values"
            self.fail(name, row, condition, got, "correct the value or delete the column")
        return one_hot(np.array(values), categories), [f"{name}={value}" for value in categories]

    def selected(self, names: Sequence[str]) -> NDArray[np.float64]:
        """Return the columns `names`, as ``encoded`` names them, shape (n, len(names)).

        Raises
        ------
        DataError
            If a column is absent, or a row has a category that is not in `names`.
        """
        parts = []
        for name in names:
            source, equals, value = name.rpartition("=")
            if name in self.columns or not equals:
                parts.append(self.numbers(name))
                continue
            known = [n.rpartition("=")[2] for n in names if n.rpartition("=")[0] == source]
            for row, found in enumerate(self.column(source)):
                if found not in known:
                    self.fail(source, row, f"be one of {', '.join(known)}", repr(found))
            parts.append(one_hot(np.array(self.columns[source]), [value])[:, 0])
        return np.stack(parts, axis=1)


def read_csv(path: Path) -> Table:
    """Return the table in a CSV file: commas, UTF-8, names in the first line.

    Raises
    ------
    DataError
        If the file cannot be read, has no rows, a row is too long or too short, or the first line
        does not name the columns.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, skipinitialspace=True, strict=True)
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
    columns = {name: list(column) for name, column in zip(names, values, strict=True)}
    return Table(path, columns, [line for _, line in numbered[1:]])


def _header(path: Path, names: list[str]) -> list[str]:
    hint = "add a line of names, separated by commas"
    if all(_is_number(name) for name in names):
        where = f"{path}, line 1"
        raise DataError(_check.sentence(where, "name the columns", ", ".join(names), hint))
    for name in names:
        if not name or names.count(name) > 1:
            where = f"{path}, line 1"
            raise DataError(_check.sentence(where, "give each column its own name", repr(name)))
    return names


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text  # Python also reads 1_000 as a number
