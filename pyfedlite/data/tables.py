"""Columns of a CSV file or a data frame: what each is, decided once, and kept as structure.

Left neighbours: ``_csv`` and ``_frames`` read cells. Right neighbour: ``reading`` makes a dataset.
A column is *numbers* if every value in it is a number, and *categories* if none is. Anything
between is an error that names the cell, until somebody says what the column is; so is a column of
values that only look like numbers (``0,5``, ``1,000``, ``63 y``, a date).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite.data._texts import (
    IDENTIFIER,
    how_to_declare,
    how_to_leave_out,
    how_to_write,
    is_number,
    looks_like_a_number,
    number_text,
    same_value,
    short,
)
from pyfedlite.data.missing import DROP, FILL_OR_DROP
from pyfedlite.errors import DataError

MOST_CATEGORIES = 100  # a text column with more holds names, not categories
LONGEST_CATEGORY = 200  # letters
MOST_VALUES = 2**28  # of a table with categories spread out: 2 GiB


@dataclass(frozen=True)
class Column:
    """What a column of a table is, as a model needs to know it.

    Parameters
    ----------
    name : str
    categories : tuple of str, optional
        Each becomes one feature, 1 where the value is that category. None: a column of numbers.

    Examples
    --------
    >>> Column("age").feature_names, Column("colour", ("blue", "red")).feature_names
    (('age',), ('colour=blue', 'colour=red'))
    """

    name: str
    categories: tuple[str, ...] | None = None

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the features it becomes: to be shown, never to be parsed."""
        if self.categories is None:
            return (self.name,)
        return tuple(f"{self.name}={category}" for category in self.categories)

    @property
    def width(self) -> int:
        """Number of the features it becomes."""
        return 1 if self.categories is None else len(self.categories)


@dataclass(frozen=True, eq=False)
class Cells:
    """One column as it came.

    Parameters
    ----------
    values : list of str, or array of shape (n,) of float64
    missing : array of shape (n,) of bool
    is_category : bool
        Whether the data frame says that these are categories, whatever they look like.
    """

    values: list[str] | NDArray[np.float64]
    missing: NDArray[np.bool_]
    is_category: bool = False

    def texts(self) -> list[str]:
        """Return every value as text; what stands for a missing one means nothing."""
        if isinstance(self.values, list):
            return self.values
        return [number_text(value) for value in self.values.tolist()]

    def are_numbers(self) -> NDArray[np.bool_]:
        """Return which values are written as numbers, shape (n,)."""
        if not isinstance(self.values, list):
            return ~self.missing
        known = zip(self.values, self.missing.tolist(), strict=True)
        return np.array([not hole and is_number(text) for text, hole in known], dtype=np.bool_)

    def taken(self, rows: NDArray[np.bool_]) -> "Cells":
        """Return the cells of some rows."""
        values: Any = self.values
        kept = values[rows] if not isinstance(values, list) else _taken(values, rows)
        return Cells(kept, self.missing[rows], self.is_category)


@dataclass(frozen=True, eq=False)
class Table:
    """Columns by name, all of one length.

    Parameters
    ----------
    source : str
        The path of a file, or what a data frame is called.
    cells : mapping of str to Cells
        In the order of the source.
    lines : sequence of int, optional
        The line of the file that each row ends on. None: a data frame.
    """

    source: str
    cells: Mapping[str, Cells]
    lines: Sequence[int] | None = None

    @property
    def num_rows(self) -> int:
        """Number of rows."""
        return len(next(iter(self.cells.values())).missing)

    def fail(
        self, name: str, row: int, condition: str, got: str | None = None, hint: str = ""
    ) -> Never:
        """Raise the error about one cell; `got` is by default what is in it."""
        place = f"row {row}" if self.lines is None else f"line {self.lines[row]}"
        found = repr(short(self.cells[name].texts()[row])) if got is None else got
        self.fail_all(condition, found, hint, f", {place}, column {short(name)!r}")

    def fail_all(self, condition: str, got: object, hint: str = "", where: str = "") -> Never:
        """Raise the error about the whole table: a DataError for a file, else a ValueError."""
        message = _check.sentence(f"{self.source}{where}", condition, got, hint)
        raise ValueError(message) if self.lines is None else DataError(message)

    def column(self, name: str) -> Cells:
        """Return a column, or raise an error that names the nearest."""
        if name not in self.cells:
            names = [short(known) for known in self.cells]
            shown = ", ".join(names[:20]) + (f", … ({len(names)} columns)" if names[20:] else "")
            nearest = _check.nearest(name, names[:1000])
            self.fail_all(f"have a column {short(name)!r}", shown, nearest)
        return self.cells[name]

    def without_missing(self, names: Collection[str]) -> "Table":
        """Return the rows in which none of the columns `names` misses a value."""
        kept = ~np.any([self.column(name).missing for name in names], axis=0)
        if not kept.any():
            self.fail_all("have a row without a missing value", "none", "name fewer columns")
        lines = None if self.lines is None else _taken(self.lines, kept)
        return Table(self.source, {n: c.taken(kept) for n, c in self.cells.items()}, lines)

    def refuse_missing(self, name: str, hint: str = FILL_OR_DROP) -> None:
        """Raise an error that names the first missing value of a column, if there is one."""
        missing = self.column(name).missing
        if missing.any():
            self.fail(name, int(np.argmax(missing)), "have a value", hint=hint)

    def decide(self, name: str, categorical: Collection[str] = ()) -> Column:
        """Return what a column is.

        Raises
        ------
        DataError, ValueError
            If it is neither numbers nor categories, or has too many categories, or no value at all.
        """
        cells = self.column(name)
        if cells.missing.all():
            self.fail_all(
                f"have a value in the column {short(name)!r}", "none", how_to_leave_out(name)
            )
        if cells.is_category or name in categorical:
            return Column(name, self._categories(name))
        if not isinstance(cells.values, list):
            return Column(name)
        return Column(name) if self._is_numeric(name) else Column(name, self._categories(name))

    def encode(self, columns: Sequence[Column]) -> NDArray[np.float64]:
        """Return the features that some columns become, shape (n, sum of their widths).

        A missing value is NaN in each feature of its column.

        Raises
        ------
        DataError, ValueError
            If a column is absent, a value is no number, or a category is not a known one.
        """
        width = sum(column.width for column in columns)
        if width > len(columns) and width * self.num_rows > MOST_VALUES:
            got = f"{self.num_rows:,} rows of {width:,}"
            condition = f"come to at most {MOST_VALUES:,} values with a feature for each category"
            self.fail_all(condition, got, "leave out columns with many categories")
        features = np.empty((self.num_rows, width))
        start = 0
        for column in columns:
            features[:, start : start + column.width] = self._encoded(column)
            start += column.width
        return features

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column as finite numbers, NaN where a value is missing, shape (n,)."""
        cells = self.column(name)
        if not isinstance(cells.values, list):
            numbers = cells.values
        else:
            numbers = np.full(len(cells.values), np.nan)
            for row, (text, hole) in enumerate(zip(cells.values, cells.missing, strict=True)):
                if not hole:
                    numbers[row] = self._number(name, row, text)
        infinite = np.isinf(numbers)
        if infinite.any():
            self.fail(name, int(np.argmax(infinite)), "be a finite number")
        return numbers

    def values(self, name: str, *, as_text: bool) -> NDArray[Any]:
        """Return labels or groups: numbers if every value is a number, else text, shape (n,).

        Of names, numbers that would not come back as they were written, ``007`` or those of more
        than 15 digits, are text too: two of them could become one.

        Parameters
        ----------
        name : str
        as_text : bool
            Whether the values are names: numbers beside words are text. Otherwise that is an error.
        """
        self.refuse_missing(name, DROP)
        cells = self.column(name)
        numeric = cells.are_numbers()
        are_names = cells.is_category or (as_text and _are_identifiers(cells))
        if numeric.all() and not are_names:
            return self.numbers(name)
        if not as_text and not numeric.all():
            self._is_numeric(name)
        self._check_lengths(name)
        return np.array(cells.texts())

    def _encoded(self, column: Column) -> NDArray[np.float64]:
        if column.categories is None:
            return self.numbers(column.name)[:, None]
        cells = self.column(column.name)
        place = _places(column.categories)
        texts = cells.texts()
        ids = np.array([place.get(t, place.get(same_value(t), -1)) for t in texts], dtype=np.int64)
        unknown = (ids < 0) & ~cells.missing
        if unknown.any():
            known = ", ".join(map(short, column.categories))
            self.fail(column.name, int(np.argmax(unknown)), f"be one of {known}")
        encoded: NDArray[np.float64] = (ids[:, None] == np.arange(column.width)).astype(np.float64)
        encoded[cells.missing] = np.nan
        return encoded

    def _number(self, name: str, row: int, text: str) -> float:
        if is_number(text):
            return float(text)
        if text.casefold() in ("true", "false"):  # as a data frame writes a column of truth values
            return float(text.casefold() == "true")
        self.fail(name, row, "be a finite number", hint=how_to_write(text))

    def _is_numeric(self, name: str) -> bool:
        """Return whether a column is numbers or words, if it is one of the two."""
        cells = self.column(name)
        are_numbers, known = cells.are_numbers(), ~cells.missing
        texts = cells.texts()
        if are_numbers.any():
            strays = known & ~are_numbers
            if not strays.any():
                return True
            row = int(np.argmax(strays))
            count = f"{int(are_numbers.sum())} of the {int(known.sum())} values are"
            self.fail(name, row, f"be a number, as {count}", hint=how_to_declare(name, texts[row]))
        like = np.array([k and looks_like_a_number(t) for t, k in zip(texts, known, strict=True)])
        if 2 * like.sum() >= known.sum():
            row = int(np.argmax(like))
            self.fail(
                name, row, "be a number as Python writes it", hint=how_to_declare(name, texts[row])
            )
        return False

    def _categories(self, name: str) -> tuple[str, ...]:
        cells = self.column(name)
        self._check_lengths(name)
        pairs = zip(cells.texts(), cells.missing, strict=True)
        categories = sorted({text for text, hole in pairs if not hole})
        if len(categories) > MOST_CATEGORIES:
            row = int(np.argmin(cells.missing))
            condition = f"be a number, or the column have at most {MOST_CATEGORIES} categories"
            got = f"{short(cells.texts()[row])!r}, one of {len(categories)} values"
            self.fail(name, row, condition, got, how_to_leave_out(name))
        return tuple(categories)

    def _check_lengths(self, name: str) -> None:
        for row, text in enumerate(self.column(name).texts()):
            if len(text) > LONGEST_CATEGORY:
                got = f"{len(text):,} letters, {short(text)!r}"
                self.fail(
                    name,
                    row,
                    f"have at most {LONGEST_CATEGORY} letters",
                    got,
                    how_to_leave_out(name),
                )


def to_json(columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return columns as plain lists and dictionaries.

    Examples
    --------
    >>> from_json(to_json([Column("a"), Column("b", (">=30",))]))
    (Column(name='a', categories=None), Column(name='b', categories=('>=30',)))
    """
    return [
        {"name": c.name, "categories": None if c.categories is None else list(c.categories)}
        for c in columns
    ]


def from_json(columns: Any) -> tuple[Column, ...]:
    """Return the columns that `to_json` wrote."""
    return tuple(
        Column(
            str(c["name"]), None if c["categories"] is None else tuple(map(str, c["categories"]))
        )
        for c in columns
    )


def _places(categories: Sequence[str]) -> dict[str, int]:
    """Return the place of each category, as it is written and as doors may write it elsewhere.

    A data frame holds True or 1.0 where a CSV file has the text ``True`` or ``1``.
    """
    alike = [same_value(category) for category in categories]
    places = {text: place for place, text in enumerate(alike) if alike.count(text) == 1}
    return places | {category: place for place, category in enumerate(categories)}


def _are_identifiers(cells: Cells) -> bool:
    if not isinstance(cells.values, list):
        return False
    return any(IDENTIFIER.fullmatch(text) is not None for text in cells.values)


def _taken(values: Sequence[Any], rows: NDArray[np.bool_]) -> list[Any]:
    return [value for value, kept in zip(values, rows.tolist(), strict=True) if kept]
