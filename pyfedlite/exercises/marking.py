"""Marking a property: it accepts what is right, and kills every mutant."""

import ast
import inspect
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from pyfedlite.exercises.calling import call_of, words_about_error, words_of
from pyfedlite.exercises.exercise import Exercise
from pyfedlite.exercises.stopping import words_about_stop
from pyfedlite.exercises.verdict import Verdict
from pyfedlite.testing.blame import line_of
from pyfedlite.testing.counterexample import Case, Counterexample
from pyfedlite.testing.mutants import SUBJECTS, KillReport, kills
from pyfedlite.testing.mutants.mutant import MADE_UP
from pyfedlite.testing.mutants.report import drawn_names

MAX_EXAMPLES = 60
"""Cases tried on each implementation."""

SECONDS = 3.0
"""In the property, for all cases of all mutants; a right one takes less than one."""

ROUNDING = (
    "Two computations of one number may differ in the last digits: compare with "
    "np.testing.assert_allclose(a, b, atol=1e-6) rather than ==."
)
IS_RIGHT = "The implementation that it was given is right."
RETURNS = "Your property returns something. It has to `assert`: what it returns is not seen."
REMEMBERS = (
    "Your property gives two answers about one implementation, when it is asked twice. It must not "
    "remember earlier calls: what it says may depend on its arguments alone."
)
KEEPS_NONE = "Your property throws every case back with `assume`, so it says nothing."


def mark_property(exercise: Exercise, subject: str, fn: Callable[..., Any]) -> Verdict:
    """Return the verdict on a learner's property about `subject`."""
    if complaint := _about_arguments(subject, fn):
        return Verdict(exercise.name, False, complaint)
    try:
        report = kills(fn, subject, variants=True, max_examples=MAX_EXAMPLES, seconds=SECONDS)
    except TypeError as error:
        if "must assert" not in str(error):
            raise
        return Verdict(exercise.name, False, RETURNS)
    except ValueError as error:
        if "must keep" not in str(error):
            raise
        return Verdict(exercise.name, False, KEEPS_NONE)
    if report.complaint is not None:
        return _complaint(exercise, fn, report.complaint)
    if report.draws_nothing:
        return _draws_nothing(exercise)
    if report.remembers:
        return Verdict(exercise.name, False, REMEMBERS)
    if report.survived:
        return _too_weak(exercise, report)
    words = f"It accepts the right implementation and kills all {len(report.killed)} mutants."
    found = [f"{m.name}: found in {m.found_in}" for m in report.killed if m.found_in != MADE_UP]
    return Verdict(exercise.name, True, "\n".join([words, *found]))


def _about_arguments(subject: str, fn: object) -> str:
    """Return what is wrong with the property's arguments, or nothing."""
    if not callable(fn):
        kind = type(fn).__name__
        return f"check wants your property itself, without parentheses behind it; it got {kind}."
    known = SUBJECTS[subject].arguments
    can_be = "\n".join(f"{name}: {what}" for name, what in known.items())
    try:
        parameters = list(inspect.signature(fn).parameters.values())
    except Exception:  # some functions written in C do not say
        return f"It does not say which arguments it takes. What is drawn:\n{can_be}"
    if not parameters or parameters[0].kind not in (
        inspect.Parameter.POSITIONAL_ONLY,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
    ):
        return "Your property must take the implementation as its first argument."
    try:
        drawn_names(fn, SUBJECTS[subject])
    except ValueError:
        unknown = [p.name for p in parameters[1:] if p.name not in known and p.default is p.empty]
        return f"Nobody draws an argument `{unknown[0]}`. What is drawn:\n{can_be}"
    return ""


def _complaint(exercise: Exercise, fn: Callable[..., Any], complaint: Counterexample) -> Verdict:
    call = _call(fn, complaint.case)
    if stop := words_about_stop(complaint.error, fn, "property"):
        return Verdict(exercise.name, False, stop, call)
    if not _is_assertion(complaint.error):
        stopped = words_about_error(complaint.error, fn, "property")
        return Verdict(exercise.name, False, f"{stopped} {IS_RIGHT}", call)
    line = line_of(complaint.error, fn)
    words = "Your property rejects a right implementation, so it claims too much"
    return Verdict(
        exercise.name,
        False,
        f"{words}, in the line `{line}`." if line else f"{words}.",
        call=call,
        values={"it says": words_of(complaint.error)} if _says_more(complaint.error) else None,
        advice=ROUNDING if _is_rounding(complaint.error, line) else "",
    )


def _call(fn: Callable[..., Any], case: Case) -> str:
    """Return the call of the property, whose first argument is the implementation."""
    first, *_ = inspect.signature(fn).parameters
    *values, _ = call_of("", case).splitlines()
    call = f"{getattr(fn, '__name__', 'property')}({', '.join([first, *case])})"
    return "\n".join([*values, call])


def _is_assertion(error: BaseException) -> bool:
    """Return whether an error is a failed assertion, of Python or of pytest.fail."""
    return isinstance(error, AssertionError) or type(error).__name__ == "Failed"


def _says_more(error: BaseException) -> bool:
    try:
        return bool(str(error).strip())
    except Exception:  # an error that cannot even say what it is
        return False


def _is_rounding(error: BaseException, line: str) -> bool:
    """Return whether the line compares with == two results that differ in the last digits alone.

    The two sides are computed again where the property stood when it stopped.
    """
    for frame, _ in traceback.walk_tb(error.__traceback__):
        names = {**frame.f_globals, **frame.f_locals}
        for left, right in _sides(line):
            try:
                one, other = (np.asarray(eval(side, names)) for side in (left, right))
                if one.dtype.kind == "f" and not np.array_equal(one, other):
                    return np.allclose(one, other, rtol=1e-9, atol=1e-9)
            except Exception:  # another frame, in which these names mean nothing
                continue
    return False


def _sides(line: str) -> list[tuple[str, str]]:
    """Return the two sides of each comparison by == in a line, as source.

    Examples
    --------
    >>> _sides("assert (a + b == c).all()")
    [('a + b', 'c')]
    """
    try:
        tree = ast.parse(line)
    except SyntaxError:  # the statement goes on in the next line
        return []
    return [
        (ast.unparse(node.left), ast.unparse(node.comparators[0]))
        for node in ast.walk(tree)
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq)
    ]


def _draws_nothing(exercise: Exercise) -> Verdict:
    names = ", ".join(exercise.parameters[1:])
    words = (
        "Your property looks at the same numbers in every case. A mistake that they do not show "
        f"goes unseen: take what is drawn ({names}) as arguments, and use it."
    )
    return Verdict(exercise.name, False, words)


def _too_weak(exercise: Exercise, report: KillReport) -> Verdict:
    total = len(report.killed) + len(report.survived)
    survivor = report.survived[0]
    words = (
        f"Your property accepts the right implementation and kills {len(report.killed)} of "
        f"{total} mutants. This one it lets live:\n{survivor.story}"
    )
    where = f"It was found in {survivor.found_in}. " if survivor.found_in != MADE_UP else ""
    advice = f"{where}What could you assert that it breaks?"
    if report.evades:
        advice = f"There your property ends with {report.evades}, which rejects nothing: assert."
    return Verdict(exercise.name, False, words, advice=advice)
