"""Memory that was freed stays with the process, so that the next client need not ask for it again.

A client of a large network takes a few megabytes and gives them back, and so does the next one. The
allocator of glibc hands them on to the system each time: it keeps, at the end of its heap, twice
the largest block that it has seen mapped and freed. To get them again costs a fault for every 4 kB:
a quarter of a microsecond, or on a virtual machine several, which was 7 % of a round.

References
----------
Linux manual page mallopt(3), "M_MMAP_THRESHOLD" and "M_TRIM_THRESHOLD": both rise with what is
freed, up to 32 MB and twice that on 64-bit systems.
"""

import sys

import numpy as np

LARGEST = 2**25 - 2**16
"""The largest block that still counts: 32 MB, and room for what malloc adds to it."""


def keep_freed_memory() -> None:
    """Let this process keep up to 64 MB that it has freed.

    Other allocators take no notice, and a limit that the environment sets stays as it is.
    """
    if sys.platform == "linux":
        np.empty(LARGEST, np.uint8)  # no page of it is ever touched
