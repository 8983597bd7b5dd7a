"""``pyfedlite data``: what there is, getting it, making room."""

import pytest

from pyfedlite.data import available


@pytest.fixture(autouse=True)
def _offline(monkeypatch, tmp_path):
    """An empty cache, no folder of data, and a mirror that nobody answers at."""
    monkeypatch.delenv("PYFEDLITE_DATA", raising=False)
    monkeypatch.setenv("PYFEDLITE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PYFEDLITE_MIRROR", "http://127.0.0.1:9")


def test_every_data_set_is_listed(ask):
    done = ask("data", "list", "--json")
    assert [row["name"] for row in done.json["datasets"]] == [e.name for e in available()]
    for entry in available():
        assert entry.title in done.out


def test_where_it_lies_is_listed_too(ask):
    status = {row["name"]: row["status"] for row in ask("data", "list", "--json").json["datasets"]}
    assert status["digits"] == "built in"
    assert status["mnist"] == "not downloaded"


def test_columns_of_the_list_are_in_line(ask):
    head, *rows = ask("data", "list").out.splitlines()
    place = head.index("what it is")
    assert all(row[place - 1] == " " and row[place] != " " for row in rows)


def test_what_travels_with_the_package_needs_no_fetching(ask):
    done = ask("data", "fetch", "digits", "--json")
    assert done.json == {"files": {"digits": []}}
    assert done.out.startswith("digits: travels with the package\n")


def test_a_download_that_fails_is_a_failure(ask):
    failed = ask("data", "fetch", "mnist")
    assert failed.code == 1
    assert "must be downloaded once, got no good copy from http://127.0.0.1:9" in failed.err
    assert "Traceback" not in failed.err


def test_a_run_on_absent_data_is_bad_input(ask):
    assert ask("run", "--dataset", "mnist").code == 2


def test_an_unknown_name_suggests_the_nearest(ask):
    refused = ask("data", "fetch", "minst")
    assert refused.code == 2
    assert refused.err.endswith("got 'minst'; did you mean 'mnist'?\n")


def test_nothing_to_delete_is_said(ask):
    done = ask("data", "clear", "--json")
    assert done.json == {"deleted": []}
    assert done.out.startswith("nothing to delete\n")


def test_downloaded_files_are_deleted_and_named(ask, tmp_path):
    path = tmp_path / "cache" / "mnist" / "train-labels-idx1-ubyte.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"whatever")
    done = ask("data", "clear", "mnist")
    assert done.out == f"deleted {path}\n"
    assert not path.exists()


def test_quiet_prints_nothing(ask):
    assert ask("data", "list", "--quiet").out == ""


def test_an_unknown_action_suggests_the_nearest(ask):
    refused = ask("data", "lst")
    assert refused.code == 2
    assert refused.err.endswith("got 'lst'; did you mean 'list'?\n")
