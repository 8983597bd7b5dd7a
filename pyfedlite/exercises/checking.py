"""Marking an attempt: laws on a function, mutants on a property."""

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np

from pyfedlite.exercises.calling import (
    ComplaintError,
    answer,
    call_of,
    complaint_about_signature,
    complaint_about_value,
    equal,
)
from pyfedlite.exercises.exercise import Exercise, Law, Seeded
from pyfedlite.exercises.marking import mark_property
from pyfedlite.exercises.registry import find
from pyfedlite.exercises.verdict import Verdict
from pyfedlite.testing.counterexample import Case, find_counterexample
from pyfedlite.testing.literals import literal

MAX_EXAMPLES = 60
"""Cases tried for each law; the laws of an exercise take about a second together."""


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
        with contextlib.redirect_stdout(io.StringIO()):
            return mark_property(exercise, exercise.subject, fn)
    if complaint := complaint_about_signature(fn, exercise.parameters):
        return Verdict(name, False, complaint)
    for law in exercise.laws:
        verdict = _broken(exercise, law, fn)
        if verdict is not None:
            return verdict
    claims = "\n".join(f"It holds that {law.says}." for law in exercise.laws)
    return Verdict(name, True, claims)


def _broken(exercise: Exercise, law: Law, fn: Callable[..., Any]) -> Verdict | None:
    """Return the verdict on the simplest case where a law does not hold, or None."""

    def test(case: Case) -> None:
        expected, got = _expected(law.expected, case), answer(fn, case)
        if complaint := complaint_about_value(got, expected):
            raise ComplaintError(complaint, got)
        if not equal(got, expected):
            raise ComplaintError(f"It should hold that {law.says}.", got)

    found = find_counterexample(test, law.cases, max_examples=MAX_EXAMPLES)
    if found is None:
        return None
    if not isinstance(found.error, ComplaintError):  # the exercise itself is broken
        raise found.error
    got, expected = found.error.got, _expected(law.expected, found.case)
    values = {"it should be": _shown(expected)}
    if got is not None:
        values["yours gives"] = _shown(got)
    call = call_of(exercise.signature.partition("(")[0], found.case)
    advice = _usual_mistake(exercise, found.case, expected, got)
    return Verdict(exercise.name, False, str(found.error), call, values, advice)


def _expected(formula: Callable[..., Any], case: Case) -> Any:
    fresh = {k: value.fresh() if isinstance(value, Seeded) else value for k, value in case.items()}
    return formula(**fresh)


def _usual_mistake(exercise: Exercise, case: Case, expected: Any, got: Any) -> str:
    """Return what to say about a result that a usual mistake explains, or nothing."""
    if got is None:
        return ""
    for mistake in exercise.mistakes:
        mistaken = _expected(mistake.formula, case)
        if equal(got, mistaken) and not equal(expected, mistaken):
            return mistake.says
    return ""


def _shown(value: Any) -> str:
    """Return a result as one types it, without the digits that are rounding alone."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return literal(value.round(10) + 0.0)  # -0.0 becomes 0.0
    return literal(value)
