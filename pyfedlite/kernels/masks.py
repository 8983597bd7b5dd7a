"""The Python side of the mask kernel: add many masks to one vector of ring elements.

Adversary: anyone who sees a masked vector without its key. Protected: the vector, if ChaCha20 is a
good cipher and each key masks one vector once. Not protected: the difference of two vectors
masked with one key, the length, timing. For teaching and research: not audited.

References
----------
Y. Nir and A. Langley, "ChaCha20 and Poly1305 for IETF Protocols", RFC 8439, 2018,
https://www.rfc-editor.org/rfc/rfc8439
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite.kernels import _arguments
from pyfedlite.kernels._twin import TWIN, num_threads

BYTES_PER_THREAD = 5_000_000  # of keystream, made in a millisecond; a thread costs far less
KEY_BYTES = 32
STREAM_BYTES = 2**32 * 64
"""How much one key can mask: 2^32 blocks of 64 bytes."""

Ring = NDArray[np.unsignedinteger[Any]]


def mask_accumulate(
    accumulator: Ring,
    keys: bytes | Sequence[bytes],
    signs: Sequence[int],
    offset: int = 0,
    *,
    threads: int | None = None,
) -> None:
    """Add the masks of `keys`, each with its sign, to `accumulator`, in place.

    Parameters
    ----------
    accumulator : ndarray of shape (length,), uint32 or uint64
        Ring elements: arithmetic is modulo 2^32 or 2^64. It is written to; nothing is returned.
    keys : bytes of length 32 * num_keys, or sequence of bytes of length 32
    signs : sequence of int
        1 or -1 for each key.
    offset : int
        Which element of the masks is added to ``accumulator[0]``. So a long vector can be masked
        in pieces, in any order.
    threads : int, optional
        How many threads, from 1 to 1024, share the coordinates; the result does not depend on it.
        ``None`` takes one for every 5 MB of keystream, but no more than there are processors.

    Raises
    ------
    TypeError
        If an argument is of another type.
    ValueError
        If lengths do not fit, or the mask would run past 2^32 blocks of ChaCha20.

    Examples
    --------
    The mask of a key is added by one client and taken away by another:

    >>> key = bytes(range(32))
    >>> y = np.array([5, 7], dtype=np.uint32)
    >>> mask_accumulate(y, key, [1])
    >>> [f"{word:08x}" for word in y - np.array([5, 7], dtype=np.uint32)]
    ['7d2bfd39', '6a19c5d9']
    >>> mask_accumulate(y, key, [-1])
    >>> y
    array([5, 7], dtype=uint32)
    """
    joined = _joined_keys(keys)
    checked = _checked_signs(signs, len(joined) // KEY_BYTES)
    _check_accumulator(accumulator)
    offset = _check.integer("offset", offset, minimum=0)
    end = (offset + len(accumulator)) * accumulator.itemsize
    if end > STREAM_BYTES:
        limit = f"end within {STREAM_BYTES // accumulator.itemsize} elements of the mask"
        _check.fail("accumulator", limit, offset + len(accumulator))
    num_bytes = len(checked) * accumulator.nbytes
    number = num_threads(threads, num_bytes, BYTES_PER_THREAD)
    if num_bytes:
        TWIN.mask_accumulate(accumulator, joined, checked, offset, number)


def _joined_keys(keys: bytes | Sequence[bytes]) -> bytes:
    if isinstance(keys, bytes):
        if len(keys) % KEY_BYTES:
            _check.fail("keys", f"have {KEY_BYTES} bytes each", f"{len(keys)} bytes in all")
        return keys
    if not isinstance(keys, list | tuple):
        _check.fail_type("keys", "be bytes, or a list or tuple of bytes", keys)
    for index, key in enumerate(keys):
        if not isinstance(key, bytes):
            _check.fail_type(f"keys[{index}]", "be bytes", key)
        if len(key) != KEY_BYTES:
            _check.fail(f"keys[{index}]", f"have {KEY_BYTES} bytes", len(key))
    return b"".join(keys)


def _checked_signs(signs: Sequence[int], num_keys: int) -> list[int]:
    if not isinstance(signs, list | tuple | np.ndarray):
        _check.fail_type("signs", "be a list, a tuple or an array", signs)
    checked = [_check.integer(f"signs[{index}]", sign) for index, sign in enumerate(signs)]
    if len(checked) != num_keys:
        _check.fail("signs", f"hold one sign for each of {num_keys} keys", len(checked))
    if wrong := [sign for sign in checked if sign not in (1, -1)]:
        _check.fail("signs", "be 1 or -1", wrong[0])
    return checked


def _check_accumulator(accumulator: Ring) -> None:
    if not isinstance(accumulator, np.ndarray):
        _check.fail_type("accumulator", "be an array", accumulator)
    if accumulator.dtype not in (np.uint32, np.uint64):
        _check.fail("accumulator", "be uint32 or uint64", accumulator.dtype)
    _check.ndim("accumulator", accumulator, 1)
    _arguments.check_memory("accumulator", accumulator)
    _arguments.check_writable("accumulator", accumulator)
