"""Whether a property accepts what is right, and rejects what is wrong."""

import contextlib
import inspect
import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import Parameter
from types import CoroutineType
from typing import Any

import numpy as np

from pyfedlite import _check
from pyfedlite.testing.blame import line_of, loop_of
from pyfedlite.testing.counterexample import (
    Case,
    Counterexample,
    NothingLeftError,
    Patience,
    TooSlowError,
    find_among_drawn,
)
from pyfedlite.testing.literals import literal
from pyfedlite.testing.mutants.disguise import Witness, disguised, nobody
from pyfedlite.testing.mutants.mutant import Mutant, Subject
from pyfedlite.testing.mutants.outcome import is_rejection
from pyfedlite.testing.mutants.registry import SUBJECTS
from pyfedlite.testing.time_limit import TimeUpError

Property = Callable[..., object]

DRAWS_NOTHING = (
    "The property looks at the same numbers in every case: it uses nothing of what is drawn."
)
REMEMBERS = "The property remembers earlier calls: the same mutant, asked twice, got two answers."


@dataclass(frozen=True, eq=False)
class KillReport:
    """What a property said to the right implementation, and to each mutant.

    Parameters
    ----------
    subject : Subject
    complaint : Counterexample or None
        What it holds against the right implementation: a good property has nothing. Also a case on
        which it did not come back in time, from whatever implementation.
    killed, survived : tuple of Mutant
        Those that it rejects, and those that it lets live.
    draws_nothing : bool
        Whether it asked the implementation the same in every case.
    where : str
        The line of the property that complains.
    remembers : bool
        Whether it gave two answers to one mutant, asked before all others and once more in turn.
    evades : str
        By what it ended for a survivor, other than by coming to its end: to skip, or to leave
        Python, rejects nothing.
    """

    subject: Subject
    complaint: Counterexample | None
    killed: tuple[Mutant, ...]
    survived: tuple[Mutant, ...]
    draws_nothing: bool = False
    where: str = ""
    remembers: bool = False
    evades: str = ""

    def __bool__(self) -> bool:
        return self.complaint is None and not self.survived and not self.remembers

    @property
    def stopped(self) -> bool:
        """Whether the property did not come back, or took too long."""
        return _is_stopped(self.complaint)

    def __str__(self) -> str:
        lines = [self._about_the_right_one()]
        lines += [f"killed    {m.name} ({m.found_in})" for m in self.killed]
        lines += [f"SURVIVED  {m.name} ({m.found_in})\n          {m.story}" for m in self.survived]
        lines += [f"NOTE      {DRAWS_NOTHING}"] if self.draws_nothing else []
        lines += [f"NOTE      {REMEMBERS}"] if self.remembers else []
        lines += [f"NOTE      {self.evades} rejects nothing: assert."] if self.evades else []
        return "\n".join(lines)

    __repr__ = __str__

    def _about_the_right_one(self) -> str:
        if self.complaint is None:
            return f"accepted  the right {self.subject.name}"
        drawn = ", ".join(f"{name} = {literal(v)}" for name, v in self.complaint.case.items())
        if self.stopped:
            return f"STOPPED   on {drawn or 'no case'}: {self._why_stopped()}"
        reason = str(self.complaint.error).strip().split("\n")[0]
        kind = type(self.complaint.error).__name__
        return f"REJECTED  the right {self.subject.name}, on {drawn or 'no case'}: {kind} {reason}"

    def _why_stopped(self) -> str:
        assert self.complaint is not None
        if isinstance(self.complaint.error, TooSlowError):
            return f"the property is too slow, {self.complaint.error}"
        return f"the property does not come back{self.where}"


def kills(
    property: Property,
    subject: str,
    *,
    max_examples: int = 100,
    variants: bool = False,
    seconds: float = 60.0,
) -> KillReport:
    """Run a property on the right implementation and on every mutant of a subject.

    Parameters
    ----------
    property : callable
        Its first argument is the implementation. Further arguments are drawn by their names, and
        have to be among ``SUBJECTS[subject].arguments``; arguments with a default keep it. It
        raises ``AssertionError`` where the implementation is wrong; an error of the implementation
        counts as well. To skip or to leave Python does not.
    subject : str
        One of `SUBJECTS`.
    max_examples : int
        How many cases are tried on each implementation.
    variants : bool
        Run it on the subject's made-up mutants too, as the exercises do.
    seconds : float
        After so many seconds in the property, of all cases together, it is too slow. A single case
        may take two seconds.

    Returns
    -------
    KillReport
        True where the right implementation is accepted and every mutant rejected. A property that
        does not come back within seconds is stopped, and the report says on what, and in which
        line.

    Raises
    ------
    ValueError
        When the subject, or an argument of the property, has no such name, or when the property
        throws every case back.
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
    hunt = _Hunt(
        property, found, drawn_names(property, found), max_examples, Patience(for_all=seconds)
    )
    mutants = found.mutants + (found.variants if variants else ())
    # Whoever remembers what the first implementation did must not meet the right one first.
    before = [hunt.attack(mutant.implementation) for mutant in mutants[:1]]
    if stopped := next((case for case in before if _is_stopped(case)), None):
        return KillReport(found, stopped, (), mutants, where=_where(stopped, property))
    witness = Witness()
    complaint = hunt.attack(found.implementation, witness)
    same = witness.always_the_same or not hunt.names
    if complaint is not None and _is_stopped(complaint):
        return KillReport(found, complaint, (), mutants, where=_where(complaint, property))
    hunt.evaded.clear()
    killed: list[Mutant] = []
    survived: list[Mutant] = []
    for mutant in mutants:
        case = hunt.attack(mutant.implementation)
        if case is not None and _is_stopped(case):
            alive = tuple(m for m in mutants if m not in killed)
            return KillReport(found, case, tuple(killed), alive, where=_where(case, property))
        (survived if case is None else killed).append(mutant)
    remembers = any((case is None) != (mutants[0] in survived) for case in before)
    evades = hunt.evaded[0] if hunt.evaded and survived else ""
    return KillReport(
        found,
        complaint,
        tuple(killed),
        tuple(survived),
        draws_nothing=same,
        remembers=remembers,
        evades=evades,
    )


def drawn_names(property: Property, subject: Subject) -> list[str]:
    """Return which arguments a property wants to have drawn."""
    _, *rest = inspect.signature(property).parameters.values()
    if any(p.kind is Parameter.VAR_KEYWORD for p in rest):
        return list(subject.arguments)
    wanted = [
        p.name
        for p in rest
        if p.kind is not Parameter.VAR_POSITIONAL
        and (p.default is Parameter.empty or p.name in subject.arguments)
    ]
    for name in wanted:
        _check.one_of("argument of the property", name, subject.arguments)
    return wanted


def _is_stopped(case: Counterexample | None) -> bool:
    """Return whether a property did not come back on a case, or took too long."""
    return case is not None and isinstance(case.error, TimeUpError | TooSlowError)


def _where(stopped: Counterexample, property: Property) -> str:
    """Return the line and the loop in which a property was stopped, or nothing."""
    line, loop = line_of(stopped.error, property), loop_of(stopped.error, property)
    if not line:
        return ""
    inside = f", inside the loop `{loop}`" if loop and loop != line else ""
    return f": it was stopped in the line `{line}`{inside}"


@dataclass(frozen=True, eq=False)
class _Hunt:
    """A property, and what it is run with on each implementation."""

    property: Property
    subject: Subject
    names: list[str]
    max_examples: int
    patience: Patience
    evaded: list[str] = field(default_factory=list)

    def attack(self, implementation: Any, witness: Witness | None = None) -> Counterexample | None:
        """Return a case on which the property rejects an implementation, or None.

        With a witness, as for the right implementation, it is the simplest; for a mutant it is
        enough that there is one.
        """
        returned: list[object] = []
        seen = witness.saw if witness else nobody
        hidden = disguised(implementation, self.subject.name, self.subject.methods, seen)

        def test(case: Case) -> None:
            if witness:
                witness.next_case()
            try:
                with _undisturbed():
                    returned.append(self.property(hidden, **{n: case[n] for n in self.names}))
            except BaseException as error:
                if witness or is_rejection(error):
                    raise
                self.evaded.append(type(error).__name__)

        tries = self.max_examples if self.names else 1
        try:
            found = find_among_drawn(
                test,
                self.subject.cases,
                max_examples=tries,
                simplify=witness is not None,
                patience=self.patience,
            )
        except NothingLeftError:
            _check.fail("property", "keep at least one case", "none: assume throws all back")
        _refuse_what_is_returned(returned)
        if found is None:
            return None
        return Counterexample({name: found.case[name] for name in self.names}, found.error)


@contextlib.contextmanager
def _undisturbed() -> Any:
    """Keep what a property prints and NumPy's warnings away: neither is an answer."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _refuse_what_is_returned(returned: list[object]) -> None:
    for value in returned:
        if type(value) is CoroutineType:  # isinstance would ask the value, which may raise
            value.close()  # it would complain that nobody waits for it
    for value in returned:
        if value is not None:
            _check.fail_type("property", "assert, and return nothing", value, "assert a == b")
