"""The trade-off curve, mu, and what is said where dp-accounting is absent."""

import csv
from pathlib import Path

import numpy as np
import pytest

from pyfedlite import privacy
from pyfedlite.privacy.accounting import curve
from pyfedlite.privacy.accounting.tradeoff import MOST_REGRET

# `mu` and `tpr` at 1 % false alarms, of the distribution of dp-accounting 0.6.0 with interval 1e-4;
# mu is empty where the regret is 0.01 or more (Gomez et al. 2025).
with (Path(__file__).parent / "settings.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))
QUICK = {8, 13}  # of those with sampling, the ones that take about a second


def spent_in(row):
    event = privacy.rounds_of(float(row["rate"]), float(row["noise"]), int(row["rounds"]))
    return privacy.account(event, dp_delta=float(row["delta"]))


def marked(number, row):
    return pytest.param(
        row, marks=[pytest.mark.slow] * (number not in QUICK), id=f"row-{number + 1}"
    )


@pytest.mark.parametrize("row", [marked(n, row) for n, row in enumerate(ROWS) if n >= 3])
def test_mu_and_the_true_positives_are_those_of_the_recipe(row):
    pytest.importorskip("dp_accounting")
    found = spent_in(row)
    assert found.true_positives(0.01) == pytest.approx(float(row["tpr"]), abs=2e-3)
    if row["mu"]:
        assert found.mu == pytest.approx(float(row["mu"]), abs=2e-3)
        assert found.mu_reason == ""
    else:
        assert found.mu is None
        assert "would differ from the curve by" in found.mu_reason
    assert found.curve.source == "PLD"
    assert found.tighter_epsilon == pytest.approx(float(row["pld"]), abs=1e-5)
    assert found.tighter_epsilon <= found.epsilon


@pytest.mark.parametrize("row", ROWS[:3], ids=lambda row: row["noise"])
def test_without_sampling_the_curve_is_exact_and_needs_no_extra(row, monkeypatch):
    hide_the_extra(monkeypatch)
    found = spent_in(row)
    assert found.curve.source == "exact"
    assert found.mu == pytest.approx(float(row["mu"]), abs=1e-4)
    assert found.true_positives(0.01) == pytest.approx(float(row["tpr"]), abs=1e-4)
    assert found.tighter_epsilon == pytest.approx(float(row["pld"]), abs=1e-5)
    assert found.tighter_epsilon <= found.epsilon


def test_with_so_much_noise_that_the_grid_is_coarse_the_first_epsilon_stands():
    pytest.importorskip("dp_accounting")
    found = privacy.account(privacy.rounds_of(0.1, 32_000, 10), dp_delta=1e-5)
    # The distance of the worlds is about 0.4 * sqrt(10) * 0.1 / 32,000 = 4e-6, below delta.
    assert (found.epsilon, found.tighter_epsilon) == (0.0, 0.0)


def hide_the_extra(monkeypatch):
    monkeypatch.setattr(curve, "has_pld", lambda: False)


def test_without_the_extra_a_sampled_run_has_no_mu_and_a_looser_curve(monkeypatch):
    hide_the_extra(monkeypatch)
    found = spent_in(ROWS[7])
    assert found.epsilon == pytest.approx(2.5969811786, rel=1e-9)
    assert (found.mu, found.true_positives(0.01), found.tighter_epsilon) == (None, None, None)
    assert found.mu_reason == "a run with sampling needs dp-accounting: pip install 'pyfedlite[dp]'"
    assert found.curve.source == "RDP"


def test_the_looser_curve_promises_less_than_the_exact_one():
    alpha = np.geomspace(1e-4, 1, 50)
    loose = privacy.profile_from_rdp(privacy.Gaussian(1.0))(alpha)
    exact = privacy.GaussianTradeOff(1.0)(alpha)
    assert (loose <= exact).all()
    assert (loose > exact - 0.35).all()  # and it promises something


def test_a_curve_that_is_not_gaussian_has_regret():
    pairs = privacy.ProfileTradeOff(np.array([0.0, 5.0]), np.array([0.2, 0.2]), "a secret told")
    mu = privacy.fit_mu(pairs)
    assert privacy.gaussian_delta(mu, 5.0) == pytest.approx(0.2, abs=1e-6)
    assert privacy.regret(pairs, mu) > MOST_REGRET


def test_pairs_that_allow_everything_have_no_mu():
    pairs = privacy.ProfileTradeOff(np.array([1.0]), np.array([1.0]), "all is told")
    assert privacy.fit_mu(pairs) == np.inf
    assert privacy.true_positives_at(privacy.GaussianTradeOff(np.inf), 0.01) == 1.0


def test_a_distribution_says_what_to_install(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "dp_accounting.pld", None)
    with pytest.raises(ModuleNotFoundError, match=r"try pip install 'pyfedlite\[dp\]'"):
        privacy.epsilon_from_pld(privacy.Gaussian(1.0), 1e-5)


def test_rounds_of_two_kinds_compose_in_the_distribution():
    pytest.importorskip("dp_accounting")
    event = privacy.Composed([(privacy.Gaussian(2.0), 4), (privacy.Gaussian(3.0), 9)])
    exact = privacy.gaussian_epsilon(privacy.gaussian_mu(event), 1e-5)
    assert privacy.epsilon_from_pld(event, 1e-5) == pytest.approx(exact, abs=2e-3)


def test_a_pair_is_two_lines_one_for_each_direction():
    pair = privacy.ProfileTradeOff(np.array([1.0]), np.array([0.1]), "by hand")
    alpha = np.array([0.0, 0.1, 0.5, 0.8, 0.9, 1.0])
    expected = [0.9, 0.9 - 0.1 * np.e, 0.4 / np.e, 0.1 / np.e, 0.0, 0.0]
    np.testing.assert_allclose(pair(alpha), expected, atol=1e-15)
