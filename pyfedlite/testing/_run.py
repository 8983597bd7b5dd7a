"""How a battery runs its laws, and how it says which of them does not hold."""

import linecache
import logging
import textwrap
import traceback
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from pyfedlite import _check
from pyfedlite.testing.counterexample import Case, Patience, TooSlowError, find_counterexample
from pyfedlite.testing.letters import in_letters
from pyfedlite.testing.strategies import Law
from pyfedlite.testing.time_limit import TimeUpError

SECONDS = 60.0
"""For one case: a part that does not come back in this time breaks the law."""


class BrokenLawError(AssertionError):
    """A law that does not hold, and the simplest case that was found on which it does not.

    Parameters
    ----------
    what : str
        What happened, in words.
    case : str
        The drawn arguments, one in a line, or nothing where nothing is drawn.
    """

    def __init__(self, what: str, case: str = "") -> None:
        shown = f"\n\nThe simplest example:\n\n{textwrap.indent(case, '    ')}" if case else ""
        super().__init__(f"{what}{shown}")
        self.what, self.case = what, case


logger = logging.getLogger(__name__)


def hold(law: Law, max_examples: int, **strategies: st.SearchStrategy[Any]) -> None:
    """Run one law on drawn arguments; the smallest counterexample is shown when it fails."""

    def test(case: Case) -> None:
        law(**case)

    cases = st.fixed_dictionaries(strategies)
    patience = Patience(for_one=SECONDS, for_all=float("inf"))
    found = find_counterexample(test, cases, max_examples=max_examples, patience=patience)
    if found is not None:
        raise BrokenLawError(_what(found.error), in_letters(found.case)) from None


def run_battery(
    laws: Mapping[str, Law], *subject: Any, without: Mapping[str, str] | None = None, **options: Any
) -> None:
    """Run every law of a battery on `subject` but those in `without`, and name the one that fails.

    Parameters
    ----------
    laws : mapping of str to law
    *subject, **options
        What each law is called with.
    without : mapping of str to str, optional
        Names of laws that do not apply, each with the reason, which is logged.

    Raises
    ------
    BrokenLawError
        Whatever the part raised: it names the law, says what the law says, and shows the simplest
        case.
    ValueError
        If `without` names no law of the battery, or gives no reason.
    """
    left_out = without or {}
    for name, reason in left_out.items():
        _check.one_of("without", name, list(laws))
        if not reason:
            _check.fail(f"without[{name!r}]", "say why the law does not apply", repr(reason))
        logger.info("left out: %s, because %s", name.replace("_", " "), reason)
    for name, law in laws.items():
        if name in left_out:
            continue
        try:
            law(*subject, **options)
        except BrokenLawError as error:
            what, case = error.what, error.case
        except Exception as error:  # of a law that draws nothing
            what, case = _what(error), ""
        else:
            continue
        raise _named(name, law, what, case)


def _named(name: str, law: Law, what: str, case: str) -> BrokenLawError:
    words = f"the law that does not hold: {name.replace('_', ' ')}"
    says = (law.__doc__ or "").split("\n")[0]
    error = BrokenLawError(f"{words}\n{says}\n\n{what}", case)
    error.add_note(words)
    return error


def _what(error: BaseException) -> str:
    """Return in words how a law came to its end."""
    if isinstance(error, TimeUpError):
        return f"The part does not come back within {SECONDS:.0f} seconds."
    if isinstance(error, TooSlowError):
        return f"The part is too slow: {error}."
    said = "\n".join(line.rstrip() for line in str(error).splitlines() if line.strip())
    line = _line_of(error)
    if not isinstance(error, AssertionError):
        where = f", in the line `{line}`" if line else ""
        return f"It stops with {type(error).__name__}: {said or 'no further words'}{where}."
    return said or f"This is not so: `{line.removeprefix('assert ')}`."


def _line_of(error: BaseException) -> str:
    """Return the line in which an error arose."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames or not frames[-1].lineno:
        return ""
    return linecache.getline(frames[-1].filename, frames[-1].lineno).strip()
