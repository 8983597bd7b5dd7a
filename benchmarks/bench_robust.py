"""The median and the trimmed mean over clients: the form that NumPy is quick on, and the others."""

from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.timing import Table, compare, take_turns

COHORT, NUM_PARAMS, TRIM = 100, 199_210, 10
OURS = "sorted by blocks"
BLOCK = 160  # parameters sorted at a time, 64 kB; see `sorted_blocks`


def sorted_blocks(x: np.ndarray) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield parameters and their values over the clients, (block, cohort), sorted.

    Laid out so that the values of one parameter lie side by side, each is sorted where it lies. A
    block is copied row by row before it is turned, so that turning it stays in the cache; and its
    rows are no power of two long, whose columns may meet in a few places of the cache.
    """
    for start in range(0, x.shape[1], BLOCK):
        block = slice(start, start + BLOCK)
        values = np.ascontiguousarray(x[:, block].copy().T)
        values.sort(axis=1)
        yield block, values


def median(x: np.ndarray) -> np.ndarray:
    """Return the median over the clients."""
    result = np.empty_like(x[0])
    for block, values in sorted_blocks(x):
        result[block] = (values[:, (COHORT - 1) // 2] + values[:, COHORT // 2]) / 2
    return result


def trimmed_mean(x: np.ndarray) -> np.ndarray:
    """Return the mean over the clients without the `TRIM` largest and smallest values."""
    result = np.empty_like(x[0])
    for block, values in sorted_blocks(x):
        result[block] = values[:, TRIM:-TRIM].mean(axis=1)
    return result


def measure() -> list[Table]:
    x = np.random.default_rng(0).standard_normal((COHORT, NUM_PARAMS), dtype=np.float32)
    np.testing.assert_array_equal(median(x), np.median(x, axis=0))
    size = f"{COHORT} float32 vectors of {NUM_PARAMS:,} parameters"
    medians = {
        "np.median(x, axis=0)": lambda: np.median(x, axis=0),
        "np.sort(x, axis=0)": lambda: np.sort(x, axis=0),
        OURS: lambda: median(x),
    }
    trimmed: dict[str, Callable[[], object]] = {OURS: lambda: trimmed_mean(x)}
    notes: tuple[str, ...] = ()
    reference = "scipy.stats.trim_mean(x, 0.1)"
    try:
        from scipy.stats import trim_mean
    except ImportError:
        notes, reference = (f"absent: {reference}",), OURS
    else:
        np.testing.assert_allclose(trimmed_mean(x), trim_mean(x, TRIM / COHORT), rtol=0, atol=1e-6)
        trimmed = {reference: lambda: trim_mean(x, TRIM / COHORT), **trimmed}
    return [
        compare(f"Median of {size}", take_turns(medians, rounds=7), "np.median(x, axis=0)"),
        compare(
            f"Mean of {size}, 10 cut at each end", take_turns(trimmed, rounds=7), reference, notes
        ),
    ]
