"""A file of one's own, from the command line: said before, and kept with the model."""

import csv
import io
import re

import numpy as np
import pytest

import pyfedlite as fl

OUTCOMES = {"N": 0.2, "S": 0.8}


@pytest.fixture
def patients(here):
    """Rows with holes, categories with signs in them, a hospital and an outcome; semicolons."""
    rng = np.random.default_rng(0)
    lines = ["age;bmi class;hospital;outcome;ward"]
    for k in range(120):
        age = "" if k % 10 == 3 else str(20 + k % 60)
        bmi = ("<30", ">=30", "-")[k % 3]
        hospital = "NS"[k % 2]
        lines.append(f"{age};{bmi};{hospital};{int(rng.random() < OUTCOMES[hospital])};w{k}")
    (here / "data").mkdir()
    (here / "data" / "patients.csv").write_text("\n".join(lines))
    return "data/patients.csv"


HOW = (
    *("--label", "outcome", "--group", "hospital", "--drop", "ward"),
    *("--missing", "median", "--missing-marks=-"),
    *("--num-rounds", 2, "--no-plots"),
)


def test_what_will_be_predicted_is_said_first(ask, patients):
    told = ask("run", "--dataset", patients, *HOW)
    assert told.code == 0
    head = told.out.splitlines()
    assert head[0].startswith("predicting outcome: 2 classes, ")
    assert head[0].endswith(
        "% positive; 2 columns: 1 number, 1 category; 52 missing cells filled by median"
    )
    assert head[1] == "  age: numbers, 20 to 79; 12 missing"
    assert head[2] == "  bmi class: 2 categories: <30, >=30; 40 missing"


def test_the_model_of_a_run_predicts_the_raw_file_as_in_training(ask, here, patients):
    ask("run", "--dataset", patients, *HOW, "--out", "done")
    by_folder = ask("predict", "done", patients, "--json").json
    by_file = ask("predict", "done/model.npz", patients, "--json").json
    assert {**by_folder, "out": None} == {**by_file, "out": None}
    data = fl.data.load_csv(
        patients,
        label="outcome",
        group="hospital",
        drop="ward",
        missing="median",
        missing_marks="-",
    )
    clients = fl.standardise(fl.partition(data, fl.natural(), seed=0))
    trained = fl.load_model("done/model.npz")
    seen = np.concatenate([clients.pooled.features, clients.test_features])
    in_training = trained.model.predict_proba(trained.theta, seen)
    np.testing.assert_array_equal(
        np.sort(np.array(by_folder["probabilities"])[:, 1]), np.sort(in_training[:, 1])
    )


def test_columns_may_come_in_another_order(ask, here, patients):
    ask("run", "--dataset", patients, *HOW, "--out", "done")
    rows = list(csv.DictReader(io.StringIO((here / patients).read_text()), delimiter=";"))
    names = ["ward", "bmi class", "age"]
    lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
    (here / "other.csv").write_text("\n".join(lines))
    assert ask("predict", "done", "other.csv").out == ask("predict", "done", patients).out


def test_the_same_settings_may_stand_in_a_file(ask, here, patients):
    told = ask("run", "--dataset", patients, *HOW, "--json", "--out", "a").json
    again = ask("run", "a/config.toml", "--no-plots", "--json").json
    assert again["fingerprint"] == told["fingerprint"]
    text = (here / "a" / "config.toml").read_text()
    for line in ('missing = "median"', 'drop = ["ward"]', 'missing_marks = ["-"]'):
        assert line in text


def test_a_path_in_a_configuration_holds_from_any_folder(ask, here, patients, monkeypatch):
    told = ask("run", "--dataset", patients, *HOW, "--json", "--out", "a").json
    (here / "elsewhere").mkdir()
    monkeypatch.chdir(here / "elsewhere")
    assert ask("run", "../a/config.toml", "--json").json["fingerprint"] == told["fingerprint"]


def test_a_relative_path_starts_at_the_folder_of_its_file(ask, here, patients, monkeypatch):
    (here / "data" / "mine.toml").write_text(
        "\ufeff[run]\ndataset = 'patients.csv'\nlabel = 'outcome'\ndrop = 'ward'\n"
        "missing = 'drop'\ncategorical = 'bmi class'\nnum_rounds = 1\n"
    )
    assert ask("run", "data/mine.toml", "--no-plots").code == 0
    monkeypatch.chdir(here / "data")
    assert ask("run", "mine.toml", "--no-plots").code == 0


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["--label", "outcome", "--drop", "ward"],
            "line 5, column 'age' must have a value, got ''",
        ),
        (["--label", "outcome", "--drop", "wards"], "a column 'wards', got .*did you mean 'ward'"),
        (["--label", "outcome"], "column 'ward' must be a number, or the column have at most 100"),
        (
            ["--label", "outcome", "--missing", "meen"],
            "missing must be one of .*did you mean 'mean'",
        ),
        (
            ["--missing", "keep"],
            "missing must be one of mean, median, most-frequent, drop, got 'keep'",
        ),
        (["--task", "guess"], "task must be one of classification, regression, got 'guess'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(ask, patients, words, sentence):
    told = ask("run", "--dataset", patients, *words)
    assert told.code == 2
    assert len(told.err.splitlines()) == 1
    assert re.search(sentence, told.err), told.err


def test_settings_of_files_are_refused_for_named_data(ask, here):
    told = ask("run", "--dataset", "digits", "--missing", "mean")
    assert told.code == 2
    assert "missing must be left out but for a .csv or .npz file, got 'mean'" in told.err


def test_a_folder_without_a_model_is_named(ask, here, patients):
    told = ask("predict", "data", patients)
    assert told.code == 2
    assert "model must be a file written by save_model, got data/model.npz" in told.err
