"""One BLAS thread, so that a sum is added up in the same order on every run.

BLAS libraries split a product by the number of threads, which changes the last bits. At the sizes
of a local step more threads do not help anyway.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "OMP_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""The BLAS libraries read their number of threads from these when NumPy is loaded."""

_log = logging.getLogger(__name__)
_has_warned = False


def is_single_threaded() -> bool:
    """Return whether the environment asks every BLAS library for one thread."""
    return all(os.environ.get(name) == "1" for name in VARIABLES)


def ask_for_one_thread() -> None:
    """Set the variables that are unset, for the NumPy that this process loads later.

    A library reads them once, when it is loaded. If NumPy is loaded already, nothing is set,
    because the environment would then claim something that is not true.
    """
    if "numpy" not in sys.modules:
        for name in VARIABLES:
            os.environ.setdefault(name, "1")


@contextmanager
def one_thread_in_children() -> Iterator[None]:
    """Let processes that are started inside the block begin with one BLAS thread.

    They may load NumPy before any line of ours runs in them, because a new process first imports
    the main module of the script.
    """
    before = {name: os.environ.get(name) for name in VARIABLES}
    os.environ.update(dict.fromkeys(VARIABLES, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Run a block with one BLAS thread, or warn once that this is not possible."""
    global _has_warned
    if is_single_threaded():
        yield
        return
    try:
        from threadpoolctl import threadpool_limits
    except ModuleNotFoundError:
        if not _has_warned:
            _has_warned = True
            _log.warning(
                "BLAS may use several threads: results are the same bits only for the same number "
                "of threads; install 'pyfedlite[fast]', or set OPENBLAS_NUM_THREADS=1"
            )
        yield
        return
    with threadpool_limits(limits=1, user_api="blas"):
        yield
