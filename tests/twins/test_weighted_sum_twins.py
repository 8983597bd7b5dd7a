"""The Rust and the NumPy weighted sum agree bit for bit, however the input is cut."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.kernels import _numpy
from pyfedlite.testing.strategies import float_dtypes

rust = pytest.importorskip("pyfedlite._rust")


def bits(sums):
    """Bit patterns, with one pattern for all NaN: inf - inf, where finite input overflows."""
    return np.where(np.isnan(sums), np.nan, sums).view(np.uint64).tolist()


def total(twin, deltas, weights, into, threads=1):
    into = into.copy()
    twin.weighted_sum(deltas, weights, into, threads)
    return bits(into)


@st.composite
def cohorts(draw):
    """Any finite vectors and weights, from subnormal to huge, and a sum to start from."""
    dtype = draw(float_dtypes())
    shape = draw(st.tuples(st.integers(1, 10), st.integers(0, 20)))
    finite = {"allow_nan": False, "allow_infinity": False}
    deltas = draw(
        hnp.arrays(dtype, shape, elements=st.floats(width=8 * np.dtype(dtype).itemsize, **finite))
    )
    weights = draw(hnp.arrays(np.float64, shape[0], elements=st.floats(**finite)))
    into = draw(hnp.arrays(np.float64, shape[1], elements=st.floats(**finite)))
    return deltas, weights, into


TINY, HUGE = np.finfo(np.float64).smallest_subnormal, np.finfo(np.float64).max
EXTREMES = (np.array([[TINY, HUGE, -0.0], [-TINY, HUGE, 0.0]]), np.array([0.5, 2.0]), np.zeros(3))


@given(cohorts(), st.integers(1, 4))
@example(EXTREMES, 1)
def test_rust_gives_the_bits_of_numpy_on_any_number_of_threads(cohort, threads):
    assert total(rust, *cohort, threads) == total(_numpy, *cohort)


@given(cohorts())
@example(EXTREMES)
@pytest.mark.parametrize("twin", [rust, _numpy], ids=["rust", "numpy"])
def test_separate_vectors_give_the_bits_of_their_stack(twin, cohort):
    deltas, weights, into = cohort
    apart = [row.copy() for row in deltas]
    assert total(twin, apart, weights, into) == total(twin, deltas, weights, into)


@given(cohorts(), st.data())
@pytest.mark.parametrize("twin", [rust, _numpy], ids=["rust", "numpy"])
def test_chunks_added_one_after_another_give_the_bits_of_the_whole(twin, cohort, data):
    deltas, weights, into = cohort
    cut = data.draw(st.integers(0, len(deltas)))
    carried = into.copy()
    for chunk in (slice(0, cut), slice(cut, None)):
        twin.weighted_sum(deltas[chunk], weights[chunk], carried, 1)
    assert bits(carried) == total(twin, deltas, weights, into)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_the_bits_do_not_change_where_blocks_and_threads_meet(dtype, threads):
    num_params = 2 * 65_536 + 17  # three blocks of the Rust twin on one thread, the last one short
    rng = np.random.default_rng(0)
    deltas = rng.normal(size=(7, num_params)).astype(dtype)
    weights, into = rng.normal(size=7), rng.normal(size=num_params)
    assert total(rust, deltas, weights, into, threads) == total(_numpy, deltas, weights, into)


@pytest.mark.parametrize(
    ("weights", "into", "sentence"),
    [
        (np.ones(3), np.zeros(4), "weights must have length 2, got 3"),
        (np.ones(2), np.zeros(5), "each of deltas must have length 5, got 4"),
        (np.ones(4)[::2], np.zeros(4), "weights must be contiguous"),
    ],
)
def test_rust_guards_its_own_border(weights, into, sentence):
    with pytest.raises(ValueError, match=sentence):
        rust.weighted_sum(np.ones((2, 4)), weights, into, 1)
