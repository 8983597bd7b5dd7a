"""The loops that deserve Rust, each beside a NumPy twin that says what it computes.

``PYFEDLITE_KERNELS`` names the twin that runs: ``rust``, ``numpy``, or ``auto`` (Rust where the
package was built with it). `NAME` says which one it is. The two agree bit for bit on finite
input, so the choice changes the time of a run and nothing else.

``PYFEDLITE_THREADS`` is the most threads that a kernel may use, for processes that share a
machine. It cannot change a bit either.
"""

import os
from collections.abc import Sequence
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.kernels import _arguments, _numpy
from pyfedlite.kernels.masks import mask_accumulate

__all__ = ["NAME", "mask_accumulate", "weighted_sum"]

BYTES_PER_THREAD = 5_000_000  # below two of these, one processor core is as fast as two


def _choose(wanted: str) -> tuple[str, ModuleType]:
    """Return the twin that `wanted` asks for, with its name."""
    _check.one_of("PYFEDLITE_KERNELS", wanted, ("auto", "rust", "numpy"))
    if wanted == "numpy":
        return "numpy", _numpy
    try:
        import pyfedlite._rust as rust
    except ModuleNotFoundError as error:
        # A package without the extension is a reason to fall back; a broken one has to be seen.
        if error.name != "pyfedlite._rust":
            raise
        if wanted == "auto":
            return "numpy", _numpy
        hint = "install cargo, then `pip install --force-reinstall pyfedlite`"
        condition = "be auto or numpy where the Rust extension is not built"
        sentence = _check.sentence("PYFEDLITE_KERNELS", condition, "'rust'", hint)
        raise ImportError(sentence) from error
    return "rust", rust


def _max_threads(wanted: str | None) -> int:
    """Return the number in `wanted`, or what the kernels find on this machine."""
    if wanted is None:
        number: int = _kernels.available_parallelism()
        return number
    if not wanted.isdecimal() or int(wanted) < 1:
        _check.fail("PYFEDLITE_THREADS", "be an integer of at least 1", repr(wanted))
    return int(wanted)


NAME, _kernels = _choose(os.environ.get("PYFEDLITE_KERNELS", "auto"))
_MAX_THREADS = _max_threads(os.environ.get("PYFEDLITE_THREADS"))


def weighted_sum(
    deltas: Vector | Sequence[Vector],
    weights: ArrayLike,
    into: NDArray[np.float64] | None = None,
    *,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Return the sum over clients of ``weights[k] * deltas[k]``, in float64.

    Parameters
    ----------
    deltas : ndarray of shape (cohort, num_params), or list of ndarray of shape (num_params,)
        One vector a client, float32 or float64, contiguous. A list is read where it lies.
    weights : array_like of shape (cohort,)
        Finite. A sum has a meaning with zero and negative weights too; that a mean has none is
        checked where the mean is taken.
    into : ndarray of shape (num_params,), float64, optional
        The sum so far: added to in place, and returned. A cohort that comes in chunks gives the
        same bits as the whole when each chunk is added into the sum of those before it.
    threads : int, optional
        How many threads share the parameters; the bits do not depend on it. ``None`` takes one
        for every 5 MB of `deltas`, as far as there are processors.

    Returns
    -------
    ndarray of shape (num_params,), float64

    Raises
    ------
    TypeError
        If an argument is not an array where it has to be one.
    ValueError
        If shapes or dtypes do not fit, an array is not contiguous, or a weight is not finite.

    Notes
    -----
    The clients are added in their order, one after another, and every product and every sum is
    rounded to float64 once.

    Examples
    --------
    >>> deltas = np.array([[1.0, 2.0], [3.0, 6.0]], dtype=np.float32)
    >>> weighted_sum(deltas, [0.75, 0.25])
    array([1.5, 3. ])
    """
    num_params = _arguments.check_deltas(deltas)
    factors = _arguments.checked_weights(weights, len(deltas))
    if into is None:
        into = np.zeros(num_params)
    else:
        _arguments.check_into(into, num_params)
        _arguments.check_apart(into, deltas)
    if threads is None:
        num_bytes = len(deltas) * deltas[0].nbytes
        threads = max(1, min(num_bytes // BYTES_PER_THREAD, _MAX_THREADS))
    _kernels.weighted_sum(deltas, factors, into, _check.integer("threads", threads, minimum=1))
    return into
