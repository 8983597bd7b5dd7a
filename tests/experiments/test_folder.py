"""The folder of a run."""

import pytest

import pyfedlite as fl
from pyfedlite.experiments import build, resolve
from pyfedlite.experiments import folder as folders
from pyfedlite.experiments.folder import RunFolder, new_folder

RESULTS = {"config.toml", "checkpoint.npz", "history.csv", "history.json", "model.npz"}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def finished(tmp_path):
    """A folder, an experiment and its history, written."""
    experiment = build(resolve({"run": {"dataset": "breast_cancer", "num_rounds": 2}}))
    folder = new_folder(tmp_path / "out")
    folder.begin(experiment.config)
    history = experiment.run(checkpoint=folder.checkpoint)
    folder.finish(experiment, history)
    return folder, experiment, history


def names(folder):
    return {path.name for path in folder.path.iterdir()}


def test_folders_of_a_day_are_numbered(here, monkeypatch):
    monkeypatch.setattr(folders.time, "strftime", lambda form: "2017-04-20")
    made = [str(new_folder(None).path) for _ in range(3)]
    assert made == [str(folders.Path("runs") / f"2017-04-20-{n}") for n in (1, 2, 3)]


def test_a_number_that_is_taken_is_passed_over(here, monkeypatch):
    monkeypatch.setattr(folders.time, "strftime", lambda form: "2017-04-20")
    (here / "runs" / "2017-04-20-1").mkdir(parents=True)
    assert new_folder(None).path.name == "2017-04-20-2"


def test_a_folder_that_exists_is_not_written_into(tmp_path):
    with pytest.raises(ValueError, match=r"out must be a new folder, got .* add --overwrite"):
        new_folder(tmp_path)


def test_a_folder_that_exists_is_written_into_when_told_to(tmp_path):
    assert new_folder(tmp_path, overwrite=True).path == tmp_path


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "x").write_text("")
    with pytest.raises(ValueError, match="out must be a folder, got"):
        new_folder(tmp_path / "x", overwrite=True)


def test_folders_above_are_made_too(tmp_path):
    assert new_folder(tmp_path / "a" / "b").path.is_dir()


def test_a_run_leaves_its_configuration_history_and_model(finished):
    assert names(finished[0]) == RESULTS


def test_the_model_is_there_only_when_the_run_is_done(tmp_path):
    experiment = build(resolve({"run": {"num_rounds": 2}}))
    folder = new_folder(tmp_path / "out")
    folder.begin(experiment.config)
    history = experiment.run(checkpoint=folder.checkpoint)
    assert names(folder) == {"config.toml", "checkpoint.npz"}
    folder.finish(experiment, history)
    assert names(folder) == RESULTS


def test_the_written_configuration_makes_the_same_run_once_more(finished):
    folder, experiment, history = finished
    text = (folder.path / "config.toml").read_text("utf-8")
    again = build(resolve(fl.experiments.toml.read(folder.path / "config.toml")))
    assert again.config == experiment.config
    assert again.run().fingerprint == history.fingerprint
    assert "num_rounds = 2\n" in text


def test_the_saved_model_takes_rows_in_their_own_units(finished):
    folder, _, history = finished
    data = fl.data.load_breast_cancer()
    trained = fl.load_model(folder.path / "model.npz")
    accuracy = (trained.predict(data.test_features) == data.test_labels).mean()
    assert accuracy == history.final_accuracy
    assert trained.class_names == ("benign", "malignant")
    assert trained.feature_names == data.feature_names


def test_beginning_anew_removes_what_was_left_and_nothing_else(finished):
    folder, experiment, _ = finished
    for name in ("checkpoint.npz", "plot.png", "partition.png", "notes.txt"):
        (folder.path / name).write_text("old")
    folder.begin(experiment.config)
    assert names(folder) == {"config.toml", "notes.txt"}


def test_plots_are_two_pictures(finished):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    folder, experiment, history = finished
    assert folder.draw(experiment, history) == ["plot.png", "partition.png"]
    for name in ("plot.png", "partition.png"):
        assert (folder.path / name).read_bytes().startswith(b"\x89PNG\r\n")


def test_plotting_leaves_no_figure_open(finished):
    plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is not installed")
    before = plt.get_fignums()
    finished[0].draw(*finished[1:])
    assert plt.get_fignums() == before


def test_a_run_that_is_done_cannot_be_resumed(finished):
    with pytest.raises(ValueError, match="folder must hold a run that was interrupted, got one"):
        finished[0].read_config()


def test_a_folder_without_a_run_cannot_be_resumed(tmp_path):
    with pytest.raises(ValueError, match=r"folder must hold the config.toml of a run, got"):
        RunFolder(tmp_path).read_config()
