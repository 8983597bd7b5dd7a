"""Where clients run: in this process, on a pool of processes that we start, or on any executor.

`runner` gives a ``map`` that an algorithm uses in place of the built-in one: it maps a function
over lists of participants, keeps their order, and may run in other processes. The bits are the
same, because every draw has a key and sums run in the order of the clients.

"""

import multiprocessing
import os
import pickle
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from pyfedlite import _check
from pyfedlite.clients import Participant
from pyfedlite.data.lazy import LazyClient, LazyClients
from pyfedlite.parallel.failures import WITHOUT_GUARD, Work, executor_broke, not_started, run_task
from pyfedlite.parallel.pool import pool
from pyfedlite.parallel.worker import NAME

Map = Callable[[Work, Iterable[list[Participant]]], Iterable[Any]]
Pending = deque[tuple[list[Participant], Future[Any]]]

CHUNKS_AHEAD = 256
"""Tasks sent to an executor from elsewhere, which does not say how many workers it has."""


@contextmanager
def runner(
    workers: int | None, executor: Executor | None, clients: Any, algorithm: Any
) -> Iterator[Map]:
    """Yield the ``map`` to train clients with.

    Parameters
    ----------
    workers : int or None
        Processes to start; with ``None`` or 1 everything runs in this one.
    executor : Executor or None
        Any executor, in place of `workers`.
    clients, algorithm
        Sent to the processes, so they must be picklable.

    Raises
    ------
    ValueError, TypeError
        When both are given, `workers` is not from 1 to 256, or something cannot be sent to a
        process.
    """
    if workers is not None:
        workers = _check.workers(workers)
        if executor is not None:
            _check.fail("workers", "be left out when an executor is given", workers)
    if executor is not None:
        if not hasattr(executor, "submit"):
            condition = "have submit(), as a concurrent.futures.Executor has"
            _check.fail_type("executor", condition, executor)
        yield OnExecutor(executor, algorithm)
    elif workers is None or workers == 1:
        yield _in_this_process
    else:
        _check_can_start(workers)
        number = min(workers, clients.num_clients)
        with pool(number, clients, _pickled(algorithm, clients)) as on_pool:
            yield on_pool


def _check_can_start(workers: int) -> None:
    """Check what is known before a process is started.

    Raises
    ------
    ValueError
        If this process may not start others, or a worker could not read its program.
    WorkerError
        If this process is being started itself, and runs the script of its parent once more.
    """
    here = multiprocessing.current_process()
    if getattr(here, "_inheriting", False):
        if here.name.startswith(NAME):
            os._exit(WITHOUT_GUARD)  # the parent tells it, once
        raise not_started(WITHOUT_GUARD)
    if here.daemon:
        hint = "start that process with daemon=False, or use an executor of threads"
        _check.fail("workers", "be left out in a daemon process", workers, hint)
    main = sys.modules["__main__"]
    path = getattr(main, "__file__", None)  # a worker runs it, unless the program is a module
    if path is not None and getattr(main, "__spec__", None) is None and not os.path.exists(path):
        got = f"{workers} in one from {path}"
        hint = "save the program in a file, or use an executor of threads or of loky"
        _check.fail("workers", "be left out in a program that is in no file", got, hint)


def _in_this_process(work: Work, chunks: Iterable[list[Participant]]) -> Iterator[Any]:
    """Run the work in this process, one chunk after the other."""
    for chunk in chunks:
        yield run_task(work, chunk)


@dataclass(frozen=True, eq=False)
class OnExecutor:
    """A ``map`` on any executor; the rows of a client are sent with its task.

    Whether parts of the algorithm have to be picklable depends on the executor: for threads they
    need not be.
    """

    executor: Executor
    algorithm: Any

    def __call__(self, work: Work, chunks: Iterable[list[Participant]]) -> Iterator[Any]:
        """Submit the chunks, many before their results are read; yield the results in order."""
        pending: Pending = deque()
        try:
            for chunk in chunks:
                with self._pickling_explained(chunk):
                    pending.append((chunk, _submit(self.executor, chunk, run_task, work, chunk)))
                if len(pending) > CHUNKS_AHEAD:
                    yield self._result(*pending.popleft())
            while pending:
                yield self._result(*pending.popleft())
        finally:
            _give_up(pending)

    def _result(self, chunk: list[Participant], future: Future[Any]) -> Any:
        with self._pickling_explained(chunk):
            return _result(chunk, future)

    @contextmanager
    def _pickling_explained(self, chunk: list[Participant]) -> Iterator[None]:
        """Raise an error that names the part which cannot be pickled."""
        try:
            yield
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            if "pickle" in str(error):
                _pickled(self.algorithm, chunk[0].client)
            raise


def _submit(
    executor: Executor, chunk: list[Participant], function: Callable[..., Any], *args: Any
) -> Future[Any]:
    try:
        return executor.submit(function, *args)
    except BrokenProcessPool as error:
        raise executor_broke(chunk) from error
    except RuntimeError as error:
        if "shutdown" not in str(error):
            raise
        _check.fail("executor", "be running", "one that was shut down", "open a new one")


def _result(chunk: list[Participant], future: Future[Any]) -> Any:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise executor_broke(chunk) from error


def _give_up(pending: Pending) -> None:
    """Cancel tasks whose results nobody will read: the aggregator has stopped, or the round failed.

    Wait for those that run already, so that the executor is free for the next round.
    """
    running = [future for _, future in pending if not future.cancel()]
    wait(running)
    pending.clear()


def _pickled(algorithm: Any, clients: Any) -> dict[str, bytes]:
    """Return the pickles of the parts of the algorithm, and of what makes generated clients.

    Raises
    ------
    TypeError
        If one of them cannot be pickled.
    """
    parts = {"algorithm": algorithm}
    if is_dataclass(algorithm):
        parts = {part.name: getattr(algorithm, part.name) for part in fields(algorithm)}
    if isinstance(clients, LazyClients | LazyClient):
        parts["make"] = clients.make
    pickles = {}
    for name, value in parts.items():
        try:
            pickles[name] = pickle.dumps(value)
        except Exception as error:
            hint = (
                "define it at the top level of a module, not as a lambda or inside a function; "
                "an executor of threads takes it as it is"
            )
            condition = "be picklable for worker processes"
            raise TypeError(_check.sentence(name, condition, repr(value), hint)) from error
    return pickles
