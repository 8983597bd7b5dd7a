"""Marking an attempt: laws on a function, mutants on a property."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pyfedlite.exercises.calling import (
    ComplaintError,
    answer,
    call_of,
    complaint_about_signature,
    complaint_about_value,
    same,
)
from pyfedlite.exercises.diagnosis import MAX_EXAMPLES, expected_of, usual_mistake
from pyfedlite.exercises.exercise import Exercise, Law
from pyfedlite.exercises.marking import mark_property
from pyfedlite.exercises.registry import find
from pyfedlite.exercises.stopping import words_about_stop
from pyfedlite.exercises.verdict import Verdict
from pyfedlite.testing.counterexample import Case, Counterexample, Patience, find_among_drawn
from pyfedlite.testing.literals import literal

UNSTEADY = "Your function gives another result when it is called again with the same arguments."


def check(name: str, fn: Callable[..., Any]) -> Verdict:
    """Check an attempt at an exercise.

    Parameters
    ----------
    name : str
        Of the exercise; `exercises` lists them.
    fn : callable
        The learner's function, or property.

    Returns
    -------
    Verdict
        True where every law holds. A wrong attempt is no error: the verdict says in words what
        goes wrong, on the simplest example that was found. The same attempt gets the same answer.
        An attempt that does not come back is stopped after two seconds.

    Raises
    ------
    ValueError
        When no exercise has this name.

    Examples
    --------
    >>> def delta(theta_global, theta_local):
    ...     return theta_global - theta_local
    >>> check("delta-1", delta)
    delta-1: not yet.
    <BLANKLINE>
    It should hold that the update leads from the global model to the local one.
    <BLANKLINE>
    The simplest example:
    <BLANKLINE>
        theta_global = np.array([0.0])
        theta_local = np.array([1.0])
        delta(theta_global, theta_local)
    <BLANKLINE>
        it should be  np.array([1.0])
        yours gives   np.array([-1.0])
    <BLANKLINE>
    That is theta_global - theta_local: the server moves along Delta, and would walk backwards.
    <BLANKLINE>
    For a hint: hint("delta-1", 1)
    """
    exercise = find(name)
    if exercise.subject is not None:
        return mark_property(exercise, exercise.subject, fn)
    if complaint := complaint_about_signature(fn, exercise.parameters):
        return Verdict(name, False, complaint)
    patience = Patience()
    for law in exercise.laws:
        found = _break(exercise, law, fn, patience)
        if found is not None:
            return _verdict(exercise, law, fn, found)
    claims = "\n".join(f"It holds that {law.says}." for law in exercise.laws)
    return Verdict(name, True, claims)


def _break(
    exercise: Exercise, law: Law, fn: Callable[..., Any], patience: Patience
) -> Counterexample | None:
    """Return the simplest case where a law does not hold, or None."""

    def test(case: Case) -> None:
        _judge(law, fn, exercise.in_order(case))

    found = find_among_drawn(test, law.cases, max_examples=MAX_EXAMPLES, patience=patience)
    if found is None:
        return None
    return Counterexample(exercise.in_order(found.case), found.error)


def _judge(law: Law, fn: Callable[..., Any], case: Case) -> None:
    """Raise a complaint where the function breaks the law on this case."""
    expected, got = expected_of(law.expected, case), answer(fn, case)
    if complaint := complaint_about_value(got, expected):
        raise ComplaintError(complaint)
    again = answer(fn, case)
    if not same(got, again):
        raise ComplaintError(UNSTEADY, got, again)
    if not law.holds(got, expected):
        raise ComplaintError(f"It should hold that {law.says}.", got)


def _verdict(
    exercise: Exercise, law: Law, fn: Callable[..., Any], found: Counterexample
) -> Verdict:
    """Return in words what was found."""
    call = call_of(exercise.signature.partition("(")[0], found.case)
    if stop := words_about_stop(found.error, fn, "function"):
        return Verdict(exercise.name, False, stop, call)
    if not isinstance(found.error, ComplaintError):  # the exercise itself is broken
        raise found.error
    if not _is_steady(law, fn, found.case):
        return Verdict(exercise.name, False, UNSTEADY, call)
    expected, got = expected_of(law.expected, found.case), found.error.got
    values = {"it should be": _shown(expected)}
    if got is not None:
        values["yours gives"] = _shown(got)
    if found.error.again is not None:
        values["and then"] = _shown(found.error.again)
        return Verdict(exercise.name, False, str(found.error), call, values)
    advice = "" if got is None else usual_mistake(exercise, fn, found.case, law, got)
    return Verdict(exercise.name, False, str(found.error), call, values, advice)


def _is_steady(law: Law, fn: Callable[..., Any], case: Case) -> bool:
    """Return whether the function goes wrong on the case that was found once more."""
    try:
        _judge(law, fn, case)
    except ComplaintError:
        return True
    return False


def _shown(value: Any) -> str:
    """Return a result as one types it, without the digits that are rounding alone."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        rounded = value.round(10) + 0.0  # -0.0 becomes 0.0
        return literal(np.where(np.abs(value) < 1e-6, value + 0.0, rounded))
    return literal(value)
