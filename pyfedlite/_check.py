"""Every error sentence about a bad argument is made here.

The form is ``<name> must <condition>, got <value>[; <what to try>]``: the reader learns which
argument it is, what it must be, what it was and, where that can be guessed, how to correct it.
"""

import difflib
import math
from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any, Never

import numpy as np
from numpy.typing import NDArray

MOST_LETTERS = 500
"""Of a value in a sentence: a longer one is cut, for a message has to fit a screen."""


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


def integer(name: str, value: object, *, minimum: int | None = None, hint: str = "") -> int:
    """Return `value` as an int, at least `minimum`."""
    if type(value) is int:  # the common case, once for every client of a round
        number = value
    elif isinstance(value, Integral) and not isinstance(value, bool):
        number = int(value)
    else:
        fail_type(name, "be an integer", value, hint)
    if minimum is not None and number < minimum:
        fail(name, f"be at least {minimum}", number, hint)
    return number


def real(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a finite float."""
    if isinstance(value, bool) or not isinstance(value, Real):
        fail_type(name, "be a number", value, hint)
    number = float(value)
    if not math.isfinite(number):
        fail(name, "be finite", number, hint)
    return number


def positive(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a finite float above 0."""
    number = real(name, value, hint)
    if number <= 0:
        fail(name, "be above 0", number, hint)
    return number


def non_negative(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a finite float of at least 0."""
    number = real(name, value, hint)
    if number < 0:
        fail(name, "be at least 0", number, hint)
    return number


def fraction(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a float in [0, 1]."""
    number = real(name, value, hint)
    if not 0 <= number <= 1:
        fail(name, "lie in [0, 1]", number, hint)
    return number


def below_one(name: str, value: object, hint: str = "") -> float:
    """Return `value` as a float in [0, 1), as a decay or a momentum has to be."""
    number = real(name, value, hint)
    if not 0 <= number < 1:
        fail(name, "lie in [0, 1)", number, hint)
    return number


def one_of(name: str, value: str, known: Iterable[str]) -> str:
    """Return `value` if it is one of `known`; otherwise name the nearest."""
    names = list(known)
    if value in names:
        return value
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
