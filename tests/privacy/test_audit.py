"""What an audit proves: known bounds, and how often a bound is too high where nothing leaks."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite import privacy
from pyfedlite.privacy import attack_epsilon, audit_halves, audit_thresholds, one_run_epsilon
from pyfedlite.privacy.binomial import binomial_probabilities, clopper_pearson


@pytest.mark.parametrize(
    ("canaries", "guesses", "correct", "delta", "expected"),
    [
        (1000, 100, 90, 1e-5, 1.6261434807),
        (1000, 1000, 600, 1e-5, 0.2972269537),
        (100, 100, 100, 0.0, 3.4929654312),
        (5000, 500, 480, 1e-5, 2.7830207077),
        (1000, 200, 110, 1e-5, 0.0),
    ],
)
def test_the_bound_of_one_run_is_that_of_two_other_programs(
    canaries, guesses, correct, delta, expected
):
    found = one_run_epsilon(canaries, guesses, correct, dp_delta=delta)
    assert found == pytest.approx(expected, abs=1e-9)


def test_where_all_guesses_are_right_the_bound_has_a_closed_form():
    q = 0.05 ** (1 / 40)
    found = one_run_epsilon(40, 40, 40, dp_delta=0.0)
    assert found == pytest.approx(math.log(q / (1 - q)), rel=1e-9)


@given(st.integers(1, 200), st.data(), st.sampled_from([0.0, 1e-5, 1e-3]))
def test_more_right_guesses_and_less_confidence_never_prove_less(guesses, data, delta):
    one, other = sorted(data.draw(st.tuples(*[st.integers(0, guesses)] * 2)))
    few, many = (one_run_epsilon(200, guesses, v, dp_delta=delta) for v in (one, other))
    assert few <= many + 1e-9
    assert many <= one_run_epsilon(200, guesses, other, dp_delta=delta, confidence=0.5) + 1e-9
    assert many <= one_run_epsilon(200, guesses, other, dp_delta=0.0) + 1e-9


def test_scores_become_guesses_at_both_ends():
    included = np.array([False] * 50 + [True] * 50)
    scores = np.concatenate([np.linspace(-2, 0.5, 50), np.linspace(-0.5, 2, 50)])
    bound = privacy.audit_one_run(scores, included, num_guesses=60, dp_delta=1e-5)
    assert bound.epsilon == one_run_epsilon(100, 60, 60, dp_delta=1e-5)
    assert str(bound).endswith("with confidence 95 %: 60 of 60 guesses on 100 canaries are right.")
    everything = privacy.audit_one_run(scores, included, num_guesses=100, dp_delta=1e-5)
    assert everything.evidence == "80 of 100 guesses on 100 canaries are right"


def test_one_run_without_noise_is_noticed():
    rng = np.random.default_rng(0)
    included = rng.random(500) < 0.5
    bound = privacy.audit_one_run(included + 0.0, included, num_guesses=100, dp_delta=1e-5)
    assert bound.epsilon > 3


@given(
    st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.floats(0, 1),
    st.sampled_from([0.0, 1e-5]),
)  # fmt: skip
def test_the_bound_of_an_attack_is_that_of_the_worst_rates_in_both_intervals(
    positives, negatives, found, wrong, delta
):
    true, false = round(found * positives), round(wrong * negatives)
    tpr, fpr = clopper_pearson(true, positives)[0], clopper_pearson(false, negatives)[1]
    epsilon = attack_epsilon(true, positives, false, negatives, dp_delta=delta)
    # What the promise says at the rates: it holds at the bound, and fails just below it.
    assert tpr <= math.exp(epsilon) * fpr + delta + 1e-9
    assert 1 - fpr <= math.exp(epsilon) * (1 - tpr) + delta + 1e-9
    if epsilon > 0:
        less = math.exp(epsilon * (1 - 1e-6))
        assert tpr > less * fpr + delta or 1 - fpr > less * (1 - tpr) + delta


def test_an_attack_that_is_always_right_proves_what_its_runs_allow():
    # Both ends: 0.025^(1/100) of 100; epsilon = logit.
    end = 0.025 ** (1 / 100)
    found = attack_epsilon(100, 100, 0, 100, dp_delta=0.0)
    assert found == pytest.approx(math.log(end / (1 - end)), rel=1e-9)


def best_threshold(scores, truth, *, dp_delta, confidence=0.95):
    """The mutant: the best of all thresholds, as if it had been fixed beforehand."""
    each = [
        attack_epsilon(
            int((scores[truth] >= t).sum()),
            int(truth.sum()),
            int((scores[~truth] >= t).sum()),
            int((~truth).sum()),
            dp_delta=dp_delta,
            confidence=confidence,
        )
        for t in np.unique(scores)
    ]
    return privacy.AuditBound(max(each), dp_delta, confidence, "the best of all thresholds")


def fixed_thresholds(scores, truth, *, dp_delta, confidence=0.95):
    given = np.linspace(-2, 2, 9)
    return audit_thresholds(scores, truth, given, dp_delta=dp_delta, confidence=confidence)


def share_that_is_too_high(audit, audits=200, runs=400):
    """How often a bound of confidence 50 % is above 0, where the scores know nothing."""
    rng, truth = np.random.default_rng(0), np.arange(runs) % 2 == 0
    bounds = [
        audit(rng.standard_normal(runs), truth, dp_delta=0.0, confidence=0.5) for _ in range(audits)
    ]
    return sum(bound.epsilon > 0 for bound in bounds) / audits


# Half of 200 audits and four standard deviations of such a count.
MOST = 0.5 + 4 * math.sqrt(0.5 * 0.5 / 200)


@pytest.mark.parametrize("audit", [audit_halves, fixed_thresholds])
def test_bounds_are_too_high_no_more_often_than_they_say(audit):
    assert share_that_is_too_high(audit) <= MOST


def test_the_best_threshold_without_a_correction_is_caught():
    assert share_that_is_too_high(best_threshold) > MOST


@pytest.mark.parametrize("audit", [audit_halves, fixed_thresholds])
def test_bounds_of_a_gaussian_are_below_the_truth_and_above_nothing(audit):
    rng = np.random.default_rng(1)
    truth = np.arange(2000) % 2 == 0
    bound = audit(rng.standard_normal(2000) + 2.0 * truth, truth, dp_delta=1e-5)
    assert 1.5 < bound.epsilon <= privacy.gaussian_epsilon(2.0, 1e-5)


def test_each_of_several_thresholds_has_its_share_of_the_error():
    truth = np.arange(200) < 100
    scores = np.where(np.arange(200) % 100 < 90, truth, ~truth) + 0.0  # right 90 of 100 times
    bound = audit_thresholds(scores, truth, [0.5, 7.0], dp_delta=0.0)
    each = attack_epsilon(90, 100, 10, 100, dp_delta=0.0, confidence=0.975)
    assert bound.epsilon == pytest.approx(each, rel=1e-12)
    assert bound.evidence == "scores from 0.5 on, the best of 2 thresholds"


def test_probabilities_are_those_of_the_formula():
    expected = [math.comb(7, k) * 0.3**k * 0.7 ** (7 - k) for k in range(8)]
    np.testing.assert_allclose(binomial_probabilities(7, 0.3), expected, rtol=1e-13)
    np.testing.assert_array_equal(binomial_probabilities(2, 1.0), [0, 0, 1])
    np.testing.assert_array_equal(binomial_probabilities(0, 0.5), [1])


SCORES, TRUTH = np.arange(6.0), np.array([True, False] * 3)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: one_run_epsilon(10, 11, 5, dp_delta=0.0), "num_correct must be at most num_guess"),
        (lambda: one_run_epsilon(10, 5, 6, dp_delta=0.0), "got 6 of 5 guesses on 10 canaries"),
        (lambda: one_run_epsilon(0, 0, 0, dp_delta=0.0), "num_canaries must be at least 1, got 0"),
        (lambda: one_run_epsilon(10, 5, 5, dp_delta=1.0), "dp_delta must lie in [0, 1), got 1.0"),
        (
            lambda: one_run_epsilon(10, 5, 5, dp_delta=0.0, confidence=0.0),
            "confidence must be above 0, got 0.0",
        ),
        (
            lambda: privacy.audit_one_run(SCORES, TRUTH, num_guesses=3, dp_delta=0.0),
            "num_guesses must be even and at most 6, got 3",
        ),
        (
            lambda: privacy.audit_one_run(SCORES, TRUTH[:5], num_guesses=2, dp_delta=0.0),
            "scores and truth must have one shape (n,), got (6,) and (5,)",
        ),
        (
            lambda: privacy.audit_one_run(SCORES, SCORES, num_guesses=2, dp_delta=0.0),
            "truth must hold True and False, got float64",
        ),
        (
            lambda: audit_thresholds(SCORES * np.nan, TRUTH, [0.0], dp_delta=0.0),
            "scores must be numbers, got NaN",
        ),
        (
            lambda: audit_thresholds(SCORES, TRUTH, [], dp_delta=0.0),
            "thresholds must hold at least one number, got none",
        ),
        (
            lambda: audit_halves(SCORES[:3], TRUTH[:3], dp_delta=0.0),
            "truth must hold both answers at least twice, got 2 of 3",
        ),
        (lambda: attack_epsilon(3, 2, 0, 2, dp_delta=0.0), "successes must be at most 2, got 3"),
    ],
)
def test_what_cannot_be_audited_is_refused(call, sentence):
    with pytest.raises(ValueError, match="must") as refused:
        call()
    assert sentence in str(refused.value)
