"""A grid of runs, each computed once: it may be stopped at any time, and goes on where it was.

A cell is a configuration, in which everything stands that decides its result, the seed too. Its
result is written to a file of its own, completely or not at all, under a name that is a hash of the
configuration. So neither the order of the cells, nor how often the grid was stopped, nor the number
of processes changes a bit of any result.

Left neighbour: an experiment, which is one function of a configuration. Right neighbour: whoever
makes a table of the results.
"""

import json
import multiprocessing
import signal
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyfedlite import __version__, _blas, _check, _files
from pyfedlite._canonical import digest
from pyfedlite._memory import keep_freed_memory
from pyfedlite.errors import PyfedliteError

Result = dict[str, Any]
Work = Callable[[Any], Mapping[str, Any]]
"""From a configuration to what goes into JSON: texts, finite numbers, lists and mappings."""


@dataclass(frozen=True, eq=False)
class Cell:
    """A configuration and what came of it.

    Parameters
    ----------
    configuration : object
    result : dict or None
        None where the cell has failed.
    failure : str
        The reason; empty where it has not failed.
    """

    configuration: Any
    result: Result | None
    failure: str = ""


def run_grid(
    work: Work,
    configurations: Sequence[Any],
    *,
    folder: Path | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Cell]:
    """Compute every cell that is not in the folder yet, and return all of them.

    Parameters
    ----------
    work : callable
        From a configuration to a mapping that can be written as JSON. An error that it raises is
        the failure of this cell, and the grid goes on. With workers it has to be picklable.
    configurations : sequence
        Frozen dataclasses, mappings or anything that has canonical bytes. Two equal ones are one
        cell.
    folder : Path, optional
        Where each result is kept; made if it is absent. A cell that failed is tried again when the
        grid goes on: a full disk may have been the reason.
    workers : int
        How many processes share the cells, at least 1.
    progress : callable, optional
        Called as ``progress(done, total)`` at the start and after every cell.

    Returns
    -------
    list of Cell
        In the order of `configurations`.

    Raises
    ------
    PyfedliteError
        If a process dies. What was computed until then is kept.

    Examples
    --------
    >>> def inverse(x):
    ...     return {"inverse": 1 / x}
    >>> [(cell.result, cell.failure) for cell in run_grid(inverse, [4, 0])]
    [({'inverse': 0.25}, ''), (None, 'ZeroDivisionError: division by zero')]
    """
    workers = _check.workers(workers)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    keys = [digest([__version__, work, configuration]) for configuration in configurations]
    cells = dict(zip(keys, configurations, strict=True))
    done = {key: cell for key, c in cells.items() if (cell := _kept(folder, key, c)) is not None}
    show = progress or (lambda done, total: None)
    show(len(done), len(cells))
    left = {key: c for key, c in cells.items() if key not in done}
    with closing(_computed(work, left, workers)) as computed:
        for key, cell in computed:
            _keep(folder, key, cell)
            done[key] = cell
            show(len(done), len(cells))
    return [done[key] for key in keys]


def compute(work: Work, configuration: Any) -> Cell:
    """Return one cell. Its result is what JSON makes of it, as it will be when it is read again."""
    try:
        text = json.dumps(dict(work(configuration)), allow_nan=False)
        return Cell(configuration, json.loads(text))
    except Exception as error:
        return Cell(configuration, None, f"{type(error).__name__}: {error}")


def _computed(
    work: Work, left: Mapping[str, Any], workers: int
) -> Generator[tuple[str, Cell], None, None]:
    """Yield key and cell as each is done, in any order; closing it gives up what is left."""
    if workers == 1 or len(left) < 2:
        for key, configuration in left.items():
            yield key, compute(work, configuration)
        return
    ways = multiprocessing.get_all_start_methods()  # a fork after threads have started may hang
    context = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
    pool = ProcessPoolExecutor(min(workers, len(left)), context, initializer=_begin_worker)
    try:
        with _blas.one_thread_in_children():
            futures = {pool.submit(compute, work, c): key for key, c in left.items()}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except BrokenProcessPool as error:
        message = "a worker process died, perhaps for want of memory; go on with fewer workers"
        raise PyfedliteError(message) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _begin_worker() -> None:
    """Let only the parent react to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_freed_memory()


def _keep(folder: Path | None, key: str, cell: Cell) -> None:
    if folder is None:
        return
    told = {"key": key, "configuration": repr(cell.configuration), "result": cell.result}
    told |= {"failure": cell.failure} if cell.failure else {}
    _files.write_text(folder / f"{key}.json", json.dumps(told, indent=1))


def _kept(folder: Path | None, key: str, configuration: Any) -> Cell | None:
    """Return the cell that the folder holds, or None if it has to be computed."""
    if folder is None:
        return None
    try:
        told = json.loads((folder / f"{key}.json").read_text("utf-8"))
        result = told["result"] if told["key"] == key else None
    except (OSError, ValueError, LookupError, TypeError):  # absent, or spoilt by another program
        return None
    return Cell(configuration, result) if isinstance(result, dict) else None
