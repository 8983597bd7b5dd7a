"""The median and the trimmed mean over clients: the form that NumPy is quick on, and the others."""

from collections.abc import Callable

import numpy as np

from benchmarks.timing import Table, compare, take_turns

COHORT, NUM_PARAMS, TRIM = 100, 199_210, 10


def median(x: np.ndarray) -> np.ndarray:
    """Return the median over the clients, from one sort."""
    x = np.sort(x, axis=0)
    return (x[(COHORT - 1) // 2] + x[COHORT // 2]) / 2


def trimmed_mean(x: np.ndarray) -> np.ndarray:
    """Return the mean without the `TRIM` largest and smallest, from one sort."""
    return np.sort(x, axis=0)[TRIM:-TRIM].mean(axis=0)


def measure() -> list[Table]:
    x = np.random.default_rng(0).standard_normal((COHORT, NUM_PARAMS), dtype=np.float32)
    np.testing.assert_array_equal(median(x), np.median(x, axis=0))
    size = f"{COHORT} float32 vectors of {NUM_PARAMS:,} parameters"
    medians = {"np.median(x, axis=0)": lambda: np.median(x, axis=0), "np.sort": lambda: median(x)}
    trimmed: dict[str, Callable[[], object]] = {"np.sort": lambda: trimmed_mean(x)}
    notes: tuple[str, ...] = ()
    reference = "scipy.stats.trim_mean(x, 0.1)"
    try:
        from scipy.stats import trim_mean
    except ImportError:
        notes, reference = (f"absent: {reference}",), "np.sort"
    else:
        np.testing.assert_allclose(trimmed_mean(x), trim_mean(x, TRIM / COHORT), rtol=0, atol=1e-6)
        trimmed = {reference: lambda: trim_mean(x, TRIM / COHORT), **trimmed}
    return [
        compare(f"Median of {size}", take_turns(medians, rounds=7), "np.median(x, axis=0)"),
        compare(
            f"Mean of {size}, 10 cut at each end", take_turns(trimmed, rounds=7), reference, notes
        ),
    ]
