"""The loops that deserve Rust, each beside a NumPy twin that says what it computes.

``PYFEDLITE_KERNELS`` names the twin that runs: ``rust``, ``numpy``, or ``auto`` (Rust where the
package was built with it). `NAME` says which one it is. The two agree bit for bit on finite
input, so the choice changes the time of a run and nothing else.

``PYFEDLITE_THREADS`` sets the number of threads of a kernel, for processes that share a machine.
It cannot change a bit either.
"""

import os
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.kernels import _arguments, _numpy

__all__ = ["NAME", "weighted_sum"]

_WeightedSum = Callable[..., None]


def _choose(wanted: str) -> tuple[str, _WeightedSum]:
    """Return the twin that `wanted` asks for, and its name."""
    _check.one_of("PYFEDLITE_KERNELS", wanted, ("auto", "rust", "numpy"))
    if wanted != "numpy":
        try:
            import pyfedlite._rust as rust
        except ModuleNotFoundError as error:
            # Only a build without Rust is a reason to fall back; a broken one has to be seen.
            if error.name != "pyfedlite._rust":
                raise
            if wanted == "rust":
                message = _check.sentence(
                    "PYFEDLITE_KERNELS",
                    "be auto or numpy where the Rust extension is not built",
                    "'rust'",
                    "build it with `pip install .`, which needs cargo",
                )
                raise ImportError(message) from error
        else:
            return "rust", rust.weighted_sum
    return "numpy", _numpy.weighted_sum


def _threads(wanted: str | None) -> int | None:
    if wanted is None:
        return None
    if not wanted.isdecimal() or int(wanted) == 0:
        _check.fail("PYFEDLITE_THREADS", "be an integer of at least 1", repr(wanted))
    return int(wanted)


NAME, _weighted_sum = _choose(os.environ.get("PYFEDLITE_KERNELS", "auto"))
_THREADS = _threads(os.environ.get("PYFEDLITE_THREADS"))


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
    deltas : ndarray of shape (cohort, num_params), or sequence of ndarray of shape (num_params,)
        One vector a client, float32 or float64, contiguous. A sequence is read where it lies.
    weights : array_like of shape (cohort,)
        Finite. Zero and negative weights are a sum's good right; that a mean has none is checked
        where the mean is taken.
    into : ndarray of shape (num_params,), float64, optional
        The sum so far: added to in place, and returned. A cohort that comes in chunks gives the
        same bits as the whole when each chunk is added into the sum of those before it.
    threads : int, optional
        How many threads share the parameters; the bits do not depend on it. ``None`` stands for
        ``PYFEDLITE_THREADS``, and where that is unset for one thread for every 5 MB that are
        read, up to the number of processors.

    Returns
    -------
    ndarray of shape (num_params,), float64

    Raises
    ------
    TypeError
        If an argument is no array of floats.
    ValueError
        If shapes do not fit, an array is not contiguous, or a weight is not finite.

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
    checked = _arguments.checked_weights(weights, len(deltas))
    if threads is not None:
        _check.integer("threads", threads, minimum=1)
    if into is None:
        into = np.zeros(num_params)
    else:
        stacked = isinstance(deltas, np.ndarray)
        _arguments.check_into(into, num_params, checked, *([deltas] if stacked else deltas))
    _weighted_sum(deltas, checked, into, threads or _THREADS)
    return into
