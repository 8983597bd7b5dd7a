from typing import Any

import numpy as np
import pytest

from pyfedlite.data import Dataset

X = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]


def dataset(**changes: Any) -> Dataset:
    parts: dict[str, Any] = {
        "features": X,
        "labels": [0, 1, 1],
        "test_features": [[6.0, 7.0]],
        "test_labels": [1],
        "num_classes": 2,
        "name": "tiny",
    }
    return Dataset(**(parts | changes))


def test_arrays_cannot_be_written_to() -> None:
    data = dataset(groups=[0, 0, 1], test_groups=[1])
    for array in (data.features, data.labels, data.test_features, data.groups, data.test_groups):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_the_callers_array_stays_writeable() -> None:
    features = np.array(X)
    dataset(features=features)
    assert features.flags.writeable
    features[0] = 9
    assert (features[0] == 9).all()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (np.float32, np.float32),
        (np.float64, np.float64),
        (np.uint8, np.float64),
        (bool, np.float64),
    ],
)
def test_features_are_float32_or_float64(given: type, kept: type) -> None:
    assert dataset(features=np.array(X).astype(given)).features.dtype == kept


def test_whole_floats_do_as_labels() -> None:
    assert dataset(labels=[0.0, 1.0, 1.0]).labels.dtype == np.int64


def test_targets_of_a_regression_are_float64() -> None:
    data = dataset(labels=[1, 2, 3], test_labels=[4], num_classes=None)
    assert data.labels.dtype == data.test_labels.dtype == np.float64


def test_names_become_tuples_of_str() -> None:
    assert dataset(feature_names=["a", np.str_("b")]).feature_names == ("a", "b")


def test_take_keeps_rows_labels_and_groups_together() -> None:
    data = dataset(groups=[0, 0, 1]).take(np.array([2, 0]))
    assert data.features.tolist() == [[4, 5], [0, 1]]
    assert data.labels.tolist() == [1, 0]


def test_without_groups_there_are_none() -> None:
    assert dataset().num_groups == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"features": [[0.0, 1.0], [2.0, np.nan], [4.0, 5.0]]},
            "features must have a value everywhere, got NaN in row 1, column 1; fill",
        ),
        (
            {"features": np.zeros((0, 2))},
            r"features must have rows and columns, got shape \(0, 2\)",
        ),
        (
            {"features": np.zeros((3, 0))},
            r"features must have rows and columns, got shape \(3, 0\)",
        ),
        ({"features": np.zeros(3)}, r"features must have 2 axes, got shape \(3,\)"),
        ({"labels": [[0], [1], [1]]}, r"labels must have 1 axis, got shape \(3, 1\)"),
        ({"labels": [0, 1]}, "labels must have 3 rows, as features has, got 2"),
        ({"labels": [0, 2, 1]}, "labels must be whole numbers from 0 to 1, got 2 in row 1"),
        ({"labels": [0, -1, 1]}, "labels must be whole numbers from 0 to 1, got -1 in row 1"),
        ({"labels": [0, 0.5, 1]}, "labels must be whole numbers from 0 to 1, got 0.5 in row 1"),
        (
            {"labels": [0.0, np.inf, 1.0], "num_classes": None},
            r"labels must be finite everywhere, got inf at \[1\]",
        ),
        ({"num_classes": 1}, "num_classes must be at least 2, got 1"),
        ({"test_features": [[1.0]]}, "test_features must have 2 columns, as features has, got 1"),
        ({"test_features": np.zeros((0, 2)), "test_labels": []}, "test_features must have rows"),
        ({"test_labels": [2]}, "test_labels must be whole numbers from 0 to 1, got 2 in row 0"),
        ({"groups": [0, 1]}, "groups must have 3 rows, as labels has, got 2"),
        ({"groups": [0, 2, 2]}, "groups must be numbered without gaps, got no row of group 1"),
        ({"groups": [0, -1, 0]}, "groups must be whole numbers from 0 to 2, got -1 in row 1"),
        (
            {"groups": [0, 10**11, 1]},  # what would count them takes 800 GB
            "groups must be whole numbers from 0 to 2, got 100000000000 in row 1",
        ),
        ({"group_names": ("a",)}, "group_names must be None where groups is None"),
        ({"groups": [0, 0, 1], "group_names": ("a",)}, "group_names must have 2 entries, got 1"),
        (
            {"groups": [0, 0, 1], "test_groups": [2]},
            "test_groups must be whole numbers from 0 to 1, got 2 in row 0",
        ),
        ({"feature_names": ("a",)}, "feature_names must have 2 entries, got 1"),
        ({"class_names": ("a", "b", "c")}, "class_names must have 2 entries, got 3"),
    ],
)
def test_bad_values_are_named(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        dataset(**changes)


@pytest.mark.parametrize("name", ["features", "labels", "test_features", "test_labels", "groups"])
def test_text_is_no_number(name: str) -> None:
    text = np.full(np.shape(getattr(dataset(groups=[0, 0, 1]), name)), "a")
    with pytest.raises(TypeError, match=f"{name} must hold real numbers.*encode text"):
        dataset(**{name: text})


def test_class_names_need_classes() -> None:
    with pytest.raises(ValueError, match="class_names must have None entries"):
        dataset(num_classes=None, class_names=("a", "b"))


def test_a_whole_number_beyond_all_floats_is_refused_as_infinite():
    features = np.array([[10**400], [1]], dtype=object)
    with pytest.raises(ValueError, match="features must be finite everywhere, got inf"):
        Dataset(features, [0, 1], [[1.0]], [0], 2, "large")
