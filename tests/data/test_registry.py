from pathlib import Path

import numpy as np
import pytest

from pyfedlite.data import Dataset, Entry, available, clear, fetch, load, status
from pyfedlite.errors import DataError

DOWNLOADED = [entry.name for entry in available() if entry.needs_download]


@pytest.fixture
def nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No data folder, an empty cache, and no way out."""
    monkeypatch.delenv("PYFEDLITE_DATA", raising=False)
    monkeypatch.setenv("PYFEDLITE_CACHE", str(tmp_path))
    monkeypatch.setenv("PYFEDLITE_MIRROR", "http://127.0.0.1:9")
    return tmp_path


def loaded(name: str, request: pytest.FixtureRequest) -> Dataset:
    return load(name) if name not in DOWNLOADED else request.getfixturevalue(name)


@pytest.mark.parametrize("entry", available(), ids=lambda entry: entry.name)
def test_an_entry_tells_the_truth(entry: Entry, request: pytest.FixtureRequest) -> None:
    data = loaded(entry.name, request)
    assert data.name == entry.name
    assert data.num_examples + len(data.test_labels) == entry.num_rows
    assert (data.num_features, data.num_classes) == (entry.num_features, entry.num_classes)


def test_two_sets_travel_with_the_package() -> None:
    assert [entry.name for entry in available() if not entry.needs_download] == [
        "digits",
        "breast_cancer",
    ]


def test_a_hyphen_does_for_an_underscore() -> None:
    assert load("breast-cancer").name == "breast_cancer"


def test_an_unknown_name_is_met_with_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"dataset must be one of digits, .*'mnits'; did you mean"):
        load("mnits")


def test_a_file_of_ones_own_loads_by_its_path(tmp_path: Path) -> None:
    np.savez(tmp_path / "mine.npz", features=np.eye(10), labels=[0, 1] * 5)
    assert load(str(tmp_path / "mine.npz")).name == "mine"


@pytest.mark.parametrize("name", DOWNLOADED)
def test_what_is_nowhere_is_not_downloaded(nothing: Path, name: str) -> None:
    assert status(name) == "not downloaded"


@pytest.mark.parametrize("name", DOWNLOADED)
def test_offline_it_says_what_to_do(nothing: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"must be downloaded once, .*; go online"):
        fetch(name)


def test_what_travels_with_the_package_needs_no_fetching(nothing: Path) -> None:
    assert status("digits") == "built in"
    assert fetch("digits") == ()


@pytest.mark.usefixtures("german_credit")
def test_a_set_in_the_data_folder_is_found() -> None:
    assert status("german_credit") == "found"


def test_clear_takes_what_was_cached_and_nothing_else(nothing: Path) -> None:
    kept, gone = nothing / "notes.txt", nothing / "german-credit" / "german.data"
    gone.parent.mkdir()
    for path in (kept, gone):
        path.write_text("x")
    assert status("german_credit") == "cached"
    assert clear("mnist") == ()
    assert clear() == (gone,)
    assert kept.exists()
    assert not gone.exists()
