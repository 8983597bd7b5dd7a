"""What has to hold before arrays cross to a kernel, each with its sentence."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite._typing import Vector

_COPY = "pass a copy, array.copy()"


def check_deltas(deltas: Vector | Sequence[Vector]) -> int:
    """Check the updates of a cohort, and return their number of parameters."""
    if isinstance(deltas, np.ndarray):
        _check.ndim("deltas", deltas, 2)
        _check_floats("deltas", deltas)
    elif not isinstance(deltas, list | tuple):
        _check.fail_type("deltas", "be an array, a list or a tuple of arrays", deltas)
    if len(deltas) == 0:
        _check.fail("deltas", "hold at least one vector", 0)
    if isinstance(deltas, np.ndarray):
        return deltas.shape[1]
    for index, delta in enumerate(deltas):
        name = f"deltas[{index}]"
        _check_floats(name, delta)
        _check.ndim(name, delta, 1)
        if delta.dtype != deltas[0].dtype:
            _check.fail(name, f"be {deltas[0].dtype} as deltas[0] is", delta.dtype)
        if len(delta) != len(deltas[0]):
            _check.fail(name, f"have {len(deltas[0])} parameters as deltas[0] has", len(delta))
    return len(deltas[0])


def checked_weights(weights: ArrayLike, cohort_size: int) -> NDArray[np.float64]:
    """Return the weights as float64, one for each client, all finite."""
    given = np.asarray(weights)
    if given.dtype.kind not in "iuf":
        _check.fail("weights", "be real numbers", f"dtype {given.dtype}")
    _check.ndim("weights", given, 1)
    if len(given) != cohort_size:
        _check.fail("weights", f"hold one number for each of {cohort_size} vectors", len(given))
    _check.finite("weights", given)
    return np.ascontiguousarray(given, dtype=np.float64)


def check_into(into: NDArray[np.float64], num_params: int, *others: Any) -> None:
    """Check the array that a sum is added to; it may not lie over one that is read."""
    if not isinstance(into, np.ndarray):
        _check.fail_type("into", "be an array", into)
    if into.dtype != np.float64:
        _check.fail("into", "be float64", into.dtype)
    if into.shape != (num_params,):
        _check.fail("into", f"have shape ({num_params},)", into.shape)
    _check_memory("into", into)
    if not into.flags.writeable:
        _check.fail("into", "be writable", "a read-only array", _COPY)
    if any(np.may_share_memory(into, other) for other in others):
        _check.fail("into", "lie apart from what is read", "an overlap", _COPY)


def _check_floats(name: str, array: Any) -> None:
    """Check that `array` is a float array that a kernel can read as one slice."""
    if not isinstance(array, np.ndarray):
        _check.fail_type(name, "be an array", array)
    if array.dtype not in (np.float32, np.float64):
        _check.fail(name, "be float32 or float64", array.dtype)
    _check_memory(name, array)


def _check_memory(name: str, array: NDArray[Any]) -> None:
    if not (array.flags.c_contiguous and array.flags.aligned):
        got = f"strides {array.strides} for shape {array.shape}"
        _check.fail(name, "be C-contiguous and aligned", got, _COPY)
