"""What to say about an attempt that had to be stopped."""

from collections.abc import Callable
from typing import Any

from pyfedlite.testing.blame import line_of, loop_of
from pyfedlite.testing.counterexample import TooSlowError
from pyfedlite.testing.time_limit import TimeUpError


def words_about_stop(error: BaseException, fn: Callable[..., Any], what: str) -> str:
    """Return why a function, or a property, was stopped, or nothing if it was not.

    Examples
    --------
    >>> words_about_stop(TooSlowError(3, 4.2), len, "function")
    'Your function is too slow: 3 cases took 4.2 seconds. One should take a hundredth or less.'
    """
    if isinstance(error, TooSlowError):
        return f"Your {what} is too slow: {error}. One should take a hundredth or less."
    if not isinstance(error, TimeUpError):
        return ""
    line, loop = line_of(error, fn), loop_of(error, fn)
    words = f"Your {what} does not come back: it was stopped after two seconds"
    if not line:
        return f"{words}."
    inside = f", inside the loop `{loop}`" if loop and loop != line else ""
    return (
        f"{words}, in the line `{line}`{inside}. When does this loop end?"
        if loop
        else (f"{words}, in the line `{line}`.")
    )
