"""What code of a user's own stands on beside itself: constants and helpers of its module.

A function reads a name of its module when it is called, so that ``RATE = 0.9`` belongs to what it
does as much as its own lines. Installed packages, Python itself and pyfedlite are left out: their
versions are another question.
"""

import dis
import sys
from pathlib import PurePath
from types import CodeType, FunctionType
from typing import Any

import numpy as np

PLAIN = (type(None), bool, int, float, complex, str, bytes, np.generic, np.ndarray)


def is_own(module: str | None) -> bool:
    """Return whether a module is a script, a notebook or a file that belongs to no package.

    Examples
    --------
    >>> is_own("__main__"), is_own("numpy.linalg"), is_own("json"), is_own("pyfedlite.seeds")
    (True, False, False, False)
    """
    top = (module or "").partition(".")[0]
    if top == "__main__":  # of a notebook too, whose file is that of its kernel
        return True
    if top in sys.stdlib_module_names or top in ("", "pyfedlite"):
        return False
    place = PurePath(getattr(sys.modules.get(top), "__file__", None) or "")
    return not {"site-packages", "dist-packages"} & {*place.parts}


def surroundings(function: FunctionType) -> dict[str, Any]:
    """Return the constants and helpers that a function of the user's own reads, by their names.

    Constants are numbers, text, arrays, and tuples of these: what changes while a run goes on, such
    as a list that somebody appends to, or a counter that is ``global`` in a function, is not what
    the run is made of. A helper is its code and its
    defaults, and what it reads itself is there beside it.

    Examples
    --------
    >>> surroundings(is_own)  # a function of pyfedlite
    {}
    """
    found: dict[str, Any] = {}
    written: set[str] = set()
    waiting = [function] if is_own(function.__module__) else []
    while waiting:
        reader = waiting.pop()
        written |= _written(reader.__code__)
        for name in sorted(_names(reader.__code__) & reader.__globals__.keys()):
            value = reader.__globals__[name]
            if name in found or value is function or name.startswith("__"):
                continue
            if _is_plain(value):
                found[name] = value
            elif isinstance(value, FunctionType) and is_own(value.__module__):
                found[name] = (value.__code__, value.__defaults__, value.__kwdefaults__)
                waiting.append(value)
    return {name: value for name, value in found.items() if name not in written}


def methods(cls: type) -> dict[str, FunctionType]:
    """Return the functions that a class of the user's own defines, by their names.

    Those that ``dataclass`` and alike have written follow from the fields.

    Examples
    --------
    >>> methods(PurePath)  # a class of Python's
    {}
    """
    if not is_own(cls.__module__):
        return {}
    inside = {name: getattr(value, "__func__", value) for name, value in vars(cls).items()}
    inside = {name: getattr(value, "fget", value) for name, value in inside.items()}
    return {
        name: value
        for name, value in inside.items()
        if isinstance(value, FunctionType) and value.__code__.co_filename != "<string>"
    }


def _names(code: CodeType) -> set[str]:
    """Return all names that some code looks up, also inside its own functions."""
    return {*code.co_names}.union(*map(_names, _inner(code)))


def _written(code: CodeType) -> set[str]:
    """Return the names of its module that some code writes to, also inside its own functions."""
    steps = dis.get_instructions(code)
    own = {step.argval for step in steps if step.opname in ("STORE_GLOBAL", "DELETE_GLOBAL")}
    return own.union(*map(_written, _inner(code)))


def _inner(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, PLAIN)
