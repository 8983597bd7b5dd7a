"""Damaged files of each kind give a sentence, or what was in the file."""

from pathlib import Path

import pytest

from pyfedlite.errors import DataError
from pyfedlite.testing.fuzzing import files
from pyfedlite.testing.fuzzing.__main__ import main


@pytest.mark.parametrize("kind", files.KINDS)
def test_what_is_not_damaged_is_read(tmp_path: Path, kind: str) -> None:
    make, read, _ = files.KINDS[kind]
    path = tmp_path / f"whole{files._SUFFIXES.get(kind, '.npz')}"
    path.write_bytes(make(tmp_path))
    read(path)


@pytest.mark.parametrize("kind", files.KINDS)
def test_damaged_files_do_no_harm(tmp_path: Path, kind: str) -> None:
    assert 0 <= files.fuzz_files(kind, 60, 1, tmp_path) < 60


def test_a_reader_that_lets_out_another_error_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, _, errors = files.KINDS["data.csv"]

    def read(path: Path) -> None:
        raise KeyError("label")

    monkeypatch.setitem(files.KINDS, "data.csv", (make, read, errors))
    with pytest.raises(KeyError):
        files.fuzz_files("data.csv", 1, 0, tmp_path)


def test_a_reader_that_takes_long_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, _, errors = files.KINDS["data.csv"]

    def read(path: Path) -> None:
        raise DataError("a sentence, too late")

    monkeypatch.setattr(files, "SECONDS", -1.0)
    monkeypatch.setitem(files.KINDS, "data.csv", (make, read, errors))
    with pytest.raises(AssertionError, match="took more than"):
        files.fuzz_files("data.csv", 1, 0, tmp_path)


def test_the_command_throws_all_kinds(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cryptography")  # the messages hold keys
    monkeypatch.setattr("pyfedlite.testing.fuzzing.__main__.limit_memory", lambda: None)
    assert main(["100", "0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "100 messages, and 20 files of each kind, from seed 0"
    assert [line.split(":")[0] for line in lines[1:-1]] == list(files.KINDS)
