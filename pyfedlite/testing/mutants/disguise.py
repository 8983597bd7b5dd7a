"""The right implementation and its mutants under one name, so that a property judges what they do.

A property that looks at ``mean.__name__``, or asks for an attribute which a mutant lacks, says
nothing about means. So each implementation is handed over as a function, or as an object with the
methods that the subject names, and nothing else is to be seen.
"""

import pickle
from collections.abc import Callable
from typing import Any

Seen = Callable[[str, tuple[Any, ...], dict[str, Any]], None]
"""What is told of each call: the method, and the arguments."""


def disguised(implementation: Any, name: str, methods: tuple[str, ...], seen: Seen) -> Any:
    """Return something that does what `implementation` does, and is called `name`.

    Parameters
    ----------
    implementation : object
    name : str
    methods : tuple of str
        What may be asked of it; where there are none, it is called itself.
    seen : callable
        Told of each call before it is made.

    Examples
    --------
    >>> calls = []
    >>> hidden = disguised(abs, "size", (), lambda *call: calls.append(call))
    >>> hidden(-3), hidden.__name__, calls
    (3, 'size', [('size', (-3,), {})])
    """
    if methods:
        return _Disguise(implementation, name, methods, seen)
    return _function(implementation, name, seen)


def _function(call: Callable[..., Any], name: str, seen: Seen) -> Callable[..., Any]:
    def implementation(*args: Any, **named: Any) -> Any:
        seen(name, args, named)
        return call(*args, **named)

    implementation.__name__ = implementation.__qualname__ = name
    implementation.__doc__ = None
    return implementation


class _Disguise:
    """An object with the methods of a subject, and the name of all its implementations."""

    def __init__(self, behind: Any, name: str, methods: tuple[str, ...], seen: Seen) -> None:
        self.__dict__ = {
            method: _function(value, method, seen) if callable(value) else value
            for method in methods
            for value in [getattr(behind, method)]
        }
        self.__dict__["_name"] = name

    def __repr__(self) -> str:
        return str(self.__dict__["_name"])


MOST_CALLS = 20
"""Calls of one case that are compared: a property about chance makes hundreds."""


class Witness:
    """What the implementation was asked, case by case.

    It answers one question: whether the property asked the same in every case, and so did not look
    at what was drawn.
    """

    def __init__(self) -> None:
        self.num_cases = 0
        self.first: list[bytes] = []
        self.now: list[bytes] = []
        self.differs = False

    def next_case(self) -> None:
        """Begin a case."""
        if self.num_cases == 1:
            self.first = self.now
        if self.num_cases > 1:
            self.differs = self.differs or self.now != self.first
        self.num_cases, self.now = self.num_cases + 1, []

    def saw(self, method: str, args: tuple[Any, ...], named: dict[str, Any]) -> None:
        """Remember the arguments of a call."""
        if self.differs or len(self.now) == MOST_CALLS:
            return
        try:
            self.now.append(pickle.dumps((method, args, named)))
        except Exception:  # what cannot be compared counts as different
            self.differs = True

    @property
    def always_the_same(self) -> bool:
        """Whether there were several cases, and the questions were the same in all of them."""
        return self.num_cases > 1 and not self.differs and self.now == self.first


def nobody(method: str, args: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Remember nothing."""
