"""The command: ``python -m pyfedlite.testing.fuzzing [NUMBER [SEED]]``."""

import os
import sys
import tempfile
from pathlib import Path

from pyfedlite.testing.fuzzing.files import KINDS, fuzz_files
from pyfedlite.testing.fuzzing.messages import fuzz

MEMORY = 4 * 2**30
"""Bytes of address space: what asks for more gets a MemoryError, which is a fault."""


def limit_memory() -> None:
    """Let this process take no more than `MEMORY`, where the system can see to it."""
    try:
        import resource
    except ModuleNotFoundError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))


def main(arguments: list[str]) -> int:
    """Throw as many as asked for, from a fresh seed that is printed."""
    number = int(arguments[0]) if arguments else 100_000
    seed = int(arguments[1]) if len(arguments) > 1 else int.from_bytes(os.urandom(4), "little")
    limit_memory()
    files = max(number // 1000, 20)
    print(f"{number} messages, and {files} files of each kind, from seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            read = fuzz_files(kind, files, seed, Path(folder))
            print(f"{kind}: {read} were read after all, and none did harm", flush=True)
    print(f"{fuzz(number, seed)} messages were decoded, and none did harm")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
