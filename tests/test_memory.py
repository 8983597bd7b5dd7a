"""Memory that was freed is not asked for again."""

import os
import platform
import subprocess
import sys

import pytest

FAULTS = """
import resource
import sys
import numpy as np
from pyfedlite._memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        updates = [np.ones(800_000, np.uint8) for _ in range(10)]
        del updates
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1:]:
    keep_freed_memory()
faults()
print(faults())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc that gives memory back")
def test_blocks_are_asked_for_once() -> None:
    def count(*argument: str) -> int:
        command = [sys.executable, "-c", FAULTS, *argument]
        # A limit that the environment sets stays as it is; Dask sets one.
        env = {k: v for k, v in os.environ.items() if not k.startswith(("MALLOC_", "GLIBC_"))}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
        return int(done.stdout)

    assert 10 * count("keep") < count()
