"""Where clients run: in this process, on a pool of processes that we start, or on any executor.

`runner` gives a ``map`` that an algorithm uses in place of the built-in one: it maps a function
over lists of participants, keeps their order, and may run in other processes. The bits are the
same, because every draw has a key and sums run in the order of the clients.

The processes of our pool read the data from one file that they all map into memory. A task then
contains only client ids, and theta is sent once a round in such a file too. Updates come back the
same way: a pipe would copy each of them four times.
"""

import multiprocessing
import pickle
import shutil
import signal
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import Field, dataclass, field, fields, is_dataclass
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any

from pyfedlite import _blas, _check
from pyfedlite._memory import keep_freed_memory
from pyfedlite._typing import Vector
from pyfedlite.clients import Fate, Participant
from pyfedlite.data.lazy import LazyClient, LazyClients
from pyfedlite.parallel.failures import Work, run_task, worker_died
from pyfedlite.parallel.shared_file import read_shared, write_shared

Map = Callable[[Work, Iterable[list[Participant]]], Iterable[Any]]
Pending = deque[tuple[list[Participant], Future[Any]]]

TASKS_AHEAD = 4
"""Tasks sent to each worker before its first result is read: enough to keep it busy."""

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
        When both are given, `workers` is below 1, or something cannot be sent to a process.
    """
    if workers is not None:
        _check.integer("workers", workers, minimum=1)
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
        _check_picklable(algorithm, clients)
        with _pool(workers, clients) as pool:
            yield pool


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
                _check_picklable(self.algorithm, chunk[0].client)
            raise


@dataclass(frozen=True, eq=False)
class ParticipantWithoutRows:
    """A participant without its rows: the worker has the rows already."""

    client_id: int
    memory: Mapping[str, Vector]
    fate: Fate


def _without_rows(participant: Participant) -> ParticipantWithoutRows:
    client_id = participant.client.client_id
    return ParticipantWithoutRows(client_id, participant.memory, participant.fate)


@dataclass(frozen=True)
class OnPool:
    """A ``map`` on processes that we start and that have the data already.

    Parameters
    ----------
    executor : ProcessPoolExecutor
    folder : Path
        It holds the files that the processes map.
    tasks_ahead : int
        How many chunks may wait at the same time, so that memory is bounded.
    """

    executor: ProcessPoolExecutor
    folder: Path
    tasks_ahead: int
    _rounds: Iterator[int] = field(default_factory=count)

    def __call__(self, work: Work, chunks: Iterable[list[Participant]]) -> Iterator[Any]:
        """Submit the chunks, a few before their results are read; yield the results in order."""
        path = self.folder / f"work-{next(self._rounds)}"
        self._remove_old()
        write_shared(work, path)
        pending: Pending = deque()
        try:
            for chunk in chunks:
                bare = [_without_rows(participant) for participant in chunk]
                future = _submit(self.executor, chunk, _run_in_worker, self.folder, path, bare)
                pending.append((chunk, future))
                if len(pending) > self.tasks_ahead:
                    yield _read_answer(_result(*pending.popleft()))
            while pending:
                yield _read_answer(_result(*pending.popleft()))
        finally:
            _give_up(pending)

    def _remove_old(self) -> None:
        """Remove the files of earlier rounds, except those that a worker still maps."""
        for path in self.folder.glob("work-*"):
            with suppress(PermissionError):  # Windows keeps a file that is mapped
                path.unlink()


@contextmanager
def _pool(workers: int, clients: Any) -> Iterator[OnPool]:
    folder = Path(tempfile.mkdtemp(prefix="pyfedlite-"))
    # A fork after threads have started may hang; a fresh process costs a fraction of a second.
    ways = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in ways else "spawn")
    try:
        write_shared(clients, folder / "clients")
        executor = ProcessPoolExecutor(workers, context)
        try:
            with _blas.one_thread_in_children():
                executor.submit(_clients, folder)  # starts all processes; one maps the data
            yield OnPool(executor, folder, TASKS_AHEAD * workers)
        finally:
            executor.shutdown(cancel_futures=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@lru_cache(maxsize=1)
def _clients(folder: Path) -> Any:
    """Map the data in a worker process, and let only the parent react to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_freed_memory()
    return read_shared(folder / "clients")


@lru_cache(maxsize=1)
def _work_of_the_round(path: Path) -> Work:
    work: Work = read_shared(path)
    return work


def _run_in_worker(folder: Path, path: Path, bare: list[ParticipantWithoutRows]) -> Path:
    """Run one task in a worker process; return the file that holds its result."""
    clients = _clients(folder)
    chunk = [Participant(clients.client(p.client_id), p.memory, fate=p.fate) for p in bare]
    with _blas.one_blas_thread():
        result = run_task(_work_of_the_round(path), chunk)
    answer = folder / f"{path.name}-{bare[0].client_id}"
    write_shared(result, answer)
    return answer


def _read_answer(answer: Path) -> Any:
    """Return the result that a worker process wrote to a file, and delete the file."""
    result = read_shared(answer)
    with suppress(PermissionError):  # Windows keeps a mapped file until the end of the run
        answer.unlink()
    return result


def _submit(
    executor: Executor, chunk: list[Participant], function: Callable[..., Any], *args: Any
) -> Future[Any]:
    try:
        return executor.submit(function, *args)
    except BrokenProcessPool as error:
        raise worker_died(chunk) from error
    except RuntimeError as error:
        if "shutdown" not in str(error):
            raise
        _check.fail("executor", "be running", "one that was shut down", "open a new one")


def _result(chunk: list[Participant], future: Future[Any]) -> Any:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise worker_died(chunk) from error


def _give_up(pending: Pending) -> None:
    """Cancel tasks whose results nobody will read: the aggregator has stopped, or the round failed.

    Wait for those that run already, so that the executor is free for the next round.
    """
    running = [future for _, future in pending if not future.cancel()]
    wait(running)
    pending.clear()


def _check_picklable(algorithm: Any, clients: Any) -> None:
    """Check that the parts of the algorithm, and of generated clients, can be pickled."""
    parts = {part.name: getattr(algorithm, part.name) for part in _fields(algorithm)}
    if isinstance(clients, LazyClients | LazyClient):
        parts["make"] = clients.make
    for name, value in parts.items():
        try:
            pickle.dumps(value)
        except Exception as error:
            hint = "define it at the top level of a module, not as a lambda or inside a function"
            condition = "be picklable for worker processes"
            raise TypeError(_check.sentence(name, condition, repr(value), hint)) from error


def _fields(algorithm: Any) -> tuple[Field[Any], ...]:
    return fields(algorithm) if is_dataclass(algorithm) else ()
