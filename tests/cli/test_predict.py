"""``pyfedlite predict``: a saved model on new rows."""

import csv
import io

import numpy as np
import pytest

import pyfedlite as fl

ROWS = "age,weight\n30,60\n50,80\n"


@pytest.fixture
def model(here):
    """P(ill) = sigmoid((age - 40) / 10), whatever the weight."""
    fl.save_model(
        here / "model.npz",
        fl.LogisticRegression(2, dtype="float64"),
        np.array([1.0, 0.0, 0.0]),
        mean=[40.0, 70.0],
        std=[10.0, 10.0],
        feature_names=("age", "weight"),
        class_names=("well", "ill"),
    )
    return "model.npz"


@pytest.fixture
def rows(here):
    (here / "rows.csv").write_text(ROWS)
    return "rows.csv"


def test_classes_come_by_name_with_their_probabilities(ask, model, rows):
    # 1 / (1 + e) = 0.268941
    assert ask("predict", model, rows).out == (
        "prediction,p(well),p(ill)\nwell,0.731059,0.268941\nill,0.268941,0.731059\n"
    )


def test_columns_are_taken_by_name(ask, here, model, rows):
    (here / "other.csv").write_text("id,weight,age\n7,60,30\n8,80,50\n")
    assert ask("predict", model, "other.csv").out == ask("predict", model, rows).out


def test_rows_may_come_as_arrays(ask, here, model, rows):
    np.savez(here / "rows.npz", features=np.array([[30.0, 60.0], [50.0, 80.0]]))
    assert ask("predict", model, "rows.npz").out == ask("predict", model, rows).out


def test_json_is_one_object_in_the_last_line(ask, model, rows):
    told = ask("predict", model, rows, "--json").json
    assert list(told) == ["rows", "predictions", "classes", "probabilities", "out"]
    assert told["predictions"] == ["well", "ill"]
    assert told["classes"] == ["well", "ill"]
    assert np.allclose(np.sum(told["probabilities"], axis=1), 1)


def test_quiet_leaves_nothing_but_json(ask, model, rows):
    assert ask("predict", model, rows, "--json", "--quiet").out.count("\n") == 1
    assert ask("predict", model, rows, "--quiet").out == ""


def test_the_table_can_go_into_a_file(ask, here, model, rows):
    printed = ask("predict", model, rows).out
    done = ask("predict", model, rows, "--out", "answer.csv")
    assert done.out == "2 rows in answer.csv\n"
    assert (here / "answer.csv").read_text("utf-8") == printed


def test_a_file_is_not_written_over_without_being_asked(ask, here, model, rows):
    (here / "answer.csv").write_text("mine")
    refused = ask("predict", model, rows, "--out", "answer.csv")
    assert refused.code == 2
    assert refused.err.startswith("pyfedlite: out must be a new file, got answer.csv; name")
    assert (here / "answer.csv").read_text("utf-8") == "mine"
    assert ask("predict", model, rows, "--out", "answer.csv", "--overwrite").code == 0


def test_a_name_with_a_comma_is_quoted(ask, here, rows):
    fl.save_model("m.npz", fl.LogisticRegression(2), np.zeros(3), class_names=("a, b", "c"))
    table = list(csv.reader(io.StringIO(ask("predict", "m.npz", rows).out)))
    assert table[0] == ["prediction", "p(a, b)", "p(c)"]


def test_classes_without_names_are_numbers(ask, here, rows):
    fl.save_model("m.npz", fl.SoftmaxRegression(2, 3), np.zeros(9))
    assert ask("predict", "m.npz", rows).out.splitlines()[:2] == [
        "prediction,p(0),p(1),p(2)",
        "0,0.333333,0.333333,0.333333",
    ]


def test_a_regression_predicts_values(ask, here, rows):
    fl.save_model("m.npz", fl.LinearRegression(2, dtype="float64"), np.array([1.0, 0.5, 0.25]))
    done = ask("predict", "m.npz", rows, "--json")
    assert done.out.splitlines()[:3] == ["prediction", "60.25", "90.25"]  # age + weight/2 + 1/4
    assert done.json["predictions"] == [60.25, 90.25]
    assert done.json["probabilities"] is None


def test_the_model_of_a_run_takes_the_file_that_it_was_trained_on(ask, here):
    lines = "\n".join(f"{i},{'ab'[i % 2]},{'yes' if i > 19 else 'no'}" for i in range(40))
    (here / "mine.csv").write_text(f"x,kind,label\n{lines}\n")
    ask("run", "--dataset", "mine.csv", "--num-rounds", 3, "--no-plots", "--out", "done")
    told = ask("predict", "done/model.npz", "mine.csv", "--json").json
    assert told["rows"] == 40
    assert set(told["predictions"]) <= {"yes", "no"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("age\n30\n", "rows.csv must have a column 'weight', got age"),
        ("age,weight\n30,heavy\n", "column 'weight' must be a finite number, got 'heavy'"),
        ("age,weight\n30,\n", "column 'weight' must have a value, got ''"),
        ("", "rows.csv must have a line of names, then rows"),
    ],
)
def test_rows_that_do_not_fit_are_told_in_a_sentence(ask, here, model, content, sentence):
    (here / "rows.csv").write_text(content)
    refused = ask("predict", model, "rows.csv")
    assert (refused.code, refused.out) == (2, "")
    assert sentence in refused.err


def test_another_number_of_columns_is_told_in_a_sentence(ask, here, model):
    np.savez(here / "rows.npz", features=np.zeros((2, 3)))
    refused = ask("predict", model, "rows.npz")
    assert refused.code == 2
    assert "features must have 2 columns, as the model has, got 3" in refused.err


def test_an_absent_model_is_told_in_a_sentence(ask, rows):
    refused = ask("predict", "none.npz", rows)
    assert refused.code == 2
    assert "model must be a file written by save_model, got none.npz" in refused.err


def test_what_is_no_model_is_told_in_a_sentence(ask, rows):
    refused = ask("predict", rows, rows)
    assert refused.code == 2
    assert "model must be a file written by save_model, got rows.csv" in refused.err


def test_a_place_that_cannot_be_written_to_is_told_in_a_sentence(ask, model, rows):
    refused = ask("predict", model, rows, "--out", "none/answer.csv")
    assert refused.code == 1
    assert "must be writable, got No such file or directory" in refused.err


def test_a_missing_argument_is_told_in_a_sentence(ask, model):
    assert ask("predict", model).err == (
        "pyfedlite: FILE must be given; see pyfedlite predict --help\n"
    )
