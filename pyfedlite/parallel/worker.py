"""What runs in a worker process: it takes tasks from its parent, and ends when the parent ends.

A thread reads the connection all the time. The system closes the parent's end of it in whatever way
the parent goes: at the end of a run, by an error, a signal, or a crash. Then the thread ends this
process at once, also in the middle of a task. Nothing has to be cleaned up, because what processes
share lies in files without a name.
"""

import os
import pickle
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Any

from pyfedlite import _blas
from pyfedlite._memory import keep_freed_memory
from pyfedlite._typing import Vector
from pyfedlite.clients import Fate, Participant
from pyfedlite.parallel.channel import Channel, Parcel, packed, unpacked
from pyfedlite.parallel.failures import Work, failure_of, not_importable, run_task
from pyfedlite.parallel.shared_file import remove

NAME = "pyfedlite-worker"
"""How the name of a worker process begins."""

PARTS, CLIENTS, WORK, TASK = "parts", "clients", "work", "task"
ANSWER, FAILURE = "answer", "failure"


@dataclass(frozen=True, eq=False)
class ParticipantWithoutRows:
    """A participant without its rows: the worker has the rows already."""

    client_id: int
    memory: Mapping[str, Vector]
    fate: Fate


def serve(connection: "Connection[Any, Any]") -> None:
    """Do what the parent sends, one thing after the other, until it is gone."""
    _leave_ctrl_c_to_the_parent()
    channel, inbox = Channel(connection), SimpleQueue[tuple[str, Parcel]]()
    Thread(target=_receive, args=(channel, inbox), daemon=True).start()
    keep_freed_memory()
    desk = Desk()
    while True:
        kind, parcel = inbox.get()
        if kind == WORK:
            desk.work = parcel
        else:
            _reply(channel, desk, kind, parcel)


@dataclass
class Desk:
    """What a worker has in front of it."""

    clients: Any = None
    work: Any = None
    work_is_open: Any = field(default=None)

    def do(self, kind: str, parcel: Parcel) -> Any:
        """Return the answer to a message."""
        if kind == PARTS:
            return _import_all(unpacked(parcel))
        if kind == CLIENTS:
            try:
                self.clients = unpacked(parcel)
            except Exception as error:
                raise not_importable("clients", error) from error
            return None
        return self._train(unpacked(parcel))

    def _train(self, bare: list[ParticipantWithoutRows]) -> Any:
        client = self.clients.client
        chunk = [Participant(client(p.client_id), p.memory, fate=p.fate) for p in bare]
        with _blas.one_blas_thread():
            return run_task(self._work(), chunk)

    def _work(self) -> Work:
        """Return the work of this round; it is unpacked for the first task."""
        if self.work_is_open is not self.work:
            self.work = self.work_is_open = unpacked(self.work)
        work: Work = self.work
        return work


def _reply(channel: Channel, desk: Desk, kind: str, parcel: Parcel) -> None:
    """Send the answer to a message, or the error in place of it."""
    try:
        with packed(desk.do(kind, parcel)) as answer:
            _send(channel, ANSWER, answer)
    except BaseException as error:  # also SystemExit: the parent has to hear of it
        with packed(failure_of(error)) as answer:
            _send(channel, FAILURE, answer)


def _send(channel: Channel, kind: str, parcel: Parcel) -> None:
    try:
        channel.send_parcel(kind, parcel)
    except OSError:  # nobody is there to read it
        os._exit(0)


def _import_all(parts: Mapping[str, bytes]) -> None:
    """Check that this process can import what the parts of the algorithm are made of."""
    for name, content in parts.items():
        try:
            pickle.loads(content)
        except Exception as error:
            raise not_importable(name, error) from error


def _receive(channel: Channel, inbox: "SimpleQueue[tuple[str, Parcel]]") -> None:
    """Put what arrives into the inbox; end this process when the parent ends."""
    named: Path | None = None
    try:
        while True:
            kind, parcel = channel.receive()
            named = parcel if isinstance(parcel, Path) else named
            inbox.put((kind, parcel))
    finally:
        if named is not None:
            remove(named)
        os._exit(0)


def _leave_ctrl_c_to_the_parent() -> None:
    """Ignore Ctrl-C, which a terminal sends to all; hear again what was held back at the start."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
