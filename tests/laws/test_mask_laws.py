"""Masks: one key, one stream, however it is cut; what one adds, another takes away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite import kernels
from pyfedlite.kernels import _numpy_masks

KEYS = st.binary(min_size=32, max_size=32)
RINGS = st.sampled_from([np.uint32, np.uint64])
LENGTHS = st.one_of(
    st.sampled_from([0, 1, 15, 16, 17, 255, 256, 257, 2**12 + 1]), st.integers(0, 99)
)


def mask(key: bytes, length: int, dtype: type, offset: int = 0) -> np.ndarray:
    zeros = np.zeros(length, dtype)
    kernels.mask_accumulate(zeros, key, [1], offset)
    return zeros


@given(KEYS, LENGTHS, RINGS, st.integers(0, 2**34 - 1) | st.integers(0, 99))
def test_a_mask_is_the_keystream_of_openssl(
    key: bytes, length: int, dtype: type, offset: int
) -> None:
    ciphers = pytest.importorskip("cryptography.hazmat.primitives.ciphers")
    size = np.dtype(dtype).itemsize
    block, skipped = divmod(offset * size, 64)
    start = block.to_bytes(4, "little") + bytes(12)
    cipher = ciphers.Cipher(ciphers.algorithms.ChaCha20(key, start), None).encryptor()
    stream = cipher.update(bytes(skipped + length * size))[skipped:]
    assert mask(key, length, dtype, offset).astype(f"<u{size}").tobytes() == stream


@given(KEYS, st.integers(0, 400), RINGS, st.data())
def test_a_mask_made_in_pieces_is_the_mask(
    key: bytes, length: int, dtype: type, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, length))
    pieces = [mask(key, cut, dtype), mask(key, length - cut, dtype, offset=cut)]
    np.testing.assert_array_equal(np.concatenate(pieces), mask(key, length, dtype))


@given(KEYS, st.integers(0, 70))
def test_pairs_of_words_are_the_mask_of_the_larger_ring(key: bytes, length: int) -> None:
    pairs = mask(key, 2 * length, np.uint32).astype("<u4").view("<u8")
    np.testing.assert_array_equal(pairs, mask(key, length, np.uint64))


@given(st.lists(KEYS, max_size=6), st.integers(0, 40), RINGS, st.integers(0, 40), st.data())
def test_many_keys_at_once_are_one_after_another(
    keys: list[bytes], length: int, dtype: type, offset: int, data: st.DataObject
) -> None:
    signs = data.draw(st.lists(st.sampled_from([1, -1]), min_size=len(keys), max_size=len(keys)))
    together = np.arange(length, dtype=dtype)
    one_by_one = together.copy()
    kernels.mask_accumulate(together, b"".join(keys), signs, offset)
    for key, sign in zip(keys, signs, strict=True):
        kernels.mask_accumulate(one_by_one, [key], [sign], offset)
    np.testing.assert_array_equal(together, one_by_one)


@given(KEYS, st.integers(0, 40), RINGS)
def test_a_mask_added_and_taken_away_leaves_nothing(key: bytes, length: int, dtype: type) -> None:
    y = np.arange(length, dtype=dtype)
    kernels.mask_accumulate(y, [key, key], [1, -1])
    np.testing.assert_array_equal(y, np.arange(length, dtype=dtype))


def test_the_size_of_a_chunk_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    def run() -> np.ndarray:
        y = np.zeros(5000, np.uint32)
        _numpy_masks.mask_accumulate(y, bytes(range(96)), [1, -1, 1], 7, threads=1)
        return y

    whole = run()
    monkeypatch.setattr(_numpy_masks, "CHUNK_BLOCKS", 3)
    np.testing.assert_array_equal(run(), whole)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            (np.zeros(2, np.int64), bytes(32), [1]),
            "accumulator must be uint32 or uint64, got int64",
        ),
        ((np.zeros((2, 2), np.uint32), bytes(32), [1]), "accumulator must have 1 axis"),
        ((np.zeros(4, np.uint32)[::2], bytes(32), [1]), "accumulator must be C-contiguous"),
        ((np.zeros(2, np.uint32), bytes(31), [1]), "keys must have 32 bytes each, got 31"),
        ((np.zeros(2, np.uint32), [bytes(31)], [1]), r"keys\[0\] must have 32 bytes, got 31"),
        (
            (np.zeros(2, np.uint32), bytes(32), [1, 1]),
            "signs must hold one sign for each of 1 keys",
        ),
        ((np.zeros(2, np.uint32), bytes(32), [2]), "signs must be 1 or -1, got 2"),
        ((np.zeros(2, np.uint32), bytes(32), [1], -1), "offset must be at least 0, got -1"),
        (
            (np.zeros(9, np.uint8)[1:].view(np.uint32), bytes(32), [1]),
            "accumulator must be aligned in memory",
        ),
    ],
)
def test_bad_arguments_are_named(arguments: tuple, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        kernels.mask_accumulate(*arguments)


def test_a_vector_that_cannot_be_written_is_refused() -> None:
    frozen = np.zeros(2, np.uint32)
    frozen.flags.writeable = False
    with pytest.raises(ValueError, match="accumulator must be writable"):
        kernels.mask_accumulate(frozen, bytes(32), [1])


@pytest.mark.parametrize(
    "arguments",
    [
        ([0], bytes(32), [1]),
        (np.zeros(1, np.uint32), "key", [1]),
        (np.zeros(1, np.uint32), [1], [1]),
        (np.zeros(1, np.uint32), bytes(32), 1),
        (np.zeros(1, np.uint32), bytes(32), [0.5]),
        (np.zeros(1, np.uint32), bytes(32), [1], 0.0),
    ],
)
def test_arguments_of_another_kind_are_refused(arguments: tuple) -> None:
    with pytest.raises(TypeError, match="must be"):
        kernels.mask_accumulate(*arguments)
