"""Finding a data file, or downloading it once.

A file is looked for in ``$PYFEDLITE_DATA/<folder>/<name>``, then in the cache, and is otherwise
downloaded over HTTPS into the cache. Its checksum is verified each time, wherever the file was
found. A wrong checksum is an error: no other copy of the data is used silently.

Three environment variables change this. ``PYFEDLITE_DATA`` is a folder of files that are never
written to. ``PYFEDLITE_CACHE`` takes the place of the platform's cache folder. ``PYFEDLITE_MIRROR``
is an address that takes the place of the public ones; a file is at ``<mirror>/<folder>/<name>``.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pyfedlite import _check, _files
from pyfedlite.errors import DataError


@dataclass(frozen=True)
class SourceFile:
    """A published data file.

    Parameters
    ----------
    folder, name : str
        Its folder and name in ``$PYFEDLITE_DATA``, in the cache and on a mirror.
    urls : tuple of str
        Public addresses, tried one after another.
    sha256 : str
        The checksum of ``canonical(content)``, in hexadecimal.
    max_bytes : int
        No more than this is ever read from the network.
    canonical : callable of bytes to bytes
        Returns the bytes that the checksum is computed of: those of the file, or, where copies
        differ in white space, the parsed table in a standard form. Raises ``ValueError`` for
        content that it cannot read.
    """

    folder: str
    name: str
    urls: tuple[str, ...]
    sha256: str
    max_bytes: int
    canonical: Callable[[bytes], bytes] = bytes


def cache_folder() -> Path:
    """Return the folder where downloaded files are kept; it need not exist yet."""
    chosen = os.environ.get("PYFEDLITE_CACHE")
    if chosen:
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(local) / "pyfedlite" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "pyfedlite"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pyfedlite"


def find(file: SourceFile) -> Path | None:
    """Return the path of `file`, or ``None`` if it has to be downloaded.

    Raises
    ------
    DataError
        If ``$PYFEDLITE_DATA`` is set and is not a folder.
    """
    for folder in (_data_folder(), cache_folder()):
        if folder is not None and (folder / file.folder / file.name).is_file():
            return folder / file.folder / file.name
    return None


def read(file: SourceFile) -> bytes:
    """Return the verified content of `file`; download it first if it is not here.

    Raises
    ------
    DataError
        If the file is damaged, or absent and cannot be downloaded; the message names the path or
        the address and says what to try.
    """
    path = find(file)
    if path is None:
        return _download(file)
    content = _read_file(path)
    problem = _problem(file, content)
    if problem:
        hint = "delete the file, or put the published one in its place"
        raise DataError(_check.sentence(str(path), problem[0], problem[1], hint))
    return content


def fetch(file: SourceFile) -> Path:
    """Make sure that a verified `file` is on this machine, and return its path."""
    read(file)
    path = find(file)
    if path is None:  # it was deleted in the meantime
        raise DataError(_check.sentence(file.name, "stay where it was written", "nothing there"))
    return path


def forget(file: SourceFile) -> Path | None:
    """Delete `file` from the cache, never from ``$PYFEDLITE_DATA``; return its old path."""
    path = cache_folder() / file.folder / file.name
    if not path.is_file():
        return None
    with _files.refusals_told(path):
        path.unlink()
    return path


def _data_folder() -> Path | None:
    chosen = os.environ.get("PYFEDLITE_DATA")
    if not chosen:
        return None
    folder = Path(chosen).expanduser()
    if not folder.is_dir():
        hint = "unset it to download data instead"
        raise DataError(_check.sentence("PYFEDLITE_DATA", "name a folder", repr(chosen), hint))
    return folder


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(_check.sentence(str(path), "be readable", error.strerror)) from error


def _problem(file: SourceFile, content: bytes) -> tuple[str, str] | None:
    """Return None for the published file, else what `content` must be and what it is."""
    try:
        found = _files.sha256(file.canonical(content))
    except ValueError as error:
        return f"be the published {file.name}", f"a file that cannot be read: {error}"
    if found == file.sha256:
        return None
    return f"have the SHA-256 {file.sha256[:16]}…", f"{found[:16]}… from {len(content)} bytes"


def _download(file: SourceFile) -> bytes:
    """Return the content from the first address that has it, and keep it in the cache."""
    from pyfedlite.data import _https  # its import takes 20 ms, and few runs download

    _check_cache(file)
    failures = []
    for url in _urls(file):
        try:
            content = _https.get(url, file.max_bytes)
        except OSError as error:
            failures.append(f"{url}: {error}")
            continue
        problem = _problem(file, content)
        if problem is None:
            _keep(file, content)
            return content
        failures.append(f"{url}: must {problem[0]}, got {problem[1]}")
    folder = os.environ.get("PYFEDLITE_DATA") or "$PYFEDLITE_DATA"
    put = f"put the file at {folder}/{file.folder}/{file.name}"
    hint = f"go online, set PYFEDLITE_MIRROR, or {put}"
    got = "no good copy from " + " and ".join(failures)
    raise DataError(_check.sentence(file.name, "be downloaded once", got, hint))


def _urls(file: SourceFile) -> tuple[str, ...]:
    from pyfedlite.data._https import is_allowed

    mirror = os.environ.get("PYFEDLITE_MIRROR")
    if not mirror:
        return file.urls
    if not is_allowed(mirror):
        condition = "start with https:// (or be http:// on this very machine)"
        raise DataError(_check.sentence("PYFEDLITE_MIRROR", condition, repr(mirror)))
    return (f"{mirror.rstrip('/')}/{file.folder}/{file.name}",)


def _check_cache(file: SourceFile) -> None:
    """Check, before anything is downloaded, that it can be kept."""
    folder = cache_folder() / file.folder
    with _refusal_told(folder):
        _files.make_folder(folder)
        _files.check_writable(folder)


def _keep(file: SourceFile, content: bytes) -> None:
    path = cache_folder() / file.folder / file.name
    with _refusal_told(path.parent), _files.atomic_write(path) as target:
        target.write(content)


@contextmanager
def _refusal_told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hint = "set PYFEDLITE_CACHE to a folder that you may write to"
        reason = os.strerror(error.errno or 0)
        message = _check.sentence(str(folder), "be writable", reason, hint)
        raise DataError(message) from error
