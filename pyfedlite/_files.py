"""Files that are written completely or not at all, and recognised by their checksum.

Whatever the system refuses here (a full disk, a folder that is read-only, or is a file) is raised
as the ``OSError`` that it is, but in one sentence that names the path.
"""

import errno
import glob
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_ROOM = "make room there, or name another place"
_RIGHT = "name a place that you may write to"
HINTS = {
    errno.ENOSPC: _ROOM,
    errno.EFBIG: _ROOM,
    getattr(errno, "EDQUOT", -1): _ROOM,
    errno.EACCES: _RIGHT,
    errno.EPERM: _RIGHT,
    errno.EROFS: _RIGHT,
    errno.ENOENT: "make its folder first",
    errno.ENOTDIR: "a folder above it is a file",
    errno.EISDIR: "name a file",
    errno.EEXIST: "a file is in its place",
}
"""What to try, by the number that the system gives an error."""


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` and move it there when the block ends well.

    A reader sees the complete old file or the complete new one. After an error the old file is
    unchanged and the temporary one is deleted.

    Parameters
    ----------
    path : path
        Where the bytes go. Its folder must exist. A device or a pipe cannot be replaced: it is
        written to.

    Yields
    ------
    file : binary file, open for writing

    Raises
    ------
    OSError
        If the system refuses to write; the sentence names `path`.
    """
    target = Path(path)
    with refusals_told(target):
        if not _can_be_replaced(target):
            content = io.BytesIO()  # a device may not say where in it one is
            yield content
            with open(target, "wb") as device:
                device.write(content.getbuffer())
            return
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.chmod(0o666 & ~_umask())  # mkstemp gives 0600
            temporary.replace(target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def remove_leftovers(target: Path) -> None:
    """Remove what a process has left that was killed while it wrote `target`.

    Call it only where nobody else can be writing `target` now.
    """
    for path in target.parent.glob(f".{glob.escape(target.name)}.*"):
        with refusals_told(path):
            path.unlink(missing_ok=True)


def make_folder(path: Path) -> None:
    """Make a folder, with those above it, if it is not there."""
    with refusals_told(path):
        path.mkdir(parents=True, exist_ok=True)


def check_writable(folder: Path) -> None:
    """Check that a file can be made in a folder and hold something; it never has a name.

    Raises
    ------
    OSError
        If not; the sentence names `folder`.
    """
    with refusals_told(folder), tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        file.write(bytes(4096))


def check_target(path: str | os.PathLike[str]) -> None:
    """Check that a file could be written to `path`, before the work whose result it holds.

    Raises
    ------
    OSError
        If not; the sentence names `path`.
    """
    target = Path(path)
    with refusals_told(target):
        if _can_be_replaced(target):
            with tempfile.TemporaryFile(dir=target.parent, buffering=0) as file:
                file.write(bytes(4096))


def _can_be_replaced(target: Path) -> bool:
    """Return whether `target` is a file or nothing yet, and no device or pipe; refuse a folder."""
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return target.is_file() or not target.exists()


@contextmanager
def refusals_told(name: str | os.PathLike[str], hint: str = "") -> Iterator[None]:
    """Inside this block, what the system refuses is raised in a sentence about `name`."""
    try:
        yield
    except OSError as error:
        if is_told(error):
            raise
        raise in_a_sentence(error, name, hint) from error


def in_a_sentence(error: OSError, name: object, hint: str = "") -> OSError:
    """Return an error of the same class and number, whose text is a sentence about `name`.

    Examples
    --------
    >>> in_a_sentence(OSError(28, "No space left on device"), "model.npz", "make room")
    OSError('model.npz must be writable, got No space left on device; make room')
    """
    from pyfedlite import _check  # it loads NumPy, and only errors need it

    number = error.errno or 0
    kind = type(OSError(number, ""))
    got = error.strerror or str(error) or type(error).__name__
    told = kind(_check.sentence(str(name), "be writable", got, hint or HINTS.get(number, "")))
    told.errno = number
    return told


def is_told(error: OSError) -> bool:
    """Return whether an error has its sentence already: a number, but no words of the system."""
    return error.errno is not None and error.strerror is None


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write `text` as UTF-8, completely or not at all."""
    with atomic_write(path) as file:
        file.write(text.encode("utf-8"))


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in hexadecimal.

    Examples
    --------
    >>> sha256(b"abc")[:16]  # FIPS 180-4, example B.1
    'ba7816bf8f01cfea'
    """
    return hashlib.sha256(data).hexdigest()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
