"""How a battery runs its laws: each through Hypothesis, with the law's name in front."""

import logging
from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyfedlite import _check
from pyfedlite.testing.strategies import Law

logger = logging.getLogger(__name__)


def hold(law: Law, max_examples: int, **strategies: st.SearchStrategy[Any]) -> None:
    """Run one law on drawn arguments; the smallest counterexample is shown when it fails."""
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large]
    configured = settings(
        max_examples=max_examples,
        deadline=None,  # machines are noisy, and a law is not a benchmark
        derandomize=True,
        database=None,
        suppress_health_check=quiet,
    )
    configured(given(**strategies)(law))()


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
        except AssertionError as error:
            error.add_note(f"the law that does not hold: {name.replace('_', ' ')}")
            raise
