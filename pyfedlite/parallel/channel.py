"""A connection of two processes that carries large objects in files without a name.

On Linux what is large is written to such a file, and the receiver gets the open file itself: no
array is copied through the connection, and nothing is left on the disk, however a process ends.
Elsewhere everything goes through the connection, but for what `shared_by_name` has written. The
same objects arrive.
"""

import pickle
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from os import dup
from pathlib import Path
from typing import IO, Any

from pyfedlite.parallel.shared_file import Flat, flatten, read_shared, shared

SENDS_FILES = sys.platform == "linux"
LARGE = 1 << 15
"""Bytes from which on an object goes into a file: below, a file costs more than it saves."""

INLINE, IN_A_FILE, BY_NAME = b"i", b"f", b"n"
Parcel = bytes | IO[bytes] | Path
"""An object on its way: its bytes, an open file that holds it, or the path of that file."""


@contextmanager
def packed(value: Any) -> Iterator[Parcel]:
    """Yield an object as it is sent; a file is closed at the end of the block."""
    flat = flatten(value)
    if not SENDS_FILES or flat.num_bytes < LARGE:
        yield _in_one_piece(flat)
        return
    with shared(flat) as file:
        yield file


def _in_one_piece(flat: Flat) -> bytes:
    return pickle.dumps((flat.head, [buffer.tobytes() for buffer in flat.buffers]))


@dataclass(frozen=True, eq=False)
class Channel:
    """One end of a connection.

    Parameters
    ----------
    connection : Connection
        From ``multiprocessing.Pipe()``.
    """

    connection: "Connection[Any, Any]"

    def send_parcel(self, kind: str, parcel: Parcel) -> None:
        """Send what is packed; it may go to several processes."""
        if isinstance(parcel, bytes):
            self.connection.send_bytes(INLINE + kind.encode())
            self.connection.send_bytes(parcel)
        elif isinstance(parcel, Path):
            self.connection.send_bytes(BY_NAME + kind.encode())
            self.connection.send(parcel)
        else:
            self.connection.send_bytes(IN_A_FILE + kind.encode())
            with self._socket() as end:
                socket.send_fds(end, [b"."], [parcel.fileno()])

    def receive(self) -> tuple[str, Parcel]:
        """Return the next word, and what came with it, as it travels.

        Raises
        ------
        EOFError, OSError
            If the other process has ended.
        """
        head = self.connection.recv_bytes()
        way, kind = head[:1], head[1:].decode()
        if way == INLINE:
            return kind, self.connection.recv_bytes()
        if way == BY_NAME:
            return kind, self.connection.recv()
        with self._socket() as end:
            _, descriptors, _, _ = socket.recv_fds(end, 1, 1)
        if not descriptors:
            raise EOFError
        return kind, open(descriptors[0], "rb")

    @contextmanager
    def _socket(self) -> Iterator[socket.socket]:
        with socket.socket(fileno=dup(self.connection.fileno())) as end:
            yield end


def unpacked(parcel: Parcel) -> Any:
    """Return the object that has arrived; a file is closed, and stays mapped."""
    if isinstance(parcel, bytes):
        head, buffers = pickle.loads(parcel)
        return pickle.loads(head, buffers=buffers)
    with open(parcel, "rb") if isinstance(parcel, Path) else parcel as file:
        return read_shared(file)
