"""Names for the types of the arrays that pass from one room to another.

A shape written ``(..., d)`` allows any number of leading batch axes: one client has none, a whole
cohort has one.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.floating[Any]]
"""Parameters, gradients, updates: shape (d,), or (..., d) with leading batch axes."""

Matrix: TypeAlias = NDArray[np.floating[Any]]
"""Features: shape (n, num_features), or (..., n, num_features)."""

Labels: TypeAlias = NDArray[Any]
"""Classes (integers) or targets (floats): shape (n,), or (..., n)."""

Integers: TypeAlias = NDArray[np.int64]
"""Counts, or the client that owns each training row: shape (n,)."""

Metrics: TypeAlias = dict[str, float | int | None]
"""What a round reports, by name; integers stay integers."""
