"""The Rényi accountant against other libraries and high-precision arithmetic."""

import csv
import math
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from pyfedlite import privacy
from pyfedlite.privacy.accounting import subsampled

# Fourteen settings and their epsilons: `rdp` and `best_order` with whole orders 2 to 256, on which
# dp-accounting 0.6.0 and opacus agree; `opacus` with its own orders; `classic` by the first rule of
# conversion; `pld` by dp-accounting with interval 1e-4.
with (Path(__file__).parent / "settings.csv").open(encoding="utf-8", newline="") as file:
    ROWS = [
        SimpleNamespace(**{name: float(text or "nan") for name, text in row.items()})
        for row in csv.DictReader(file)
    ]

OPACUS_ORDERS = [*(1 + k / 10 for k in range(1, 100)), *range(12, 64)]

# (rate, noise, order, divergence), with 60 digits of mpmath
DIVERGENCES = [
    (0.01, 1.1, 2, 1.2851008160516183e-4),
    (0.01, 1.1, 8, 5.8407033552025122e-4),
    (0.01, 1.1, 64, 21.768012866287317),
    (0.1, 1.0, 3, 0.031712300303376425),
    (0.1, 2.0, 32, 1.6272023010194358),
    (0.001, 0.6, 4, 4.1413002528492804e-5),
    (0.5, 3.0, 16, 0.36535365322617123),
    (1e-6, 1.0, 2, 1.718281828457569e-12),
    (1e-9, 1.0, 2, 1.7182818284590452e-18),
    (0.01, 5.0, 256, 0.50053089735239475),
]

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rate:.3g}-{row.noise}")


def epsilon_of(row, orders, convert=privacy.epsilon_from_rdp):
    divergences = privacy.rdp(privacy.rounds_of(row.rate, row.noise, int(row.rounds)), orders)
    return convert(orders, divergences, row.delta)


@pytest.mark.parametrize(("rate", "noise", "order", "expected"), DIVERGENCES)
def test_divergences_are_those_of_high_precision(rate, noise, order, expected):
    (found,) = privacy.rdp(privacy.PoissonGaussian(rate, noise), [order])
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(("rate", "noise", "order", "expected"), DIVERGENCES)
def test_the_integral_gives_what_the_sum_gives(rate, noise, order, expected):
    log_excess = subsampled._by_integral(rate, noise, order)
    assert np.logaddexp(0, log_excess) / (order - 1) == pytest.approx(expected, rel=1e-12)


def test_an_order_between_whole_ones_is_that_of_numerical_integration():
    (found,) = privacy.rdp(privacy.PoissonGaussian(0.2, 0.5), [1.7])
    assert found == pytest.approx(0.646888745412, rel=1e-11)  # opacus too; dp-accounting: 0.6503


@rows
def test_epsilon_with_whole_orders_is_that_of_both_libraries(row):
    epsilon, best_order = epsilon_of(row, privacy.INTEGER_ORDERS)
    assert epsilon == pytest.approx(row.rdp, rel=1e-9)
    assert best_order == row.best_order


@rows
def test_epsilon_with_the_orders_of_opacus_is_that_of_opacus(row):
    assert epsilon_of(row, OPACUS_ORDERS)[0] == pytest.approx(row.opacus, rel=1e-9)


@rows
def test_the_classic_rule_is_kept_for_comparison(row):
    found = epsilon_of(row, privacy.INTEGER_ORDERS, privacy.classic_epsilon_from_rdp)
    assert found[0] == pytest.approx(row.classic, rel=1e-9)


@rows
def test_epsilon_is_never_below_that_of_the_privacy_loss_distribution(row):
    assert epsilon_of(row, privacy.INTEGER_ORDERS)[0] >= row.pld
    assert epsilon_of(row, privacy.FINE_ORDERS)[0] >= row.pld


def test_fine_orders_help_where_there_is_little_noise():
    assert epsilon_of(ROWS[10], privacy.FINE_ORDERS)[0] < 14.73 < 16.97


@pytest.mark.parametrize("name", ["dp_accounting", "opacus"])
@pytest.mark.parametrize(("rate", "noise"), [(1e-4, 0.7), (0.03, 1.3), (0.7, 6.0), (1.0, 2.0)])
def test_divergences_are_those_of_the_library_that_is_installed(name, rate, noise):
    orders = [2, 3, 5, 17, 64, 200]
    found = privacy.rdp(privacy.PoissonGaussian(rate, noise), orders)
    np.testing.assert_allclose(found, OTHERS[name](rate, noise, orders), rtol=1e-9)


def test_orders_between_whole_ones_are_those_of_opacus_if_it_is_installed():
    found = privacy.rdp(privacy.PoissonGaussian(0.2, 0.5), OPACUS_ORDERS)
    np.testing.assert_allclose(found, of_opacus(0.2, 0.5, OPACUS_ORDERS), rtol=1e-9)


def of_dp_accounting(rate, noise, orders):
    dp_accounting = pytest.importorskip("dp_accounting")
    accountant = dp_accounting.rdp.RdpAccountant(orders)
    gaussian = dp_accounting.GaussianDpEvent(noise)
    accountant.compose(dp_accounting.PoissonSampledDpEvent(rate, gaussian))
    return accountant.rdp


def of_opacus(rate, noise, orders):
    analysis = pytest.importorskip("opacus.accountants.analysis.rdp")
    return analysis.compute_rdp(q=rate, noise_multiplier=noise, steps=1, orders=orders)


OTHERS = {"dp_accounting": of_dp_accounting, "opacus": of_opacus}


def test_extreme_numbers_give_a_number_or_infinity():
    for noise, expected in [(0.0, math.inf), (1e-170, math.inf), (1e-3, None), (1e170, 0.0)]:
        for found in privacy.rdp(privacy.PoissonGaussian(0.1, noise), [1.5, 2, 256]):
            assert found == expected if expected is not None else 0 < found < math.inf


def test_with_hardly_any_noise_an_order_is_bounded_by_the_next_whole_one():
    low, between, high = privacy.rdp(privacy.PoissonGaussian(0.1, 0.01), [2, 2.5, 3])
    assert low <= between <= 2 * high  # (alpha - 1) rho is what is bounded: 2 / 1.5 of the higher


def test_rounds_with_different_noise_add_up():
    first, second = privacy.PoissonGaussian(0.1, 1.0), privacy.Gaussian(3.0)
    mixed = privacy.Composed([(first, 2), (privacy.Composed([(second, 5)]), 3)])
    expected = 2 * privacy.rdp(first) + 15 * privacy.rdp(second)
    np.testing.assert_allclose(privacy.rdp(mixed), expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: privacy.PoissonGaussian(0, 1), "sampling_rate must be above 0, got 0.0"),
        (lambda: privacy.PoissonGaussian(1.5, 1), "sampling_rate must lie in [0, 1], got 1.5"),
        (lambda: privacy.PoissonGaussian(0.5, -1), "noise_multiplier must be at least 0"),
        (lambda: privacy.Gaussian(math.nan), "noise_multiplier must be finite, got nan"),
        (lambda: privacy.Composed([(privacy.Gaussian(1), -1)]), "count must be at least 0, got -1"),
        (lambda: privacy.Composed([(1.1, 1)]), "event must be Gaussian or PoissonGaussian or"),
        (lambda: privacy.rdp(privacy.Gaussian(1), [1.0]), "orders must be above 1 and at most"),
        (lambda: privacy.rdp(privacy.Gaussian(1), []), "orders must hold at least one number"),
        (lambda: privacy.epsilon_from_rdp((2.0,), np.ones(2), 0.1), "divergences must have shape"),
        (lambda: privacy.epsilon_from_rdp((2.0,), -np.ones(1), 0.1), "divergences must be at lea"),
        (lambda: privacy.epsilon_from_rdp((2.0,), np.ones(1), 0), "dp_delta must lie above 0 and"),
        (lambda: privacy.epsilon_from_rdp((2.0,), np.ones(1), 1), "dp_delta must lie above 0 and"),
    ],
)
def test_what_cannot_be_accounted_for_is_refused(call, sentence):
    with pytest.raises((ValueError, TypeError)) as refused:
        call()
    assert sentence in str(refused.value)


def test_replacement_halves_the_noise():
    event = privacy.Composed([(privacy.Gaussian(2.0), 10)])
    halved = privacy.Composed([(privacy.Gaussian(1.0), 10)])
    found = privacy.rdp(event, relation=privacy.Neighbouring.REPLACE)
    np.testing.assert_array_equal(found, privacy.rdp(halved))


def test_replacement_with_sampling_is_refused():
    with pytest.raises(ValueError, match=r"sampling_rate must be 1 under REPLACE, got 0\.01"):
        privacy.rdp(privacy.PoissonGaussian(0.01, 1.1), relation=privacy.Neighbouring.REPLACE)
