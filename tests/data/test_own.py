from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pyfedlite.data import load_csv, load_npz, natural, partition, read_features
from pyfedlite.errors import DataError

ROWS = ["age,colour,sick"] + [
    f"{k}, {'red' if k % 3 else 'blue'} ,{'no' if k % 2 else 'yes'}" for k in range(20)
]


def csv(folder: Path, lines: list[str] | str, name: str = "mine.csv") -> Path:
    path = folder / name
    text = lines if isinstance(lines, str) else "\n".join(lines) + "\n"
    path.write_text(text, encoding="utf-8")
    return path


def npz(folder: Path, **arrays: Any) -> Path:
    path = folder / "mine.npz"
    np.savez(path, **arrays)
    return path


# ---- CSV ---------------------------------------------------------------------------------------


def test_text_becomes_one_column_for_each_value(tmp_path: Path) -> None:
    data = load_csv(csv(tmp_path, ROWS))
    assert data.feature_names == ("age", "colour=blue", "colour=red")
    np.testing.assert_array_equal(data.features[:, 1], data.features[:, 0] % 3 == 0)
    np.testing.assert_array_equal(data.features[:, 1:].sum(axis=1), 1)


def test_classes_in_text_are_numbered_in_sorted_order(tmp_path: Path) -> None:
    data = load_csv(csv(tmp_path, ROWS))
    assert data.class_names == ("no", "yes")
    np.testing.assert_array_equal(data.labels, data.features[:, 0] % 2 == 0)


def test_a_fifth_of_each_class_is_for_testing(tmp_path: Path) -> None:
    data = load_csv(csv(tmp_path, ROWS))
    assert np.bincount(data.labels).tolist() == [8, 8]
    assert np.bincount(data.test_labels).tolist() == [2, 2]


def test_the_file_gives_the_set_its_name(tmp_path: Path) -> None:
    assert load_csv(csv(tmp_path, ROWS)).name == "mine"


@pytest.mark.parametrize(
    ("header", "label"),
    [("target,a,b", 0), ("a,Label,b", 1), ("a,y,class", 1), ("a,b,c", 2)],
)
def test_the_label_is_found_by_name_or_is_last(tmp_path: Path, header: str, label: int) -> None:
    rows = [",".join(str(10 * column + k % 2) for column in range(3)) for k in range(10)]
    names = header.split(",")
    kept = tuple(name for column, name in enumerate(names) if column != label)
    data = load_csv(csv(tmp_path, [header, *rows]))
    assert data.feature_names == kept
    assert data.class_names == (str(10 * label), str(10 * label + 1))


def test_the_label_can_be_named(tmp_path: Path) -> None:
    assert load_csv(csv(tmp_path, ROWS), label="colour").class_names == ("blue", "red")


def test_a_group_column_is_the_natural_partition(tmp_path: Path) -> None:
    rows = [f"{k},{'south' if k < 10 else 'north'},{k % 2}" for k in range(20)]
    data = load_csv(csv(tmp_path, ["x,Group,y", *rows]))
    assert data.feature_names == ("x",)
    assert data.group_names == ("north", "south")
    clients = partition(data, natural(), seed=0)
    assert [client.num_examples for client in clients] == [8, 8]
    assert [len(client.test_labels) for client in clients] == [2, 2]


def test_groups_of_numbers_are_sorted_as_numbers(tmp_path: Path) -> None:
    rows = [f"{k},{(2, 10)[k % 2]},{k // 2 % 2}" for k in range(40)]
    assert load_csv(csv(tmp_path, ["x,client,y", *rows])).group_names == ("2", "10")


def test_broken_numbers_are_a_regression(tmp_path: Path) -> None:
    data = load_csv(csv(tmp_path, ["x,y", *(f"{k},{k / 2}" for k in range(10))]))
    assert data.num_classes is None
    assert len(data.test_labels) == 2


def test_many_whole_numbers_are_a_regression(tmp_path: Path) -> None:
    lines = ["x,y", *(f"{k},{k % 21}" for k in range(63))]
    assert load_csv(csv(tmp_path, lines)).num_classes is None
    assert load_csv(csv(tmp_path, lines), task="classification").num_classes == 21


def test_few_whole_numbers_can_be_called_a_regression(tmp_path: Path) -> None:
    lines = ["x,y", *(f"{k},{k % 3}" for k in range(30))]
    assert load_csv(csv(tmp_path, lines)).num_classes == 3
    assert load_csv(csv(tmp_path, lines), task="regression").num_classes is None


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    assert load_csv(csv(tmp_path, ["\ufeffage" + ROWS[0][3:], *ROWS[1:]])).feature_names[0] == "age"


def test_quotes_commas_and_empty_lines_are_understood(tmp_path: Path) -> None:
    text = '"a, b",y\n\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n'
    assert load_csv(csv(tmp_path, text)).feature_names == ("a, b",)


def changed(line: int, text: str) -> list[str]:
    return [*ROWS[: line - 1], text, *ROWS[line:]]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (
            changed(5, "3,,no"),
            r"mine\.csv, line 5, column 'colour' must have a value, got ''; fill it in, or pass",
        ),
        (changed(5, "NA,red,no"), r"line 5, column 'age' must have a value, got 'NA'"),
        (changed(5, "3,red,?"), r"line 5, column 'sick' must have a value, got '\?'"),
        (changed(5, "inf,red,no"), r"line 5, column 'age' must be a finite number, got 'inf'"),
        (changed(5, "3,red"), r"line 5 must have 3 values, got 2"),
        (changed(1, "age,,sick"), r"line 1 must give each column its own name, got ''"),
        (changed(1, "age,age,sick"), r"line 1 must give each column its own name, got 'age'"),
        (["1,2,3", "4,5,6"], r"line 1 must name the columns, got 1, 2, 3; add a line of names"),
        (ROWS[:1], r"mine\.csv must have a line of names, then rows, got 1 lines"),
        ([], r"mine\.csv must have a line of names, then rows, got 0 lines"),
        (["y", "0", "1"], r"mine\.csv must have a column besides 'y', got y"),
        (["x,y", '1,"0'], r"mine\.csv must be a CSV file in UTF-8, got"),
        (
            ["x,y", "1,0", "2,0", "3,0"],
            r"mine\.csv: labels must hold at least two classes, got only '0'",
        ),
        (
            ["x,y", "1,a", "2,b"],
            r"mine\.csv: rows must be enough to set a fifth apart .*, got 2 rows",
        ),
    ],
)
def test_what_is_wrong_with_a_table_is_said(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        load_csv(csv(tmp_path, lines))


def test_a_column_of_names_is_no_feature(tmp_path: Path) -> None:
    lines = ["name,y", *(f"patient {k},{k % 2}" for k in range(101))]
    with pytest.raises(DataError, match=r"at most 100 categories, got 'patient 0', one of 101"):
        load_csv(csv(tmp_path, lines))


def test_a_misspelled_label_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"have a column 'sik', got .*; did you mean 'sick'\?"):
        load_csv(csv(tmp_path, ROWS), label="sik")


def test_text_is_no_target(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="labels must be numbers for a regression, got 'yes'"):
        load_csv(csv(tmp_path, ROWS), task="regression")


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mine\.csv must be readable, got No such file"):
        load_csv(tmp_path / "mine.csv")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(b"x,y\n\xff\xfe,1\n")
    with pytest.raises(DataError, match="must be a CSV file in UTF-8"):
        load_csv(path)


# ---- NPZ ---------------------------------------------------------------------------------------

X, Y = np.arange(20.0).reshape(10, 2), np.array([3, 7] * 5)


def test_arrays_are_split_like_tables(tmp_path: Path) -> None:
    data = load_npz(npz(tmp_path, features=X, labels=Y))
    assert data.class_names == ("3", "7")
    assert np.bincount(data.labels).tolist() == [4, 4]


def test_test_rows_of_ones_own_are_kept(tmp_path: Path) -> None:
    path = npz(tmp_path, features=X, labels=Y, test_features=X[:3], test_labels=[7, 7, 3])
    data = load_npz(path)
    assert data.num_examples == 10
    assert data.test_labels.tolist() == [1, 1, 0]


def test_groups_may_be_text(tmp_path: Path) -> None:
    groups = ["b"] * 5 + ["a"] * 5
    data = load_npz(npz(tmp_path, features=X, labels=[0] * 4 + [1] * 6, groups=groups))
    assert data.group_names == ("a", "b")


def test_float32_is_kept(tmp_path: Path) -> None:
    path = npz(tmp_path, features=X.astype(np.float32), labels=Y)
    assert load_npz(path).features.dtype == np.float32


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"features": X}, r"mine\.npz must hold the array 'labels', got features"),
        ({"labels": Y}, r"mine\.npz must hold the array 'features', got labels"),
        ({"features": X, "label": Y}, r"got 'label'; did you mean 'labels'\?"),
        (
            {"features": X, "labels": Y, "test_features": X},
            r"mine\.npz must hold the array 'test_labels', got features, labels, test_features",
        ),
        ({"features": X[:0], "labels": Y[:0]}, r"mine\.npz: features must have rows, got none"),
        (
            {"features": X, "labels": Y, "feature_names": ["a"] * X.shape[1]},
            r"mine\.npz: feature_names must name each feature once, got 'a'",
        ),
        (
            {
                **{"features": X, "labels": Y, "groups": Y, "test_features": X},
                **{"test_labels": Y, "test_groups": Y + 50},
            },
            r"mine\.npz: test_groups must be groups of the training rows, got 5\d, which has no",
        ),
        ({"features": X, "labels": Y[:5]}, r"mine\.npz: labels must have shape \(10,\), one for"),
        (
            {"features": X * np.nan, "labels": Y},
            r"mine\.npz: features must have a value everywhere, got NaN",
        ),
        (
            {"features": X, "labels": Y * np.nan},
            r"mine\.npz: labels must have a value everywhere, got a missing",
        ),
        ({"features": X.reshape(5, 2, 2), "labels": Y[:5]}, r"features must have 2 axes"),
        ({"features": np.float64(1), "labels": Y}, r"features must have 2 axes, got shape \(\)"),
        ({"features": X, "labels": Y, "groups": [0]}, r"groups must have shape \(10,\)"),
        ({"features": np.array([[None]]), "labels": Y}, r"must be an NPZ file of numbers and text"),
    ],
)
def test_what_is_wrong_with_arrays_is_said(
    tmp_path: Path, arrays: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(DataError, match=sentence):
        load_npz(npz(tmp_path, **arrays))


@pytest.mark.parametrize("content", [b"", b"plain text", b"PK\x03\x04 cut short"])
def test_another_file_is_no_npz(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"mine\.npz must be"):
        load_npz(path)


def test_a_single_array_is_no_npz(tmp_path: Path) -> None:
    np.save(tmp_path / "mine.npy", X)
    with pytest.raises(DataError, match="must be an NPZ file"):
        load_npz(tmp_path / "mine.npy")


# ---- rows to predict ---------------------------------------------------------------------------


def test_features_are_encoded_as_in_training(tmp_path: Path) -> None:
    data = load_csv(csv(tmp_path, ROWS))
    rows = csv(tmp_path, ["id,colour,age", "1,red,50", "2,red,60"], "new.csv")
    assert read_features(rows, data.feature_names).tolist() == [[50, 0, 1], [60, 0, 1]]


def test_rows_of_the_training_file_read_the_same(tmp_path: Path) -> None:
    path = csv(tmp_path, ROWS)
    data = load_csv(path)
    both = np.concatenate([data.features, data.test_features])
    again = read_features(path, data.feature_names)
    assert sorted(map(tuple, again)) == sorted(map(tuple, both))


def test_without_names_all_columns_are_taken_but_labels_and_groups(tmp_path: Path) -> None:
    path = csv(tmp_path, ["a,group,b,y", "1,0,2,1", "3,0,4,1"])
    assert read_features(path).tolist() == [[1, 2], [3, 4]]


def test_features_of_an_npz_are_read(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_features(npz(tmp_path, features=X)), X)


def test_features_of_an_npz_with_names_are_taken_by_name(tmp_path: Path) -> None:
    path = npz(tmp_path, features=[[1, 2, 3], [4, 5, 6]], feature_names=["c", "a", "b"])
    assert read_features(path, ("a", "b")).tolist() == [[2, 3], [5, 6]]
    assert read_features(path).tolist() == [[1, 2, 3], [4, 5, 6]]


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["a", "bb"], r"must name a feature 'b', got a, bb; did you mean 'bb'\?"),
        (["a"], r"must name each of its 2 features, got 1 feature_names"),
        (["b", "b"], r"must give each feature its own name, got 'b'"),
    ],
)
def test_an_npz_with_other_names_is_refused(
    tmp_path: Path, names: list[str], sentence: str
) -> None:
    path = npz(tmp_path, features=[[1, 2]], feature_names=names)
    with pytest.raises(DataError, match=sentence):
        read_features(path, ("a", "b"))


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (["colour", "red"], r"new\.csv must have a column 'age', got colour"),
        (["age,colur", "5,red"], r"must have a column 'colour', got .*did you mean 'colur'\?"),
        (
            ["age,colour", "5,green"],
            r"line 2, column 'colour' must be one of blue, red, got 'green'",
        ),
        (["age,colour", "old,red"], r"column 'age' must be a finite number, got 'old'"),
    ],
)
def test_what_is_wrong_with_rows_to_predict_is_said(
    tmp_path: Path, lines: list[str], sentence: str
) -> None:
    names = ("age", "colour=blue", "colour=red")
    with pytest.raises(DataError, match=sentence):
        read_features(csv(tmp_path, lines, "new.csv"), names)


def test_an_npz_without_features_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="must hold the array 'features', got labels"):
        read_features(npz(tmp_path, labels=Y))


def test_features_of_text_in_an_npz_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"must hold features .* of numbers, got <U1 of shape"):
        read_features(npz(tmp_path, features=[["a"]]))


@pytest.mark.parametrize("load", [load_csv, load_npz])
@pytest.mark.parametrize("path", [3, None, b"mine.csv", {"a": [1], "y": [0]}, X])
def test_what_is_no_path_is_named(load: Any, path: Any) -> None:
    with pytest.raises(TypeError, match="path must be the path of a file, as text or a Path, got"):
        load(path)


def test_rows_that_all_miss_something_are_said(tmp_path: Path) -> None:
    path = npz(tmp_path, features=np.full((9, 2), np.nan), labels=np.arange(9) % 2)
    with pytest.raises(DataError, match="features must have rows, got none that is whole"):
        load_npz(path, missing="drop")
