"""Statistics with noise: what one client can change, how much noise there is, what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.norms import norm
from pyfedlite.privacy import Composed, account, gaussian_delta, gaussian_mu
from pyfedlite.privacy.local_reports import (
    counts_from_responses,
    noisy_reports,
    randomised_response,
)
from pyfedlite.privacy.statistics import (
    private_average,
    private_count,
    private_histogram,
    private_quantile,
    private_sum,
)

BUDGET = {"epsilon": 1.0, "dp_delta": 1e-5}
MULTIPLIER = 3.7306  # for this budget, Balle and Wang 2018
ANYTHING = st.floats(allow_nan=True, allow_infinity=True)


def seeded(seed=0):
    return np.random.default_rng(seed)


@given(hnp.arrays(np.float64, (4, 3), elements=ANYTHING), st.integers(0, 3), st.floats(0.1, 10))
def test_one_client_moves_a_sum_by_c_at_most(vectors, k, clip):
    settings = {"clip": clip, **BUDGET}
    whole = private_sum(vectors, rng=seeded(), **settings).value
    without = private_sum(np.delete(vectors, k, axis=0), rng=seeded(), **settings).value
    assert norm(whole - without) <= clip * (1 + 1e-12) + 1e-12


@given(st.lists(ANYTHING, min_size=1, max_size=6), st.floats(0, 1), st.integers(1, 6))
def test_answers_stay_where_they_are_searched(values, q, steps):
    ends = {"low": -2.0, "high": 5.0, **BUDGET}
    for answer in (
        private_average(values, **ends),
        private_quantile(values, q, steps=steps, **ends),
    ):
        assert -2.0 <= answer.value <= 5.0


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=9), st.floats(0.05, 0.95))
def test_without_noise_a_quantile_is_that_of_the_numbers(values, q):
    settings = {"low": -10.0, "high": 10.0, "steps": 40, "epsilon": 1e9, "dp_delta": 0.5}
    found = private_quantile(values, q, **settings).value
    # q n may be a whole number up to rounding: then both neighbours are right.
    around = [np.quantile(values, s, method="inverted_cdf") for s in (q - 1e-6, q + 1e-6)]
    assert around[0] - 1e-6 <= found <= around[1] + 1e-6


@pytest.mark.parametrize(
    ("ask", "clip"),
    [
        (lambda rng: private_sum(np.zeros((0, 1)), clip=3.0, rng=rng, **BUDGET).value[0], 3.0),
        (lambda rng: private_count([], rng=rng, **BUDGET).value, 1.0),
        (lambda rng: private_histogram([], 1, rng=rng, **BUDGET).value[0], 1.0),
    ],
)
def test_the_noise_has_its_deviation_where_nobody_came_too(ask, clip):
    rng = seeded()
    drawn = [ask(rng) for _ in range(2000)]
    # The relative deviation of a deviation of 2,000 draws is 1 / sqrt(4000) = 1.6 %.
    assert np.std(drawn) == pytest.approx(MULTIPLIER * clip, rel=6 * 0.016)


@pytest.mark.parametrize(
    "answer",
    [
        private_count([True, False], **BUDGET),
        private_histogram([0, 1], 2, **BUDGET),
        private_average([0.5], low=0.0, high=1.0, **BUDGET),
        private_quantile([0.5], 0.3, low=0.0, high=1.0, steps=7, **BUDGET),
    ],
)
def test_the_event_of_an_answer_costs_its_budget(answer):
    mu = gaussian_mu(answer.event)
    assert gaussian_delta(mu, 1.0) == pytest.approx(1e-5, rel=1e-6)
    both = account(Composed([(answer.event, 2)]), dp_delta=1e-5)
    assert 1.0 < both.tighter_epsilon < 2.0  # less than the sum of both


def test_a_mean_of_many_is_near_the_truth():
    values = seeded(1).uniform(20, 60, size=5000)
    answer = private_average(values, low=0.0, high=100.0, rng=seeded(), **BUDGET)
    # The noise of the sum is sqrt(2) 3.73 times 50, over 5,000 clients: 0.05 on the mean.
    assert answer.value == pytest.approx(values.mean(), abs=0.4)


def test_a_quantile_of_many_is_near_the_truth():
    values = seeded(1).uniform(0, 1, size=5000)
    settings = {"low": 0.0, "high": 1.0, "steps": 10, **BUDGET}
    # Noise of 0.8 * 3.73 * sqrt(10) clients = 9.4 in each step, of 5,000.
    answer = private_quantile(values, 0.2, rng=seeded(), **settings)
    assert answer.value == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("k", [2, 5])
def test_no_response_is_more_than_e_epsilon_times_as_likely(k):
    epsilon, n = 1.0, 40_000
    said = [
        randomised_response(np.full(n, truth), k, epsilon=epsilon, rng=seeded(truth))
        for truth in (0, 1)
    ]
    shares = np.array([np.bincount(s, minlength=k) / n for s in said])
    p = math.e / (math.e + k - 1)
    np.testing.assert_allclose(shares[0], [p] + [(1 - p) / (k - 1)] * (k - 1), atol=0.015)
    assert shares[0, 0] / shares[1, 0] == pytest.approx(math.e, rel=0.08)


@given(st.integers(2, 4), st.floats(0.5, 3.0), st.lists(st.integers(0, 50), min_size=2, max_size=4))
def test_expected_responses_give_the_true_counts(k, epsilon, counts):
    counts = np.array([*counts, 0, 0][:k])
    p = math.exp(epsilon) / (math.exp(epsilon) + k - 1)
    lie = (1 - p) / (k - 1)
    # The estimate is linear in the counts of responses, so that their means give the truth.
    of_one = [counts_from_responses([j], k, epsilon=epsilon) for j in range(k)]
    expected = counts * p + (counts.sum() - counts) * lie
    np.testing.assert_allclose(expected @ np.array(of_one), counts, atol=1e-9)


def test_reports_of_clients_have_the_noise_of_each():
    reports = noisy_reports(np.full(20_000, 7.0), low=0.0, high=2.0, rng=seeded(), **BUDGET)
    assert np.std(reports) == pytest.approx(2 * MULTIPLIER, rel=0.03)
    assert np.mean(reports) == pytest.approx(2.0, abs=6 * 2 * MULTIPLIER / math.sqrt(20_000))


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: private_sum([1.0], clip=1.0, **BUDGET), "vectors must"),
        (lambda: private_sum([[1.0]], clip=0.0, **BUDGET), "clip must"),
        (lambda: private_count([True], epsilon=0.0, dp_delta=0.1), "epsilon must"),
        (lambda: private_histogram([3], 3, **BUDGET), "bins must be whole numbers from 0 to 2"),
        (lambda: private_average([1.0], low=1.0, high=1.0, **BUDGET), "high must be above low"),
        (lambda: private_quantile([1.0], 1.1, low=0, high=1, steps=1, **BUDGET), "q must"),
        (lambda: private_quantile([1.0], 0.5, low=0, high=1, steps=0, **BUDGET), "steps must"),
        (lambda: randomised_response([2], 2, epsilon=1.0), "answers must be whole numbers"),
        (lambda: randomised_response([0], 1, epsilon=1.0), "num_answers must"),
        (lambda: noisy_reports([0.0], low=2.0, high=1.0, **BUDGET), "high must be above low"),
    ],
)
def test_what_is_out_of_range_is_named(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_noise_is_fresh_unless_it_is_fixed():
    assert private_count([], **BUDGET).value != private_count([], **BUDGET).value
    one, other = (private_count([], rng=seeded(3), **BUDGET).value for _ in range(2))
    assert one == other
