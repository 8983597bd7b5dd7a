"""Laws of trade-off curves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite import privacy


@given(st.floats(0.01, 5), st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_a_trade_off_curve_of_pairs_lies_below_the_exact_one(mu, rates):
    epsilons = np.linspace(0, 10, 50)
    deltas = np.array([privacy.gaussian_delta(mu, each) for each in epsilons])
    pairs = privacy.ProfileTradeOff(epsilons, deltas, "exact pairs")
    alpha = np.array(rates)
    exact = privacy.GaussianTradeOff(mu)(alpha)
    assert (pairs(alpha) <= exact + 1e-12).all()
    assert (0 <= pairs(alpha)).all()
    assert (exact <= 1 - alpha + 1e-12).all()


@given(st.floats(0.05, 4))
def test_mu_of_a_gaussian_is_found_again_without_regret(mu):
    epsilons = np.linspace(0, privacy.gaussian_epsilon(mu, 1e-10), 200)
    deltas = np.array([privacy.gaussian_delta(mu, each) for each in epsilons])
    pairs = privacy.ProfileTradeOff(epsilons, deltas, "exact pairs")
    assert privacy.fit_mu(pairs) == pytest.approx(mu, rel=1e-6)
