"""Which twin runs, the Rust extension or the NumPy one, and on how many threads."""

import os
from types import ModuleType

from pyfedlite import _check
from pyfedlite.kernels import _numpy
from pyfedlite.kernels._arguments import MOST_THREADS, checked_threads


def _choose(setting: str) -> tuple[str, ModuleType]:
    """Return the twin that `setting` asks for, with its name."""
    _check.one_of("PYFEDLITE_KERNELS", setting, ("auto", "rust", "numpy"))
    if setting == "numpy":
        return "numpy", _numpy
    try:
        import pyfedlite._rust as rust
    except ModuleNotFoundError as error:
        # Without the extension NumPy takes its place; a broken extension must stay an error.
        if error.name != "pyfedlite._rust":
            raise
        if setting == "auto":
            return "numpy", _numpy
        hint = "install cargo, then `pip install --force-reinstall pyfedlite`"
        condition = "be auto or numpy where the Rust extension is not built"
        sentence = _check.sentence("PYFEDLITE_KERNELS", condition, "'rust'", hint)
        raise ImportError(sentence) from error
    return "rust", rust


def _max_threads(setting: str | None) -> int:
    """Return the number in `setting`, or the number of processors that the kernels find."""
    if setting is None:
        number: int = TWIN.available_parallelism()
        return min(number, MOST_THREADS)
    if not setting.isdecimal() or len(setting) > 9 or not 1 <= int(setting) <= MOST_THREADS:
        _check.fail("PYFEDLITE_THREADS", f"be an integer from 1 to {MOST_THREADS}", repr(setting))
    return int(setting)


NAME, TWIN = _choose(os.environ.get("PYFEDLITE_KERNELS", "auto"))
MAX_THREADS = _max_threads(os.environ.get("PYFEDLITE_THREADS"))


def num_threads(threads: int | None, num_bytes: int, bytes_per_thread: int) -> int:
    """Return `threads`, or one for each `bytes_per_thread`, at most the number of processors."""
    if threads is None:
        return max(1, min(num_bytes // bytes_per_thread, MAX_THREADS))
    return checked_threads(threads)
