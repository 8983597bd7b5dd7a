"""Memory that was freed stays with the process, so that the next client need not ask for it again.

A client of a large network takes a few megabytes and frees them, and so does the next one. The
allocator of glibc keeps some freed memory at the end of its heap: twice the size of the largest
block that it has seen mapped and freed. It returns the rest to the system. To get it again costs a
page fault for every 4 kB: a quarter of a microsecond, or several on a virtual machine, which was
7 % of a round. One large block, freed at once, lets the allocator keep more.

References
----------
Linux manual page mallopt(3), "M_MMAP_THRESHOLD" and "M_TRIM_THRESHOLD": both rise with what is
freed, up to 32 MB and twice that on 64-bit systems.
"""

import sys

import numpy as np

LARGEST = 2**25 - 2**16
"""The largest block that has this effect: 32 MB, less room for what malloc adds to a block."""


def keep_freed_memory() -> None:
    """Let this process keep up to 64 MB that it has freed.

    Other allocators ignore it, and a limit that the environment sets stays as it is.
    """
    if sys.platform == "linux":
        np.empty(LARGEST, np.uint8)  # nothing is written to it, so it takes no real memory
