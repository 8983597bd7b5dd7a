"""L-D1: no vector is longer than C after clipping, and nothing else about it changes."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.clients import Client, ClientUpdate, Participant
from pyfedlite.norms import MARGIN, clip, clip_factors, norm, norms, shortened
from pyfedlite.transforms import clip_update

ANY = {
    "float64": st.floats(allow_nan=False, allow_infinity=False),
    "float32": st.floats(allow_nan=False, allow_infinity=False, width=32),
}
BOUNDS = {
    "float64": st.floats(1e-300, 1e300),
    "float32": st.floats(1e-30, 1e30),
}
DTYPES = st.sampled_from(["float32", "float64"])


@st.composite
def vectors(draw):
    dtype = draw(DTYPES)
    return draw(hnp.arrays(dtype, draw(st.integers(1, 40)), elements=ANY[dtype]))


@given(vectors(), st.data())
def test_a_clipped_vector_is_never_longer_than_c(vector, data):
    bound = data.draw(BOUNDS[vector.dtype.name])
    clipped = clip(vector, bound)
    assert clipped.dtype == vector.dtype
    assert norm(clipped) <= bound
    # In exact arithmetic too: what was not shortened was measured up to a few units of rounding.
    most = Fraction(bound) ** 2 * (1 + Fraction(1, 2**45))
    assert sum(Fraction(float(x)) ** 2 for x in clipped) <= most


@given(vectors(), st.data())
def test_what_is_no_longer_than_c_stays_as_it_is(vector, data):
    bound = data.draw(BOUNDS[vector.dtype.name])
    once = clip(vector, bound)
    np.testing.assert_array_equal(clip(once, bound), once)
    if norm(vector) <= bound:
        np.testing.assert_array_equal(once, vector)


@given(
    hnp.arrays(np.float64, st.integers(1, 10), elements=st.floats(-1e3, 1e3)),
    st.integers(-290, 290),
    DTYPES,
)
def test_a_long_vector_keeps_its_direction_at_any_magnitude(vector, exponent, dtype):
    if norm(vector) < 1e-3:
        return
    scale = 10.0 ** (exponent if dtype == "float64" else exponent // 10)
    long = (vector * scale).astype(dtype)
    bound = norm(long) / 4
    margin = MARGIN[dtype]
    expected = long.astype(np.float64) / 4
    tolerance = (2 * margin + 2 * np.finfo(dtype).eps) * bound
    assert np.abs(clip(long, bound) - expected).max() <= tolerance


@given(
    hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 5)), elements=ANY["float64"])
)
def test_norms_are_those_of_hypot(rows):
    expected = [math.hypot(*row) for row in rows.tolist()]
    np.testing.assert_allclose(norms(rows), expected, rtol=1e-14, atol=1e-322)


@given(
    hnp.arrays(np.float64, (3, 5), elements=st.floats(-1e300, 1e300)),
    hnp.arrays(np.float64, 5, elements=st.floats(-1e300, 1e300) | st.just(0.0)),
    DTYPES,
)
def test_norms_from_a_centre_are_those_of_the_differences(rows, centre, dtype):
    with np.errstate(over="ignore"):  # what is no float32 is infinite
        rows = rows.astype(dtype)
    rows[1] = centre if dtype == "float64" else rows[1]
    expected = [math.hypot(*row) for row in (rows - centre).tolist()]
    np.testing.assert_allclose(norms(rows, centre), expected, rtol=1e-14, atol=1e-322)


@pytest.mark.parametrize("exponent", [-162, -155, -141, -140, -139, 150, 153, 154, 155])
def test_where_squares_begin_to_vanish_or_overflow_a_length_keeps_its_digits(exponent):
    size = 10.0**exponent
    rows = np.array([[3.0, 4.0], [1.0, 0.0], [0.0, 0.0]]) * size
    np.testing.assert_allclose(norms(rows), np.array([5.0, 1.0, 0.0]) * size, rtol=1e-15)
    moved = norms(rows, np.array([3.0, 0.0]) * size)
    np.testing.assert_allclose(moved, np.array([4.0, 2.0, 3.0]) * size, rtol=1e-15)


def test_rows_of_any_layout_have_their_lengths():
    whole = np.array([[3, 4, 0], [0, 6, 8]])
    for rows in (whole, whole.astype(np.float16), np.asfortranarray(whole.astype(float))):
        assert norms(rows).tolist() == [5.0, 10.0]
        assert norms(rows[:, ::-1], np.zeros(3, np.float32)).tolist() == [5.0, 10.0]


def test_rows_are_clipped_each_by_itself_and_across_blocks():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(7, 30_000)) * np.arange(7)[:, np.newaxis]  # blocks of 4 rows
    short = shortened(rows, 100.0)
    for row, clipped in zip(rows, short, strict=True):
        np.testing.assert_array_equal(clip(row, 100.0), clipped)
    np.testing.assert_array_equal(short[0], np.zeros(30_000))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_vector_that_is_not_finite_becomes_zero(wrong, dtype):
    vector = np.array([1.0, wrong, 2.0], dtype)
    np.testing.assert_array_equal(clip(vector, 9.0), np.zeros(3))
    assert norm(vector) == math.inf


@pytest.mark.parametrize("size", [1e308, 1e200, 1e-200, 5e-324])
def test_no_magnitude_overflows_or_vanishes(size):
    vector = np.full(100, size)
    assert norm(vector) == 10 * size or size == 1e308  # where the length is no float64
    if size > 1.0:
        np.testing.assert_allclose(clip(vector, 1.0), np.full(100, 0.1), rtol=1e-9)
    else:
        np.testing.assert_array_equal(clip(vector, 1.0), vector)


def test_an_empty_vector_has_the_length_0():
    assert norm(np.zeros(0)) == 0.0
    assert clip(np.zeros(0), 1.0).shape == (0,)
    assert shortened(np.zeros((0, 3)), 1.0).shape == (0, 3)


def test_a_radius_of_0_leaves_nothing():
    rows = np.array([[1.0, 2.0], [np.inf, 1.0], [0.0, 0.0]])
    np.testing.assert_array_equal(shortened(rows, 0.0), np.zeros((3, 2)))
    assert clip_factors(rows, 0.0).tolist() == [0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ("dtype", "bound", "sentence"),
    [
        ("float64", 0.0, "max_norm must be above 0"),
        ("float64", 1e-301, "max_norm must be at least 1e-300 for float64"),
        ("float32", 1e-31, "max_norm must be at least 1e-30 for float32"),
        ("float64", np.nan, "max_norm must be finite"),
    ],
)
def test_a_bound_that_could_not_be_kept_is_refused(dtype, bound, sentence):
    with pytest.raises(ValueError, match=sentence):
        clip(np.ones(2, dtype), bound)


def test_the_transform_clips_delta_and_leaves_the_rest():
    update = ClientUpdate(3, np.array([3.0, 4.0]), 7, 2, 0.5, memory={"m": np.ones(2)})
    participant = Participant(Client(3, np.zeros((7, 1)), np.zeros(7)))
    out = clip_update(1.0)(update, participant, 1, np.random.default_rng(0))
    np.testing.assert_allclose(out.delta, [0.6, 0.8], rtol=1e-9)
    assert (out.client_id, out.num_examples, out.num_steps, out.train_loss) == (3, 7, 2, 0.5)
    assert out.memory is update.memory


@given(st.data())
def test_a_factor_shortens_a_row_as_clip_does(data):
    rows = data.draw(hnp.arrays(np.float64, (3, 4), elements=st.floats(-1e100, 1e100)))
    limit = data.draw(st.floats(1e-3, 1e3))
    scaled = clip_factors(rows, limit)[:, np.newaxis] * rows
    assert (norms(scaled) <= limit).all()
    np.testing.assert_allclose(scaled, shortened(rows, limit), rtol=1e-12, atol=1e-300)
