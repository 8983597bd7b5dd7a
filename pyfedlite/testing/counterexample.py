"""The smallest example on which a test fails, found by Hypothesis and kept.

Hypothesis draws cases, and when one fails it tries simpler ones until none of them fails. Tests of
the project let it raise; the exercises and the mutants want the example itself, to talk about it.
"""

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException

Case = Mapping[str, Any]
"""The drawn arguments of a function, by name."""


@dataclass(frozen=True, eq=False)
class Counterexample:
    """A case that fails, and how.

    Parameters
    ----------
    case : mapping of str to object
        As it was before the test ran.
    error : Exception
    """

    case: Case
    error: Exception


def find_counterexample(
    test: Callable[[Case], None],
    cases: st.SearchStrategy[Case],
    *,
    max_examples: int = 100,
    simplify: bool = True,
) -> Counterexample | None:
    """Return the simplest case that was found on which `test` raises, or None.

    Parameters
    ----------
    test : callable
        It raises where it fails; what it returns is not looked at.
    cases : strategy of mappings
        Drawn in the same order each time, so the same example is found again.
    max_examples : int
        How many cases are tried before the test counts as passed.
    simplify : bool
        Look for simpler cases once one has failed, which takes most of the time.

    Examples
    --------
    >>> def below_ten(case):
    ...     assert case["number"] < 10
    >>> numbers = st.fixed_dictionaries({"number": st.integers()})
    >>> find_counterexample(below_ten, numbers).case
    {'number': 10}
    """
    last: Counterexample | None = None

    def run(case: Case) -> None:
        nonlocal last
        before = copy.deepcopy(case)
        try:
            test(case)
        except HypothesisException:  # a case that was thrown back
            raise
        except Exception as error:
            last = Counterexample(before, error)
            raise

    try:
        _quietly(max_examples, simplify)(given(cases)(run))()
    except Exception:
        if last is None:  # no failure of the test: the machinery itself has a complaint
            raise
    return last


def _quietly(max_examples: int, simplify: bool) -> settings:
    """Return settings that draw the same each time, print nothing and remember nothing."""
    return settings(
        max_examples=max_examples,
        deadline=None,
        derandomize=True,
        database=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink] if simplify else [Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
