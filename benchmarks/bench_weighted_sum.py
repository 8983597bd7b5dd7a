"""The weighted sum of a cohort, against what else one could write, and against memory itself.

A large matrix lies in large pages of memory where the system has them, vectors of 0.8 MB in small
ones, which takes longer to read for anybody. So both are read alone too, and the rows of the matrix
are handed over as a list.
"""

from functools import partial
from threading import Thread

import numpy as np

from benchmarks import peers
from benchmarks.timing import Table, median_seconds
from pyfedlite import kernels
from pyfedlite.kernels import _numpy

# (cohort, num_params): softmax regression on digits, the 2NN of McMahan et al. 2017, a large model.
SIZES = ((100, 650), (100, 199_210), (1000, 199_210), (10, 10_000_000))
FLOWER: peers.Scripts = {"Flower, aggregate": ("flower_aggregate.py",)}
TWIN = "acc += w * x (the NumPy twin)"


def measure() -> list[Table]:
    return [measure_size(*size) for size in SIZES]


def measure_size(cohort: int, num_params: int) -> Table:
    rng = np.random.default_rng(0)
    apart = [rng.standard_normal(num_params, dtype=np.float32) for _ in range(cohort)]
    stacked = np.stack(apart)
    words = [vector.view(np.uint64) for vector in apart]
    weights = rng.random(cohort)
    weights32 = weights.astype(np.float32)
    into = np.zeros(num_params)
    kernel = partial(kernels.weighted_sum, weights=weights, into=into)
    name = f"pyfedlite ({kernels.NAME})"
    with peers.installed({"sizes": [cohort, num_params]}, FLOWER) as (others, absent):
        seconds = median_seconds(
            {
                "reading alone: X.max()": stacked.ravel().view(np.uint64).max,
                "reading alone: x.max() of the list": lambda: [vector.max() for vector in words],
                "reading alone: X.max(), 2 threads": partial(read_on_two_threads, stacked),
                "np.average(list, weights=w)": lambda: np.average(apart, axis=0, weights=weights),
                "w @ np.stack(list), float32": lambda: weights32 @ np.stack(apart),
                "w @ X, float32": lambda: weights32 @ stacked,
                TWIN: lambda: _numpy.weighted_sum(apart, weights, into, 1),
                f"{name}, list, 1 thread": partial(kernel, apart, threads=1),
                f"{name}, list of X's rows, 1 thread": partial(kernel, list(stacked), threads=1),
                f"{name}, X, 1 thread": partial(kernel, stacked, threads=1),
                f"{name}, list, 2 threads": partial(kernel, apart, threads=2),
                f"{name}, X, 2 threads": partial(kernel, stacked, threads=2),
                **others,
            },
            rounds=15,
        )
    rows = [(n, 1e3 * s, stacked.nbytes / s / 1e9, seconds[TWIN] / s) for n, s in seconds.items()]
    title = f"Weighted sum of {cohort} float32 vectors of {num_params:,} parameters"
    notes = tuple(f"absent: {other}" for other in absent)
    return Table(title, ("ms", "GB/s", "times the twin"), rows, notes)


def read_on_two_threads(stacked: np.ndarray) -> None:
    """Read an array in two halves at once; NumPy lets go of the interpreter meanwhile."""
    words = stacked.ravel().view(np.uint64)
    half = len(words) // 2
    other = Thread(target=words[:half].max)
    other.start()
    words[half:].max()
    other.join()
