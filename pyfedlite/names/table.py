"""The table of names of a family of parts."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from inspect import signature
from typing import Any, Generic, NoReturn, TypeVar, cast

from pyfedlite import _check
from pyfedlite.names.setting import FORMS, Setting, word_of

Part = TypeVar("Part")


@dataclass(frozen=True, eq=False)
class Names(Generic[Part]):
    """The names of a family of parts, and how to read and write their spelling.

    Parameters
    ----------
    family : str
        What the sentences about a bad spelling call a part.
    builders : mapping of str to callable or str
        For each name the class or the builder. A builder is annotated with the class that it
        returns, and its parameters are called as the fields of that class. A text
        ``"module:attribute"`` is imported when its name is first asked for.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Trimmed:
    ...     share: float
    ...     centre: str = "mean"
    >>> rules = Names("rule", {"trimmed": Trimmed})
    >>> rules.read("trimmed:0.1,centre=median")
    Trimmed(share=0.1, centre='median')
    >>> rules.write(Trimmed(0.1))
    'trimmed:0.1'
    """

    family: str
    builders: Mapping[str, Callable[..., Part] | str]

    def __post_init__(self) -> None:
        doc = f"The names of the family ``{self.family}``: {', '.join(self.builders)}."
        object.__setattr__(self, "__doc__", doc)  # what ``help`` says; the class is frozen

    def __iter__(self) -> Iterator[str]:
        return iter(self.builders)

    def __len__(self) -> int:
        return len(self.builders)

    def __contains__(self, name: object) -> bool:
        return name in self.builders

    def __getitem__(self, name: str) -> Callable[..., Part]:
        """Return the class or the builder called `name`.

        Raises
        ------
        ValueError
            If there is none; the sentence gives the nearest name.
        """
        builder = self.builders[_check.one_of(self.family, name, self)]
        if not isinstance(builder, str):
            return builder
        module, _, attribute = builder.partition(":")
        return cast(Callable[..., Part], getattr(import_module(module), attribute))

    # ---- from a spelling to a part ----------------------------------------------------------

    def read(self, text: str, *given: object) -> Part:
        """Return the part that `text` spells.

        Parameters
        ----------
        text : str
        *given : object
            What the builder takes first and no text can say, such as the model of an algorithm.

        Raises
        ------
        ValueError
            If a name or a key is unknown (the nearest is given), or a value is missing or wrong.
        """
        return self.make(*self.parse(text), *given)

    def parse(self, text: str) -> tuple[str, dict[str, Any]]:
        """Return the name in a spelling, and the settings that follow it.

        Settings may still be missing: a table of a configuration file can hold the others.

        Raises
        ------
        ValueError
            If a name or a key is unknown (the nearest is given), or a value is wrong.
        """
        name, colon, rest = text.partition(":")
        name = name.strip()
        known = self._spellable(name)
        found: dict[str, Any] = {}
        for item in rest.split(",") if colon else ():
            key, equals, word = (each.strip() for each in item.partition("="))
            setting = known[self._key(name, key) if equals else self._next(name, found, text)]
            value = self._value(name, setting, word if equals else key, text)
            if setting.is_many:
                value = (*found.get(setting.name, ()), value)
            elif setting.name in found:
                _check.fail(self.family, f"say {setting.name} once", repr(text))
            found[setting.name] = value
        return name, found

    def make(self, name: str, settings: Mapping[str, Any], *given: object) -> Part:
        """Return the part called `name` with some settings; whole numbers do for floats.

        Raises
        ------
        ValueError
            If the name or a key is unknown (the nearest is given), or a setting is missing.
        """
        build, known = self[name], self._spellable(name)
        values = {self._key(name, key): known[key].converted(settings[key]) for key in settings}
        for setting in known.values():
            if setting.is_required and setting.name not in values:
                text = _spelled(name, [f"{key}={value}" for key, value in settings.items()])
                self._fail_value(name, setting, text)
        many = [each for key in known if known[key].is_many for each in values.pop(key, ())]
        return build(*given, *many, **values)

    def keys_of(self, name: str) -> tuple[str, ...]:
        """Return the settings of `name` that numbers and words can say."""
        return tuple(self._spellable(name))

    # ---- from a part to its spelling --------------------------------------------------------

    def write(self, part: Part) -> str:
        """Return the spelling of `part`, without the settings that are as by default.

        Raises
        ------
        TypeError
            If the part is of no class of this family, or a setting is neither number nor word.
        """
        text, others = self.split(part)
        known = self._all(text.partition(":")[0])
        changed = {key: value for key, value in others.items() if value != known[key].default}
        items = [f"{key}={word_of(key, value)}" for key, value in changed.items()]
        return _spelled(text, items)

    def split(self, part: Part) -> tuple[str, dict[str, Any]]:
        """Return the shortest spelling that names `part`, and all settings that it leaves out.

        Raises
        ------
        TypeError
            If the part is of no class of this family, or a setting is neither number nor word.
        """
        name, values = self.settings(part)
        items = []
        for index, setting in enumerate(self._all(name).values()):
            if setting.is_many:
                items += [word_of(setting.name, value) for value in values.pop(setting.name)]
            elif setting.is_required or (setting.is_bare and index == 0):
                word = word_of(setting.name, values.pop(setting.name))
                items.append(word if setting.is_bare else f"{setting.name}={word}")
        return _spelled(name, items), values

    def settings(self, part: Part) -> tuple[str, dict[str, Any]]:
        """Return the name of `part` and all its settings: ``make(*settings(part)) == part``.

        Raises
        ------
        TypeError
            If the part is of no class of this family.
        """
        name = self._name(part)
        return name, {key: getattr(part, key) for key in self._all(name)}

    # ---- names and settings -----------------------------------------------------------------

    def _name(self, part: Part) -> str:
        """Return the one name of the class of `part`.

        A module that was never imported made no part, so it is not imported for this.
        """
        made = [
            name
            for name, builder in self.builders.items()
            if not isinstance(builder, str) or builder.partition(":")[0] in sys.modules
        ]
        classes = {name: _class(self[name]) for name in made}
        names = [name for name, each in classes.items() if each is type(part)]
        if len(names) > 1:
            hint = f"its names are {', '.join(names)}"
            _check.fail_type(self.family, "be of a class with one name", part, hint)
        if not names:
            listed = ", ".join(dict.fromkeys(each.__name__ for each in classes.values()))
            _check.fail_type(self.family, f"be of one of the classes {listed}", part)
        return names[0]

    def _all(self, name: str) -> dict[str, Setting]:
        parameters = signature(self[name], eval_str=True).parameters.values()
        return {each.name: Setting.of(each) for each in parameters}

    def _spellable(self, name: str) -> dict[str, Setting]:
        return {key: each for key, each in self._all(name).items() if each.kinds}

    def _key(self, name: str, key: str) -> str:
        known = [*self._spellable(name)]
        if key not in known:
            listed = f" ({', '.join(known)})" if known else ", which has none"
            condition = f"be a setting of {name}{listed}"
            _check.fail(f"{self.family} key", condition, repr(key), _check.nearest(key, known))
        return key

    def _next(self, name: str, found: Mapping[str, Any], text: str) -> str:
        """Return the setting that a value without a key stands for."""
        bare = [each for each in self._spellable(name).values() if each.is_bare]
        for setting in bare:
            if setting.is_many or setting.name not in found:
                return setting.name
        number = "more numbers" if bare else "a number"
        keys = ", ".join(f"{key}=…" for key in self._spellable(name))
        hint = f"a setting is written with its key: {keys}" if keys else ""
        _check.fail(self.family, f"be {name} without {number}", repr(text), hint)

    def _value(self, name: str, setting: Setting, word: str, text: str) -> Any:
        try:
            return setting.read(word)
        except ValueError:
            self._fail_value(name, setting, text)

    def _fail_value(self, name: str, setting: Setting, text: str) -> NoReturn:
        form, example = FORMS[setting.kinds[0]]
        if setting.is_bare and setting.name == next(iter(self._spellable(name))):
            condition = f"be {name}: and {form}, as in {name}:{example}"
        else:
            key = setting.name
            condition = f"be {name} with {form} for {key}, as in {name}:{key}={example}"
        _check.fail(self.family, condition, repr(text))


def _class(builder: Callable[..., Any]) -> type:
    """Return the class of what a builder makes."""
    if isinstance(builder, type):
        return builder
    return cast(type, signature(builder, eval_str=True).return_annotation)


def _spelled(text: str, items: list[str]) -> str:
    """Return a spelling with more settings behind it."""
    if not items:
        return text
    return f"{text}{',' if ':' in text else ':'}{','.join(items)}"
