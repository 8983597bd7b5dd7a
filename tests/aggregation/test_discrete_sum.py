"""Noise of whole numbers: the bound that it stands on, its deviation, and its cost."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.aggregation.discrete_sum import noisy_discrete_sum, step_of
from pyfedlite.aggregation.private import private_mean
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import clip as clipped
from pyfedlite.privacy.grid import round_to_grid, rounded_norm
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Population, RoundContext


def update(k, delta):
    return ClientUpdate(k, np.asarray(delta), 1, 1, 0.0)


ANYTHING = st.floats(allow_nan=True, allow_infinity=True)


@given(hnp.arrays(np.float64, st.integers(1, 30), elements=ANYTHING), st.integers(0, 10**6))
def test_one_client_moves_the_whole_numbers_by_no_more_than_d(delta, seed):
    step = step_of(1.0, len(delta))
    bound = rounded_norm(1.0, step, len(delta))
    whole = round_to_grid(clipped(delta, 1.0), step, bound, np.random.default_rng(seed))
    assert whole.dtype == np.int64
    assert int(np.sum(whole**2)) <= Fraction(bound) ** 2
    assert np.abs(whole - clipped(delta, 1.0) / step).max() <= 1.0


@given(st.integers(1, 10**6), st.floats(1e-3, 1e3))
def test_the_grid_costs_little(num_params, clip):
    step = step_of(clip, num_params)
    assert step * rounded_norm(clip, step, num_params) <= clip * (
        1 + 1 / 512 + 1 / (15 * math.sqrt(num_params))
    )


def test_without_noise_the_sum_is_right_to_a_few_steps():
    updates = [update(k, [0.6, -0.2]) for k in range(50)]
    total, std = noisy_discrete_sum(updates, 2, 1.0, 0.0, RoundSeed(0, 1))
    step = step_of(1.0, 2)
    assert std == 0.0
    # Rounding has the deviation step / 2 at most; 50 of them, and 7 deviations.
    np.testing.assert_allclose(total, [30.0, -10.0], atol=7 * 0.5 * step * math.sqrt(50))


def test_the_noise_has_the_deviation_that_is_said():
    d, z = 3000, 1.5
    mean = private_mean(2.0, z, population=8, noise="discrete")
    law = Population(9, "poisson", 1.0)
    context = RoundContext(1, np.zeros(d), RoundSeed(3, 1), population=law)
    out = mean([], context)
    step = step_of(2.0, d)
    expected = z * step * rounded_norm(2.0, step, d) / 8
    assert out.metrics["dp_noise"] == pytest.approx(expected)
    assert expected == pytest.approx(z * 2.0 / 8, rel=0.005)
    assert np.std(out.delta) == pytest.approx(expected, rel=6 / math.sqrt(2 * d))
    in_steps = out.delta * 8 / step
    np.testing.assert_allclose(in_steps, np.round(in_steps), atol=1e-6)  # all on the grid


def test_noise_differs_by_round_and_key_and_repeats_with_both():
    def drawn(seed, round):
        return noisy_discrete_sum([], 20, 1.0, 1.0, RoundSeed(seed, round))[0]

    np.testing.assert_array_equal(drawn(1, 1), drawn(1, 1))
    assert not np.array_equal(drawn(1, 1), drawn(1, 2))
    assert not np.array_equal(drawn(1, 1), drawn(2, 1))


def test_no_amplification_is_claimed():
    mean = private_mean(1.0, 1.0, population=9, noise="discrete")
    spent = mean.spent(1, Population(9, "poisson", 0.1), dp_delta=1e-5)
    assert spent.epsilon == pytest.approx(4.7527283368, abs=1e-9)  # z = 1 once, unsampled


def test_what_is_assumed_is_true_of_whole_numbers_and_not_of_floating_point():
    law, said = Population(9, "poisson", 1.0), {}
    for noise in ("float", "discrete"):
        mean = private_mean(1.0, 1.0, population=9, noise=noise)
        said[noise] = mean.spent(1, law, dp_delta=1e-5).assumptions
    about_floats = [each for each in said["float"] if "floating-point" in each]
    about_curves = [each for each in said["discrete"] if "the tighter epsilon" in each]
    assert len(about_floats) == len(about_curves) == 1
    assert set(said["float"]) ^ set(said["discrete"]) == {*about_floats, *about_curves}


def test_a_clip_that_adapts_is_refused():
    with pytest.raises(ValueError, match='quantile must be left out for noise="discrete"'):
        private_mean(1.0, 1.0, population=9, noise="discrete", quantile=0.5)
