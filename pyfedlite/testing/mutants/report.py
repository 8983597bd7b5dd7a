"""Whether a property accepts what is right, and rejects what is wrong."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyfedlite import _check
from pyfedlite.testing.counterexample import Case, Counterexample, find_counterexample
from pyfedlite.testing.literals import literal
from pyfedlite.testing.mutants.mutant import Mutant, Subject
from pyfedlite.testing.mutants.registry import SUBJECTS

Property = Callable[..., object]


@dataclass(frozen=True, eq=False)
class KillReport:
    """What a property said to the right implementation, and to each mutant.

    Parameters
    ----------
    subject : Subject
    complaint : Counterexample or None
        What it holds against the right implementation: a good property has nothing.
    killed, survived : tuple of Mutant
        Those that it rejects, and those that it lets live.
    """

    subject: Subject
    complaint: Counterexample | None
    killed: tuple[Mutant, ...]
    survived: tuple[Mutant, ...]

    def __bool__(self) -> bool:
        return self.complaint is None and not self.survived

    def __str__(self) -> str:
        lines = [self._about_the_right_one()]
        lines += [f"killed    {m.name} ({m.found_in})" for m in self.killed]
        lines += [f"SURVIVED  {m.name} ({m.found_in})\n          {m.story}" for m in self.survived]
        return "\n".join(lines)

    __repr__ = __str__

    def _about_the_right_one(self) -> str:
        if self.complaint is None:
            return f"accepted  the right {self.subject.name}"
        drawn = ", ".join(f"{name} = {literal(v)}" for name, v in self.complaint.case.items())
        reason = str(self.complaint.error).strip().split("\n")[0]
        kind = type(self.complaint.error).__name__
        return f"REJECTED  the right {self.subject.name}, on {drawn or 'no case'}: {kind} {reason}"


def kills(property: Property, subject: str, *, max_examples: int = 100) -> KillReport:
    """Run a property on the right implementation and on every mutant of a subject.

    Parameters
    ----------
    property : callable
        Its first argument is the implementation. Further arguments are drawn by their names, and
        have to be among ``SUBJECTS[subject].arguments``. It raises ``AssertionError`` where the
        implementation is wrong; an error of the implementation counts as well.
    subject : str
        One of `SUBJECTS`.
    max_examples : int
        How many cases are tried on each implementation.

    Returns
    -------
    KillReport
        True where the right implementation is accepted and every mutant rejected.

    Raises
    ------
    ValueError
        When the subject, or an argument of the property, has no such name.
    TypeError
        When the property returns something: it has to assert.

    Examples
    --------
    >>> def between(mean, deltas, num_examples):
    ...     assert (mean(deltas, num_examples) <= deltas.max(axis=0) + 1e-9).all()
    >>> print(kills(between, "weighted_mean"))
    accepted  the right weighted_mean
    killed    first-client-twice (OpenMined/PySyft#3828)
    killed    fixed-share (ssg-research/WAFFLE#6)
    SURVIVED  unweighted (AshwinRJ/Federated-Learning-PyTorch#27, shaoxiongji/federated-learning#20)
              Every client counts the same, whether it has 1 example or 1000.
    """
    found = SUBJECTS[_check.one_of("subject", subject, SUBJECTS)]
    names = _drawn_names(property, found)
    attack = partial(_attack, property, subject=found, names=names, max_examples=max_examples)
    complaint = attack(found.implementation, simplify=True)
    dead = [attack(mutant.implementation, simplify=False) for mutant in found.mutants]
    killed = tuple(m for m, case in zip(found.mutants, dead, strict=True) if case)
    survived = tuple(m for m, case in zip(found.mutants, dead, strict=True) if not case)
    return KillReport(found, complaint, killed, survived)


def _drawn_names(property: Property, subject: Subject) -> list[str]:
    _, *names = inspect.signature(property).parameters
    for name in names:
        _check.one_of("argument of the property", name, subject.arguments)
    return names


def _attack(
    property: Property,
    implementation: Any,
    *,
    subject: Subject,
    names: list[str],
    max_examples: int,
    simplify: bool,
) -> Counterexample | None:
    """Return the simplest case on which the property rejects an implementation."""
    returned: list[object] = []

    def test(case: Case) -> None:
        returned.append(property(implementation, **{name: case[name] for name in names}))

    tries = max_examples if names else 1
    found = find_counterexample(test, subject.cases, max_examples=tries, simplify=simplify)
    if any(value is not None for value in returned):
        value = next(value for value in returned if value is not None)
        _check.fail_type("property", "assert, and return nothing", value, "assert a == b")
    if found is None:
        return None
    return Counterexample({name: found.case[name] for name in names}, found.error)
