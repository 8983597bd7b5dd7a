"""The matrix whose square adds up rounds, and what one client can change under its noise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.aggregation.correlated import STARTED, correlated_mean, correlated_noise
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import norm
from pyfedlite.privacy.toeplitz import inverse_coefficients, noise_of_sums, root_coefficients
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundContext

ROUNDS = st.integers(1, 40)


def lower_triangular(column):
    """The Toeplitz matrix with this first column."""
    k = np.subtract.outer(np.arange(len(column)), np.arange(len(column)))
    return np.where(k >= 0, np.asarray(column)[k], 0.0)


@given(ROUNDS)
def test_its_square_adds_up_the_rounds(T):
    C, sums = lower_triangular(root_coefficients(T)), np.tri(T)
    np.testing.assert_allclose(C @ C, sums, atol=1e-13)
    inverse = lower_triangular(inverse_coefficients(T))
    np.testing.assert_allclose(C @ inverse, np.eye(T), atol=1e-13)


@given(ROUNDS)
def test_no_column_is_longer_than_the_first(T):
    lengths = np.linalg.norm(lower_triangular(root_coefficients(T)), axis=0)
    assert lengths.max() <= lengths[0] * (1 + 1e-12)


@given(ROUNDS)
def test_the_noise_in_sums_is_that_of_the_matrices(T):
    c, noise = root_coefficients(T), noise_of_sums(T)
    rows = np.tri(T) @ lower_triangular(inverse_coefficients(T))  # A C^-1
    expected = np.linalg.norm(c) * np.linalg.norm(rows, axis=1)
    np.testing.assert_allclose(noise["square root"], expected, rtol=1e-12)
    tree = nodes(T)  # which rounds each node adds up
    most = tree.sum(axis=0).max()  # nodes that one round is in
    np.testing.assert_allclose(noise["binary tree"], np.sqrt(most * covering(T, tree)))


def nodes(T):
    """The nodes of the binary tree that lie within the rounds, as rows of zeros and ones."""
    rows, size = [], 1
    while size <= T:
        for start in range(0, T - size + 1, size):
            rows.append(np.isin(np.arange(T), np.arange(start, start + size)))
        size *= 2
    return np.array(rows, float)


def covering(T, tree):
    """The fewest nodes that add up to the first t rounds, for each t: the largest first."""
    numbers = []
    for t in range(1, T + 1):
        start = number = 0
        while start < t:
            fitting = [row for row in tree if row[start] and row[:start].sum() == 0]
            start += int(max(row.sum() for row in fitting if row[t:].sum() == 0))
            number += 1
        numbers.append(number)
    return np.array(numbers)


@given(st.integers(1, 6), st.integers(0, 2**256))
def test_released_noise_adds_up_to_the_rows_of_the_root(T, key):
    rows = [correlated_noise(RoundSeed(key, t), 1, 4)[0] for t in range(1, T + 1)]
    fresh = [correlated_noise(RoundSeed(key, t), t, 4)[0] for t in range(1, T + 1)]
    C = lower_triangular(root_coefficients(T))
    np.testing.assert_allclose(np.cumsum(rows, axis=0), C @ np.array(fresh), atol=1e-12)


def run(deltas, keys, clip=1.0):
    """What is released in each round, one client a round; two runs with the same noise."""
    mean, slots, out = correlated_mean(clip, 1.0, cohort_size=1, num_rounds=len(deltas)), {}, []
    for t, (delta, key) in enumerate(zip(deltas, keys, strict=True), start=1):
        context = RoundContext(t, np.zeros(2), RoundSeed(key, t), slots)
        aggregate = mean([ClientUpdate(t, delta, 1, 1, 0.0)], context)
        slots, out = aggregate.slots, [*out, aggregate.delta]
    return np.array(out), slots


VECTORS = st.lists(st.floats(-3, 3), min_size=2, max_size=2).map(np.array)


@given(st.lists(VECTORS, min_size=1, max_size=6), st.data())
def test_one_client_moves_all_rounds_by_c_times_a_column_at_most(deltas, data):
    k = data.draw(st.integers(0, len(deltas) - 1))
    silent = [np.zeros(2) if t == k else delta for t, delta in enumerate(deltas)]
    keys = [7] * len(deltas)
    difference = run(deltas, keys)[0] - run(silent, keys)[0]
    C = lower_triangular(root_coefficients(len(deltas)))
    assert norm((C @ difference).ravel()) <= np.linalg.norm(C[:, 0]) + 1e-9


@given(st.integers(1, 4), st.integers(1, 4))
def test_with_another_key_the_noise_starts_anew(before, after):
    keys = [5] * before + [6] * after
    released, slots = run([np.zeros(2)] * len(keys), keys)
    assert slots[STARTED][0] == before + 1
    whole, _ = run([np.zeros(2)] * len(keys), [5] * len(keys))
    np.testing.assert_array_equal(released[:before], whole[:before])
    anew = [
        correlated_noise(RoundSeed(6, t), before + 1, 2)[0]
        for t in range(before + 1, len(keys) + 1)
    ]
    np.testing.assert_allclose(released[before:], anew, atol=1e-12)


@pytest.mark.parametrize(
    ("T", "squared", "single", "sums"),
    [  # |c|^2 is that of a table of central binomial coefficients; sqrt(7 * 6) and sqrt(11 * 10)
        (100, 2.531, 1.80, {"square root": 2.53, "binary tree": 6.48, "fresh noise": 10.0}),
        (1024, 3.273, 2.04, {"square root": 3.27, "binary tree": 10.488, "fresh noise": 32.0}),
    ],
)
def test_known_lengths_and_errors(T, squared, single, sums):
    c, d = root_coefficients(T), inverse_coefficients(T)
    assert c @ c == pytest.approx(squared, abs=5e-4)
    exact = sum((math.comb(2 * k, k) / 4**k) ** 2 for k in range(T))
    assert c @ c == pytest.approx(exact, rel=1e-12)
    assert np.sqrt((c @ c) * (d @ d)) == pytest.approx(single, abs=5e-3)
    largest = {name: values.max() for name, values in noise_of_sums(T).items()}
    assert largest == pytest.approx(sums, abs=5e-3)
