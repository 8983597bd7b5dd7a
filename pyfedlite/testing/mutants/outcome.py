"""Which ends of a property say that an implementation is wrong."""

NO_FAILURES = ("Skipped", "SkipTest", "XFailed", "SystemExit", "GeneratorExit")
"""Ends that no run of tests counts as a failure, by their names: pytest need not be there."""


def is_rejection(error: BaseException) -> bool:
    """Return whether a property that ends with `error` rejects what it was given.

    An assertion that fails does, and so does an error. To skip the rest, or to leave Python, does
    not: with such a property all tests would pass, or none would be run.

    Examples
    --------
    >>> is_rejection(AssertionError()), is_rejection(ZeroDivisionError())
    (True, True)
    >>> is_rejection(SystemExit())
    False
    """
    return not any(kind.__name__ in NO_FAILURES for kind in type(error).__mro__)
