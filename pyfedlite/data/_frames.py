"""A data frame, of pandas, polars or alike, as a table; neither package is imported."""

from collections.abc import Collection, Mapping
from numbers import Real
from typing import Any

import numpy as np

from pyfedlite import _check
from pyfedlite.data._texts import number_text
from pyfedlite.data.missing import is_missing
from pyfedlite.data.tables import Cells, Table

_DECLARED = ("category", "categorical", "enum")


def is_frame(rows: object) -> bool:
    """Return whether `rows` have columns with names.

    Examples
    --------
    >>> is_frame({"age": [30, 40]}), is_frame(np.zeros((2, 1)))
    (True, False)
    """
    if isinstance(rows, Mapping):
        return True
    return (
        hasattr(rows, "columns") and hasattr(rows, "__getitem__") and not hasattr(rows, "toarray")
    )


def frame_table(frame: Any, missing_marks: Collection[str] = (), source: str = "frame") -> Table:
    """Return the columns of a data frame, or of a mapping of names to columns.

    Numbers and truth values are numbers; text is read as in a CSV file. A column that pandas calls
    ``category``, or polars ``Categorical`` or ``Enum``, holds categories.

    Raises
    ------
    ValueError
        If two columns have one name, lengths differ, or a value is neither number nor text.
    TypeError
        If it is a ``LazyFrame`` of polars, which holds no rows yet.
    """
    if hasattr(frame, "collect"):  # of polars, a plan that has not been carried out
        _check.fail_type(source, "hold rows", frame, "pass frame.collect()")
    names = list(frame) if isinstance(frame, Mapping) else list(frame.columns)
    if not names:
        _check.fail(source, "have columns", "none")
    cells: dict[str, Cells] = {}
    for name in names:
        if str(name) in cells:
            _check.fail(source, "give each column its own name", repr(str(name)))
        cells[str(name)] = _cells(frame[name], missing_marks, f"{source}, column {str(name)!r}")
    lengths = {len(column.missing) for column in cells.values()}
    if len(lengths) > 1:
        _check.fail(source, "have columns of one length", sorted(lengths))
    return Table(source, cells)


def _cells(column: Any, marks: Collection[str], where: str) -> Cells:
    values = column if isinstance(column, np.ma.MaskedArray) else np.asarray(column)
    if values.ndim != 1:
        _check.fail(where, "be one column with a name of its own", f"shape {values.shape}")
    missing, plain = is_missing(values, marks), np.asarray(values)
    declared = str(getattr(column, "dtype", "")).lower().startswith(_DECLARED)
    if plain.dtype.kind in "iu" and _are_long(plain.ravel().tolist()):
        return Cells([str(value) for value in plain.tolist()], missing, declared)
    if plain.dtype.kind in "biuf":
        return Cells(np.where(missing, np.nan, plain.astype(np.float64)), missing, declared)
    if plain.dtype.kind not in "OUT":
        hint = "turn it into numbers or text first"
        _check.fail(where, "hold numbers or text", plain.dtype, hint)
    listed = plain.tolist()
    known = [value for value, hole in zip(listed, missing.tolist(), strict=True) if not hole]
    if known and all(isinstance(value, Real) for value in known) and not _are_long(known):
        numbers = np.full(len(listed), np.nan)
        numbers[~missing] = [float(value) for value in known]
        return Cells(numbers, missing, declared)
    pairs = zip(listed, missing.tolist(), strict=True)
    return Cells([_text(value, hole, where) for value, hole in pairs], missing, declared)


def _are_long(values: list[Any]) -> bool:
    """Return whether a float64 cannot tell whole numbers apart that are among these."""
    return any(isinstance(value, int) and abs(value) >= 2**53 for value in values)


def _text(value: Any, is_hole: bool, where: str) -> str:
    if is_hole:
        return value.strip() if isinstance(value, str) else str(value)
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Real):
        return number_text(float(value))
    hint = "turn it into numbers or text first"
    _check.fail(where, "hold numbers or text", type(value).__name__, hint)
