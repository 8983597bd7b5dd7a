import numpy as np
import pytest

from pyfedlite.data import Dataset, download, natural, partition
from pyfedlite.data.heart_disease import ATTRIBUTES, FILES, canonical, parse_table

LINE = b"28,1,2,130,132,0,2,185,0,0,?,?,?,0\n"


def rows(data: Dataset, hospital: int) -> tuple[np.ndarray, np.ndarray]:
    """All rows and labels of a hospital, for training and for testing."""
    train, test = data.groups == hospital, data.test_groups == hospital
    features = np.concatenate([data.features[train], data.test_features[test]])
    return features, np.concatenate([data.labels[train], data.test_labels[test]])


def column(data: Dataset, hospital: int, name: str) -> np.ndarray:
    return rows(data, hospital)[0][:, data.feature_names.index(name)]


# Counts of the source's own description, heart-disease.names, and of the set's README.
@pytest.mark.parametrize(("hospital", "size"), list(enumerate([303, 294, 123, 200])))
def test_each_hospital_has_its_published_rows(
    heart_disease: Dataset, hospital: int, size: int
) -> None:
    assert len(rows(heart_disease, hospital)[1]) == size


@pytest.mark.parametrize(("hospital", "ill"), list(enumerate([139, 106, 115, 149])))
def test_each_hospital_has_its_published_number_of_ill(
    heart_disease: Dataset, hospital: int, ill: int
) -> None:
    assert rows(heart_disease, hospital)[1].sum() == ill


def test_no_swiss_row_has_cholesterol(heart_disease: Dataset) -> None:
    assert column(heart_disease, 2, "chol missing").all()


def test_a_cholesterol_of_zero_is_missing(heart_disease: Dataset) -> None:
    # 49 zeros and 7 question marks in Long Beach, 23 question marks in Hungary, none in Cleveland
    missing = [column(heart_disease, k, "chol missing").sum() for k in range(4)]
    assert missing == [0, 23, 123, 56]


def test_a_blood_pressure_of_zero_is_missing(heart_disease: Dataset) -> None:
    # 56 question marks and one zero in Long Beach
    missing = [column(heart_disease, k, "trestbps missing").sum() for k in range(4)]
    assert missing == [0, 1, 2, 57]


def test_a_missing_number_is_the_mean_of_the_measured_training_rows(
    heart_disease: Dataset,
) -> None:
    names = heart_disease.feature_names
    values = heart_disease.features[:, names.index("chol")]
    missing = heart_disease.features[:, names.index("chol missing")] == 1
    expected = values[~missing].mean()
    # A mean of fewer than 1000 numbers of one sign, added in another order: 1000 eps.
    np.testing.assert_allclose(values[missing], expected, rtol=1000 * 2**-52)
    np.testing.assert_allclose(column(heart_disease, 2, "chol"), expected, rtol=1000 * 2**-52)


def test_a_measured_number_is_left_alone(heart_disease: Dataset) -> None:
    raw = parse_table(download.read(FILES[0]))  # Cleveland, where no age or cholesterol is missing
    assert sorted(column(heart_disease, 0, "chol")) == sorted(raw[:, ATTRIBUTES.index("chol")])


def test_codes_are_one_or_no_column(heart_disease: Dataset) -> None:
    names = heart_disease.feature_names
    for attribute, missing in [("cp", 0), ("restecg", 2), ("slope", 309), ("thal", 486)]:
        columns = [i for i, name in enumerate(names) if name.startswith(f"{attribute}=")]
        both = [heart_disease.features[:, columns], heart_disease.test_features[:, columns]]
        marks = np.concatenate(both).sum(axis=1)
        assert set(marks) <= {0, 1}
        assert (marks == 0).sum() == missing  # 309 and 486: the source's count of question marks


def test_the_test_rows_are_a_fifth_of_ill_and_healthy_everywhere(heart_disease: Dataset) -> None:
    for hospital in range(4):
        for label in (0, 1):
            test = (heart_disease.test_groups == hospital) & (heart_disease.test_labels == label)
            all_of_them = (rows(heart_disease, hospital)[1] == label).sum()
            assert test.sum() == (2 * all_of_them + 5) // 10


def test_hospitals_are_the_natural_clients(heart_disease: Dataset) -> None:
    clients = partition(heart_disease, natural(), seed=0)
    assert clients.num_clients == 4
    assert sum(len(client.test_labels) for client in clients) == len(heart_disease.test_labels)


def test_white_space_and_marks_do_not_change_the_checksum() -> None:
    other = b"28.0, 1,2,130,132 ,0.0,2,185,0,0,-9,?,-9.0,0\r\n\n"
    assert canonical(other) == canonical(LINE)


def test_another_value_changes_the_checksum() -> None:
    assert canonical(LINE.replace(b"185", b"186")) != canonical(LINE)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"1,2,3\n", "line 1 must have 14 values, got 3"),
        (LINE + LINE.replace(b"28", b"old"), "could not convert string to float: 'old'"),
        ("28,é".encode(), "ascii"),
    ],
)
def test_what_is_no_table_is_said(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_table(content)
