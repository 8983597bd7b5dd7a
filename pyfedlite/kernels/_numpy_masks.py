"""ChaCha20 in NumPy: the readable twin of the mask kernel.

A mask is the keystream of ChaCha20 (RFC 8439) under a 32-byte key, with the nonce 0 and block
counters from 0, read as little-endian words of the ring. It consists of additions, rotations and
exclusive ors of uint32, the same for every key: no branch and no index depends on a secret. For
teaching and research: not audited; NumPy and Python promise nothing about timing or about wiping
memory.

The functions trust their arguments; `pyfedlite.kernels.masks` has checked them.

References
----------
Y. Nir and A. Langley, "ChaCha20 and Poly1305 for IETF Protocols", RFC 8439, 2018, section 2.3,
https://www.rfc-editor.org/rfc/rfc8439
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint32]

BLOCK_WORDS = 16
"""A block of ChaCha20 is 16 words of 32 bits, 64 bytes."""

CHUNK_BLOCKS = 2**14
"""Blocks computed at once: 1 MB, about a second-level cache. The number changes no bit."""

CONSTANTS = np.frombuffer(b"expand 32-byte k", "<u4")
NO_NONCE = bytes(12)


def keystream(keys: Words, first: int, num_blocks: int, nonce: bytes = NO_NONCE) -> Words:
    """Return blocks `first`, `first` + 1, ... of the keystream of each key.

    Parameters
    ----------
    keys : ndarray of shape (num_keys, 8), uint32
        The 32 bytes of a key as little-endian words.
    first : int
        The counter of the first block, below 2^32.
    num_blocks : int
    nonce : bytes of length 12

    Returns
    -------
    ndarray of shape (num_keys, num_blocks * 16), uint32
    """
    num_keys = len(keys)
    start = np.empty((BLOCK_WORDS, num_keys, num_blocks), np.uint32)
    start[0:4] = CONSTANTS[:, None, None]
    start[4:12] = keys.T[:, :, None]
    start[12] = np.arange(first, first + num_blocks, dtype=np.uint64).astype(np.uint32)
    start[13:16] = np.frombuffer(nonce, "<u4")[:, None, None]
    state = start.copy()
    for _ in range(10):  # 20 rounds: a column round and a diagonal round, ten times
        for column in range(4):
            _quarter_round(state, column, column + 4, column + 8, column + 12)
        for diagonal in range(4):
            b, c, d = ((diagonal + shift) % 4 for shift in (1, 2, 3))
            _quarter_round(state, diagonal, b + 4, c + 8, d + 12)
    state += start
    return np.moveaxis(state, 0, 2).reshape(num_keys, num_blocks * BLOCK_WORDS)


def _quarter_round(state: Words, a: int, b: int, c: int, d: int) -> None:
    """Mix four words of every block, in place (RFC 8439, section 2.1)."""
    for x, y, z, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[x] += state[y]
        state[z] ^= state[x]
        high = state[z] << np.uint32(bits)
        state[z] >>= np.uint32(32 - bits)
        state[z] |= high


def mask_accumulate(
    accumulator: NDArray[np.unsignedinteger[Any]],
    keys: bytes,
    signs: Sequence[int],
    offset: int,
    threads: int,
) -> None:
    """Add ``sign * mask(key)`` for each key to `accumulator`, in place, modulo 2^32 or 2^64.

    Element 0 of `accumulator` is element `offset` of the masks. One thread does it, whatever
    `threads` says.
    """
    words = np.frombuffer(keys, "<u4").astype(np.uint32).reshape(-1, 8)
    per_block = BLOCK_WORDS * 4 // accumulator.itemsize
    batch = max(1, CHUNK_BLOCKS // (len(accumulator) // per_block + 2))  # several short masks
    for first_key in range(0, len(words), batch):
        some = slice(first_key, first_key + batch)
        _add_masks(accumulator, words[some], signs[some], offset, per_block)


def _add_masks(
    accumulator: NDArray[np.unsignedinteger[Any]],
    keys: Words,
    signs: Sequence[int],
    offset: int,
    per_block: int,
) -> None:
    little = accumulator.dtype.newbyteorder("<")
    end = offset + len(accumulator)
    first, last = offset // per_block, -(-end // per_block)
    for block in range(first, last, CHUNK_BLOCKS):
        num_blocks = min(CHUNK_BLOCKS, last - block)
        stream = np.ascontiguousarray(keystream(keys, block, num_blocks), "<u4").view(little)
        start, stop = max(offset, block * per_block), min(end, (block + num_blocks) * per_block)
        part = accumulator[start - offset : stop - offset]
        for sign, mask in zip(signs, stream, strict=True):
            piece = mask[start - block * per_block : stop - block * per_block]
            if sign > 0:
                part += piece
            else:
                part -= piece
