"""The smallest example on which a test fails, found by Hypothesis and kept.

Hypothesis draws cases, and when one fails it tries simpler ones until none of them fails. Tests of
the project let it raise; the exercises, the mutants and the batteries want the example itself, to
talk about it. A test that does not come back is stopped, and counts as one that fails.
"""

import copy
import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException, Unsatisfiable

from pyfedlite.testing.time_limit import TimeUpError, time_limit

Case = Mapping[str, Any]
"""The drawn arguments of a function, by name."""

MOST_SIMPLER = 300
"""Simpler cases that are tried; what is found then is simple enough."""


@dataclass(eq=False)
class Patience:
    """How long a test may take; one object may serve several searches, which share the seconds.

    Parameters
    ----------
    for_one : float
        Seconds for one case. Once a case has taken so long, simpler ones get a tenth.
    for_all : float
        Seconds for all cases together, without the time that it takes to draw them.
    after : float
        Seconds for the search of simpler cases once one has taken too long.
    """

    for_one: float = 2.0
    for_all: float = 3.0
    after: float = 1.5
    used: float = field(default=0.0, init=False)

    @classmethod
    def endless(cls) -> "Patience":
        """Return the patience of tests that know what they call."""
        return cls(for_one=3600.0, for_all=3600.0)


@dataclass(frozen=True, eq=False)
class Counterexample:
    """A case that fails, and how.

    Parameters
    ----------
    case : mapping of str to object
        As it was before the test ran.
    error : BaseException
        `TimeUpError` where the test did not come back in time, `TooSlowError` where all the cases
        together took too long.
    """

    case: Case
    error: BaseException


class TooSlowError(Exception):
    """No case failed, and the time for all of them together is used up."""

    def __init__(self, num_cases: int, seconds: float) -> None:
        super().__init__(f"{num_cases} cases took {seconds:.1f} seconds")


class NothingLeftError(Exception):
    """The test threw every case back, so that nothing was tried."""


class _GiveUpError(BaseException):
    """Ends a search; Hypothesis lets it pass."""


class _FailedError(Exception):
    """Stands for an error that is no `Exception`, which Hypothesis would let pass."""


def find_counterexample(
    test: Callable[[Case], None],
    cases: st.SearchStrategy[Case],
    *,
    max_examples: int = 100,
    simplify: bool = True,
    patience: Patience | None = None,
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
    patience : Patience, optional
        How long the test may take.

    Raises
    ------
    NothingLeftError
        When the test threw every case back, by ``hypothesis.assume``.

    Examples
    --------
    >>> def below_ten(case):
    ...     assert case["number"] < 10
    >>> numbers = st.fixed_dictionaries({"number": st.integers()})
    >>> find_counterexample(below_ten, numbers).case
    {'number': 10}
    """
    return _searched(_Search(test, patience or Patience()), cases, max_examples, simplify)


def _searched(
    search: "_Search", cases: st.SearchStrategy[Case], max_examples: int, simplify: bool
) -> Counterexample | None:
    """Let Hypothesis search, and return what was found."""
    try:
        _quietly(max_examples, simplify)(given(cases)(search.run))()
    except _GiveUpError:
        pass
    except Unsatisfiable as error:
        raise NothingLeftError("every case was thrown back") from error
    except Exception:
        if search.last is None:  # no failure of the test: the machinery itself has a complaint
            raise
    return search.last


class _Search:
    """One search: what it runs, and the failure that it saw last."""

    def __init__(self, test: Callable[[Case], None], patience: Patience) -> None:
        self.test, self.patience = test, patience
        self.limit, self.until = patience.for_one, float("inf")
        self.last: Counterexample | None = None
        self.num_cases = self.num_simpler = 0

    def run(self, case: Case) -> None:
        """Run the test on a case, and remember it when it fails."""
        self.run_copy(case, copy.deepcopy(case))

    def run_copy(self, case: Case, before: Case) -> None:
        """Run the test on a case, and remember it, as it was before, when it fails."""
        self._look_at_the_clock(case)
        start = time.perf_counter()
        try:
            with time_limit(self.limit):
                self.test(case)
        except (HypothesisException, KeyboardInterrupt):  # a case thrown back, or the user
            raise
        except TimeUpError as error:
            self.hurry()
            self._failed(before, error)
        except BaseException as error:
            self._failed(before, error)
        finally:
            self.patience.used += time.perf_counter() - start

    def hurry(self) -> None:
        """Wait less long from now on, because one case has taken too long already."""
        if self.until == float("inf"):
            self.limit = self.patience.for_one / 10
            self.until = time.perf_counter() + self.patience.after

    def _failed(self, case: Case, error: BaseException) -> None:
        self.last = Counterexample(case, error)
        if isinstance(error, Exception):
            raise error
        raise _FailedError from error

    def _look_at_the_clock(self, case: Case) -> None:
        late = self.patience.used > self.patience.for_all or time.perf_counter() > self.until
        if self.last is None and late:
            self.last = Counterexample(case, TooSlowError(self.num_cases, self.patience.used))
            raise _GiveUpError
        self.num_cases += 1
        self.num_simpler += self.last is not None
        if self.last is not None and (late or self.num_simpler > MOST_SIMPLER):
            raise _GiveUpError


def find_among_drawn(
    test: Callable[[Case], None],
    cases: st.SearchStrategy[Case],
    *,
    max_examples: int = 100,
    simplify: bool = True,
    patience: Patience | None = None,
) -> Counterexample | None:
    """Do what `find_counterexample` does, with cases that are drawn once and kept.

    Many attempts at one exercise, and all mutants of a subject, meet the same cases: to draw them
    takes much longer than to try them.

    Examples
    --------
    >>> def below_ten(case):
    ...     assert case["number"] < 10
    >>> numbers = st.fixed_dictionaries({"number": st.integers()})
    >>> find_among_drawn(below_ten, numbers).case
    {'number': 10}
    """
    patience = patience or Patience()
    search = _Search(test, patience)
    failed = _first_failure(search, drawn(cases, max_examples))
    if failed is None or not simplify or isinstance(failed.error, TooSlowError):
        return failed
    if search.num_cases == 1:  # Hypothesis draws the simplest case first
        return failed
    simpler = _Search(test, patience)
    if isinstance(failed.error, TimeUpError):
        simpler.hurry()
    found = _searched(simpler, cases, max_examples, simplify)
    return failed if found is None or isinstance(found.error, TooSlowError) else found


def _first_failure(search: _Search, cases: tuple[Case, ...]) -> Counterexample | None:
    thrown_back = 0
    for case in cases:
        try:
            search.run_copy(copy.deepcopy(case), case)
        except HypothesisException:
            thrown_back += 1
        except KeyboardInterrupt:
            raise
        except BaseException:
            if search.last is None:
                raise
            return search.last
    if thrown_back == len(cases):
        raise NothingLeftError("every case was thrown back")
    return None


@functools.lru_cache(maxsize=64)
def drawn(cases: st.SearchStrategy[Case], number: int) -> tuple[Case, ...]:
    """Return so many cases, the same each time; whoever may write to them takes a copy."""
    kept: list[Case] = []
    _searched(_Search(kept.append, Patience.endless()), cases, number, simplify=False)
    return tuple(kept)


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
