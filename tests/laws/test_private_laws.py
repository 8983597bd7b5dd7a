"""L-D2, L-D7, L-D8: what one client can change, and where adaptive clipping goes."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.aggregation.clipped_sum import shifted_bits
from pyfedlite.aggregation.private import CLIP, private_mean
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import norm
from pyfedlite.privacy.adaptive_clipping import next_clip, noise_of_sum
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Population, RoundContext

ANYTHING = st.floats(allow_nan=True, allow_infinity=True)
UPDATES = st.lists(hnp.arrays(np.float64, 3, elements=ANYTHING), min_size=1, max_size=6)
CLIPS = st.sampled_from([1e-3, 1.0, 50.0])


def numerator(deltas, clip, *, seed=0, num_examples=None, quantile=None):
    """The noisy sum, with the same noise for one seed: the divisor is 1."""
    settings = {} if num_examples is None else {"weights": "examples", "max_examples": 5}
    population = 1 if quantile is None else 100  # the bits want noise above z / 2
    mean = private_mean(clip, 1.0, population=population, quantile=quantile, **settings)
    sizes = num_examples or [1] * len(deltas)
    pairs = enumerate(zip(deltas, sizes, strict=True))
    updates = [ClientUpdate(k, delta, n, 1, 0.0) for k, (delta, n) in pairs]
    law = Population(len(deltas) or 1, "poisson", 1.0)
    context = RoundContext(1, np.zeros(3), RoundSeed(seed, 1), population=law)
    return mean(updates, context)


def rounding(number, clip):
    return (number + 1) * 2.0**-50 * (number + 10) * clip  # of the sums, and of the noise


@given(UPDATES, CLIPS, st.data())
def test_one_client_more_or_less_moves_the_sum_by_c_at_most(deltas, clip, data):
    k = data.draw(st.integers(0, len(deltas) - 1))
    with_, without = numerator(deltas, clip), numerator(deltas[:k] + deltas[k + 1 :], clip)
    assert norm(with_.delta - without.delta) <= clip + rounding(len(deltas), clip)


@given(UPDATES, CLIPS, hnp.arrays(np.float64, 3, elements=ANYTHING), st.data())
def test_other_data_of_one_client_move_the_sum_by_2_c_at_most(deltas, clip, other, data):
    k = data.draw(st.integers(0, len(deltas) - 1))
    moved = [*deltas[:k], other, *deltas[k + 1 :]]
    difference = numerator(deltas, clip).delta - numerator(moved, clip).delta
    assert norm(difference) <= 2 * clip + rounding(len(deltas), clip)


@given(UPDATES, CLIPS, st.data())
def test_a_weight_moves_the_sum_by_no_more(deltas, clip, data):
    sizes = data.draw(st.lists(st.integers(0, 10**9), min_size=len(deltas), max_size=len(deltas)))
    with_ = numerator(deltas, clip, num_examples=sizes)
    without = numerator(deltas[1:], clip, num_examples=sizes[1:])
    assert norm(with_.delta - without.delta) <= clip + rounding(len(deltas), clip)


@given(UPDATES, CLIPS, st.data())
def test_a_client_moves_the_sum_of_the_bits_by_a_half_at_most(deltas, clip, data):
    k = data.draw(st.integers(0, len(deltas) - 1))
    rows, rest = np.array(deltas), np.array(deltas[:k] + deltas[k + 1 :]).reshape(-1, 3)
    moved = shifted_bits(rows, clip) - shifted_bits(rest, clip)
    assert abs(moved) == (0.5 if np.isfinite(rows[k]).all() else 0.0)


@given(UPDATES, CLIPS)
def test_a_message_that_is_not_finite_is_worth_as_much_as_none(deltas, clip):
    lost = [*deltas, np.full(3, np.nan)]
    one, other = (numerator(d, clip, quantile=0.5) for d in (deltas, lost))
    np.testing.assert_array_equal(one.delta, other.delta)
    np.testing.assert_array_equal(one.slots[CLIP], other.slots[CLIP])


@given(UPDATES, CLIPS)
def test_updates_are_not_written_to(deltas, clip):
    before = [delta.copy() for delta in deltas]
    numerator(deltas, clip)
    for delta, copy in zip(deltas, before, strict=True):
        np.testing.assert_array_equal(delta, copy)


@given(st.floats(1e-6, 1e6), st.integers(1, 100), st.floats(0.01, 0.99), st.floats(0.01, 1.0))
def test_c_grows_where_all_are_clipped_and_shrinks_where_none_is(clip, number, quantile, eta):
    settings = {"quantile": quantile, "learning_rate": eta}
    assert next_clip(clip, -number / 2, number, **settings) > clip
    assert next_clip(clip, number / 2, number, **settings) < clip


@given(st.floats(1e-6, 1e6), st.integers(1, 100), st.integers(0, 100))
def test_c_stays_where_exactly_that_share_is_below(clip, number, below):
    below = min(below, number)
    moved = next_clip(clip, below - number / 2, number, quantile=below / number, learning_rate=0.2)
    assert moved == pytest.approx(clip, rel=1e-12)


@given(st.floats(1e-300, 1e300), st.floats(-1e300, 1e300), st.floats(0.1, 1e3))
def test_c_stays_above_0_whatever_the_noise(clip, bits, divisor):
    moved = next_clip(clip, bits, divisor, quantile=0.5, learning_rate=1.0)
    assert 1e-300 <= moved <= 1e300
    assert abs(math.log(moved / clip)) <= 0.5 + 1e-12  # one round cannot throw it far


@given(st.floats(0.0, 1e3), st.floats(1e-3, 1e6))
def test_the_sum_gets_no_less_noise_than_z(z, bit_noise):
    if z >= 2 * bit_noise:
        with pytest.raises(ValueError, match="noise_multiplier must be below 2 bit_noise"):
            noise_of_sum(z, bit_noise)
    else:
        assert noise_of_sum(z, bit_noise) >= z
        assert noise_of_sum(z, 1e9 * (1 + z)) == pytest.approx(z, rel=1e-12)
