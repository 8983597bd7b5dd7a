"""What counts as a missing value, wherever rows come in: one rule for every entrance.

Missing are: NaN, None, NA of pandas, NaT, a masked entry, an empty cell, and the marks ``None``,
``?``, ``NA``, ``N/A``, ``NaN`` and ``null``, the last four in any case. A missing feature can be
filled or its row can be dropped; a missing label or group cannot be filled, so its row can only be
dropped. Nothing of this happens unless it was asked for.
"""

from collections.abc import Collection, Iterable
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite.data._texts import is_number

MARKS = ("", "?", "na", "n/a", "nan", "null", "<na>", "nat")
FILLS = ("mean", "median", "most-frequent")
RULES = (*FILLS, "drop", "keep")
FILL_OR_DROP = (
    "fill it in, or pass missing='mean', 'median', 'most-frequent' or 'drop' (--missing mean)"
)
DROP = "a label or a group cannot be filled: correct it, or pass missing='drop' (--missing drop)"


def is_mark(text: str, marks: Collection[str] = ()) -> bool:
    """Return whether a text stands for a missing value; `marks` are further ones.

    A mark that is a number stands for that number, however it is written.

    Examples
    --------
    >>> is_mark(" n/a "), is_mark("-"), is_mark("-", ["-"]), is_mark("-999.0", ["-999"])
    (True, False, True, True)
    """
    stripped = text.strip()
    # None as Python writes it: "none" is a good name for a category
    if stripped == "None" or stripped.casefold() in MARKS or stripped in marks:
        return True
    return bool(marks) and is_number(stripped) and float(stripped) in _numbers_of(marks)


def is_missing(values: Any, marks: Collection[str] = ()) -> NDArray[np.bool_]:
    """Return which values are missing, an array of the same shape.

    Parameters
    ----------
    values : array-like of any dtype
        Masked entries of a masked array are missing.
    marks : collection of str
        Texts that stand for a missing value beside the usual ones; of numbers, also the number.

    Examples
    --------
    >>> is_missing(np.array([1.0, None, "?", "x", np.nan], dtype=object)).tolist()
    [False, True, True, False, True]
    """
    masked = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else False
    array = np.asarray(values)
    kind = array.dtype.kind
    numbers = sorted(_numbers_of(marks))
    if kind in "fc":
        found = np.isnan(array)
    elif kind in "mM":
        found = np.isnat(array)
    elif kind in "biu":
        found = np.zeros(array.shape, dtype=np.bool_)
    else:
        flat = [_is_missing(value, marks) for value in array.ravel().tolist()]
        found = np.array(flat, dtype=np.bool_).reshape(array.shape)
    if numbers and kind in "iuf":
        found = found | np.isin(array, numbers)
    result: NDArray[np.bool_] = found | masked
    return result


def as_numbers(name: str, values: Any) -> NDArray[Any]:
    """Return numbers as an array of a numeric dtype; a missing value becomes NaN.

    Parameters
    ----------
    name : str
        For the message.
    values : array-like
        Of numbers, among them masked entries, None or NA.

    Raises
    ------
    TypeError
        If a value is no number.

    Examples
    --------
    >>> as_numbers("x", [1, None, 3]).tolist()
    [1.0, nan, 3.0]
    """
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of several lengths
        raise ValueError(_check.sentence(name, "have rows of one length", "several")) from error
    is_plain = array.dtype.kind in "biuf"
    if is_plain and not isinstance(values, np.ma.MaskedArray):
        return array
    if not is_plain and array.dtype.kind != "O":
        _no_numbers(name, array.dtype, array)
    missing = is_missing(values)
    if is_plain:
        return np.where(missing, np.nan, array) if missing.any() else array
    numbers = np.full(array.shape, np.nan)
    flat, holes = numbers.reshape(-1), missing.ravel()
    for place, value in enumerate(array.ravel().tolist()):
        if not holes[place]:
            if not isinstance(value, Real):
                _no_numbers(name, type(value).__name__, values)
            # a whole number beyond all floats becomes infinite
            flat[place] = _check.number(name, value) if type(value) is int else float(value)
    return numbers


def complete_rows(arrays: Iterable[Any]) -> NDArray[np.bool_]:
    """Return which rows have no missing value in any of the arrays, shape (n,).

    Examples
    --------
    >>> complete_rows([np.array([[1.0, 2.0], [np.nan, 1.0]]), np.array([0, 1])]).tolist()
    [True, False]
    """
    masks = [is_missing(array) for array in arrays]
    flat = [mask.reshape(len(mask), -1).any(axis=1) for mask in masks]
    found: NDArray[np.bool_] = ~np.any(flat, axis=0)
    return found


def check_rule(rule: str | None) -> None:
    """Check that `rule` says what to do with missing values; None refuses them."""
    if rule is not None:
        _check.one_of("missing", rule, RULES)


def _is_missing(value: Any, marks: Collection[str]) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, str):
        return is_mark(value, marks)
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return bool(value != value) or (bool(marks) and value in _numbers_of(marks))


def _numbers_of(marks: Collection[str]) -> frozenset[float]:
    """Return the numbers among some marks."""
    return frozenset(float(mark) for mark in marks if is_number(mark))


def _no_numbers(name: str, found: object, values: Any) -> None:
    hint = "encode text and categories as numbers first"
    _check.fail_type(name, f"hold real numbers, not {found}", values, hint)


def refuse_missing(
    name: str,
    features: NDArray[Any],
    names: tuple[str, ...] | None = None,
    hint: str = FILL_OR_DROP,
) -> None:
    """Check that no feature is NaN; the message names the first one and what to do."""
    if features.dtype.kind != "f":
        return
    holes = np.isnan(features)
    if holes.any():
        row, column = (int(place) for place in np.argwhere(holes)[0])
        shown = column if names is None else repr(names[column])
        got = f"NaN in row {row}, column {shown}"
        _check.fail(name, "have a value everywhere", got, hint)
