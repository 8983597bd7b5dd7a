"""The weighted sum of a cohort, against what else one could write, and against memory itself."""

from functools import partial

import numpy as np

from benchmarks.timing import Table, median_seconds
from pyfedlite import kernels
from pyfedlite.kernels import _numpy

# (cohort, num_params): softmax regression on digits, the 2NN of McMahan et al. 2017, a large model.
SIZES = ((100, 650), (100, 199_210), (1000, 199_210), (10, 10_000_000))


def measure() -> list[Table]:
    return [measure_size(*size) for size in SIZES]


def measure_size(cohort: int, num_params: int) -> Table:
    rng = np.random.default_rng(0)
    apart = [rng.standard_normal(num_params, dtype=np.float32) for _ in range(cohort)]
    stacked = np.stack(apart)
    weights = rng.random(cohort)
    weights32 = weights.astype(np.float32)
    into = np.zeros(num_params)
    kernel = partial(kernels.weighted_sum, weights=weights, into=into)
    name = f"pyfedlite ({kernels.NAME})"
    seconds = median_seconds(
        {
            "reading alone: X.max()": stacked.ravel().view(np.uint64).max,
            "np.average(list, weights=w)": lambda: np.average(apart, axis=0, weights=weights),
            "w @ np.stack(list), float32": lambda: weights32 @ np.stack(apart),
            "w @ X, float32": lambda: weights32 @ stacked,
            "acc += w * x (the NumPy twin)": lambda: _numpy.weighted_sum(apart, weights, into, 1),
            f"{name}, list, 1 thread": partial(kernel, apart, threads=1),
            f"{name}, X, 1 thread": partial(kernel, stacked, threads=1),
            f"{name}, list": partial(kernel, apart),
            f"{name}, X": partial(kernel, stacked),
        }
    )
    twin = seconds["acc += w * x (the NumPy twin)"]
    rows = [(n, 1e3 * s, stacked.nbytes / s / 1e9, twin / s) for n, s in seconds.items()]
    title = f"Weighted sum of {cohort} float32 vectors of {num_params:,} parameters"
    return Table(title, ("ms", "GB/s", "times the twin"), rows)
