"""The median and the trimmed mean over clients: what NumPy and SciPy offer, and the two twins.

"Sorted by blocks" is the best form that was found in NumPy, which a kernel has to beat by half as
much again. The NumPy twin does the same, takes separate vectors too, and adds in a fixed order.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.timing import Table, compare, take_turns
from pyfedlite import kernels
from pyfedlite.kernels import _numpy

COHORT, NUM_PARAMS, TRIM = 100, 199_210, 10
MIDDLE = (COHORT - 1) // 2
BLOCK = 1000  # parameters sorted at once
TWIN = "the NumPy twin"

Contenders = dict[str, Callable[[], object]]


def sorted_by_blocks(x: np.ndarray, trim: int) -> np.ndarray:
    """Return the mean without `trim` values at each end: parameters side by side, each sorted."""
    result = np.empty_like(x[0])
    for start in range(0, x.shape[1], BLOCK):
        block = slice(start, start + BLOCK)
        values = x[:, block].copy().T.copy()  # (block, cohort)
        values.sort(axis=1)
        result[block] = values[:, trim : len(x) - trim].mean(axis=1)
    return result


def twins(x: np.ndarray, trim: int) -> Contenders:
    """Return both twins as contenders, the kernel in use on one thread and on two."""
    name, into = f"pyfedlite ({kernels.NAME})", np.empty(NUM_PARAMS)
    return {
        "sorted by blocks, in NumPy": lambda: sorted_by_blocks(x, trim),
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
    trimmed, reference = twins(x, TRIM), "scipy.stats.trim_mean(x, 0.1)"
    notes: tuple[str, ...] = ()
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
