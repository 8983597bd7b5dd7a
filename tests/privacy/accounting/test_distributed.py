"""Noise of clients: the accountant against other code, and against exact sums."""

import math

import numpy as np
import pytest

from pyfedlite import privacy
from pyfedlite.privacy import DistributedDiscreteGaussian, Gaussian, Neighbouring, rounded_norm
from pyfedlite.privacy.accounting.distributed import excess
from pyfedlite.privacy.accounting.spent import SERVER
from pyfedlite.state import Population

ZERO_OUT = Neighbouring.ZERO_OUT
EVENT = DistributedDiscreteGaussian(sensitivity=10.0, noise=2.0, num_honest=25, length=64)

# Clients, entries, c, gamma, noise of a client in the units of c, rounds and delta; then the
# sensitivity in steps, tau, the divergence of order 2, epsilon and its order. Computed with the
# formulas in the code of Kairouz, Liu and Steinke 2021 (google-research/federated).
KNOWN = [
    ((100, 1024, 1.0, 1e-3, 0.1, 1, 1e-5), (1000.635798, 0.0, 1.001272, 4.75590834, 5)),
    ((100, 1024, 1.0, 1e-3, 0.1, 10, 1e-5), (1000.635798, 0.0, 1.001272, 19.82077148, 3)),
    ((100, 1024, 1.0, 0.1, 0.1, 1, 1e-5), (19.54482029, 5.477887e-4, 3.862158331, 10.59492898, 3)),
    ((1000, 65536, 1.0, 1e-4, 0.2, 100, 1e-6), (None, 0.0, 0.025006628, 8.85671559, 4)),
    ((50, 4096, 1.0, 0.05, 0.2, 20, 1e-5), (None, None, 1.845, 47.02663110, 2)),
]


@pytest.mark.parametrize(("setting", "known"), KNOWN)
def test_it_gives_what_the_code_of_the_paper_gives(setting, known):
    n, d, clip, step, noise, rounds, delta = setting
    sensitivity, tau, divergence, epsilon, order = known
    event = DistributedDiscreteGaussian(rounded_norm(clip, step, d), noise / step, n, d)
    if sensitivity is not None:
        assert event.sensitivity == pytest.approx(sensitivity, rel=1e-9)
    if tau is not None:
        assert excess(event.noise, n) == pytest.approx(tau, rel=1e-6, abs=1e-30)
    assert privacy.rdp(event, [2], ZERO_OUT) == pytest.approx([divergence], rel=1e-6)
    run = privacy.Composed([(event, rounds)])
    spent = privacy.account(run, dp_delta=delta, relation=ZERO_OUT)
    assert spent.epsilon == pytest.approx(epsilon, abs=2e-8)
    assert spent.best_order == order


def sum_of_draws(noise, number):
    """The exact probabilities of a sum of discrete Gaussians, for integers from the middle out."""
    reach = 12 + math.ceil(40 * noise)
    one = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * noise**2))
    one /= one.sum()
    total = one
    for _ in range(number - 1):
        total = np.convolve(total, one)
    return total


@pytest.mark.parametrize("noise", [0.3, 0.4, 0.5, 0.7, 1.0, 2.0])
@pytest.mark.parametrize("number", [1, 2, 3, 10])
@pytest.mark.parametrize("shift", [1, 2, 3])
def test_no_exact_sum_diverges_more(noise, number, shift):
    p = sum_of_draws(noise, number)
    moved, still = p[:-shift], p[shift:]
    normal = (moved > 1e-280) & (still > 1e-280)
    orders = [2, 3, 4, 8, 16, 32]
    bound = privacy.rdp(DistributedDiscreteGaussian(shift, noise, number, 1), orders, ZERO_OUT)
    for alpha, most in zip(orders, bound, strict=True):
        logs = alpha * np.log(moved[normal]) - (alpha - 1) * np.log(still[normal])
        exact = (logs.max() + np.log(np.exp(logs - logs.max()).sum())) / (alpha - 1)
        assert exact <= most * (1 + 1e-12)


def test_with_a_fine_grid_it_is_central_noise_of_the_same_deviation():
    event = DistributedDiscreteGaussian(1e6, 1e5, 100, 8)  # 1e5 sqrt(100) = 1e6, so z = 1
    central = privacy.rdp(Gaussian(1.0), relation=ZERO_OUT)
    assert privacy.rdp(event, relation=ZERO_OUT) == pytest.approx(central, rel=1e-12)


@pytest.mark.parametrize("changed", [{"noise": 1.9}, {"num_honest": 24}, {"sensitivity": 10.1}])
def test_less_noise_costs_more(changed):
    fields = {"sensitivity": 10.0, "noise": 2.0, "num_honest": 25, "length": 64} | changed
    more = privacy.rdp(DistributedDiscreteGaussian(**fields), relation=ZERO_OUT)
    assert (more > privacy.rdp(EVENT, relation=ZERO_OUT)).all()


def test_it_is_never_below_the_continuous_gaussian():
    for step in (0.01, 0.1, 0.5):
        sensitivity = rounded_norm(1.0, step, 64)
        event = DistributedDiscreteGaussian(sensitivity, 0.2 / step, 25, 64)
        assert (privacy.rdp(event, relation=ZERO_OUT) >= privacy.rdp(Gaussian(1.0))).all()


def test_to_replace_a_client_costs_what_twice_the_sensitivity_does():
    twice = DistributedDiscreteGaussian(20.0, 2.0, 25, 64)
    replaced = privacy.rdp(EVENT, relation=Neighbouring.REPLACE)
    assert replaced == pytest.approx(privacy.rdp(twice, relation=ZERO_OUT), rel=1e-12)


def test_without_noise_it_is_infinite():
    event = DistributedDiscreteGaussian(10.0, 0.0, 25, 64)
    assert np.isinf(privacy.rdp(event, relation=ZERO_OUT)).all()


def test_it_holds_against_the_server_and_says_what_has_to_be_true():
    spent = privacy.account(EVENT, dp_delta=1e-5, relation=ZERO_OUT)
    assert spent.against == SERVER
    assert "this holds against the server" in str(spent)
    assert any("masked vector was sent" in text for text in spent.assumptions)
    assert not any("floating-point" in text for text in spent.assumptions)
    assert privacy.account(Gaussian(1.0), dp_delta=1e-5).against != SERVER


def test_a_cohort_of_a_fixed_number_fits_it():
    population = Population(100, "fixed", 0.3)
    spent = privacy.account(EVENT, dp_delta=1e-5, relation=ZERO_OUT, population=population)
    assert spent.epsilon == privacy.account(EVENT, dp_delta=1e-5, relation=ZERO_OUT).epsilon


def test_nothing_exact_is_claimed_for_it():
    spent = privacy.account(EVENT, dp_delta=1e-5, relation=ZERO_OUT)
    assert spent.tighter_epsilon is None
    assert spent.mu is None
    assert "noise of clients" in spent.mu_reason
    assert spent.curve.source == "RDP"
    assert privacy.gaussian_mu(EVENT) is None


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: privacy.rdp(EVENT), "relation must be ZERO_OUT or REPLACE for noise of clients"),
        (lambda: privacy.account(EVENT, dp_delta=1e-5), "got ADD_OR_REMOVE; the server sees who"),
        (lambda: privacy.zcdp(EVENT, ZERO_OUT), "event must have central noise for zCDP"),
        (lambda: DistributedDiscreteGaussian(0, 1, 1, 1), "sensitivity must be above 0"),
        (lambda: DistributedDiscreteGaussian(1, -1, 1, 1), "noise must be at least 0"),
        (lambda: DistributedDiscreteGaussian(1, 1, 0, 1), "num_honest must be at least 1"),
        (lambda: DistributedDiscreteGaussian(1, 1, 1, 0), "length must be at least 1"),
    ],
)
def test_what_cannot_be_claimed_is_refused(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_dp_accounting_is_not_asked_for_it():
    pytest.importorskip("dp_accounting")
    with pytest.raises(ValueError, match="event must have central noise here"):
        privacy.epsilon_from_pld(EVENT, 1e-5, ZERO_OUT)
