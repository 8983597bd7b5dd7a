"""What the tests of the command line share: a folder to be in, and a way to ask for a run."""

import json
from types import SimpleNamespace

import pytest

from pyfedlite.cli import main


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def ask(here, capsys):
    """Call the command line in this process; see what it answered, and what it printed."""

    def call(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        captured = capsys.readouterr()
        lines = captured.out.splitlines()
        is_json = "--json" in words and code == 0
        answer = json.loads(lines[-1]) if is_json else None
        return SimpleNamespace(code=code, out=captured.out, err=captured.err, json=answer)

    return call
