"""Gaussian noise without sampling: exact values, zCDP, and the textbook rule that is neither."""

import math

import numpy as np
import pytest

from pyfedlite import privacy
from pyfedlite.privacy.accounting.normal import cdf, log_cdf, quantile


@pytest.mark.parametrize(
    ("noise", "delta", "expected"),
    [
        (1, 1e-5, 4.3771780957),
        (2 / math.sqrt(10), 1e-5, 7.5112759007),
        (0.5, 1e-6, 10.9971512142),
        (4, 1e-5, 0.9263415040),
        (10, 1e-6, 0.3968573776),
    ],
)
def test_the_exact_epsilon_is_that_of_balle_and_wang(noise, delta, expected):
    assert privacy.gaussian_epsilon(1 / noise, delta) == pytest.approx(expected, abs=1e-10)


def test_rounds_together_are_one_with_less_noise():
    event = privacy.Composed([(privacy.Gaussian(3.0), 9), (privacy.Gaussian(2.0), 12)])
    assert privacy.gaussian_mu(event) == pytest.approx(2.0)
    assert privacy.gaussian_mu(event, privacy.Neighbouring.REPLACE) == pytest.approx(4.0)
    assert privacy.gaussian_mu(privacy.PoissonGaussian(0.5, 1.0)) is None


def test_delta_is_the_integral_of_where_one_density_exceeds_the_other():
    mu, epsilon = 1.3, 0.7
    x = np.linspace(-12, 14, 400_001)
    p, q = (np.exp(-((x - m) ** 2) / 2) / math.sqrt(2 * math.pi) for m in (mu, 0.0))
    integral = np.maximum(p - math.exp(epsilon) * q, 0).sum() * (x[1] - x[0])
    assert privacy.gaussian_delta(mu, epsilon) == pytest.approx(integral, rel=1e-6)


def test_without_noise_and_without_a_loss_the_ends_are_exact():
    assert privacy.gaussian_delta(math.inf, 5.0) == 1.0
    assert privacy.gaussian_delta(0.0, 0.0) == 0.0
    assert privacy.gaussian_epsilon(0.0, 1e-5) == 0.0
    assert privacy.gaussian_mu(privacy.Gaussian(0.0)) == math.inf
    assert privacy.zcdp(privacy.Gaussian(0.0)) == math.inf


def textbook(epsilon: float, delta: float) -> float:
    """The rule sqrt(2 ln(1.25/delta)) / epsilon, which is proved for epsilon < 1 alone."""
    return math.sqrt(2 * math.log(1.25 / delta)) / epsilon


def keeps_its_promise(calibrate, epsilon: float, delta: float) -> bool:
    """Whether the noise of a rule gives at most delta at its epsilon."""
    return privacy.gaussian_delta(1 / calibrate(epsilon, delta), epsilon) <= delta


@pytest.mark.parametrize("epsilon", [0.1, 0.5, 1.0, 3.0, 8.0, 20.0])
def test_calibrated_noise_keeps_its_promise_at_any_epsilon(epsilon):
    assert keeps_its_promise(privacy.gaussian_noise, epsilon, 1e-5)


def test_the_textbook_rule_is_caught_at_a_large_epsilon_and_wasteful_at_a_small_one():
    assert not keeps_its_promise(textbook, 20.0, 1e-5)
    assert keeps_its_promise(textbook, 0.5, 1e-5)
    assert textbook(1.0, 1e-5) == pytest.approx(4.84, abs=0.01)
    assert privacy.gaussian_noise(1.0, 1e-5) == pytest.approx(3.73, abs=0.01)


@pytest.mark.parametrize(
    ("rho", "delta", "simple", "improved"),
    [
        (0.5, 1e-5, 5.2985259122, 4.728387),
        (0.1, 1e-6, 2.4507880005, 2.141939),
        (1.25, 1e-5, 8.8371356469, 8.078360),
    ],
)
def test_zcdp_converts_by_both_rules(rho, delta, simple, improved):
    assert privacy.epsilon_from_zcdp(rho, delta, simple=True) == pytest.approx(simple, abs=1e-10)
    assert privacy.epsilon_from_zcdp(rho, delta) == pytest.approx(improved, abs=1e-6)
    assert privacy.epsilon_from_zcdp(0.0, delta) == 0.0


def test_zcdp_refuses_sampling():
    with pytest.raises(ValueError, match=r"sampling_rate must be 1 for zCDP, got 0\.5"):
        privacy.zcdp(privacy.PoissonGaussian(0.5, 1.0))


def test_the_normal_distribution_reaches_into_its_tails():
    assert cdf(-10.0) == pytest.approx(7.619853024160527e-24, rel=1e-13)  # Abramowitz, Stegun
    # Both forms of the logarithm are the same where they meet.
    assert log_cdf(-30.0) == pytest.approx(math.log(cdf(-30.0)), rel=1e-12)
    assert quantile(cdf(1.2345)) == pytest.approx(1.2345, rel=1e-12)
    assert (quantile(0.0), quantile(1.0)) == (-math.inf, math.inf)
