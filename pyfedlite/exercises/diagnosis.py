"""Naming the usual mistake, when the learner's results are those of the mistake everywhere."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from pyfedlite.exercises.calling import ComplaintError, answer, complaint_about_value
from pyfedlite.exercises.exercise import Exercise, Law, Mistake, Seeded
from pyfedlite.testing.counterexample import Case, drawn
from pyfedlite.testing.time_limit import TimeUpError, time_limit

OTHERS = 10
"""Other inputs on which a mistake and the learner have to agree, and differ from what is right."""

MAX_EXAMPLES = 100
"""Cases drawn for each law; `pyfedlite.exercises.check` has tried the same ones."""

SECONDS = 2.0
"""For the learner's function; it has been quick before."""


def expected_of(formula: Callable[..., Any], case: Case) -> Any:
    """Return what a formula makes of a case, whose generators are in their first state."""
    fresh = {k: value.fresh() if isinstance(value, Seeded) else value for k, value in case.items()}
    return formula(**fresh)


def usual_mistake(
    exercise: Exercise, fn: Callable[..., Any], case: Case, law: Law, got: Any
) -> str:
    """Return what to say about a result that a usual mistake explains, or nothing.

    One input is no proof: different mistakes often have the same result on the simplest example.
    So the mistake has to give what the learner's function gives on at least `OTHERS` further
    inputs where that is wrong, and on all where the function gives anything.
    """
    likely = [m for m in exercise.mistakes if _explains(m, law, case, got)]
    cases = _different_cases(exercise) if likely else []
    try:
        with time_limit(SECONDS):
            results = list(_results(fn, cases))
    except TimeUpError:
        return ""
    return next((m.says for m in likely if _agrees(m, results)), "")


def _explains(mistake: Mistake, law: Law, case: Case, got: Any) -> bool:
    mistaken = _quietly(mistake, case)
    return law.holds(got, mistaken) and not law.holds(mistaken, expected_of(law.expected, case))


def _agrees(mistake: Mistake, results: list[tuple[Law, Case, Any]]) -> bool:
    telling = 0
    for law, case, got in results:
        mistaken = _quietly(mistake, case)
        if not law.holds(got, mistaken):
            return False
        telling += not law.holds(mistaken, expected_of(law.expected, case))
    return telling >= OTHERS


def _different_cases(exercise: Exercise) -> list[tuple[Law, Case]]:
    """Return the cases of all laws, each of them once."""
    cases: dict[str, tuple[Law, Case]] = {}
    for law in exercise.laws:
        for case in map(exercise.in_order, drawn(law.cases, MAX_EXAMPLES)):
            cases.setdefault(repr(case), (law, case))
    return list(cases.values())


def _results(
    fn: Callable[..., Any], cases: list[tuple[Law, Case]]
) -> Iterator[tuple[Law, Case, Any]]:
    """Yield the results of the learner's function, where it has any."""
    for law, case in cases:
        try:
            got = answer(fn, case)
        except ComplaintError:
            continue
        if not complaint_about_value(got, expected_of(law.expected, case)):
            yield law, case, got


def _quietly(mistake: Mistake, case: Case) -> Any:
    with np.errstate(all="ignore"):
        return expected_of(mistake.formula, case)
