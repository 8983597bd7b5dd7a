"""The median and the trimmed mean over clients: what NumPy and SciPy offer, and the two twins.

The NumPy twin is the best form that was found in NumPy: blocks laid out so that the values of one
parameter lie side by side, and sorted there. A kernel has to beat it by half as much again.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.timing import Table, compare, take_turns
from pyfedlite import kernels
from pyfedlite.kernels import _numpy

COHORT, NUM_PARAMS, TRIM = 100, 199_210, 10
MIDDLE = (COHORT - 1) // 2
TWIN = "the NumPy twin"

Contenders = dict[str, Callable[[], object]]


def twins(x: np.ndarray, trim: int) -> Contenders:
    """Return both twins as contenders, the kernel in use on one thread and on two."""
    name, into = f"pyfedlite ({kernels.NAME})", np.empty(NUM_PARAMS)
    return {
        TWIN: lambda: _numpy.trimmed_mean(x, trim, into, 1),
        f"{name}, 1 thread": lambda: kernels.trimmed_mean(x, trim, threads=1),
        f"{name}, 2 threads": lambda: kernels.trimmed_mean(x, trim, threads=2),
        f"{name}, 2 threads, a list": lambda: kernels.trimmed_mean(list(x), trim, threads=2),
    }


def measure() -> list[Table]:
    x = np.random.default_rng(0).standard_normal((COHORT, NUM_PARAMS), dtype=np.float32)
    np.testing.assert_allclose(kernels.trimmed_mean(x, MIDDLE), np.median(x, axis=0), rtol=1e-6)
    size = f"{COHORT} float32 vectors of {NUM_PARAMS:,} parameters"
    medians: Contenders = {
        "np.median(x, axis=0)": lambda: np.median(x, axis=0),
        "np.sort(x, axis=0)": lambda: np.sort(x, axis=0),
        **twins(x, MIDDLE),
    }
    trimmed, reference, notes = twins(x, TRIM), "scipy.stats.trim_mean(x, 0.1)", ()
    try:
        from scipy.stats import trim_mean
    except ImportError:
        notes, reference = (f"absent: {reference}",), TWIN
    else:
        ours, theirs = kernels.trimmed_mean(x, TRIM), trim_mean(x, TRIM / COHORT)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-6)
        trimmed = {reference: lambda: trim_mean(x, TRIM / COHORT), **trimmed}
    return [
        compare(f"Median of {size}", take_turns(medians, rounds=9), "np.median(x, axis=0)"),
        compare(
            f"Mean of {size}, {TRIM} cut at each end",
            take_turns(trimmed, rounds=9),
            reference,
            notes,
        ),
    ]
