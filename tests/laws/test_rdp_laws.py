"""Laws of the accounting: more rounds cost more, more noise costs less, costs add up."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite import privacy
from pyfedlite.privacy import Composed, Gaussian, Neighbouring, PoissonGaussian, rounds_of

RATES = st.floats(1e-6, 1.0)
NOISES = st.floats(0.3, 50.0)
DELTAS = st.floats(1e-9, 0.1)
ROUNDS = st.integers(0, 5000)
ORDERS = (1.5, 2.0, 2.5, 3.0, 4.7, 8.0, 32.0, 256.0)
STEPS = st.builds(PoissonGaussian, RATES, NOISES) | st.builds(Gaussian, NOISES)
SLACK = 1 + 1e-10  # of numbers that are computed by two ways


def epsilon(rate: float, noise: float, rounds: int, delta: float) -> float:
    divergences = privacy.rdp(rounds_of(rate, noise, rounds))
    return privacy.epsilon_from_rdp(privacy.INTEGER_ORDERS, divergences, delta)[0]


@given(RATES, NOISES, ROUNDS, ROUNDS, DELTAS)
def test_more_rounds_never_cost_less(rate, noise, rounds, more, delta):
    less, greater = (epsilon(rate, noise, n, delta) for n in (rounds, rounds + more))
    assert less <= greater * SLACK


@given(RATES, RATES, NOISES, ROUNDS, DELTAS)
def test_a_higher_rate_never_costs_less(one, other, noise, rounds, delta):
    less, greater = (epsilon(q, noise, rounds, delta) for q in sorted([one, other]))
    assert less <= greater * SLACK


@given(RATES, NOISES, NOISES, ROUNDS, DELTAS)
def test_more_noise_never_costs_more(rate, one, other, rounds, delta):
    greater, less = (epsilon(rate, z, rounds, delta) for z in sorted([one, other]))
    assert less <= greater * SLACK


@given(RATES, NOISES, ROUNDS, DELTAS, DELTAS)
def test_a_larger_delta_never_costs_more(rate, noise, rounds, one, other):
    greater, less = (epsilon(rate, noise, rounds, delta) for delta in sorted([one, other]))
    assert less <= greater * SLACK


@given(RATES, NOISES, DELTAS)
def test_nothing_done_costs_nothing(rate, noise, delta):
    assert epsilon(rate, noise, 0, delta) == 0.0


@given(STEPS)
def test_divergences_grow_with_the_order_below_those_without_sampling(step):
    found = privacy.rdp(step, ORDERS)
    assert (np.diff(found) >= -1e-10 * found[1:]).all()
    assert (found <= privacy.rdp(Gaussian(step.noise_multiplier), ORDERS) * SLACK).all()


@given(st.lists(st.tuples(STEPS, st.integers(0, 100)), max_size=4))
def test_a_composition_costs_the_sum(parts):
    found = privacy.rdp(Composed(parts), ORDERS)
    expected = sum((n * privacy.rdp(step, ORDERS) for step, n in parts), np.zeros(len(ORDERS)))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@given(NOISES)
def test_a_rate_near_one_costs_what_one_costs(noise):
    near = privacy.rdp(PoissonGaussian(1 - 1e-12, noise), ORDERS)
    np.testing.assert_allclose(near, np.array(ORDERS) / (2 * noise**2), rtol=1e-9)


@given(RATES, NOISES, st.sampled_from(ORDERS))
def test_the_integral_is_the_sum_at_whole_orders(rate, noise, order):
    from pyfedlite.privacy.accounting.subsampled import _by_integral, log_excess

    if rate < 1 and order == int(order):
        by_sum = log_excess(rate, noise, np.array([order]))[0]
        assert abs(_by_integral(rate, noise, order) - by_sum) < 1e-8


@given(STEPS, st.integers(1, 2000), DELTAS)
def test_the_improved_rule_never_gives_more_than_the_classic_one(step, rounds, delta):
    divergences = rounds * privacy.rdp(step)
    improved, _ = privacy.epsilon_from_rdp(privacy.INTEGER_ORDERS, divergences, delta)
    classic, _ = privacy.classic_epsilon_from_rdp(privacy.INTEGER_ORDERS, divergences, delta)
    assert improved <= classic


@given(STEPS, st.integers(1, 2000), DELTAS)
def test_delta_of_an_epsilon_is_the_delta_that_gave_it(step, rounds, delta):
    divergences = rounds * privacy.rdp(step)
    epsilon, _ = privacy.epsilon_from_rdp(privacy.INTEGER_ORDERS, divergences, delta)
    back = privacy.delta_from_rdp(privacy.INTEGER_ORDERS, divergences, epsilon)
    assert back <= delta * (1 + 1e-9)
    if epsilon > 0:  # at 0 there may be room below
        assert back == pytest.approx(delta, rel=1e-6) or back == pytest.approx(
            math.sqrt(-math.expm1(-divergences[0])), rel=1e-6
        )


@given(STEPS)
def test_zeroing_out_costs_what_removal_costs(step):
    found = privacy.rdp(step, relation=Neighbouring.ZERO_OUT)
    np.testing.assert_array_equal(found, privacy.rdp(step))
