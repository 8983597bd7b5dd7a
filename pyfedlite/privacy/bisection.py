"""Bisection: where a claim begins to hold."""

from collections.abc import Callable


def bisect(
    holds: Callable[[float], bool], low: float, high: float, tolerance: float = 0.0
) -> float:
    """Return the smallest number in (low, high] where `holds`, which is true from there on.

    Parameters
    ----------
    holds : callable
        True of `high`.
    low, high : float
    tolerance : float
        At least 0: the search ends when the interval is shorter than this part of its upper end;
        with 0, when no float lies inside.

    Returns
    -------
    float
        The upper end of the last interval: `holds` is true of it.

    Examples
    --------
    >>> bisect(lambda x: x * x >= 2, 0.0, 2.0)
    1.4142135623730951
    """
    while high - low > tolerance * high:
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
