"""Whatever a vector holds, its integers are no longer than was promised; a rotation is one."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.norms import clip, norm
from pyfedlite.privacy import rotate, rotate_back, round_to_grid, rounded_norm
from pyfedlite.privacy.grid import check_grid, choose_granularity, variance_above
from pyfedlite.privacy.rotation import padded_length, signs_of, walsh_hadamard

LENGTHS = st.integers(1, 40)
STEPS = st.sampled_from([2.0**-12, 0.01, 0.3, 1.0, 2.0, 50.0])
anything = hnp.arrays(np.float64, LENGTHS, elements=st.floats(width=64))
moderate = hnp.arrays(np.float64, LENGTHS, elements=st.floats(-1e6, 1e6))
coins = st.binary(min_size=32, max_size=32)


def squared(integers):
    return sum(int(x) ** 2 for x in integers)


@given(anything, STEPS, st.integers(0, 2**32), st.booleans())
def test_no_rounded_vector_is_longer_than_the_sensitivity(vector, step, seed, is_clipped):
    bound = rounded_norm(1.0, step, len(vector))
    given_ = clip(vector, 1.0) if is_clipped else np.nan_to_num(vector)  # the second is a lie
    with np.errstate(over="ignore"):
        integers = round_to_grid(given_, step, bound, np.random.default_rng(seed))
    assert integers.dtype == np.int64
    assert squared(integers) <= Fraction(bound) ** 2


@given(moderate, STEPS, st.integers(0, 2**32))
def test_every_entry_is_rounded_to_a_neighbour(vector, step, seed):
    short = clip(vector, 1.0)
    bound = rounded_norm(1.0, step, len(vector))
    integers = round_to_grid(short, step, bound, np.random.default_rng(seed))
    assert (np.abs(integers - short / step) <= 1.0).all()


def test_rounding_is_right_on_average_and_long_roundings_are_rare():
    rng = np.random.default_rng(0)
    x = clip(rng.normal(size=256), 1.0)
    step = choose_granularity(1.0, 0.0, 256)
    bound = rounded_norm(1.0, step, 256)
    mean = np.mean([round_to_grid(x, step, bound, rng) for _ in range(400)], axis=0)
    # An entry is off by at most 1, with a variance of at most 1/4: five deviations of the mean.
    assert np.abs(mean - x / step).max() < 5 * 0.5 / np.sqrt(400)


def test_where_no_rounding_is_short_enough_entries_go_towards_zero():
    class Upwards(np.random.Generator):
        def random(self, size):
            return np.zeros(size)

    x = np.full(64, 0.1)  # length 0.8; rounded up, 8 steps of 1
    integers = round_to_grid(x, 1.0, 2.0, Upwards(np.random.PCG64(0)))
    assert not integers.any()


@pytest.mark.parametrize("step", [1e-3, 0.05, 1.0])
def test_without_a_second_draw_the_bound_is_the_triangle_inequality(step):
    assert rounded_norm(1.0, step, 100, beta=0.0) == 1.0 / step + 10.0
    assert rounded_norm(1.0, step, 100) <= 1.0 / step + 10.0


@given(moderate, coins)
def test_a_rotation_keeps_the_length_and_goes_back(vector, key):
    rotated = rotate(vector, key)
    assert len(rotated) == padded_length(len(vector))
    assert norm(rotated) == pytest.approx(norm(vector), rel=1e-12, abs=1e-300)
    back = rotate_back(rotated, key, len(vector))
    assert np.abs(back - vector).max() <= 1e-12 * max(1.0, norm(vector))


def test_the_matrix_is_that_of_walsh_and_hadamard():
    two = np.array([[1.0, 1.0], [1.0, -1.0]])
    eight = np.kron(two, np.kron(two, two)) / np.sqrt(8)
    rows = np.array([walsh_hadamard(row) for row in np.eye(8)])
    assert np.abs(rows - eight).max() < 1e-15


@given(coins)
def test_signs_are_fair_coins(key):
    signs = signs_of(key, 10_000)
    assert set(signs.tolist()) == {1.0, -1.0}
    assert abs(signs.sum()) < 6.5 * 100  # below 1e-10 for each key


def test_a_rotation_flattens_a_spike():
    spike = np.zeros(1000)
    spike[3] = 1.0
    assert np.abs(rotate(spike, bytes(32))).max() == pytest.approx(1024**-0.5)


@given(st.floats(0.0, 2.0**53, exclude_max=True))
def test_a_variance_becomes_a_fraction_that_is_hardly_larger(variance):
    fraction = variance_above(variance)
    assert max(fraction.numerator, fraction.denominator) <= 2**53
    excess = fraction - Fraction(variance)
    assert 0 <= excess <= max(Fraction(1, 2**20), Fraction(variance) / 2**32)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: check_grid(1.0, 1e-12, 5), "granularity must give at most 2.30 steps"),
        (lambda: variance_above(2.0**53), "noise must have a variance below 2.53 steps"),
        (lambda: variance_above(float("nan")), "noise must have a variance below 2.53 steps"),
        (lambda: rounded_norm(1.0, 0.0, 5), "granularity must be above 0"),
        (lambda: rounded_norm(1.0, 1.0, 5, beta=1.0), r"beta must lie in \[0, 1\)"),
    ],
)
def test_a_grid_out_of_range_is_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_to_round_the_sum_in_place_of_each_update_would_move_it_further():
    # Why every update is rounded on its own: two sums that differ by one client are rounded apart,
    # and the difference then has two roundings in it.
    rng, step = np.random.default_rng(0), 0.01
    bound, too_far = rounded_norm(1.0, step, 1000), 0
    for _ in range(100):
        others, one = rng.normal(size=1000), clip(rng.normal(size=1000), 1.0)
        without, with_it = (
            np.floor(total / step + rng.random(1000)) for total in (others, others + one)
        )
        too_far += norm(with_it - without) > bound
    assert too_far > 10
