"""Squared distances of vectors: what NumPy offers, and the two twins.

The first line of each table is the best form that was found in NumPy, which a kernel has to beat by
half as much again. Scalar products are faster and lose digits, so they are no contender.
"""

import numpy as np

from benchmarks.timing import Table, compare, take_turns
from pyfedlite import kernels
from pyfedlite.kernels import _numpy

COHORT, NUM_PARAMS = 100, 199_210
BLOCK = 4096  # parameters whose differences are taken at once
PAIRS, LENGTHS = "differences by blocks, einsum", "each difference with itself, e @ e"


def pairs_by_blocks(x: np.ndarray) -> np.ndarray:
    """Return the squared distance of each row from each later one."""
    squared = np.zeros((len(x), len(x)))
    for start in range(0, x.shape[1], BLOCK):
        block = np.ascontiguousarray(x[:, start : start + BLOCK], dtype=np.float64)
        for i in range(len(x) - 1):
            differences = block[i + 1 :] - block[i]
            squared[i, i + 1 :] += np.einsum("jd,jd->j", differences, differences)
    return squared


def lengths_one_by_one(x: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return the squared distance of each row from the centre."""
    differences = (row - centre for row in x)
    return np.array([e @ e for e in differences])


def measure() -> list[Table]:
    x = np.random.default_rng(0).standard_normal((COHORT, NUM_PARAMS), dtype=np.float32)
    centre, square, line = x.mean(axis=0, dtype=float), np.empty((COHORT, COHORT)), np.empty(COHORT)
    name, size = (
        f"pyfedlite ({kernels.NAME})",
        f"{COHORT} float32 vectors of {NUM_PARAMS:,} numbers",
    )
    ours = np.triu(kernels.squared_distances(x))
    np.testing.assert_allclose(ours, pairs_by_blocks(x), rtol=1e-12)
    pairs = {
        PAIRS: lambda: pairs_by_blocks(x),
        "the NumPy twin": lambda: _numpy.squared_distances(x, square, 1),
        f"{name}, 1 thread": lambda: kernels.squared_distances(x, threads=1),
        f"{name}, 2 threads": lambda: kernels.squared_distances(x, threads=2),
    }
    lengths = {
        LENGTHS: lambda: lengths_one_by_one(x, centre),
        "np.linalg.norm(x - centre, axis=1)": lambda: np.linalg.norm(x - centre, axis=1),
        "the NumPy twin": lambda: _numpy.squared_lengths(x, centre, line, 1),
        f"{name}, 1 thread": lambda: kernels.squared_lengths(x, centre, threads=1),
        f"{name}, 2 threads": lambda: kernels.squared_lengths(x, centre, threads=2),
    }
    return [
        compare(f"Distances of all pairs of {size}", take_turns(pairs, rounds=5), PAIRS),
        compare(f"Distances of {size} from a centre", take_turns(lengths, rounds=9), LENGTHS),
    ]
