"""What the README shows is run."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
if not README.exists():
    pytest.skip("needs a checkout", allow_module_level=True)


def test_the_first_commands_are_make_run_and_make_test():
    commands = re.findall(r"^\$ (\w+ \w+)", README.read_text("utf-8"), re.M)
    assert commands[:2] == ["make run", "make test"]


def test_the_python_of_the_readme_runs(tmp_path):
    pytest.importorskip("matplotlib")
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text("utf-8"), re.S | re.M)
    script = "\n".join([*blocks, "assert 0.93 < history.final_accuracy < 0.98"])
    environment = {**os.environ, "MPLBACKEND": "Agg"}
    command = [sys.executable, "-W", "error", "-c", script]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "test_accuracy" in done.stdout
    assert (tmp_path / "first-run.png").read_bytes()[
        :8
    ] == b"\x89PNG\r\n\x1a\n"  # a script shows it


def test_the_quickstart_shows_its_picture_in_a_script_too():
    for page in ("docs/quickstart.md", "docs/index.md"):
        text = (README.parent / page).read_text("utf-8")
        assert "history.plot()\nplt.show()\n```" in text


def test_what_the_readme_links_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8"))
    assert [link for link in links if not (README.parent / link).exists()] == []
