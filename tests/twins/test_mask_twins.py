"""The Rust and the NumPy masks agree bit for bit, wherever they begin and however they are cut."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.kernels import _numpy

rust = pytest.importorskip("pyfedlite._rust")

TWINS = pytest.mark.parametrize("twin", [rust, _numpy], ids=["rust", "numpy"])


def masked(twin, accumulator, keys, signs, offset, threads=1):
    total = accumulator.copy()
    twin.mask_accumulate(total, b"".join(keys), signs, offset, threads)
    return total.tolist()


@st.composite
def maskings(draw):
    """Any vector of either ring, up to three masks with signs, and any place to begin at."""
    dtype = draw(st.sampled_from([np.uint32, np.uint64]))
    bits = 8 * np.dtype(dtype).itemsize
    elements = st.integers(0, 2**bits - 1)
    accumulator = draw(hnp.arrays(dtype, st.integers(0, 300), elements=elements))
    last = 2**38 * 8 // bits - len(accumulator)  # 2^32 blocks of 64 bytes
    offset = draw(st.integers(0, 40) | st.integers(0, last))
    keys = draw(st.lists(st.binary(min_size=32, max_size=32), max_size=3))
    sign = st.sampled_from([1, -1])
    signs = draw(st.lists(sign, min_size=len(keys), max_size=len(keys)))
    return accumulator, keys, signs, offset


LAST_BLOCK = (np.zeros(40, np.uint32), [bytes(32)], [-1], 2**36 - 40)


@given(maskings(), st.integers(1, 4))
@example(LAST_BLOCK, 2)
def test_rust_gives_the_bits_of_numpy_on_any_number_of_threads(masking, threads):
    assert masked(rust, *masking, threads) == masked(_numpy, *masking)


@given(maskings())
@TWINS
def test_adding_then_subtracting_leaves_the_vector(twin, masking):
    accumulator, keys, signs, offset = masking
    both = [*signs, *(-sign for sign in signs)]
    assert masked(twin, accumulator, keys * 2, both, offset) == accumulator.tolist()


@given(maskings(), st.data())
@TWINS
def test_pieces_give_the_bits_of_the_whole(twin, masking, data):
    accumulator, keys, signs, offset = masking
    cut = data.draw(st.integers(0, len(accumulator)))
    first = masked(twin, accumulator[:cut], keys, signs, offset)
    second = masked(twin, accumulator[cut:], keys, signs, offset + cut)
    assert first + second == masked(twin, *masking)


@given(maskings(), st.randoms(use_true_random=False))
@TWINS
def test_the_order_of_the_keys_does_not_matter(twin, masking, random):
    accumulator, keys, signs, offset = masking
    pairs = list(zip(keys, signs, strict=True))
    random.shuffle(pairs)
    shuffled = [key for key, _ in pairs], [sign for _, sign in pairs]
    assert masked(twin, accumulator, *shuffled, offset) == masked(twin, *masking)


@pytest.mark.parametrize("dtype", [np.uint32, np.uint64])
@pytest.mark.parametrize("threads", [1, 2, 3, 4])
@pytest.mark.parametrize("offset", [0, 3])
def test_the_bits_do_not_change_where_chunks_and_threads_meet(dtype, threads, offset):
    length = 3 * 16_384 // np.dtype(dtype).itemsize + 17  # three chunks of Rust's, and some more
    masking = np.arange(length, dtype=dtype), [bytes(range(32)), bytes(32)], [1, -1], offset
    assert masked(rust, *masking, threads) == masked(_numpy, *masking)


@pytest.mark.parametrize(
    ("accumulator", "keys", "signs", "offset", "threads", "sentence"),
    [
        (np.zeros(2, np.uint32), bytes(31), [1], 0, 1, "keys must have length 32, got 31"),
        (np.zeros(2, np.uint32), bytes(32), [2], 0, 1, "signs must be 1 or -1, got 2"),
        (np.zeros(2, np.uint32), bytes(32), [1], 0, 0, "threads must be at least 1, got 0"),
        (np.zeros(4, np.uint32)[::2], bytes(32), [1], 0, 1, "accumulator must be contiguous"),
        (
            np.zeros(2, np.uint64),
            bytes(32),
            [1],
            2**35 - 1,
            1,
            "accumulator must end within 34359738368 elements of the mask, got 34359738369",
        ),
    ],
)
def test_rust_guards_its_own_border(accumulator, keys, signs, offset, threads, sentence):
    with pytest.raises(ValueError, match=sentence):
        rust.mask_accumulate(accumulator, keys, signs, offset, threads)
