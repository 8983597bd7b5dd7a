"""Values written as one would type them: a counterexample can be pasted into a cell and run."""

import math
from collections.abc import Mapping
from types import MethodType
from typing import Any

import numpy as np
from numpy.typing import NDArray

PLAIN = (np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_))
"""What ``np.array`` makes of Python's numbers without being told."""


def literal(value: Any) -> str:
    """Return Python source for `value`, with NumPy as ``np``.

    Examples
    --------
    >>> literal(np.array([[1.0, np.nan], [0.5, -np.inf]]))
    'np.array([[1.0, np.nan], [0.5, -np.inf]])'
    >>> literal(np.zeros((0, 2), np.float32))
    'np.zeros((0, 2), dtype=np.float32)'
    >>> literal({"batch_size": np.int64(3)})
    "{'batch_size': 3}"
    """
    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        return literal(value.item())
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        inside = ", ".join(map(literal, value))
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k!r}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, MethodType):  # the gradient of a model, say
        return f"{value.__self__!r}.{value.__name__}"
    return repr(value)


def _array(array: NDArray[Any]) -> str:
    dtype = "" if array.dtype in PLAIN else f", dtype=np.{array.dtype}"
    if array.size == 0:
        return f"np.zeros({array.shape}, dtype=np.{array.dtype})"
    return f"np.array({literal(array.tolist())}{dtype})"


def _float(number: float) -> str:
    if math.isnan(number):
        return "np.nan"
    if math.isinf(number):
        return "np.inf" if number > 0 else "-np.inf"
    return repr(number)
