"""Calling a learner's function, and saying in words what went wrong in it."""

import contextlib
import copy
import inspect
import io
import linecache
import traceback
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pyfedlite.exercises.exercise import Seeded
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.literals import literal

Function = Callable[..., Any]

ONE_NUMBER = "The functions of math take one number; NumPy's take arrays."
EXPLANATIONS = (
    ("arrays can be converted", ONE_NUMBER),
    ("Conversion of an array", ONE_NUMBER),  # how NumPy before 2.4 says it
    ("could not be broadcast", "The shapes do not fit: look at the .shape of each array."),
    ("mismatch in its core dimension", "The shapes do not fit: look at the .shape of each array."),
    ("is not defined", "Names from other cells have to be defined before check runs."),
    ("overflow", "A number is too large for a float: can the formula be written without it?"),
    ("invalid value", "Somewhere in it is 0 / 0, or infinity minus infinity."),
    ("divide by zero", "There is a case in which this is a division by zero."),
)
"""What to say beside the words of Python and NumPy, by a part of these words."""


class ComplaintError(Exception):
    """A sentence for the learner about one call.

    Parameters
    ----------
    sentence : str
    got : object
        What the function returned, if it came that far.
    """

    def __init__(self, sentence: str, got: object = None) -> None:
        super().__init__(sentence)
        self.got = got


def complaint_about_signature(function: object, parameters: Sequence[str]) -> str:
    """Return what is wrong with how `function` wants to be called, or nothing."""
    if not callable(function):
        kind = type(function).__name__
        return f"check wants your function itself, without parentheses behind it; it got {kind}."
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C do not say
        return ""
    try:
        signature.bind(*parameters)
    except TypeError:
        yours = ", ".join(signature.parameters) or "nothing"
        wanted = _count(len(parameters))
        return f"Your function must take {wanted} ({', '.join(parameters)}); yours takes {yours}."
    return ""


def answer(function: Function, case: Case) -> Any:
    """Return what `function` makes of a case, which it must leave as it was."""
    given = {name: _argument(value) for name, value in case.items()}
    quiet = io.StringIO()
    try:
        with (
            warnings.catch_warnings(),
            np.errstate(over="warn", invalid="warn", divide="warn"),
            contextlib.redirect_stdout(quiet),
        ):
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", RuntimeWarning)  # NumPy's way to say overflow, 0 / 0
            # Before 2.4 an array of one number passed as a number, with a warning.
            warnings.filterwarnings("error", "Conversion of an array", DeprecationWarning)
            result = function(*given.values())
    except Exception as error:
        raise ComplaintError(_stopped(error, function)) from None
    for name, value in case.items():
        if isinstance(value, np.ndarray) and not _same(value, given[name]):
            raise ComplaintError(
                f"Your function changes its argument `{name}`, which belongs to the caller. "
                f"Make a new array: `{name} = {name} - step` instead of `{name} -= step`."
            )
    return result


def _argument(value: Any) -> Any:
    if isinstance(value, Seeded):
        return value.fresh()
    return copy.deepcopy(value) if isinstance(value, np.ndarray) else value


def complaint_about_value(got: Any, expected: Any) -> str:
    """Return in words how `got` differs in kind from `expected`, or nothing."""
    if got is None:
        return "Your function returns None. Is its last line a `return`?"
    if isinstance(expected, int):
        return _complaint_about_number(got)
    if isinstance(got, list | tuple):
        kind = type(got).__name__
        return f"Your function returns a {kind}. Wrap it: `return np.array(...)`."
    if np.ndim(expected) and not isinstance(got, np.ndarray):
        kind = type(got).__name__
        return f"Your function returns one {kind} where an array of {_shape(expected)} is wanted."
    if np.shape(got) != np.shape(expected):
        wanted = _shape(expected)
        return f"Your function returns {_shape(got)} where {wanted} is wanted."
    if np.asarray(got).dtype.kind not in "fiu":
        return f"Your function returns {np.asarray(got).dtype} values where numbers are wanted."
    if not np.isfinite(got).all():
        return "Your function returns NaN or infinity where a number is wanted."
    return ""


def _complaint_about_number(got: Any) -> str:
    if isinstance(got, bool) or not isinstance(got, int | np.integer):
        kind = type(got).__name__
        return f"Your function returns a {kind} where a whole number (int) is wanted."
    return ""


def equal(got: Any, expected: Any) -> bool:
    """Return whether two results agree, up to the rounding of a few hundred float64 operations."""
    if isinstance(expected, int):
        return bool(got == expected)
    return np.shape(got) == np.shape(expected) and np.allclose(got, expected, rtol=1e-7, atol=1e-8)


def call_of(name: str, case: Case) -> str:
    """Return the call as one types it: the arguments, then the function.

    Examples
    --------
    >>> print(call_of("half", {"x": np.array([2.0])}))
    x = np.array([2.0])
    half(x)
    """
    lines = [f"{argument} = {literal(value)}" for argument, value in case.items()]
    return "\n".join([*lines, f"{name}({', '.join(case)})"])


def _stopped(error: Exception, function: Function) -> str:
    """Return the sentence for an exception, with the learner's line where it can be found."""
    text = str(error) or "no further words"
    line = line_of(error, function)
    where = f", in the line `{line}`" if line else ""
    known = [f" {explanation}" for part, explanation in EXPLANATIONS if part in text]
    if isinstance(error, RuntimeWarning):
        return f"NumPy warns in your function: {text}{where}.{''.join(known)}"
    return f"Your function stops with {type(error).__name__}: {text}{where}.{''.join(known)}"


def line_of(error: Exception, function: Function) -> str:
    """Return the learner's line in which an error arose, or nothing."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f.lineno for f in frames if f.filename == code.co_filename and f.lineno]
    return linecache.getline(code.co_filename, lines[-1]).strip() if lines else ""


def _same(one: Any, other: Any) -> bool:
    return one.shape == other.shape and np.array_equal(one, other, equal_nan=True)


def _shape(value: Any) -> str:
    shape = np.shape(value)
    return f"shape {shape}" if shape else "a single number"


def _count(number: int) -> str:
    return "1 argument" if number == 1 else f"{number} arguments"
