"""The draws have the distribution of the formula, and come from integers alone."""

import ast
import inspect
import math
from fractions import Fraction
from itertools import repeat

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite import kernels
from pyfedlite.kernels import _discrete_gaussian as twin

NUM_DRAWS = 100_000 if kernels.NAME == "rust" else 10_000
SIGNIFICANCE = 1e-6

# P[X = 0] and the variance, by summing e^(-x^2 / (2 sigma^2)) with high precision. The laws below
# sum it again; these numbers hold that sum to somebody else's.
KNOWN = {
    Fraction(1, 4): (0.786570707041948, 0.215012675088139),
    Fraction(1): (0.398942278266862, 0.999999788767728),
    Fraction(4): (0.199471140200716, None),
    Fraction(100): (0.039894228040143, None),
}
variances = pytest.mark.parametrize("variance", [*KNOWN, Fraction(7, 3), Fraction(1, 50)], ids=str)


def probabilities(variance):
    """Return the integers up to 12 deviations and one more from 0, and the probability of each."""
    reach = math.ceil(12 * math.sqrt(variance)) + 2
    x = np.arange(-reach, reach + 1)
    weights = np.exp(-(x**2) / (2 * float(variance)))
    return x, weights / weights.sum()


def least_unlikely(degrees):
    """Return a number that chi-square passes with a probability of at most `SIGNIFICANCE`.

    Laurent and Massart 2000, lemma 1: P[chi^2_k >= k + 2 sqrt(k u) + 2 u] <= e^-u.
    """
    u = -math.log(SIGNIFICANCE)
    return degrees + 2 * math.sqrt(degrees * u) + 2 * u


@pytest.mark.parametrize(("variance", "known"), KNOWN.items(), ids=str)
def test_the_probabilities_are_the_published_ones(variance, known):
    x, p = probabilities(variance)
    assert p[x == 0] == pytest.approx(known[0], rel=1e-13)
    if known[1] is not None:
        assert (p * x**2).sum() == pytest.approx(known[1], rel=1e-13)


def test_two_deviations_hold_the_published_share():
    x, p = probabilities(Fraction(1))
    assert p[abs(x) <= 2].sum() == pytest.approx(0.990865657164, abs=1e-12)


@variances
def test_counts_are_those_of_the_formula(variance):
    draws = kernels.discrete_gaussian(bytes(range(32)), NUM_DRAWS, variance)
    x, p = probabilities(variance)
    likely = p * NUM_DRAWS >= 20  # the others are one class; chi-square needs counts
    counts = np.array([np.count_nonzero(draws == value) for value in x[likely]])
    expected = NUM_DRAWS * np.append(p[likely], 1 - p[likely].sum())
    observed = np.append(counts, NUM_DRAWS - counts.sum())
    rest = slice(None) if expected[-1] >= 20 else slice(-1)
    statistic = ((observed - expected) ** 2 / expected)[rest].sum()
    assert statistic < least_unlikely(len(expected[rest]) - 1)


@variances
def test_the_variance_is_that_of_the_formula(variance):
    draws = kernels.discrete_gaussian(bytes(range(1, 33)), NUM_DRAWS, variance)
    x, p = probabilities(variance)
    second, fourth = (p * x**2).sum(), (p * x**4).sum()
    deviation = math.sqrt((fourth - second**2) / NUM_DRAWS)
    assert abs((draws**2).mean() - second) < 5.5 * deviation  # two-sided: below 1e-7 for a normal
    assert abs(draws.mean()) < 5.5 * math.sqrt(second / NUM_DRAWS)


@given(st.integers(1, 2**130), st.data())
def test_a_number_below_a_bound_is_every_one_from_as_many_words(bound, data):
    number = data.draw(st.integers(0, bound - 1))
    count = -(-(bound - 1).bit_length() // 32)
    words = [number >> 32 * place & (2**32 - 1) for place in range(count)]
    too_large = [2**32 - 1] * count if bound & (bound - 1) else []  # refused unless a power of two
    assert twin.below(iter(too_large + words), bound) == number


@pytest.mark.parametrize("x", [Fraction(0), Fraction(1, 3), Fraction(1), Fraction(5, 2)], ids=str)
def test_events_of_probability_e_to_the_minus_x_come_as_often(x):
    words, number = twin.words_of(bytes(32)), 20_000
    share = sum(twin.exponential(words, *x.as_integer_ratio()) for _ in range(number)) / number
    p = math.exp(-x)
    assert abs(share - p) <= 5.5 * math.sqrt(p * (1 - p) / number)


@pytest.mark.parametrize(
    "draw",
    [
        lambda: twin.below(repeat(2**32 - 1), 3),
        lambda: twin.geometric(repeat(0)),
        lambda: twin.exponential(repeat(0), 1, 3),
        lambda: twin.laplace(repeat(1), 1),
        lambda: twin.gaussian(repeat(0), 5, 1),
    ],
)
def test_a_broken_stream_ends_in_a_sentence(draw):
    with pytest.raises(ValueError, match="key must give numbers that will do, got none in 256"):
        draw()


def test_no_float_is_near_the_draws():
    for node in ast.walk(ast.parse(inspect.getsource(twin))):
        assert not isinstance(node, ast.Div)
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
        assert not (isinstance(node, ast.Name) and node.id == "float")
