"""Whether a thing can play a role: one rule, for every entrance that takes a part.

=====================================  ==========================================================
a thing                                plays a role if
=====================================  ==========================================================
None, a text, a class                  never: a class has to be called, a text has to be read
with a role of attributes, as a model  it has those that the role is asked for
with a role of a call                  it can be called with as many arguments, and the names of
                                       its arguments are not those of another role
=====================================  ==========================================================

Left neighbour: ``roles`` has the protocols, whose arguments are read here. Right neighbour: the
builders, ``simulate`` and all others who are given parts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from inspect import isfunction, ismethod, signature
from typing import Any, NoReturn

from pyfedlite import _check, roles

MOST_LETTERS = 60  # of a part that is shown


@dataclass(frozen=True)
class Role:
    """What a part is asked for.

    Parameters
    ----------
    words : str
        With its article: ``an aggregator``.
    example : str
        Code that makes one.
    attributes : tuple of str
        What it has to have, if it is not called itself.
    arguments : tuple of str
        Of its call, in order.
    """

    words: str
    example: str
    attributes: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    def is_played_by(self, part: object) -> bool:
        """Return whether a part can play this role; see the table above."""
        if part is None or isinstance(part, str | type):
            return False
        if self.attributes:
            return all(hasattr(part, name) for name in self.attributes)
        named = _role_by_arguments(part)
        return callable(part) and _takes(part, len(self.arguments)) and named in (None, self)


def called(words: str, example: str, protocol: Any) -> Role:
    """Return the role of a part that is called as a protocol says."""
    return Role(words, example, arguments=_arguments(protocol.__call__)[1:])  # without self


def _arguments(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(signature(function).parameters)


ROLES: dict[str, Role] = {
    "clients": Role(
        "a FederatedDataset",
        "partition(data, iid(), num_clients=10, seed=0)",
        ("num_clients", "client", "plan_bytes"),
    ),
    "dataset": Role("a Dataset", "load_digits()", ("features", "test_features", "num_examples")),
    "algorithm": Role("an algorithm", "fedavg(model)", ("model", "init", "round")),
    "model": Role("a model", "SoftmaxRegression(64, 10)", ("layout", "loss", "grad")),
    "local": Role("a local trainer", "LocalSGD(local_epochs=5)", ("train",)),
    "correction": called("a correction", "lambda participant, theta: …", roles.Correction),
    "aggregator": called("an aggregator", "weighted_mean()", roles.Aggregator),
    "server": called("a server optimiser", "ServerSGD()", roles.ServerOptimizer),
    "data transform": called("a data transform", "flip_labels(10)", roles.DataTransform),
    "update transform": called("an update transform", "worker_momentum()", roles.UpdateTransform),
    "cohort transform": called(
        "a cohort transform", "lambda updates, context, rng: updates", roles.CohortTransform
    ),
    "sampler": called("a sampler", "sample_fraction(0.1)", roles.Sampler),
    "availability": called("an availability", "dropouts(0.1)", roles.Availability),
    "callback": called("a callback", "lambda records, state: None", roles.Callback),
    "partitioner": called("a partitioner", "dirichlet(0.3)", roles.Partitioner),
}

HINTS = {
    ("clients", "dataset"): "divide it: partition(data, iid(), num_clients=10, seed=0)",
    ("clients", "algorithm"): "the clients come after the algorithm",
    ("algorithm", "clients"): "the algorithm comes first, and then the clients",
    ("algorithm", "model"): "say how it is trained: fedavg(model)",
    ("model", "algorithm"): "take its model: algorithm.model",
    ("dataset", "clients"): "they are divided already",
    ("dataset", "partitioner"): "the dataset comes first, and then the partitioner",
    ("partitioner", "dataset"): "the partitioner comes after the dataset",
}
"""What to try, by the role that is asked for and the one that is given."""


def checked(
    name: str, part: Any, role: str | Role, *, needs: tuple[str, ...] = (), hint: str = ""
) -> Any:
    """Return `part`, if it can play a role.

    Parameters
    ----------
    name : str
        Of the argument.
    part : object
    role : str or Role
        One of `ROLES` by name, or a role of your own.
    needs : tuple of str
        What it has to have here, in place of all that its role has.
    hint : str
        What to try where nothing better is known.

    Raises
    ------
    TypeError
        The sentence says what was given, and what to try.

    Examples
    --------
    >>> checked("sampler", lambda updates, context: None, "sampler")
    Traceback (most recent call last):
        ...
    TypeError: sampler must be a sampler, such as sample_fraction(0.1), got an aggregator, <lambda>
    """
    asked = ROLES[role] if isinstance(role, str) else role
    if (replace(asked, attributes=needs) if needs else asked).is_played_by(part):
        return part
    _fail(name, f"be {asked.words}, such as {asked.example}", part, _hint(part, role) or hint)


def all_checked(name: str, parts: Any, role: str) -> tuple[Any, ...]:
    """Return several parts as a tuple, if each can play a role; ``TypeError`` otherwise."""
    several = f"be a tuple, each of it {ROLES[role].words}"
    if isinstance(parts, str | type) or not isinstance(parts, Iterable):
        alone = "for a single one write (part,), with the comma"
        _fail(name, several, parts, alone if ROLES[role].is_played_by(parts) else "")
    return tuple(checked(f"{name}[{i}]", part, role) for i, part in enumerate(parts))


def checked_as_one_of(name: str, part: Any, words: str, wanted: Iterable[str]) -> Any:
    """Return a part that is called, unless it plays no role, or other roles than the `wanted`."""
    role = role_of(part)
    is_other = role is not None and role not in wanted
    if callable(part) and not isinstance(part, type) and not is_other:
        return part
    _fail(name, words, part, _hint(part, ""))


def call(part: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a part answers; one that asks too much of its arguments is named.

    Raises
    ------
    TypeError
        If the part looks for something that one of the arguments does not have.
    """
    try:
        return part(*arguments)
    except AttributeError as error:
        if not any(error.obj is argument for argument in arguments):
            raise  # of something else, which is the business of the part
        kinds = ", ".join(type(argument).__name__ for argument in arguments)
        raise TypeError(
            _check.sentence(in_words(part), f"use what it is given, ({kinds})", str(error))
        ) from error


def role_of(part: object) -> str | None:
    """Return the role that a part plays, as far as its attributes or arguments tell, or None."""
    if part is None or isinstance(part, str | type):
        return None
    for name, role in ROLES.items():
        if role.attributes and role.is_played_by(part):
            return name
    found = _role_by_arguments(part)
    return next((name for name, role in ROLES.items() if role is found), None)


def _role_by_arguments(part: object) -> Role | None:
    """Return the role whose arguments have the names of those of `part`, or None."""
    try:
        names = _arguments(part) if callable(part) else ()
    except (TypeError, ValueError):  # many functions written in C do not tell
        return None
    return next((role for role in ROLES.values() if names and role.arguments == names), None)


def _takes(part: Callable[..., Any], number: int) -> bool:
    """Return whether a part can be called with so many arguments, as far as it tells."""
    try:
        signature(part).bind(*[None] * number)
    except TypeError:
        return False
    except ValueError:  # many functions written in C do not tell
        return True
    return True


def _fail(name: str, condition: str, part: object, hint: str) -> NoReturn:
    raise TypeError(_check.sentence(name, condition, in_words(part), hint))


def _hint(part: object, role: str | Role) -> str:
    """Return what to try in place of `part`, or an empty string."""
    if isinstance(part, type):
        return f"make one of it: {part.__name__}(…)"
    given = role_of(part)
    if isinstance(role, str) and given is not None and (role, given) in HINTS:
        return HINTS[role, given]
    if isfunction(part) or ismethod(part):
        if given is None and part.__module__.startswith("pyfedlite."):  # a builder
            return f"call it: {part.__name__}(…)"
        asked = ROLES.get(role) if isinstance(role, str) else role
        if asked is not None and asked.arguments and not _takes(part, len(asked.arguments)):
            return f"it has to take ({', '.join(asked.arguments)})"
    return ""


def in_words(part: object) -> str:
    """Return what a part is, for a sentence.

    Examples
    --------
    >>> in_words(int), in_words("krumm"), in_words(None), in_words(3)
    ('the class int', "'krumm'", 'None', 'int')
    """
    if part is None or isinstance(part, str):
        return repr(part)
    if isinstance(part, type):
        return f"the class {part.__name__}"
    role, name = role_of(part), getattr(part, "__name__", None)
    text = name if isinstance(name, str) else repr(part)
    shown = text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"
    if role is not None:
        return f"{ROLES[role].words}, {shown}"
    return f"the function {shown}" if isinstance(name, str) else type(part).__name__
