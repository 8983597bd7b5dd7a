"""The Rust and the NumPy distances agree bit for bit, however the input is cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.kernels import _numpy
from pyfedlite.testing.strategies import float_dtypes

rust = pytest.importorskip("pyfedlite._rust")


def bits(values):
    """Bit patterns, with one pattern for all NaN: which one is the processor's affair."""
    return np.where(np.isnan(values), np.nan, values).view(np.uint64).tolist()


def distances(twin, vectors, threads=1):
    into = np.ones((len(vectors), len(vectors)))
    twin.squared_distances(vectors, into, threads)
    return bits(into)


def lengths(twin, vectors, centre, threads=1):
    into = np.ones(len(vectors))
    twin.squared_lengths(vectors, centre, into, threads)
    return bits(into)


@st.composite
def cohorts(draw):
    """Any vectors, from subnormal to huge, some not finite, and a centre or none."""
    dtype = draw(float_dtypes())
    shape = draw(st.tuples(st.integers(1, 12), st.integers(0, 70)))
    vectors = draw(hnp.arrays(dtype, shape, elements=st.floats(width=8 * np.dtype(dtype).itemsize)))
    centre = draw(st.none() | hnp.arrays(np.float64, shape[1], elements=st.floats()))
    return vectors, centre


@given(cohorts(), st.integers(1, 4))
def test_rust_gives_the_bits_of_numpy_on_any_number_of_threads(cohort, threads):
    vectors, centre = cohort
    assert distances(rust, vectors, threads) == distances(_numpy, vectors)
    assert lengths(rust, vectors, centre, threads) == lengths(_numpy, vectors, centre)


@given(cohorts())
@pytest.mark.parametrize("twin", [rust, _numpy], ids=["rust", "numpy"])
def test_separate_vectors_give_the_bits_of_their_stack(twin, cohort):
    vectors, centre = cohort
    rows = [row.copy() for row in vectors]
    assert distances(twin, rows) == distances(twin, vectors)
    assert lengths(twin, rows, centre) == lengths(twin, vectors, centre)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("cohort_size", [1, 2, 3, 19])
@pytest.mark.parametrize("num_params", [511, 512, 513, 2 * 16_384 + 33])  # stretches of the Rust
def test_the_bits_do_not_change_where_blocks_and_threads_meet(
    dtype, threads, cohort_size, num_params
):
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(cohort_size, num_params)).astype(dtype)
    centre = rng.normal(size=num_params)
    assert distances(rust, vectors, threads) == distances(_numpy, vectors)
    for about in (centre, None):
        assert lengths(rust, vectors, about, threads) == lengths(_numpy, vectors, about)


@pytest.mark.parametrize(
    ("into", "sentence"),
    [
        (np.zeros((3, 3)), "into must have length 4, got 9"),
        (np.zeros((2, 4))[:, ::2], "into must be contiguous"),
    ],
)
def test_rust_guards_the_border_of_distances(into, sentence):
    with pytest.raises(ValueError, match=sentence):
        rust.squared_distances(np.ones((2, 4)), into, 1)


@pytest.mark.parametrize(
    ("centre", "into", "sentence"),
    [
        (np.zeros(3), np.zeros(2), "centre must have length 4, got 3"),
        (np.zeros(8)[::2], np.zeros(2), "centre must be contiguous"),
        (None, np.zeros(3), "into must have length 2, got 3"),
        (None, np.zeros(4)[::2], "into must be contiguous"),
    ],
)
def test_rust_guards_the_border_of_lengths(centre, into, sentence):
    with pytest.raises(ValueError, match=sentence):
        rust.squared_lengths(np.ones((2, 4)), centre, into, 1)
