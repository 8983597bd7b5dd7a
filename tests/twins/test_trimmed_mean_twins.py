"""The Rust and the NumPy trimmed mean agree bit for bit, however the input is cut."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.kernels import _numpy
from pyfedlite.testing.strategies import float_dtypes

rust = pytest.importorskip("pyfedlite._rust")


def mean(twin, deltas, trim, threads=1):
    """Bit patterns, with one pattern for all NaN: which one is the processor's affair."""
    into = np.zeros(np.shape(deltas)[1])
    twin.trimmed_mean(deltas, trim, into, threads)
    return np.where(np.isnan(into), np.nan, into).view(np.uint64).tolist()


@st.composite
def cohorts(draw):
    """Any vectors, from subnormal to huge, some not finite, and how many to cut at each end."""
    dtype = draw(float_dtypes())
    shape = draw(st.tuples(st.integers(1, 20), st.integers(0, 12)))
    elements = st.floats(width=8 * np.dtype(dtype).itemsize)
    deltas = draw(hnp.arrays(dtype, shape, elements=elements))
    return deltas, draw(st.integers(0, (shape[0] - 1) // 2))


ZEROS = (np.array([[0.0], [-0.0], [-0.0]]), 1)


@given(cohorts(), st.integers(1, 4))
@example(ZEROS, 1)
def test_rust_gives_the_bits_of_numpy_on_any_number_of_threads(cohort, threads):
    assert mean(rust, *cohort, threads) == mean(_numpy, *cohort)


@given(cohorts())
@pytest.mark.parametrize("twin", [rust, _numpy], ids=["rust", "numpy"])
def test_separate_vectors_give_the_bits_of_their_stack(twin, cohort):
    deltas, trim = cohort
    assert mean(twin, [row.copy() for row in deltas], trim) == mean(twin, deltas, trim)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("cohort_size", [1, 2, 3, 64, 100, 129])
def test_the_bits_do_not_change_where_blocks_and_threads_meet(dtype, threads, cohort_size):
    num_params = 4096 + 128 + 17  # two blocks of the Rust twin, the last one short
    deltas = np.random.default_rng(0).normal(size=(cohort_size, num_params)).astype(dtype)
    trim = (cohort_size - 1) // 3
    assert mean(rust, deltas, trim, threads) == mean(_numpy, deltas, trim)


@pytest.mark.parametrize(
    ("trim", "into", "sentence"),
    [
        (1, np.zeros(4), "trim must be at most 0 for 2 vectors, got 1"),
        (0, np.zeros(5), "each of deltas must have length 5, got 4"),
        (0, np.zeros(8)[::2], "into must be contiguous"),
    ],
)
def test_rust_guards_its_own_border(trim, into, sentence):
    with pytest.raises(ValueError, match=sentence):
        rust.trimmed_mean(np.ones((2, 4)), trim, into, 1)
