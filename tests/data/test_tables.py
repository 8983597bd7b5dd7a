"""The one rule that decides what a column is, at each entrance."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.data import Dataset, describe, load_csv, load_frame, load_npz
from pyfedlite.data.tables import Column
from pyfedlite.errors import DataError

DOSES = [str(k / 2) for k in range(79)]
OTHER_WRITINGS = [
    *("0,5", "63 y", "2024-03-02", "$5", "5 €", "£1,000"),
    *("63y", "10ms", "5kg", "1.5k", "5°C", "7 mg", "0x1F"),
    *("1 000", "1'000", "1_000", "1 000 000,5"),
    *("(5)", "−5", "'5"),  # a typesetter's minus, an apostrophe of Excel
    *("10:15", "10:15:30", "9:05 pm", "2 Mar 2024", "March 2, 2024"),
]
WORDS = [">=30", "<5", "30-39", "A11", "red", "x=y", "5-year", "1st", "2D", "4x4", "4wd", "(a)"]


def csv_file(folder: Path, columns: dict[str, list[Any]], delimiter: str = ",") -> Path:
    """A CSV file in which every value is quoted."""
    quoted = [[f'"{value}"' for value in [name, *column]] for name, column in columns.items()]
    path = folder / "mine.csv"
    path.write_text("\n".join(delimiter.join(row) for row in zip(*quoted, strict=True)) + "\n")
    return path


def from_csv(folder: Path, columns: dict[str, list[Any]], **how: Any) -> Dataset:
    return load_csv(csv_file(folder, columns), **how)


def from_frame(folder: Path, columns: dict[str, list[Any]], **how: Any) -> Dataset:
    return load_frame(columns, **how)


DOORS = pytest.mark.parametrize("door", [from_csv, from_frame])
Door = Callable[..., Dataset]


# ---- types -------------------------------------------------------------------------------------


@DOORS
@pytest.mark.parametrize(
    "stray", ["unknown", "-", "0,5", "1,000", "2024-03-02", "02.03.2024", "63 y", "5 %", "1_000"]
)
def test_a_stray_among_numbers_is_named_with_what_to_do(
    tmp_path: Path, door: Door, stray: str
) -> None:
    columns = {"dose": [*DOSES, stray], "label": [k % 2 for k in range(80)]}
    with pytest.raises((DataError, ValueError)) as caught:
        door(tmp_path, columns)
    place = "line 81" if door is from_csv else "row 79"
    assert f"{place}, column 'dose' must be a number, as 79 of the 80 values are" in str(
        caught.value
    )
    assert f"got {stray!r}" in str(caught.value)
    assert f"missing_marks=[{stray!r}]" in str(caught.value)
    assert "categorical=['dose']" in str(caught.value)


@DOORS
def test_a_stray_can_be_said_to_be_missing(tmp_path: Path, door: Door) -> None:
    columns = {"dose": ["1", "2", "-", "6"] * 5, "label": [0, 1] * 10}
    data = door(tmp_path, columns, missing_marks="-", missing="keep")
    assert data.feature_names == ("dose",)
    assert data.num_missing == 5


@pytest.mark.parametrize("mark", ["-999", "-999.0", "-9.99e2"])
@pytest.mark.parametrize("written", ["-999", "-999.0", -999, -999.0, np.float32(-999)])
@DOORS
def test_a_number_can_be_said_to_be_missing_however_it_is_written(
    tmp_path: Path, door: Door, mark: str, written: Any
) -> None:
    columns = {"dose": [1, 2, written, 6] * 5, "label": [0, 1] * 10}
    assert door(tmp_path, columns, missing_marks=mark, missing="keep").num_missing == 5


def test_numbers_of_a_frame_can_be_said_to_be_missing() -> None:
    for dose in (np.array([1, -999]), np.array([1.5, -999]), np.array([True, False])):
        data = load_frame(
            {"dose": np.tile(dose, 10), "label": ["a", "b", "b", "a"] * 5},
            missing_marks=["-999", "0"],
            missing="keep",
        )
        assert data.num_missing == (0 if dose.dtype == bool else 10)


@pytest.mark.parametrize("name", ["label", "group"])
@DOORS
def test_the_name_of_a_column_is_text(tmp_path: Path, door: Door, name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} must be the name of a column, as text, got int"):
        door(tmp_path, {"x": [1, 2] * 9, "y": [0, 1] * 9}, **{name: 3})


@DOORS
def test_a_column_can_be_said_to_hold_categories(tmp_path: Path, door: Door) -> None:
    columns = {"children": ["0", "1", "2", "3+"] * 5, "label": [0, 1] * 10}
    data = door(tmp_path, columns, categorical="children")
    assert data.columns == (Column("children", ("0", "1", "2", "3+")),)


@DOORS
@pytest.mark.parametrize(
    "value", [*"0,5|63 y|2024-03-02|$5|5 €|£1,000".split("|"), *OTHER_WRITINGS]
)
def test_a_whole_column_that_looks_like_numbers_is_no_category(
    tmp_path: Path, door: Door, value: str
) -> None:
    columns = {"dose": [value] * 20, "label": [0, 1] * 10}
    with pytest.raises((DataError, ValueError), match="must be a number as Python writes it"):
        door(tmp_path, columns)


@DOORS
@pytest.mark.parametrize(
    "value",
    [">=30", "<5", "30-39", "A11", "red", "x=y", "5-year", "1st", "2D", "4x4", "4wd", "(a)"],
)
def test_words_are_categories(tmp_path: Path, door: Door, value: str) -> None:
    columns = {"kind": [value, "other"] * 10, "label": [0, 1, 1, 0] * 5}
    assert door(tmp_path, columns).columns == (Column("kind", tuple(sorted([value, "other"]))),)


@DOORS
def test_a_mixed_label_is_an_error_until_it_is_said_to_be_classes(
    tmp_path: Path, door: Door
) -> None:
    columns = {"x": list(range(20)), "label": ["0", "1", "1", "?!"] * 5}
    with pytest.raises((DataError, ValueError), match="column 'label' must be a number, as 15 of"):
        door(tmp_path, columns)
    assert door(tmp_path, columns, task="classification").class_names == ("0", "1", "?!")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_what_separates_the_values_is_seen_in_the_first_line(
    tmp_path: Path, delimiter: str
) -> None:
    columns = {"a, b;\tc": list(range(10)), "y": [0, 1] * 5}
    assert load_csv(csv_file(tmp_path, columns, delimiter)).feature_names == ("a, b;\tc",)


def test_a_long_cell_is_named_and_takes_no_memory(tmp_path: Path) -> None:
    columns = {"kind": ["red", "blue"] * 10_000, "label": [0, 1, 1, 0] * 5_000}
    columns["kind"][7] = "x" * 100_000
    with pytest.raises(
        DataError, match=r"line 9, column 'kind' must have at most 200 letters, got 1"
    ):
        load_csv(csv_file(tmp_path, columns))


def test_very_many_columns_are_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = ",".join([*(f"c{k}" for k in range(5_000)), "label"])
    path.write_text("\n".join([names, *(",".join(["1"] * 5_000 + [str(k % 2)]) for k in range(6))]))
    assert load_csv(path).num_features == 5_000


def test_categories_that_would_spread_out_too_far_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pyfedlite.data.tables.MOST_VALUES", 100)
    columns = {"kind": [chr(97 + k) for k in range(20)], "label": [0, 1] * 10}
    with pytest.raises(DataError, match=r"come to at most 100 values .*, got 20 rows of 20"):
        load_csv(csv_file(tmp_path, columns))


# ---- columns with a part to play ---------------------------------------------------------------


@DOORS
def test_a_group_can_be_named_and_columns_left_out(tmp_path: Path, door: Door) -> None:
    columns = {
        "id": [f"patient {k}" for k in range(40)],
        "hospital": ["N", "S"] * 20,
        "x": list(range(40)),
        "label": [0, 1, 1, 0] * 10,
    }
    data = door(tmp_path, columns, group="hospital", drop="id")
    assert data.group_names == ("N", "S")
    assert data.feature_names == ("x",)


@DOORS
@pytest.mark.parametrize(("one", "other"), [("01", "1"), ("9007199254740992", "9007199254740993")])
def test_two_owners_never_become_one(tmp_path: Path, door: Door, one: str, other: str) -> None:
    columns = {"x": list(range(24)), "group": [one, other] * 12, "y": [0, 1, 1, 0] * 6}
    assert door(tmp_path, columns).group_names == (one, other)


def test_two_owners_of_many_digits_never_become_one_in_numbers() -> None:
    owners = np.array([2**53, 2**53 + 1] * 12)
    data = load_frame({"x": range(24), "group": owners, "y": [0, 1, 1, 0] * 6})
    assert data.group_names == (str(2**53), str(2**53 + 1))


@pytest.mark.parametrize("name", ["hospital", "Site", "branch_id", "client name"])
def test_a_column_that_looks_like_a_group_is_pointed_at(tmp_path: Path, name: str) -> None:
    columns = {name: ["N", "S"] * 10, "x": list(range(20)), "label": [0, 1, 1, 0] * 5}
    text = describe(load_csv(csv_file(tmp_path, columns)))
    assert f"note: column {name!r} looks like a group; group={name!r} (--group {name!r})" in text


def test_what_will_be_predicted_is_said_in_one_line(tmp_path: Path) -> None:
    columns = {
        "x": ["1", "2", "", "4"] * 5,
        "colour": ["red", "blue"] * 10,
        "outcome": [0] * 15 + [1] * 5,
    }
    data = load_csv(csv_file(tmp_path, columns), label="outcome", missing="median")
    assert describe(data).splitlines() == [
        "predicting outcome: 2 classes, 25.0 % positive; 2 columns: 1 number, 1 category; "
        "5 missing cells filled by median",
        "  x: numbers, 1 to 4; 5 missing",
        "  colour: 2 categories: blue, red",
    ]


def test_a_label_that_nobody_named_is_pointed_at(tmp_path: Path) -> None:
    columns = {"x": list(range(40)), "stay": [k % 18 for k in range(40)]}
    text = describe(load_csv(csv_file(tmp_path, columns)))
    assert text.startswith("predicting stay: 18 classes;")
    assert "so the last one, 'stay', is predicted; label=… (--label) names another" in text
    assert "the labels are 18 whole numbers, taken as classes; task='regression'" in text


# ---- missing values ----------------------------------------------------------------------------

X = np.arange(24.0).reshape(12, 2)
Y = np.array([0, 1] * 6)
HOLES = {(2, 1), (7, 0)}


def with_holes(mark: Any = np.nan) -> np.ndarray:
    x = X.astype(object) if mark is not np.nan else X.copy()
    for place in HOLES:
        x[place] = mark
    return x


def to_csv(folder: Path, x: Any, y: Any, **how: Any) -> Dataset:
    columns = {"a": list(x[:, 0]), "b": list(x[:, 1]), "y": list(y)}
    return load_csv(csv_file(folder, columns), **how)


def to_npz(folder: Path, x: Any, y: Any, **how: Any) -> Dataset:
    np.savez(folder / "m.npz", features=np.asarray(x, np.float64), labels=y)
    return load_npz(folder / "m.npz", **how)


def to_frame(folder: Path, x: Any, y: Any, **how: Any) -> Dataset:
    return load_frame({"a": x[:, 0], "b": x[:, 1], "y": y}, **how)


def to_dataset(folder: Path, x: Any, y: Any, **how: Any) -> Dataset:
    return Dataset(x, y, X[:2], Y[:2], 2, "made", **how)


def to_estimator(folder: Path, x: Any, y: Any, missing: str | None = None) -> Any:
    model = fl.FederatedClassifier("logistic", num_clients=2, num_rounds=2, missing=missing)
    return model.fit(x, y)


ALL_DOORS = pytest.mark.parametrize(
    "door", [to_csv, to_npz, to_frame, to_dataset, to_estimator], ids=lambda door: door.__name__
)


@ALL_DOORS
def test_a_missing_feature_is_refused_at_every_door(tmp_path: Path, door: Door) -> None:
    with pytest.raises((DataError, ValueError), match=r"must have a value.*pass missing='mean'"):
        door(tmp_path, with_holes(), Y)


@pytest.mark.parametrize("door", [to_csv, to_frame, to_dataset, to_estimator])
@pytest.mark.parametrize("mark", [None, np.nan, float("nan")])
def test_every_mark_of_a_missing_number_is_one(tmp_path: Path, door: Door, mark: Any) -> None:
    with pytest.raises((DataError, ValueError), match="must have a value"):
        door(tmp_path, with_holes(mark), Y)


@pytest.mark.parametrize("door", [to_csv, to_frame])
@pytest.mark.parametrize("mark", ["", " ", "?", "NA", "n/a", "NaN", "null", "None", "<NA>"])
def test_every_mark_of_a_missing_text_is_one(tmp_path: Path, door: Door, mark: str) -> None:
    with pytest.raises((DataError, ValueError), match="must have a value"):
        door(tmp_path, with_holes(mark), Y)


@pytest.mark.parametrize("door", [to_dataset, to_estimator, to_frame])
def test_a_masked_entry_is_missing(tmp_path: Path, door: Door) -> None:
    x = np.ma.masked_array(X, mask=[[place in HOLES for place in row] for row in places()])
    with pytest.raises(ValueError, match="must have a value"):
        door(tmp_path, x, Y)


def places() -> list[list[tuple[int, int]]]:
    return [[(i, j) for j in range(2)] for i in range(12)]


@ALL_DOORS
@pytest.mark.parametrize("rule", ["mean", "median", "most-frequent", "drop"])
def test_what_is_missing_can_be_mended_at_every_door(tmp_path: Path, door: Door, rule: str) -> None:
    made = door(tmp_path, with_holes(), Y, missing=rule)
    if isinstance(made, Dataset):
        clients = fl.partition(made, fl.iid(), num_clients=2, seed=0)
        assert clients.num_missing == 0
        assert np.isfinite(clients.pooled.features).all()
        made = fl.simulate(fl.fedavg(fl.LogisticRegression(2)), clients, num_rounds=1, seed=0)
    assert set(np.unique(made.predict(X))) <= {0, 1}


def test_a_filled_value_is_the_mean_of_all_clients() -> None:
    data = Dataset(
        [[2.0], [np.nan], [6.0], [1.0]], [0, 1, 0, 1], [[np.nan]], [0], 2, "m", missing="mean"
    )
    clients = fl.partition(data, fl.iid(), num_clients=2, seed=0)
    assert sorted(clients.pooled.features[:, 0].tolist()) == [1.0, 2.0, 3.0, 6.0]
    assert clients.test_features.tolist() == [[3.0]]


def test_a_missing_category_becomes_the_most_frequent_one() -> None:
    kinds = ["red", "red", "blue", None] * 4
    data = load_frame({"kind": kinds, "y": [0, 1, 1, 0] * 4}, missing="mean")
    clients = fl.partition(data, fl.iid(), num_clients=2, seed=0)
    rows = np.concatenate([clients.pooled.features, clients.test_features])
    assert (rows.sum(axis=1) == 1).all()
    assert rows.sum(axis=0).tolist() == [4, 12]  # blue, and red with the four that were missing


LABELS = {
    "nan": np.where(np.arange(12) == 3, np.nan, Y),
    "none": np.array([*Y[:11].tolist(), None], dtype=object),
    "mask": np.ma.masked_array(Y, mask=np.arange(12) == 5),
}


@pytest.mark.parametrize("door", [to_dataset, to_estimator, to_frame])
@pytest.mark.parametrize("kind", LABELS)
def test_a_missing_label_is_refused_and_can_be_dropped(
    tmp_path: Path, door: Door, kind: str
) -> None:
    for how in ({}, {"missing": "mean"}):
        with pytest.raises(ValueError, match=r"must have a value.*missing='drop'"):
            door(tmp_path, X, LABELS[kind], **how)
    made = door(tmp_path, X, LABELS[kind], missing="drop")
    if isinstance(made, Dataset) and door is to_dataset:
        assert made.num_examples == 11


@pytest.mark.parametrize("door", [to_csv, to_npz])
def test_a_missing_label_in_a_file_is_refused_and_can_be_dropped(
    tmp_path: Path, door: Door
) -> None:
    with pytest.raises(DataError, match=r"must have a value.*missing='drop'"):
        door(tmp_path, X, LABELS["nan"])
    data = door(tmp_path, X, LABELS["nan"], missing="drop")
    assert data.num_examples + len(data.test_labels) == 11
    assert "note: 1 rows with a missing value are left out" in describe(data)


def test_training_refuses_what_was_kept_and_not_filled() -> None:
    data = Dataset(with_holes(), Y, X[:2], Y[:2], 2, "holes", missing="keep")
    clients = fl.partition(data, fl.iid(), num_clients=2, seed=0)
    algorithm = fl.fedavg(fl.LogisticRegression(2))
    with pytest.raises(
        ValueError, match=r"clients must have no missing values, got 2 .*fill_missing"
    ):
        fl.simulate(algorithm, clients, num_rounds=1, seed=0)
    filled = fl.fill_missing(clients, "median")
    assert len(fl.simulate(algorithm, filled, num_rounds=1, seed=0).records) == 1


def test_standardising_refuses_what_is_missing() -> None:
    data = Dataset(with_holes(), Y, X[:2], Y[:2], 2, "holes", missing="keep")
    with pytest.raises(ValueError, match="features must have a value everywhere"):
        fl.standardise(fl.partition(data, fl.iid(), num_clients=2, seed=0))


def test_a_rule_is_known() -> None:
    with pytest.raises(ValueError, match=r"missing must be one of mean, .*did you mean 'median'"):
        Dataset(X, Y, X, Y, 2, "m", missing="medain")


# ---- sentences about what was given ------------------------------------------------------------


@pytest.mark.parametrize("door", [to_npz, to_estimator])
def test_bytes_are_no_labels(tmp_path: Path, door: Door) -> None:
    with pytest.raises(
        (DataError, TypeError), match=r"be numbers or text, not \|S1, .*astype\(str\)"
    ):
        door(tmp_path, X, np.array([b"a", b"b"] * 6))


def test_a_column_too_large_to_square_is_named(tmp_path: Path) -> None:
    columns = {"x": ["1e300", "-1e300"] * 10, "y": [0, 1, 1, 0] * 5}
    clients = fl.partition(load_csv(csv_file(tmp_path, columns)), fl.iid(), num_clients=2, seed=0)
    with pytest.raises(ValueError, match="column 'x' must have values whose squares can be added"):
        fl.standardise(clients)
    algorithm = fl.fedavg(fl.LogisticRegression(1))
    with pytest.raises(
        ValueError, match=r"fit into float32, .*, got 1e\+300 in column 'x'; rescale"
    ):
        fl.simulate(algorithm, clients, num_rounds=1, seed=0)


@pytest.mark.parametrize("groups", [[0, None] * 6, np.where(Y == 1, np.nan, 0)])
def test_a_missing_group_is_refused_and_can_be_dropped(groups: Any) -> None:
    with pytest.raises(ValueError, match=r"groups must have a value everywhere.*missing='drop'"):
        Dataset(X, Y, X, Y, 2, "d", groups=groups)
    assert Dataset(X, Y, X, Y, 2, "d", groups=groups, missing="drop").num_examples == 6


def test_none_is_a_name_for_a_category_and_none_of_python_is_missing(tmp_path: Path) -> None:
    columns = {"pain": ["none", "mild"] * 10, "y": [0, 1, 1, 0] * 5}
    assert load_frame(columns).columns == (Column("pain", ("mild", "none")),)
    with pytest.raises(ValueError, match="column 'pain' must have a value, got 'None'"):
        load_frame(columns | {"pain": ["None", "mild"] * 10})
