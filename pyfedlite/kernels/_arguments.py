"""What must be true of arrays before a kernel gets them; each check has its error sentence."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite._typing import Vector

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))
_COPY = "pass array.copy()"

MOST_THREADS = 1024
"""The most threads that may be asked for; ``rust_core/src/blocks.rs`` has the same number."""


def checked_threads(threads: int) -> int:
    """Return a number of threads as an int; starting a million of them would take seconds."""
    number = _check.integer("threads", threads, minimum=1)
    if number > MOST_THREADS:
        _check.fail("threads", f"be at most {MOST_THREADS}", number)
    return number


def check_deltas(deltas: Vector | Sequence[Vector], name: str = "deltas") -> int:
    """Check the updates of a cohort, and return their number of parameters."""
    if not isinstance(deltas, np.ndarray | list | tuple):
        _check.fail_type(name, "be an array, or a list or tuple of arrays", deltas)
    if isinstance(deltas, np.ndarray):
        _check_floats(name, deltas, ndim=2)
    if len(deltas) == 0:
        _check.fail(name, "hold at least one vector", 0)
    if isinstance(deltas, np.ndarray):
        return int(deltas.shape[1])
    first = deltas[0]
    _check_floats(f"{name}[0]", first, ndim=1)
    for index, delta in enumerate(deltas):
        if not _is_like(delta, first):
            _explain(name, index, delta, first)
    return len(first)


def checked_weights(weights: ArrayLike, cohort_size: int) -> NDArray[np.float64]:
    """Return the weights as float64, one for each client, all finite."""
    given = np.asarray(weights)
    if given.dtype.kind not in "iuf":
        _check.fail("weights", "be real numbers", f"dtype {given.dtype}")
    _check.ndim("weights", given, 1)
    if len(given) != cohort_size:
        _check.fail("weights", f"be as many as the vectors, {cohort_size}", len(given))
    _check.finite("weights", given)
    return np.array(given, dtype=np.float64)


def check_into(into: NDArray[np.float64], num_params: int) -> None:
    """Check the array that a sum is added to."""
    check_float64("into", into, num_params)
    check_writable("into", into)


def check_float64(name: str, array: NDArray[np.float64], num_params: int) -> None:
    """Check a vector that is as precise as a sum."""
    if not isinstance(array, np.ndarray):
        _check.fail_type(name, "be an array", array)
    if array.dtype != np.float64:
        _check.fail(name, "be float64", array.dtype)
    if array.shape != (num_params,):
        _check.fail(name, f"have shape {(num_params,)}", array.shape)
    check_memory(name, array)


def check_apart(into: NDArray[Any], deltas: Vector | Sequence[Vector]) -> None:
    """Check that the array that is written to shares no memory with those that are read."""
    read = [deltas] if isinstance(deltas, np.ndarray) else deltas
    if any(np.may_share_memory(into, array) for array in read):
        _check.fail("into", "lie apart from deltas", "arrays that share memory", _COPY)


def check_finite(deltas: Vector | Sequence[Vector]) -> None:
    """Check that no vector holds NaN or infinity; the error names the vector that does."""
    for index, delta in enumerate(deltas):
        _check.finite(f"deltas[{index}]", delta, "leave this client out")


def _is_like(delta: Any, first: Any) -> bool:
    """Return whether a kernel can read `delta` together with `first`, by a quick test."""
    return (
        isinstance(delta, np.ndarray)
        and delta.dtype == first.dtype
        and delta.shape == first.shape
        and delta.flags.c_contiguous
        and delta.flags.aligned
    )


def _explain(name: str, index: int, delta: Any, first: Vector) -> None:
    """Raise the error that says why `delta` cannot be read together with `first`."""
    this = f"{name}[{index}]"
    _check_floats(this, delta, ndim=1)
    if delta.dtype != first.dtype:
        _check.fail(this, f"be {first.dtype} as {name}[0] is", delta.dtype)
    _check.fail(this, f"have {len(first)} parameters as {name}[0] has", len(delta))


def _check_floats(name: str, array: Any, ndim: int) -> None:
    """Check that `array` holds floats in one piece of memory, as a kernel reads them."""
    if not isinstance(array, np.ndarray):
        _check.fail_type(name, "be an array", array)
    _check.ndim(name, array, ndim)
    if array.dtype not in _FLOATS:
        _check.fail(name, "be float32 or float64", array.dtype, "convert it with array.astype")
    check_memory(name, array)


def check_memory(name: str, array: NDArray[Any]) -> None:
    """Check that `array` lies in one piece of memory, as a kernel reads it."""
    if not array.flags.c_contiguous:
        _check.fail(name, "be C-contiguous", f"strides {array.strides}", _COPY)
    if not array.flags.aligned:
        _check.fail(name, "be aligned in memory", "an array that starts between numbers", _COPY)


def check_writable(name: str, array: NDArray[Any]) -> None:
    """Check that a kernel may write to `array`."""
    if not array.flags.writeable:
        _check.fail(name, "be writable", "a read-only array", _COPY)
