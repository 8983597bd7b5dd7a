"""How a battery runs its laws: each through Hypothesis, with the law's name in front."""

from collections.abc import Mapping
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pyfedlite.testing.strategies import Law


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


def run_battery(laws: Mapping[str, Law], *subject: Any, **options: Any) -> None:
    """Run every law of a battery on `subject`, and name the one that fails."""
    for name, law in laws.items():
        try:
            law(*subject, **options)
        except AssertionError as error:
            error.add_note(f"the law that does not hold: {name.replace('_', ' ')}")
            raise
