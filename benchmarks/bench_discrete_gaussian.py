"""Exact discrete Gaussian noise: both twins, beside noise that is not exact.

The ratio compares with NumPy's normal numbers, rounded: fast, and neither exact nor secret.
"""

from fractions import Fraction
from functools import partial

import numpy as np

from benchmarks.timing import Table, compare, take_turns
from pyfedlite import kernels
from pyfedlite.kernels import _numpy

LENGTH, FEW = 1_000_000, 5_000
VARIANCES = (Fraction(1, 4), Fraction(1), Fraction(100), Fraction(10**6), Fraction(2**40 + 1, 8))
ROUNDED = "np.rint of normal numbers (not exact)"


def measure() -> list[Table]:
    return [measure_variance(variance) for variance in VARIANCES]


def measure_variance(variance: Fraction) -> Table:
    rng, key, few = np.random.default_rng(0), bytes(32), np.empty(FEW, np.int64)
    deviation = float(variance) ** 0.5
    name = f"pyfedlite ({kernels.NAME})"
    times = take_turns(
        {
            name: partial(kernels.discrete_gaussian, key, LENGTH, variance),
            ROUNDED: lambda: np.rint(rng.normal(scale=deviation, size=LENGTH)).astype(np.int64),
        }
    )
    twin = partial(_numpy.discrete_gaussian, key, *variance.as_integer_ratio(), few)
    times["the Python twin"] = [
        seconds * LENGTH / FEW for seconds in take_turns({"twin": twin})["twin"]
    ]
    rates = ", ".join(f"{name}: {LENGTH / min(taken):,.0f}" for name, taken in times.items())
    note = f"draws a second at best: {rates}; {FEW:,} of the twin, times {LENGTH // FEW}"
    return compare(f"{LENGTH:,} draws with sigma^2 = {variance}", times, ROUNDED, (note,))
