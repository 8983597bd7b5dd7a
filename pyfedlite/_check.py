"""Every error sentence about a bad argument is made here.

The form is ``<name> must <condition>, got <value>[; <what to try>]``: the reader learns which
argument it is, what it must be, what it was and, where that can be guessed, how to correct it.

What is checked is also converted: NumPy's numbers become Python's, whole numbers become floats
where a float is meant. So a part is the same, whatever kind of number it was made from.
"""

import difflib
import math
from collections.abc import Callable, Iterable, Sequence
from numbers import Integral, Real
from typing import Any, Concatenate, Never, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

MOST_LETTERS = 500
"""Of a value in a sentence: a longer one is cut, for a message has to fit a screen."""

Settings = ParamSpec("Settings")
Known = TypeVar("Known")


def sentence(name: str, condition: str, got: object, hint: str = "") -> str:
    """Return the sentence for a bad argument.

    Examples
    --------
    >>> sentence("num_rounds", "be at least 1", 0)
    'num_rounds must be at least 1, got 0'
    """
    value = str(got)
    if len(value) > MOST_LETTERS:
        value = f"{value[: MOST_LETTERS // 2]}… ({len(value):,} letters)"
    text = f"{name} must {condition}, got {value}"
    return f"{text}; {hint}" if hint else text


def fail(name: str, condition: str, got: object, hint: str = "") -> Never:
    """Raise ``ValueError`` with the sentence for a bad value."""
    raise ValueError(sentence(name, condition, got, hint))


def fail_type(name: str, condition: str, got: object, hint: str = "") -> Never:
    """Raise ``TypeError``; `got` is the object itself, and the sentence names its type."""
    raise TypeError(sentence(name, condition, type(got).__name__, hint))


def keep(
    part: object,
    name: str,
    check: Callable[Concatenate[str, Any, Settings], object],
    *arguments: Settings.args,
    **settings: Settings.kwargs,
) -> None:
    """Check a field of a frozen dataclass, and keep in it what the check returns.

    Parameters
    ----------
    part : object
    name : str
        Of the field; the sentence says it.
    check : callable
        One of the functions below, such as `positive`.
    *arguments, **settings
        What `check` takes after the name and the value.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Step:
    ...     rate: float
    ...     def __post_init__(self):
    ...         keep(self, "rate", positive)
    >>> Step(np.float64(0.5)), Step(1)
    (Step(rate=0.5), Step(rate=1.0))
    """
    value = check(name, getattr(part, name), *arguments, **settings)
    object.__setattr__(part, name, value)


def in_python(value: object) -> object:
    """Return a number of NumPy, also in an array without axes, as Python's; all else as it is."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    return value.item() if isinstance(value, np.generic) else value


def boolean(name: str, value: object, hint: str = "") -> bool:
    """Return `value` as True or False."""
    value = in_python(value)
    if not isinstance(value, bool):
        fail_type(name, "be True or False", value, hint)
    return value


def integer(name: str, value: object, *, minimum: int | None = None, hint: str = "") -> int:
    """Return `value` as an int, at least `minimum`."""
    value = value if type(value) is int else in_python(value)
    if type(value) is int:  # the common case, once for every client of a round
        number = value
    elif isinstance(value, Integral) and not isinstance(value, bool):
        number = int(value)
    else:
        fail_type(name, "be an integer", value, hint)
    if minimum is not None and number < minimum:
        fail(name, f"be at least {minimum}", number, hint)
    return number


def number(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a float, which may be NaN or infinite."""
    value = in_python(value)
    if isinstance(value, bool) or not isinstance(value, Real | np.floating):
        fail_type(name, "be a number", value, hint)
    try:
        return float(value)
    except OverflowError:  # a whole number of Python's has no bounds
        return -math.inf if value < 0 else math.inf


def real(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a finite float."""
    found = number(name, value, hint)
    if not math.isfinite(found):
        fail(name, "be finite", found, hint)
    return found


MOST_WORKERS = 256
"""Each worker is a Python of its own: more of them would take the machine down."""


def workers(value: object) -> int:
    """Return a number of worker processes, from 1 to 256.

    Examples
    --------
    >>> workers(2)
    2
    >>> workers(10**6)
    Traceback (most recent call last):
    ...
    ValueError: workers must be at most 256, got 1000000; try the number of processors
    """
    number_of_workers = integer("workers", value, minimum=1)
    if number_of_workers > MOST_WORKERS:
        hint = "try the number of processors"
        fail("workers", f"be at most {MOST_WORKERS}", number_of_workers, hint)
    return number_of_workers


def positive(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a finite float above 0."""
    found = real(name, value, hint)
    if found <= 0:
        fail(name, "be above 0", found, hint)
    return found


def non_negative(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a finite float of at least 0."""
    found = real(name, value, hint)
    if found < 0:
        fail(name, "be at least 0", found, hint)
    return found


def fraction(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a float in [0, 1]."""
    found = real(name, value, hint)
    if not 0 <= found <= 1:
        fail(name, "lie in [0, 1]", found, hint)
    return found


def rate(name: str, value: object) -> float:
    """Return `value` as a float in (0, 1]: the share of clients, or of rows, that take part."""
    found = fraction(name, value)
    if found == 0:
        fail(name, "be above 0", found, "with 0 nobody ever takes part")
    return found


def below_one(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a float in [0, 1), as a decay or a momentum has to be."""
    found = real(name, value, hint)
    if not 0 <= found < 1:
        fail(name, "lie in [0, 1)", found, hint)
    return found


def one_of(name: str, value: str, known: Iterable[Known]) -> Known:
    """Return the one of `known`, texts all of them, that `value` is; else name the nearest."""
    names: list[Any] = list(known)
    if not isinstance(value, str):
        fail_type(name, f"be one of {', '.join(names)}", value)
    if value in names:
        found: Known = names[names.index(value)]
        return found
    fail(name, f"be one of {', '.join(names)}", repr(value), nearest(value, names))


def nearest(value: str, known: Sequence[str]) -> str:
    """Return ``did you mean …?`` for the nearest of `known`, or an empty string.

    Examples
    --------
    >>> nearest("digitz", ["mnist", "digits"])
    "did you mean 'digits'?"
    """
    close = difflib.get_close_matches(value, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else ""


def finite(name: str, array: NDArray[Any], hint: str = "") -> None:
    """Check that `array` holds no NaN and no infinity."""
    if np.issubdtype(array.dtype, np.inexact) and not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        fail(name, "be finite everywhere", f"{array[where]} at {list(where)}", hint)


def ndim(name: str, array: NDArray[Any], number: int) -> None:
    """Check the number of axes of `array`."""
    if array.ndim != number:
        axes = "axis" if number == 1 else "axes"
        fail(name, f"have {number} {axes}", f"shape {array.shape}")


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view of `array` through which nothing can be written."""
    view = array.view()
    view.flags.writeable = False
    return view
