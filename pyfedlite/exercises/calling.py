"""Calling a learner's function, and saying in words what went wrong in it."""

import contextlib
import copy
import inspect
import io
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pyfedlite.exercises.exercise import Seeded
from pyfedlite.testing.blame import line_of
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.literals import literal
from pyfedlite.testing.time_limit import TimeUpError

Function = Callable[..., Any]

ONE_NUMBER = "float(), int() and the functions of math take one number; NumPy's take arrays."
SHAPES = "The shapes do not fit: look at the .shape of each array."
EXPLANATIONS = (
    ("only integer scalar arrays", "An index, a slice or range() wants a whole number here."),
    ("arrays can be converted to Python scalars", ONE_NUMBER),
    ("Conversion of an array", ONE_NUMBER),  # how NumPy before 2.4 says it
    ("could not be broadcast", SHAPES),
    ("mismatch in its core dimension", SHAPES),
    ("is not defined", "Is it spelt right? Names from other cells must be defined before check."),
    ("overflow", "A number is too large for a float: can the formula be written without it?"),
    ("divide by zero encountered in log", "The logarithm of 0 is asked for in some case."),
    ("divide by zero", "There is a case in which this is a division by zero."),
    ("invalid value encountered in log", "The logarithm of a negative number is asked for."),
    ("invalid value encountered in sqrt", "The square root of a negative number is asked for."),
    ("invalid value encountered in divide", "That is 0 / 0, or infinity by infinity."),
    ("maximum recursion depth", "A function calls itself, again and again without an end."),
)
"""What to say beside the words of Python and NumPy, by a part of these words."""


TOO_MANY = 100_000
"""Numbers in an array that is larger than any right answer."""

TOO_LONG = 64
"""Bits of a whole number that is larger than any right answer."""

ENDS = {"function": "It has to return a result.", "property": "It has to come to its end."}
"""What to do in place of ending Python."""


class ComplaintError(Exception):
    """A sentence for the learner about one call.

    Parameters
    ----------
    sentence : str
    got : object
        What the function returned, if it came that far and can be shown.
    again : object
        What it returned when it was called with the same arguments once more, if that differs.
    """

    def __init__(self, sentence: str, got: object = None, again: object = None) -> None:
        super().__init__(sentence)
        self.got, self.again = got, again


def complaint_about_signature(function: object, parameters: Sequence[str]) -> str:
    """Return what is wrong with how `function` wants to be called, or nothing."""
    if not callable(function):
        kind = type(function).__name__
        return f"check wants your function itself, without parentheses behind it; it got {kind}."
    try:
        signature = inspect.signature(function)
    except Exception:  # some functions written in C do not say
        return ""
    yours = list(signature.parameters)
    try:
        signature.bind(*parameters)
    except TypeError:
        wanted = _count(len(parameters))
        takes = ", ".join(yours) or "nothing"
        return f"Your function must take {wanted} ({', '.join(parameters)}); yours takes {takes}."
    if sorted(yours) == sorted(parameters) and yours != list(parameters):
        order = ", ".join(parameters)
        return f"Your function takes its arguments in another order than ({order})."
    return ""


def answer(function: Function, case: Case) -> Any:
    """Return what `function` makes of a case, which it must leave as it was."""
    given = {name: _argument(value) for name, value in case.items()}
    try:
        with _strictly():
            result = function(*given.values())
    except (KeyboardInterrupt, TimeUpError):
        raise
    except BaseException as error:  # sys.exit() too
        raise ComplaintError(words_about_error(error, function, "function")) from None
    for name, value in case.items():
        if isinstance(value, np.ndarray) and not same(value, given[name]):
            raise ComplaintError(
                f"Your function changes its argument `{name}`, which belongs to the caller. "
                f"Make a new array: `{name} = {name} - step` instead of `{name} -= step`."
            )
    # The array may be used again in the next call; one that is too large is told so, not copied.
    return result.copy() if type(result) is np.ndarray and result.size < TOO_MANY else result


@contextlib.contextmanager
def _strictly() -> Any:
    """Turn what NumPy warns of into errors, and keep what is printed out of the answer."""
    with (
        warnings.catch_warnings(),
        np.errstate(over="warn", invalid="warn", divide="warn"),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)  # NumPy's way to say overflow, 0 / 0
        # Before 2.4 an array of one number passed as a number, with a warning.
        warnings.filterwarnings("error", "Conversion of an array", DeprecationWarning)
        yield


def _argument(value: Any) -> Any:
    if isinstance(value, Seeded):
        return value.fresh()
    return copy.deepcopy(value) if isinstance(value, np.ndarray) else value


def complaint_about_value(got: Any, expected: Any) -> str:
    """Return in words how `got` differs in kind from `expected`, or nothing.

    What has no complaint is a number of Python or NumPy, or an array of NumPy, and nothing that
    somebody has derived from these: it can be compared and shown.
    """
    try:
        return _complaint_about_kind(got, expected)
    except Exception:  # it raises whatever it is asked
        kind = type(got).__name__
        return f"Your function returns one {kind}, which raises an error when it is looked at."


def _complaint_about_kind(got: Any, expected: Any) -> str:
    if got is None:
        return "Your function returns None. Is its last line a `return`?"
    kind = type(got).__name__
    if inspect.iscoroutine(got):
        got.close()  # it would complain that nobody waits for it
        return "Your function is `async`: write it with `def` alone."
    if inspect.isgenerator(got):
        return "Your function has a `yield` in it: end it with `return`."
    if isinstance(expected, int):
        return _complaint_about_int(got)
    if isinstance(expected, float):
        return _complaint_about_float(got)
    if isinstance(got, list | tuple):
        return f"Your function returns a {kind}. Wrap it: `return np.array(...)`."
    if type(got) is not np.ndarray:
        if isinstance(got, np.ndarray):
            return f"Your function returns a {kind}, which is another kind of array: use np.array."
        return f"Your function returns one {kind} where an array of {_shape(expected)} is wanted."
    return _complaint_about_array(got, expected)


def _complaint_about_array(got: Any, expected: Any) -> str:
    if got.shape != np.shape(expected):
        return f"Your function returns {_shape(got)} where {_shape(expected)} is wanted."
    if got.dtype.kind not in "fiu":
        return f"Your function returns {got.dtype} values where numbers are wanted."
    if not np.isfinite(got).all():
        return "Your function returns NaN or infinity where a number is wanted."
    if got.dtype.kind == "f" and got.dtype.itemsize < 8:
        return f"Your function returns {got.dtype} values, which are less exact than float64."
    return ""


def _complaint_about_int(got: Any) -> str:
    if type(got) is not int and not isinstance(got, np.integer):
        return f"Your function returns {_one(got)} where a whole number (int) is wanted."
    return _complaint_about_length(got)


def _complaint_about_length(got: int | np.integer[Any]) -> str:
    bits = int(got).bit_length()
    if bits > TOO_LONG:
        return f"Your function returns a whole number of {bits} bits, which is far too large."
    return ""


def _complaint_about_float(got: Any) -> str:
    if type(got) not in (int, float) and not isinstance(got, np.integer | np.floating):
        return f"Your function returns {_one(got)} where one number is wanted."
    if isinstance(got, int):
        return _complaint_about_length(got)
    if not np.isfinite(got):
        return "Your function returns NaN or infinity where a number is wanted."
    return ""


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


def words_about_error(error: BaseException, function: Function, what: str) -> str:
    """Return the sentence for an exception, with the learner's line where it can be found.

    Examples
    --------
    >>> words_about_error(ValueError("not sorted"), len, "property")
    'Your property stops with ValueError: not sorted.'
    """
    text = words_of(error)
    line = line_of(error, function)
    where = f", in the line `{line}`" if line else ""
    known = next((f" {says}" for part, says in EXPLANATIONS if part in text), "")
    if isinstance(error, RuntimeWarning):
        return f"NumPy warns in your {what}: {text}{where}.{known}"
    if isinstance(error, SystemExit):
        return f"Your {what} ends Python itself{where}. {ENDS[what]}"
    kind = type(error).__name__
    return f"Your {what} stops with {kind}: {text.rstrip('.')}{where}.{known}"


def words_of(error: BaseException) -> str:
    """Return the first line of what an error says, also when it cannot even say that."""
    try:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    except Exception:
        lines = []
    return lines[0] if lines else "no further words"


def same(one: Any, other: Any) -> bool:
    """Return whether two results are the same, bit for bit."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        return one.shape == other.shape and np.array_equal(one, other, equal_nan=True)
    return type(one) is type(other) and bool(one == other)


def _one(value: Any) -> str:
    """Return what a value is that should be one number."""
    if isinstance(value, np.ndarray):
        return f"an array of shape {value.shape}"
    return f"a {type(value).__name__}"


def _shape(value: Any) -> str:
    shape = np.shape(value)
    return f"shape {shape}" if shape else "a single number"


def _count(number: int) -> str:
    return "1 argument" if number == 1 else f"{number} arguments"
