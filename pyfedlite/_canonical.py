"""Canonical bytes of a value: equal values have equal bytes, on every machine and in every run.

What a run is made of is compared by these bytes: a checkpoint is resumed only if they are the same,
and clients who mask together must have been told the same. ``repr`` will not do: it leaves out the
middle of a long array, and it writes where in memory a function lies. Here an array is its dtype,
shape and bytes; a frozen dataclass is its class and its fields; a function is its module, its name,
its code, what it has captured and, of a user's own, what it reads in its module. A class is its
module and its name and, of a user's own, its functions.
"""

import hashlib
import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from pathlib import PurePath
from types import BuiltinFunctionType, CellType, CodeType, FunctionType, MethodType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite._own_code import methods, surroundings


def canonical(value: Any) -> bytes:
    """Return the canonical bytes of a value.

    Parameters
    ----------
    value : object
        None, a number, text, bytes, an array, a list, tuple, set or mapping, a class, a function, a
        frozen dataclass, or any object whose attributes are such values. Of an object without
        attributes, such as an open file, the bytes are those of its ``repr``.

    Returns
    -------
    bytes
        No value's bytes are the beginning of another's, so that two in a row are unambiguous.

    Examples
    --------
    >>> canonical(1) == canonical(1.0), canonical(1) == canonical(np.int64(1))
    (False, True)
    >>> canonical({"a": 1, "b": 2}) == canonical({"b": 2, "a": 1})
    True
    """
    return b"".join(_pieces(value, ()))


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical bytes of a value, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _pieces(value: Any, inside: tuple[int, ...]) -> Iterable[bytes]:
    """Yield the bytes of a value; `inside` holds the identities of the objects around it."""
    if id(value) in inside:
        yield _tagged("circle", str(len(inside) - inside.index(id(value))).encode())
        return
    for kinds, spell in _SPELLINGS:
        if isinstance(value, kinds):
            yield from spell(value, (*inside, id(value)))
            return
    yield from _object(value, (*inside, id(value)))


def _tagged(kind: str, content: bytes) -> bytes:
    """Return the kind, the length of the content and the content."""
    return kind.encode() + struct.pack("<Q", len(content)) + content


def _constant(value: Any, _: tuple[int, ...]) -> Iterable[bytes]:
    yield _tagged("constant", repr(value).encode())


def _truth(value: Any, _: tuple[int, ...]) -> Iterable[bytes]:
    yield _tagged("constant", repr(bool(value)).encode())


def _integer(value: Any, _: tuple[int, ...]) -> Iterable[bytes]:
    yield _tagged("int", str(int(value)).encode())


def _float(value: Any, _: tuple[int, ...]) -> Iterable[bytes]:
    yield _tagged("float", struct.pack("<d", float(value)))


def _complex(value: Any, _: tuple[int, ...]) -> Iterable[bytes]:
    yield _tagged("complex", struct.pack("<dd", complex(value).real, complex(value).imag))


def _text(value: Any, _: tuple[int, ...]) -> Iterable[bytes]:
    yield _tagged("str", str(value).encode("utf-8", "surrogatepass"))


def _raw(value: Any, _: tuple[int, ...]) -> Iterable[bytes]:
    yield _tagged("bytes", bytes(value))


def _array(value: NDArray[Any], inside: tuple[int, ...]) -> Iterable[bytes]:
    if value.dtype.hasobject:
        yield from _group("objects", [value.shape, *value.ravel().tolist()], inside)
        return
    little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
    head = f"{little.dtype.str}{value.shape}".encode()
    yield _tagged("array", head)
    yield _tagged("rows", hashlib.sha256(little.tobytes()).digest())


def _group(kind: str, values: Iterable[Any], inside: tuple[int, ...]) -> Iterable[bytes]:
    yield _tagged(kind, b"".join(_tagged("", b"".join(_pieces(v, inside))) for v in values))


def _list(value: Any, inside: tuple[int, ...]) -> Iterable[bytes]:
    yield from _group(type(value).__name__, value, inside)


def _set(value: Any, inside: tuple[int, ...]) -> Iterable[bytes]:
    members = sorted(b"".join(_pieces(member, inside)) for member in value)
    yield _tagged("set", b"".join(_tagged("", member) for member in members))


def _mapping(value: Mapping[Any, Any], inside: tuple[int, ...]) -> Iterable[bytes]:
    pairs = [(b"".join(_pieces(key, inside)), v) for key, v in value.items()]
    pairs.sort(key=lambda pair: pair[0])
    spelled = [_tagged("", key) + _tagged("", b"".join(_pieces(v, inside))) for key, v in pairs]
    yield _tagged("mapping", b"".join(spelled))


def _class(value: Any, inside: tuple[int, ...]) -> Iterable[bytes]:
    yield _tagged("class", f"{value.__module__}.{value.__qualname__}".encode())
    own = methods(value) if isinstance(value, type) else {}
    if own:
        yield from _group("methods", [own], inside)


def _function(value: FunctionType, inside: tuple[int, ...]) -> Iterable[bytes]:
    captured = [_content(cell) for cell in value.__closure__ or ()]
    parts = [value.__module__, value.__qualname__, value.__code__, value.__defaults__]
    parts += [value.__kwdefaults__, captured, surroundings(value)]
    yield from _group("function", parts, inside)


def _content(cell: CellType) -> Any:
    """Return what a function has captured in a cell; a cell may still be empty."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _code(value: CodeType, inside: tuple[int, ...]) -> Iterable[bytes]:
    yield from _group("code", [value.co_code, value.co_names, value.co_consts], inside)


def _method(value: MethodType, inside: tuple[int, ...]) -> Iterable[bytes]:
    yield from _group("method", [value.__func__, value.__self__], inside)


def _partial(value: partial[Any], inside: tuple[int, ...]) -> Iterable[bytes]:
    yield from _group("partial", [value.func, value.args, value.keywords], inside)


def _object(value: Any, inside: tuple[int, ...]) -> Iterable[bytes]:
    """Yield a class, and the fields of a dataclass that are compared, or else all attributes."""
    if is_dataclass(value):
        state = {f.name: getattr(value, f.name) for f in fields(value) if f.compare or f.init}
    elif hasattr(value, "__dict__") or "__slots__" in vars(type(value)):
        state = getattr(value, "__dict__", {}) | _slots(value)
    else:  # a lock, an open file: only itself is equal to it
        state = {"": repr(value)}
    yield from _group("object", [type(value), state], inside)


def _slots(value: Any) -> dict[str, Any]:
    """Return what is in the slots of an object, which are not in its ``__dict__``."""
    state = {}
    for cls in type(value).__mro__:
        slots = vars(cls).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            is_private = name.startswith("__") and not name.endswith("__")
            stored = f"_{cls.__name__.lstrip('_')}{name}" if is_private else name
            if not name.endswith("__") and hasattr(value, stored):
                state[stored] = getattr(value, stored)
    return state


_SPELLINGS: tuple[tuple[Any, Callable[[Any, tuple[int, ...]], Iterable[bytes]]], ...] = (
    ((type(None), type(Ellipsis), Enum, np.dtype, np.ufunc), _constant),
    ((bool, np.bool_), _truth),
    ((int, np.integer), _integer),
    ((float, np.floating), _float),
    ((complex, np.complexfloating), _complex),
    ((str, PurePath), _text),
    ((bytes, bytearray, memoryview), _raw),
    (np.ndarray, _array),
    ((list, tuple), _list),
    ((set, frozenset), _set),
    (Mapping, _mapping),
    ((type, BuiltinFunctionType), _class),
    (FunctionType, _function),
    (CodeType, _code),
    (MethodType, _method),
    (partial, _partial),
)
