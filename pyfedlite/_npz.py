"""Arrays out of an NPZ file from anybody: those that are asked for, after a look at their size.

An NPZ file is a ZIP archive of ``.npy`` members. ``np.load`` believes what a member says about
itself: four megabytes of zeros unpack to four gigabytes, and a header of a hundred bytes may
promise a million million rows. Here a member is unpacked only after its size is known to be what
its header promises, and to be in proportion to the file. Nothing is ever unpickled.
"""

import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import IO, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, _files

ALWAYS_ALLOWED = 2**28
"""Bytes that a part of a file may unpack to, however small the file is."""
MOST_EXPANSION = 100
"""Above that, how many bytes may come out of one byte of a file."""
MOST_MEMBERS = 100_000

DAMAGE = (
    OSError,
    ValueError,
    LookupError,
    EOFError,
    RuntimeError,  # of zipfile, for encrypted members; and of a parser, for deep nesting
    NotImplementedError,
    MemoryError,
    SyntaxError,
    TypeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a damaged archive may raise, depending on which byte is wrong."""


SEAL = "signature"
"""The name of the array that vouches for all others, in files that have one."""


@runtime_checkable
class Sealed(Protocol):
    """A path whose file carries an array more, which vouches for the others: ``signing``."""

    def __fspath__(self) -> str: ...

    def seal(self, arrays: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
        """Return the array that vouches for `arrays`."""
        ...

    def check_seal(self, arrays: Mapping[str, NDArray[Any]], seal: NDArray[Any] | None) -> None:
        """Raise unless `seal` vouches for `arrays`; None: there is none."""
        ...


def write_npz(path: str | os.PathLike[str], arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to an NPZ file, whole or not at all, with a seal if the path has one."""
    members = dict(arrays)
    if isinstance(path, Sealed):
        members[SEAL] = path.seal(arrays)
    with _files.atomic_write(path) as file:
        np.savez(file, **members)  # type: ignore[arg-type]  # names are never options


def check_expansion(name: str, packed: int, unpacked: int) -> None:
    """Check that what comes out of a file is in proportion to what is in it.

    Parameters
    ----------
    name : str
        What is unpacked, for the message.
    packed, unpacked : int
        Sizes in bytes.

    Raises
    ------
    ValueError
        If more than 256 MiB would come out, and more than a hundred bytes for each one.
    """
    most = max(ALWAYS_ALLOWED, MOST_EXPANSION * packed)
    if unpacked > most:
        hint = "if the file is yours, save it again without compression"
        _check.fail(name, f"unpack to at most {most:,} bytes", f"{unpacked:,}", hint)


def read_npz(
    path: str | os.PathLike[str],
    wanted: Iterable[str] | None = None,
    *,
    check_names: Callable[[list[str]], None] | None = None,
) -> dict[str, NDArray[Any]]:
    """Return arrays of an NPZ file by name.

    Parameters
    ----------
    path : path
    wanted : iterable of str, optional
        The names to read, where they are there; by default all, but for the seal. Of a path with a
        seal all are read, and checked.
    check_names : callable, optional
        Is given the names of all arrays before any of them is read, and raises what it likes.

    Raises
    ------
    OSError
        If the file cannot be opened.
    One of ``DAMAGE``
        If it is no NPZ file, or a member is no array, is too large or is not what it says.
    """
    with open(path, "rb") as file, zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        if len(infos) > MOST_MEMBERS:
            _check.fail("archive", f"hold at most {MOST_MEMBERS:,} arrays", f"{len(infos):,}")
        members = {info.filename.removesuffix(".npy"): info for info in infos}
        if len(members) < len(infos):
            _check.fail("archive", "name each array once", f"{len(infos)} for {len(members)} names")
        if check_names is not None:
            check_names(list(members))
        is_sealed = isinstance(path, Sealed)
        is_all = wanted is None or is_sealed
        names = [*members] if is_all else [n for n in wanted or () if n in members]
        total, packed = 0, os.fstat(file.fileno()).st_size
        for name in names:
            total += members[name].file_size
            check_expansion(f"array {name!r}", packed, total)
        arrays = {name: _member(archive, name, members[name]) for name in names}
    seal = arrays.pop(SEAL, None)
    if isinstance(path, Sealed):
        path.check_seal(arrays, seal)
    return arrays if wanted is None else {n: arrays[n] for n in wanted if n in arrays}


def is_sealed(path: str | os.PathLike[str]) -> bool:
    """Return whether a file carries a seal, right or wrong; False where there is no such file."""
    try:
        with zipfile.ZipFile(path) as archive:
            return f"{SEAL}.npy" in archive.namelist()
    except DAMAGE:
        return False


def _member(archive: zipfile.ZipFile, name: str, info: zipfile.ZipInfo) -> NDArray[Any]:
    """Return one array whose header promises exactly the bytes that are there."""
    with archive.open(info) as stream:
        shape, fortran, dtype = _header(name, stream)
        if dtype.hasobject:
            _check.fail(f"array {name!r}", "hold numbers or text (allow_pickle=False)", dtype)
        count = 1
        for axis in shape:
            count *= axis  # Python's integers: a product that does not overflow
        expected = count * dtype.itemsize
        present = info.file_size - stream.tell()
        if expected != present:
            got = f"{present:,}"
            _check.fail(f"array {name!r}", f"have the {expected:,} bytes that it promises", got)
        data = stream.read()  # also checks the CRC, at the end of the member
        if len(data) != expected:
            _check.fail(f"array {name!r}", f"have {expected:,} bytes", f"{len(data):,}")
    flat: NDArray[Any] = np.frombuffer(bytearray(data), dtype=dtype, count=count)
    return flat.reshape(shape, order="F" if fortran else "C")


def _header(name: str, stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, order and dtype as the header of a ``.npy`` member says."""
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(stream)
        return np.lib.format.read_array_header_2_0(stream)
    except Exception as error:  # of a damaged header, NumPy lets out what its parsers raise
        sentence = _check.sentence(f"array {name!r}", "be one that NumPy wrote", error)
        raise ValueError(sentence) from error
