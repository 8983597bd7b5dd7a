"""Processes that we start, have the data, and train clients: a ``map`` on all of them.

Each is at the other end of a connection. They read the data from one file that they all map into
memory, so a task then contains only client ids; theta is sent once a round, in such a file too.
Updates come back the same way.
"""

import atexit
import multiprocessing
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing import connection
from pathlib import Path
from typing import Any, Never

from pyfedlite import _blas
from pyfedlite.clients import Participant
from pyfedlite.parallel import channel as channels
from pyfedlite.parallel.channel import Channel, Parcel, packed, unpacked
from pyfedlite.parallel.failures import Failure, Work, not_started, worker_died
from pyfedlite.parallel.shared_file import flatten, remove, shared_by_name
from pyfedlite.parallel.worker import (
    CLIENTS,
    FAILURE,
    NAME,
    PARTS,
    TASK,
    WORK,
    ParticipantWithoutRows,
    serve,
)

TASKS_PER_WORKER = 2
"""Tasks that each worker has: the one that it does, and the next."""

ANSWERS_AHEAD = 4
"""Answers for each worker that may wait for their turn, so that memory is bounded."""

SECONDS_TO_END, SECONDS_FOR_A_SIGNAL = 5.0, 0.2
SIGNALS = {
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
}


@dataclass(eq=False)
class Worker:
    """A worker process as its parent sees it.

    Parameters
    ----------
    process : process of ``multiprocessing``
    channel : Channel
        Our end.
    tasks : deque of (int, list of Participant)
        What it has been sent and has not answered yet, with the number of each.
    """

    process: Any
    channel: Channel
    tasks: deque[tuple[int, list[Participant]]] = field(default_factory=deque)

    def stop(self) -> None:
        """Hang up, so that the process ends, at once and also in the middle of a task."""
        self.channel.connection.close()

    def await_end(self) -> None:
        """Return when the process has ended; end it if it does not."""
        self.process.join(SECONDS_TO_END)
        if self.process.exitcode is None:
            self.process.kill()
            self.process.join()


@dataclass(eq=False)
class OnPool:
    """A ``map`` on the processes of a pool.

    Parameters
    ----------
    workers : list of Worker
    """

    workers: list[Worker]
    _sent: int = 0
    _answers: dict[int, Any] = field(default_factory=dict)

    def __call__(self, work: Work, chunks: Iterable[list[Participant]]) -> Iterator[Any]:
        """Send the chunks, a few before their answers are read; yield the answers in order.

        Raises
        ------
        ClientError
            If a client fails, or the process that trains it ends.
        """
        self._forget_earlier()
        with packed(work) as parcel:
            self._tell_all(WORK, parcel)
        following = self._sent
        for chunk in chunks:
            self._give(chunk)
            while self._sent - following > ANSWERS_AHEAD * len(self.workers):
                yield self._take(following)
                following += 1
        while following < self._sent:
            yield self._take(following)
            following += 1

    def _give(self, chunk: list[Participant]) -> None:
        """Send a chunk to the worker that has the fewest, as soon as one has room."""
        while True:
            worker = min(self.workers, key=lambda each: len(each.tasks))
            if len(worker.tasks) < TASKS_PER_WORKER:
                break
            self._collect()
        worker.tasks.append((self._sent, chunk))
        self._sent += 1
        _send(worker, TASK, [_without_rows(participant) for participant in chunk])

    def _take(self, number: int) -> Any:
        """Return the answer to a task, or raise the error that it ended in."""
        while number not in self._answers:
            self._collect()
        answer = self._answers.pop(number)
        if isinstance(answer, Failure):
            _raise(answer)
        return answer

    def _collect(self) -> None:
        """Wait until at least one worker has answered, and keep the answers."""
        busy = {worker.channel.connection: worker for worker in self.workers if worker.tasks}
        for ready in connection.wait(list(busy)):
            worker = busy[ready]  # type: ignore[index]  # it is one of those that were waited for
            answer = _answer_of(worker)
            number, _ = worker.tasks.popleft()
            self._answers[number] = answer

    def _forget_earlier(self) -> None:
        """Wait for tasks whose answers nobody has read: the aggregator stopped, or a round failed.

        They are few, and the workers have to be free for the next round.
        """
        while any(worker.tasks for worker in self.workers):
            self._collect()
        self._answers.clear()

    def _tell_all(self, kind: str, parcel: Parcel) -> None:
        for worker in self.workers:
            with _death_told(worker):
                worker.channel.send_parcel(kind, parcel)


@contextmanager
def pool(number: int, clients: Any, parts: Mapping[str, bytes]) -> Iterator[OnPool]:
    """Start processes, give them the data, and yield a ``map`` on them; end them at the end.

    Parameters
    ----------
    number : int
    clients : FederatedDataset or LazyClients
    parts : mapping of str to bytes
        The pickled parts of the algorithm, which the processes have to be able to import.

    Raises
    ------
    WorkerError, TypeError
        If the processes cannot start, or cannot import the parts.
    """
    workers: list[Worker] = []

    def close() -> None:
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.await_end()

    atexit.register(close)  # where a thread that runs this is left behind by its program
    with ExitStack() as files:  # closed last: Windows keeps a file that a process has mapped
        try:
            with _signals_held_back(), _blas.one_thread_in_children():
                for place in range(number):
                    workers.append(_started(place))
            _prepare(workers, files, clients, parts)
            yield OnPool(workers)
        finally:
            close()
            atexit.unregister(close)


def _started(place: int) -> Worker:
    """Return a worker whose process starts now."""
    context = start_context()
    ours, theirs = context.Pipe()
    with theirs:
        process = context.Process(target=serve, args=(theirs,), name=f"{NAME}-{place}")
        try:
            process.start()
        except (EOFError, ConnectionError) as error:  # the server of processes has ended
            raise not_started(None) from error
    return Worker(process, Channel(ours))


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Let signals wait until the block ends, so that no process is started halfway.

    The processes begin with the same signals held back, and hear them when they are ready.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_context() -> Any:
    """Return how processes start: as the program has chosen, but never as a fork of itself.

    A fork after threads have started may hang. Every worker is a new Python.
    """
    chosen = multiprocessing.get_start_method(allow_none=True)
    return multiprocessing.get_context("forkserver" if chosen == "forkserver" else "spawn")


def _prepare(
    workers: list[Worker], files: ExitStack, clients: Any, parts: Mapping[str, bytes]
) -> None:
    """Send all that the workers need, and return when each of them has it."""
    rows = packed(clients) if channels.SENDS_FILES else shared_by_name(flatten(clients))
    parcels = {PARTS: files.enter_context(packed(dict(parts))), CLIENTS: files.enter_context(rows)}
    for worker in workers:
        with suppress(OSError):  # if it has ended, that is seen below
            for kind, parcel in parcels.items():
                worker.channel.send_parcel(kind, parcel)
    for worker in workers:
        for _ in parcels:
            _check_ready(worker)
    if isinstance(path := parcels[CLIENTS], Path):
        remove(path)  # everybody has it open


def _check_ready(worker: Worker) -> None:
    """Wait until a worker has what was sent to it.

    Raises
    ------
    WorkerError
        If its process has ended.
    TypeError
        If it cannot import a part.
    """
    ours, process = worker.channel.connection, worker.process
    try:
        if ours not in connection.wait([ours, process.sentinel]):
            raise EOFError
        kind, parcel = worker.channel.receive()
    except (EOFError, OSError):
        time.sleep(SECONDS_FOR_A_SIGNAL)
        process.join(SECONDS_TO_END)
        raise not_started(process.exitcode) from None
    if kind == FAILURE:
        failure: Failure = unpacked(parcel)
        raise failure.error from None  # its sentence says it all


def _send(worker: Worker, kind: str, value: Any) -> None:
    with packed(value) as parcel, _death_told(worker):
        worker.channel.send_parcel(kind, parcel)


def _answer_of(worker: Worker) -> Any:
    with _death_told(worker):
        _, parcel = worker.channel.receive()
    return unpacked(parcel)


@contextmanager
def _death_told(worker: Worker) -> Iterator[None]:
    """Name the clients that a worker was at, if it has ended."""
    try:
        yield
    except (EOFError, ConnectionError) as error:
        # Who ends all processes of a group sends us a signal too: it comes first.
        time.sleep(SECONDS_FOR_A_SIGNAL)
        chunk = worker.tasks[0][1] if worker.tasks else []
        raise worker_died(chunk) from error


def _raise(failure: Failure) -> Never:
    raise failure.error from failure.cause


def _without_rows(participant: Participant) -> ParticipantWithoutRows:
    client_id = participant.client.client_id
    return ParticipantWithoutRows(client_id, participant.memory, participant.fate)
