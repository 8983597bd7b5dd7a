"""An object in a file without a name, which many processes read without copying its arrays.

Pickle can pass on the buffers of arrays instead of copying them (PEP 574). They are written one
after another into a file; a reader maps the file into memory and builds the object from the mapped
buffers. So all readers on one machine share the same pages of memory.

The file has no name, or loses it as soon as that is possible. The system then frees it with the
last process that has it open, in whatever way that process ends: there is nothing to clean up.

References
----------
A. Pitrou, PEP 574, "Pickle protocol 5 with out-of-band data", 2018.
"""

import mmap
import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from pyfedlite import _files

ALIGNMENT = 64  # each buffer starts at a multiple of a cache line


@dataclass(frozen=True)
class Flat:
    """A pickled object, and the buffers of its arrays apart from it."""

    head: bytes
    buffers: list[memoryview]

    @property
    def num_bytes(self) -> int:
        """All bytes together."""
        return len(self.head) + sum(buffer.nbytes for buffer in self.buffers)


def flatten(value: Any) -> Flat:
    """Return an object as bytes, without copying its arrays."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    return Flat(head, [buffer.raw() for buffer in buffers])


def shared(flat: Flat) -> IO[bytes]:
    """Return a new file without a name that holds an object; the last to close it deletes it.

    Raises
    ------
    OSError
        If the temporary folder has no room, in a sentence that names it.
    """
    with room_explained():
        file = tempfile.TemporaryFile(prefix="pyfedlite-")
        try:
            write_shared(flat, file)
        except BaseException:
            with suppress(OSError):  # it writes what is in its buffer, once more in vain
                file.close()
            raise
        return file


@contextmanager
def shared_by_name(flat: Flat) -> Iterator[Path]:
    """Yield the path of a new file that holds an object, for systems that cannot send a file.

    It is removed at the end of the block, or left if the system keeps a file that is mapped.
    """
    with room_explained():
        descriptor, name = tempfile.mkstemp(prefix="pyfedlite-")
    try:
        with room_explained(), open(descriptor, "wb") as file:
            write_shared(flat, file)
        yield Path(name)
    finally:
        remove(Path(name))


def remove(path: Path) -> None:
    """Delete a file that others may have mapped, if the system lets us."""
    with suppress(PermissionError):  # Windows keeps it as long as it is mapped
        path.unlink(missing_ok=True)


@contextmanager
def room_explained() -> Iterator[None]:
    """Name the temporary folder in an error of the system."""
    try:
        folder = tempfile.gettempdir()
    except OSError:  # none can be written to, and Python's sentence lists them
        folder = "the temporary folder"
    with _files.refusals_told(folder, "make room there, or set TMPDIR to another folder"):
        yield


def write_shared(flat: Flat, file: IO[bytes]) -> None:
    """Write an object to an empty file, with the bytes of its arrays as they are in memory."""
    index = pickle.dumps((flat.head, [buffer.nbytes for buffer in flat.buffers]))
    place = 8 + len(index)
    file.write(len(index).to_bytes(8, "little"))
    file.write(index)
    for buffer in flat.buffers:
        padding = -place % ALIGNMENT
        file.write(bytes(padding))
        file.write(buffer)
        place += padding + buffer.nbytes
    file.flush()


def read_shared(file: IO[bytes]) -> Any:
    """Return the object in a file that `write_shared` wrote; its arrays are read-only views of it.

    Read only files that this process or its parent has written: a pickle can run any code.
    """
    view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    start = 8 + int.from_bytes(view[:8], "little")
    head, sizes = pickle.loads(view[8:start])
    buffers = []
    for size in sizes:
        start += -start % ALIGNMENT
        buffers.append(view[start : start + size])
        start += size
    return pickle.loads(head, buffers=buffers)
