"""TOML, both ways: the standard library reads it, and this file writes the little we need.

What is written are tables of text, booleans, numbers and lists of those. Reading gives back what
was written.
"""

import json
import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from pyfedlite import _check

MOST_BYTES = 1_000_000
MOST_BITS = 1024
"""Of an integer: no setting needs more, and Python refuses to write one of 4300 digits."""

_LONG_KEY = re.compile(r"""(?<![\w"'-])(?:[\w"'-]+[ \t]*\.[ \t]*){30}""")
"""A key of more than thirty parts. The parser's time and memory grow with the square of their
number: 37 seconds for a file of 200 KB."""

Tables: TypeAlias = dict[str, dict[str, Any]]
"""The tables of a file by name, each with its keys."""


def read(path: Path) -> Tables:
    """Return the tables of a file.

    Raises
    ------
    ValueError
        If the file cannot be read, is no TOML, or has a key outside every table.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            _check.fail(str(path), f"have at most {MOST_BYTES:,} bytes", "more")
        tables = _parsed(content.decode("utf-8-sig"))
    except OSError as error:
        hint = "" if path.suffix else f"did you mean --dataset {path}?"
        _check.fail("file", "be a TOML file", f"{path} ({error.strerror})", hint)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        _check.fail(str(path), "be written in TOML", f"an error: {error}")
    except _TooMuchError as error:
        _check.fail(str(path), "be written in TOML", error)
    for name, table in tables.items():
        if not isinstance(table, dict):
            _check.fail(str(path), "keep every key in a table", name, "start with a line [run]")
    return tables


def write(tables: Mapping[str, Mapping[str, Any]]) -> str:
    """Return `tables` as TOML; empty tables are left out.

    Parameters
    ----------
    tables : mapping of str to mapping
        Values are str, bool, int, finite float, or lists of those.

    Raises
    ------
    TypeError
        If a value is of another type.
    ValueError
        If a number is not finite.

    Examples
    --------
    >>> print(write({"run": {"dataset": "digits", "hidden": [64, 32]}, "local": {}}), end="")
    [run]
    dataset = "digits"
    hidden = [64, 32]
    """
    texts = [
        f"[{_key(name)}]\n" + "".join(f"{_key(k)} = {_value(k, v)}\n" for k, v in table.items())
        for name, table in tables.items()
        if table
    ]
    return "\n".join(texts)


def value(text: str) -> Any:
    """Return what `text` says as a TOML value; a bare word is text.

    Examples
    --------
    >>> value("0.5"), value("[64, 32]"), value("true"), value("dirichlet:0.3")
    (0.5, [64, 32], True, 'dirichlet:0.3')
    """
    try:
        parsed = _parsed(f"value = {text}")
    except (tomllib.TOMLDecodeError, _TooMuchError):
        return text
    return parsed["value"] if set(parsed) == {"value"} else text


class _TooMuchError(Exception):
    """What is written is TOML, and more than anybody means; the message says what of it."""


def _parsed(text: str) -> dict[str, Any]:
    """Return what the standard library reads, or say at once what would be too much for it."""
    if _LONG_KEY.search(text):
        raise _TooMuchError("a key of more than 30 parts")
    try:
        tables = tomllib.loads(text)
    except RecursionError:
        raise _TooMuchError("too many brackets inside each other") from None
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # Python's own limit
        raise _TooMuchError("an integer of more than 4300 digits") from None
    if any(isinstance(x, int) and x.bit_length() > MOST_BITS for x in _leaves(tables)):
        raise _TooMuchError(f"an integer of more than {MOST_BITS} bits")
    return tables


def _leaves(node: Any) -> Iterator[Any]:
    """Yield all values; the parser has seen to it that they are not nested deeply."""
    match node:
        case dict():
            for each in node.values():
                yield from _leaves(each)
        case list():
            for each in node:
                yield from _leaves(each)
        case _:
            yield node


def _key(name: str) -> str:
    bare = name and all(c.isascii() and (c.isalnum() or c in "-_") for c in name)
    return name if bare else _text(name)


def _value(name: str, value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            if not math.isfinite(value):
                _check.fail(name, "be finite", value)
            return repr(value)
        case str():
            return _text(value)
        case list() | tuple():
            return f"[{', '.join(_value(name, item) for item in value)}]"
    _check.fail_type(name, "be text, a boolean, a number or a list", value)


def _text(value: str) -> str:
    """Return a basic string; it is JSON's but for one character that TOML wants escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
