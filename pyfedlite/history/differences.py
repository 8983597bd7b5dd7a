"""What differs between two runs, by the names of settings: for whoever is refused to go on.

A checkpoint keeps hashes of the parts of its run, which decide whether a run may go on, and beside
them the settings of these parts as short texts, which say why it may not.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from types import BuiltinFunctionType, FunctionType
from typing import Any

MOST_LEVELS = 8  # of parts inside parts
MOST_LETTERS = 80  # of a text in a sentence
MOST_SHOWN = 3  # settings of one part in a sentence

Words = Mapping[str, str]


def in_words(parts: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of all parts, by the path that leads to each.

    Arrays and bytes are left out: their values would tell a reader nothing.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Step:
    ...     rate: float
    >>> in_words({"seed": 3, "algorithm": (Step(0.5), len)})
    {'seed': '3', 'algorithm[0]': 'Step', 'algorithm[0].rate': '0.5', 'algorithm[1]': 'len'}
    """
    return {path: text for name, part in parts.items() for path, text in _walk(name, part, 0)}


def differences(name: str, before: Words, now: Words) -> str:
    """Return what differs in the part called `name`, in parentheses, or an empty string.

    Examples
    --------
    >>> before, now = {"seed": "3", "server": "SGD"}, {"seed": "4", "server": "SGD"}
    >>> differences("seed", before, now), differences("server", before, now)
    (' (3 there, 4 here)', '')
    """
    if not (before and now):  # one of them tells nothing
        return ""
    paths = [path for path in {**now, **before} if _top(path) == name]
    changed: list[str] = []
    for path in paths:
        is_inside = any(path.startswith((f"{above}.", f"{above}[")) for above in changed)
        if before.get(path) != now.get(path) and not is_inside:
            changed.append(path)
    told = [
        f"{path.removeprefix(name).lstrip('.')} {before.get(path, 'absent')} there, "
        f"{now.get(path, 'absent')} here".strip()
        for path in changed
    ]
    more = [f"{len(told) - MOST_SHOWN} more"] if len(told) > MOST_SHOWN else []
    return f" ({'; '.join([*told[:MOST_SHOWN], *more])})" if told else ""


def _walk(path: str, value: Any, level: int) -> Iterator[tuple[str, str]]:
    """Yield the path and the text of a value, and of all that is inside it."""
    if value is None or isinstance(value, bool | int | float | str):
        yield path, _short(repr(value))
    elif isinstance(value, FunctionType | BuiltinFunctionType | type):
        yield path, _short(value.__qualname__)
    elif isinstance(value, Mapping | list | tuple):
        pairs: Iterable[tuple[Any, Any]]
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, inner in pairs if level < MOST_LEVELS else ():
            yield from _walk(f"{path}[{key}]", inner, level + 1)
    elif is_dataclass(value):
        yield path, type(value).__name__
        for field in fields(value):
            if field.init and level < MOST_LEVELS:
                yield from _walk(f"{path}.{field.name}", getattr(value, field.name), level + 1)
    elif not isinstance(value, bytes | bytearray) and not hasattr(value, "dtype"):
        yield path, type(value).__name__


def _short(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"


def _top(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]
