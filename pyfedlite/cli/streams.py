"""The standard streams where they are closed, full, or narrower than Unicode.

A standard output that cannot be written to is an error of the command, in one sentence. A standard
error that cannot be written to is none: what it would have shown is lost.
"""

import errno
import io
import os
import sys
from contextlib import suppress
from typing import Any

from pyfedlite import _files

OUTPUT = "standard output"


class Closed(io.TextIOBase):
    """A standard output that is not there."""

    def write(self, text: str, /) -> int:
        """Refuse every text."""
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def prepare() -> None:
    """Let a closed output refuse what is printed, and a narrow one show question marks.

    A closed descriptor is opened on nothing: else the next file that is opened would get its
    number, and what a library prints there would go into that file.
    """
    if None in (sys.stdin, sys.stdout, sys.stderr):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)
    if sys.stdout is None:
        sys.stdout = Closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def check_open(*, prints: bool) -> None:
    """Check that there is an output, if something is going to be printed.

    Raises
    ------
    OSError
    """
    if prints and isinstance(sys.stdout, Closed):
        error = OSError(errno.EBADF, "a closed one")
        raise _files.in_a_sentence(error, OUTPUT, "redirect it, or add --quiet")


def print_error(sentence: str) -> None:
    """Print a sentence on the standard error, if there is one that takes it."""
    if sys.stderr is not None:
        try:
            print(f"pyfedlite: {sentence}", file=sys.stderr, flush=True)
        except OSError:
            give_up(sys.stderr)


def told(error: OSError) -> str:
    """Return an error of the system in a sentence."""
    if _files.is_told(error) or not error.strerror:
        return str(error)
    if error.filename is None:  # only streams have no name
        return str(_files.in_a_sentence(error, OUTPUT, "redirect it to another place"))
    return str(_files.in_a_sentence(error, error.filename))


def give_up(stream: Any) -> None:
    """Send what a stream still holds to nowhere, so that Python does not fail on it at its end."""
    with suppress(OSError, AttributeError):  # a stream of a test has no descriptor
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()
