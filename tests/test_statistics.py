from typing import Any

import numpy as np
import pytest

from pyfedlite.clients import Client
from pyfedlite.data import Dataset, FederatedDataset, load_breast_cancer, natural, partition
from pyfedlite.data.sums import counts_and_sums, mean_of
from pyfedlite.statistics import (
    Standardisation,
    federated_mean,
    federated_variance,
    standardisation,
    standardise,
)

# Rows 1, 2, 6 | 3: mean 3, variance (4 + 1 + 9 + 0) / 4 = 3.5
X = np.array([[1.0], [2.0], [6.0], [3.0]])
CLIENTS = FederatedDataset(Dataset(X, [0] * 4, [[3.0]], [0], 2, "four"), [0, 0, 0, 1])


def test_mean_and_variance_by_hand() -> None:
    mean = federated_mean(CLIENTS)
    assert mean.tolist() == [3.0]
    assert federated_variance(CLIENTS, mean).tolist() == [3.5]


def test_a_mean_large_against_the_spread_keeps_its_digits() -> None:
    # One-round sums of squares give 0 or worse here: 1e18 + 1 is 1e18 in float64.
    x = 1e9 + np.array([[0.0], [1.0], [2.0], [3.0]])
    clients = [Client(0, x[:2], np.zeros(2)), Client(1, x[2:], np.zeros(2))]
    assert federated_variance(clients, federated_mean(clients)).tolist() == [1.25]


def test_float32_rows_are_added_in_float64() -> None:
    x = np.full((1000, 1), 16_777_217 / 1024, dtype=np.float32)  # 2^24 + 1: lost in float32 sums
    assert federated_mean([Client(0, x, np.zeros(1000))]).tolist() == [float(x[0, 0])]


def test_a_column_that_nobody_has_is_named() -> None:
    with pytest.raises(ValueError, match="every column must have a value at some client, got none"):
        mean_of([counts_and_sums(np.array([[1.0, np.nan]]))])


def test_test_rows_are_changed_by_the_training_rows_numbers() -> None:
    assert standardise(CLIENTS).test_features.tolist() == [[0.0]]


def test_numbers_that_came_with_a_model_are_used() -> None:
    scale = Standardisation([1.0], [2.0])
    assert standardise(CLIENTS, scale)[1].features.tolist() == [[1.0]]


def test_rows_to_predict_are_changed_like_the_training_rows() -> None:
    scale = standardisation(CLIENTS)
    np.testing.assert_array_equal(scale(X[3:]), standardise(CLIENTS)[1].features)


def test_standardised_features_are_float32() -> None:
    assert standardise(CLIENTS)[0].features.dtype == np.float32


def test_names_groups_and_test_rows_survive(heart_like: FederatedDataset) -> None:
    after = standardise(heart_like)
    assert after.pooled.feature_names == heart_like.pooled.feature_names
    assert after.report().client_names == heart_like.report().client_names
    assert len(after[1].test_labels) == 1


@pytest.fixture
def heart_like() -> FederatedDataset:
    data = Dataset(
        X,
        [0, 1, 0, 1],
        X[:2],
        [0, 1],
        2,
        "hospitals",
        groups=[1, 0, 1, 0],
        group_names=("a", "b"),
        test_groups=[0, 1],
        feature_names=("age",),
    )
    return partition(data, natural(), seed=0)


def test_no_tumour_is_further_away_than_its_row_allows() -> None:
    # n numbers of mean 0 and deviation 1 lie within sqrt(n - 1) of 0 (Samuelson's inequality).
    data = load_breast_cancer()
    clients = standardise(FederatedDataset(data, np.arange(data.num_examples) % 5))
    assert np.abs(clients.pooled.features).max() <= np.sqrt(data.num_examples - 1)


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"mean": [0.0, 1.0]}, "std must have 2 entries, as mean has, got 1"),
        ({"std": [0.0]}, "std must be above 0, got 0.0; take 1 for a constant column"),
        ({"mean": [np.nan]}, r"mean must be finite everywhere, got nan at \[0\]"),
        ({"mean": 0.0}, r"mean must have 1 axis, got shape \(\)"),
    ],
)
def test_bad_numbers_are_named(parts: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Standardisation(**({"mean": [0.0], "std": [1.0]} | parts))


def test_numbers_too_large_to_square_are_said() -> None:
    x = np.array([[1e200], [-1e200]])
    clients = FederatedDataset(Dataset(x, [0, 1], x, [0, 1], 2, "huge"), [0, 0])
    with pytest.raises(
        ValueError, match=r"column 0 must have values whose squares can be added .*, got 1e\+200"
    ):
        standardise(clients)


def test_rows_of_another_width_are_named() -> None:
    with pytest.raises(ValueError, match="features must have 1 columns, got 2"):
        Standardisation([0.0], [1.0])(np.ones((3, 2)))
