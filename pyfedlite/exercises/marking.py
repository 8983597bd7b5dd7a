"""Marking a property: it accepts what is right, and kills every mutant."""

import inspect
from collections.abc import Callable
from typing import Any

from pyfedlite.exercises.calling import call_of, line_of
from pyfedlite.exercises.exercise import Exercise
from pyfedlite.exercises.verdict import Verdict
from pyfedlite.testing.counterexample import Case, Counterexample
from pyfedlite.testing.mutants import SUBJECTS, KillReport, kills

ROUNDING = (
    "Two computations of one number may differ in the last digits: compare with "
    "np.testing.assert_allclose(a, b, atol=1e-6) rather than ==."
)


def mark_property(exercise: Exercise, subject: str, fn: Callable[..., Any]) -> Verdict:
    """Return the verdict on a learner's property about `subject`."""
    if complaint := _about_arguments(subject, fn):
        return Verdict(exercise.name, False, complaint)
    try:
        report = kills(fn, subject)
    except TypeError as error:
        if "must assert" not in str(error):
            raise
        words = "Your property returns something. It has to `assert`: what it returns is not seen."
        return Verdict(exercise.name, False, words)
    if report.complaint is not None:
        return _too_strict(exercise, fn, report.complaint)
    if report.survived:
        return _too_weak(exercise, report)
    number = len(report.killed)
    words = f"It accepts the right implementation and kills all {number} mutants."
    found = "\n".join(f"{m.name}: found in {m.found_in}" for m in report.killed)
    return Verdict(exercise.name, True, f"{words}\n{found}")


def _about_arguments(subject: str, fn: object) -> str:
    """Return what is wrong with the property's arguments, or nothing."""
    if not callable(fn):
        kind = type(fn).__name__
        return f"check wants your property itself, without parentheses behind it; it got {kind}."
    known = SUBJECTS[subject].arguments
    names = list(inspect.signature(fn).parameters)
    can_be = "\n".join(f"{name}: {what}" for name, what in known.items())
    if not names:
        return "Your property must take the implementation as its first argument."
    if unknown := [name for name in names[1:] if name not in known]:
        return f"Nobody draws an argument `{unknown[0]}`. What is drawn:\n{can_be}"
    return ""


def _too_strict(exercise: Exercise, fn: Callable[..., Any], complaint: Counterexample) -> Verdict:
    line = line_of(complaint.error, fn)
    words = "Your property rejects a right implementation, so it claims too much"
    return Verdict(
        exercise.name,
        False,
        f"{words}, in the line `{line}`." if line else f"{words}.",
        call=_call(fn, complaint.case),
        values={"it says": _first_line(complaint.error)} if str(complaint.error) else None,
        advice=ROUNDING if "==" in line else "",
    )


def _call(fn: Callable[..., Any], case: Case) -> str:
    """Return the call of the property, whose first argument is the implementation."""
    first, *_ = inspect.signature(fn).parameters
    *values, _ = call_of("", case).splitlines()
    call = f"{getattr(fn, '__name__', 'property')}({', '.join([first, *case])})"
    return "\n".join([*values, call])


def _first_line(error: Exception) -> str:
    words = next(line for line in str(error).splitlines() if line.strip())
    return words if isinstance(error, AssertionError) else f"{type(error).__name__}: {words}"


def _too_weak(exercise: Exercise, report: KillReport) -> Verdict:
    total = len(report.killed) + len(report.survived)
    survivor = report.survived[0]
    words = (
        f"Your property accepts the right implementation and kills {len(report.killed)} of "
        f"{total} mutants. This one it lets live:\n{survivor.story}"
    )
    advice = f"It was found in {survivor.found_in}. What could you assert that it breaks?"
    return Verdict(exercise.name, False, words, advice=advice)
