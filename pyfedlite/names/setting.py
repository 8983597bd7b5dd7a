"""One setting of a part: which words it can be spelled by, and what they mean."""

from contextlib import suppress
from dataclasses import dataclass
from inspect import Parameter
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

from pyfedlite import _check

FORMS = {
    int: ("a whole number", "2"),
    float: ("a number", "0.5"),
    bool: ("true or false", "true"),
    str: ("a word", "word"),
}
"""The types of the values that a spelling can say, each in words and with an example."""


@dataclass(frozen=True)
class Setting:
    """One parameter of a builder.

    Parameters
    ----------
    name : str
    kinds : tuple of type
        Of the values that a spelling can say; empty where it can say none.
    default : object
        ``Parameter.empty`` where there is none.
    is_bare : bool
        Whether its value may stand without its key.
    is_many : bool
        Whether it takes any number of values.
    """

    name: str
    kinds: tuple[type, ...]
    default: Any
    is_bare: bool
    is_many: bool

    @classmethod
    def of(cls, parameter: Parameter) -> "Setting":
        """Return what the signature of a builder says."""
        annotation = parameter.annotation
        is_union = get_origin(annotation) in (Union, UnionType)
        types = get_args(annotation) if is_union else (annotation,)
        is_part = any(kind not in (*FORMS, NoneType) for kind in types)  # or a word for one
        kinds = () if is_part else tuple(kind for kind in FORMS if kind in types)
        return cls(
            parameter.name,
            (*kinds, NoneType) if kinds and NoneType in types else kinds,
            parameter.default,
            parameter.kind is not Parameter.KEYWORD_ONLY,
            parameter.kind is Parameter.VAR_POSITIONAL,
        )

    @property
    def is_required(self) -> bool:
        """Whether a part cannot be made without it."""
        return self.default is Parameter.empty and not self.is_many

    def read(self, word: str) -> Any:
        """Return the value that a word says, or raise ``ValueError``."""
        words: dict[str, Any] = {"true": True, "false": False} if bool in self.kinds else {}
        words |= {"none": None} if NoneType in self.kinds else {}
        if word in words:
            return words[word]
        for kind in (int, float, str):  # the narrowest first
            if kind in self.kinds:
                with suppress(ValueError):
                    return kind(word)
        raise ValueError(word)

    def converted(self, value: Any) -> Any:
        """Return a whole number as a float where floats are meant; all else as it is."""
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        return float(value) if is_whole and float in self.kinds and int not in self.kinds else value


def word_of(name: str, value: object) -> str:
    """Return how a value is spelled."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "none"
        case Integral():
            return str(int(value))
        case Real():
            return repr(float(value))
        case str() if value == value.strip() and not set(value) & set(",="):
            return value
    _check.fail_type(name, "be a number or a word without commas to be spelled", value)
