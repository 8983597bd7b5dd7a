"""Output perturbation: how far one row moves the minimum, the noise, and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.models import LogisticRegression
from pyfedlite.norms import norm, shortened
from pyfedlite.privacy import account, gaussian_delta
from pyfedlite.privacy.output_perturbation import minimum, private_logistic_regression

ROWS = hnp.arrays(np.float64, (5, 3), elements=st.floats(-1, 1))
SIGNS = hnp.arrays(np.float64, 5, elements=st.sampled_from([-1.0, 1.0]))
STRENGTHS = st.sampled_from([1e-4, 1e-2, 1.0, 30.0])


@given(ROWS, SIGNS, STRENGTHS)
def test_the_minimum_has_no_gradient(x, signs, l2):
    x = shortened(x, 1.0)
    w = minimum(x, signs, l2)
    model = LogisticRegression(3, l2=l2, dtype="float64")
    gradient = model.grad(np.append(w, 0.0), x, (signs > 0).astype(np.int64))
    assert norm(gradient[:3]) <= 1e-9
    assert norm(w) <= 1 / l2 + 1e-9


@given(ROWS, SIGNS, STRENGTHS, hnp.arrays(np.float64, 3, elements=st.floats(-1, 1)), st.data())
def test_one_row_with_other_data_moves_the_minimum_by_2_over_n_l2(x, signs, l2, row, data):
    k, x = data.draw(st.integers(0, 4)), shortened(x, 1.0)
    other, flipped = x.copy(), signs.copy()
    other[k] = shortened(row[np.newaxis], 1.0)[0]
    flipped[k] *= data.draw(st.sampled_from([-1.0, 1.0]))
    moved = norm(minimum(x, signs, l2) - minimum(other, flipped, l2))
    assert moved <= 2 / (5 * l2) + 2e-10 / l2


def test_with_a_strong_penalty_half_of_the_bound_is_reached():
    # n = 1: l2 w = 1 / (1 + e^w), about 1 / 2, and the row with the other sign has -w.
    w, opposite = (minimum(np.array([[1.0]]), np.array([sign]), 1e3) for sign in (1.0, -1.0))
    assert norm(w - opposite) == pytest.approx(1 / 1e3, rel=1e-3)


def release(**changed):
    settings = {"l2": 0.1, "epsilon": 2.0, "dp_delta": 1e-6} | changed
    x = settings.pop("features", np.eye(4) / 2)
    y = settings.pop("labels", np.array([0, 1, 1, 0]))
    return private_logistic_regression(x, y, **settings)


def test_the_noise_has_its_deviation():
    x, y = np.eye(400), np.arange(400) % 2
    rng = np.random.default_rng(0)
    fit = private_logistic_regression(x, y, l2=1.0, epsilon=1.0, dp_delta=1e-5, rng=rng)
    expected = 3.7306 * 2 / 400  # Balle and Wang's multiplier, and 2 / (n l2)
    assert fit.noise == pytest.approx(expected, rel=1e-4)
    without = minimum(x, 2.0 * y - 1, 1.0)
    # The deviation of a deviation of 400 draws is 1 / sqrt(800) = 3.5 % of it.
    assert np.std(fit.weights - without) == pytest.approx(expected, rel=6 * 0.035)


@pytest.mark.parametrize("epsilon", [0.1, 1.0, 10.0])
def test_its_event_gives_its_epsilon(epsilon):
    fit = release(epsilon=epsilon)
    spent = account(fit.event, dp_delta=fit.delta, relation=fit.relation)
    assert spent.tighter_epsilon == pytest.approx(epsilon, rel=1e-6)
    mu = fit.sensitivity / fit.noise
    assert gaussian_delta(mu, epsilon) == pytest.approx(1e-6, rel=1e-6)


def test_noise_is_fresh_unless_it_is_fixed():
    assert not np.array_equal(release().weights, release().weights)
    one, other = (release(rng=np.random.default_rng(1)).weights for _ in range(2))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"features": np.eye(4) * 1.001}, "features must have no row longer than 1"),
        ({"features": np.full((4, 4), np.nan)}, "features must have no row longer than 1"),
        ({"features": np.zeros((3, 4))}, "must have the same number of rows"),
        ({"labels": np.array([0, 1, 2, 0])}, "labels must be 0 and 1"),
        ({"l2": 0.0}, "l2 must"),
        ({"epsilon": 0.0}, "epsilon must"),
        ({"dp_delta": 1.0}, "must"),
        ({"l2": math.inf}, "l2 must"),
    ],
)
def test_a_condition_that_does_not_hold_is_named(changed, sentence):
    with pytest.raises(ValueError, match=sentence):
        release(**changed)
