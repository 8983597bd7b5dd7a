"""Laws of Gaussian noise without sampling: exact values, and what each bound gives away."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite import privacy
from pyfedlite.privacy import Neighbouring, rounds_of

NOISES = st.floats(0.3, 50.0)
DELTAS = st.floats(1e-9, 0.1)
SLACK = 1 + 1e-10  # of numbers that are computed by two ways


def epsilon(rate: float, noise: float, rounds: int, delta: float) -> float:
    divergences = privacy.rdp(rounds_of(rate, noise, rounds))
    return privacy.epsilon_from_rdp(privacy.INTEGER_ORDERS, divergences, delta)[0]


@given(NOISES, st.integers(1, 2000), DELTAS)
def test_without_sampling_the_exact_epsilon_is_the_smallest(noise, rounds, delta):
    event = rounds_of(1.0, noise, rounds)
    mu, rho = privacy.gaussian_mu(event), privacy.zcdp(event)
    exact = privacy.gaussian_epsilon(mu, delta)
    assert rho == pytest.approx(mu**2 / 2, rel=1e-12)
    zcdp = privacy.epsilon_from_zcdp(rho, delta)
    assert exact <= zcdp * SLACK
    of_rdp = epsilon(1.0, noise, rounds, delta)
    assert zcdp <= of_rdp * SLACK or of_rdp == 0
    assert zcdp <= privacy.epsilon_from_zcdp(rho, delta, simple=True) * SLACK


@given(st.floats(0.01, 20), st.floats(0, 20), st.floats(0, 20))
def test_the_exact_delta_falls_with_epsilon(mu, one, other):
    greater, less = (privacy.gaussian_delta(mu, each) for each in sorted([one, other]))
    assert 0 <= less <= greater + 1e-15 <= 1 + 1e-15


@given(st.floats(0.05, 20), DELTAS)
def test_the_exact_epsilon_is_the_inverse_of_delta(mu, delta):
    found = privacy.gaussian_epsilon(mu, delta)
    if found > 0:
        assert privacy.gaussian_delta(mu, found) == pytest.approx(delta, rel=1e-6)


@given(st.floats(0.1, 20), DELTAS, st.integers(1, 1000))
def test_the_exact_noise_is_enough_and_hardly_more(target, delta, rounds):
    noise = privacy.gaussian_noise(target, delta, rounds)
    root = math.sqrt(rounds)
    assert privacy.gaussian_delta(root / noise, target) <= delta
    assert privacy.gaussian_delta(root / (noise * (1 - 1e-6)), target) > delta


@given(NOISES, st.integers(0, 100))
def test_replacement_costs_what_half_of_the_noise_costs(noise, rounds):
    event, halved = rounds_of(1.0, noise, rounds), rounds_of(1.0, noise / 2, rounds)
    for cost in (privacy.rdp, privacy.zcdp, privacy.gaussian_mu):
        np.testing.assert_allclose(
            cost(event, relation=Neighbouring.REPLACE), cost(halved), rtol=1e-12
        )
