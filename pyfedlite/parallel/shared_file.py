"""An object in a file that many processes read without copying its arrays.

Pickle can pass on the buffers of arrays instead of copying them (PEP 574). They are written one
after another into a file; a reader maps the file into memory and builds the object from the mapped
buffers. So all readers on one machine share the same pages of memory.

References
----------
A. Pitrou, PEP 574, "Pickle protocol 5 with out-of-band data", 2018.
"""

import mmap
import pickle
from pathlib import Path
from typing import Any

ALIGNMENT = 64  # each buffer starts at a multiple of a cache line


def write_shared(value: Any, path: Path) -> None:
    """Write `value` to a new file, with the bytes of its arrays as they are in memory."""
    buffers: list[pickle.PickleBuffer] = []
    head = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    raws = [buffer.raw() for buffer in buffers]
    sizes = [raw.nbytes for raw in raws]
    index = pickle.dumps((head, sizes))
    place = 8 + len(index)
    with open(path, "xb") as file:
        file.write(len(index).to_bytes(8, "little"))
        file.write(index)
        for raw, size in zip(raws, sizes, strict=True):
            padding = -place % ALIGNMENT
            file.write(bytes(padding))
            file.write(raw)
            place += padding + size


def read_shared(path: Path) -> Any:
    """Return the value of a file written by `write_shared`; its arrays are read-only views of it.

    Read only files that this process or its parent has written: a pickle can run any code.
    """
    with open(path, "rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    start = 8 + int.from_bytes(view[:8], "little")
    head, sizes = pickle.loads(view[8:start])
    buffers = []
    for size in sizes:
        start += -start % ALIGNMENT
        buffers.append(view[start : start + size])
        start += size
    return pickle.loads(head, buffers=buffers)
