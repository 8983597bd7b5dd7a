"""Which twin runs: the Rust extension or the NumPy beside it, and on how many threads."""

import os
from types import ModuleType

from pyfedlite import _check
from pyfedlite.kernels import _numpy


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
        number: int = TWIN.available_parallelism()
        return number
    if not wanted.isdecimal() or int(wanted) < 1:
        _check.fail("PYFEDLITE_THREADS", "be an integer of at least 1", repr(wanted))
    return int(wanted)


NAME, TWIN = _choose(os.environ.get("PYFEDLITE_KERNELS", "auto"))
MAX_THREADS = _max_threads(os.environ.get("PYFEDLITE_THREADS"))


def num_threads(threads: int | None, num_bytes: int, bytes_per_thread: int) -> int:
    """Return `threads`, or as many as have enough to do, as far as there are processors."""
    if threads is None:
        return max(1, min(num_bytes // bytes_per_thread, MAX_THREADS))
    return _check.integer("threads", threads, minimum=1)
