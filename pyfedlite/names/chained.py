"""Parts that stand before a part, joined by plus signs: ``nnm+median:num_byzantine=5``."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Generic, TypeVar

from pyfedlite.names.table import Names

Part = TypeVar("Part")

JOINT = re.compile(r"\+(?=\s*[A-Za-z_])")
"""A plus sign before a name; the one in 1e+3 stands before a digit."""


@dataclass(frozen=True, eq=False)
class ChainedNames(Generic[Part]):
    """A table of names whose parts may have others before them.

    What stands before is spelled in full and belongs to the name; the settings are those of the
    last part. ``bucketing:2+median`` is a name with the settings of ``median``.

    Parameters
    ----------
    last : Names
        The parts themselves.
    before : Names
        What may stand before one.
    joined : str
        ``"module:attribute"`` of the class that holds both, with fields ``first`` and ``rule``.
        Until it is imported there is no such part.
    joined_by : mapping of str to str
        The same for names of `before` that are joined with the rest by another class.

    Examples
    --------
    >>> from pyfedlite.aggregation import AGGREGATORS
    >>> AGGREGATORS.parse("bucketing:2+median:num_byzantine=5")
    ('bucketing:2+median', {'num_byzantine': 5})
    """

    last: Names[Part]
    before: Names[Any]
    joined: str
    joined_by: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        before = f"Before one may stand, with a plus sign: {', '.join(self.before)}."
        doc = f"{self.last.__doc__} {before}"
        object.__setattr__(self, "__doc__", doc)  # what ``help`` says; the class is frozen

    @property
    def family(self) -> str:
        """What the sentences about a bad spelling call a part."""
        return self.last.family

    def __iter__(self) -> Iterator[str]:
        return iter(self.last)

    def __len__(self) -> int:
        return len(self.last)

    def __contains__(self, name: object) -> bool:
        return name in self.last

    def __getitem__(self, name: str) -> Callable[..., Part]:
        """Return the class or the builder called `name`, a name without anything before it."""
        return self.last[name]

    def read(self, text: str, *given: object) -> Part:
        """Return the part that `text` spells; see `Names.read`."""
        return self.make(*self.parse(text), *given)

    def parse(self, text: str) -> tuple[str, dict[str, Any]]:
        """Return what stands before, with the name, and the settings; see `Names.parse`."""
        *firsts, rest = JOINT.split(text)
        name, settings = self.last.parse(rest)
        return "+".join([*map(str.strip, firsts), name]), settings

    def make(self, name: str, settings: Mapping[str, Any], *given: object) -> Part:
        """Return the part called `name` with some settings; see `Names.make`."""
        *firsts, last = JOINT.split(name)
        part: Any = self.last.make(last, settings, *given)
        for first in reversed(firsts):
            join = _imported(self.joined_by.get(_name(first), self.joined))
            part = join(self.before.read(first), part)
        made: Part = part
        return made

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Return the settings of the last part of `name`."""
        return self.last.keys_of(JOINT.split(name)[-1])

    def write(self, part: Part) -> str:
        """Return the spelling of `part`; see `Names.write`."""
        firsts, last = self._taken_apart(part)
        return "+".join([*firsts, self.last.write(last)])

    def split(self, part: Part) -> tuple[str, dict[str, Any]]:
        """Return the shortest spelling of `part`, and what it leaves out; see `Names.split`."""
        firsts, last = self._taken_apart(part)
        text, settings = self.last.split(last)
        return "+".join([*firsts, text]), settings

    def settings(self, part: Part) -> tuple[str, dict[str, Any]]:
        """Return the name of `part` and the settings of its last part; see `Names.settings`."""
        firsts, last = self._taken_apart(part)
        name, settings = self.last.settings(last)
        return "+".join([*firsts, name]), settings

    def _taken_apart(self, part: Any) -> tuple[list[str], Any]:
        """Return how all that stands before is spelled, and the last part."""
        firsts = []
        while self._is_joined(part):
            firsts.append(self.before.write(part.first))
            part = part.rule
        return firsts, part

    def _is_joined(self, part: Any) -> bool:
        """Return whether a part holds another one; its class says so, by name before by import."""
        classes = (self.joined, *self.joined_by.values())
        named = [each for each in classes if each.partition(":")[2] == type(part).__name__]
        return any(type(part) is _imported(each) for each in named)


def _name(text: str) -> str:
    """Return the name in a spelling."""
    return text.partition(":")[0].strip()


def _imported(text: str) -> Any:
    """Return what ``"module:attribute"`` names."""
    module, _, attribute = text.partition(":")
    return getattr(import_module(module), attribute)
