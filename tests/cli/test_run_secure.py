"""Secure aggregation from the shell."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("cryptography")

from pyfedlite.cli import main


def test_a_secure_run_says_ring_and_precision(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--aggregate", "secure", "--dropout-rate", "0,0,0.1,0,0", "--num-rounds", "2"]
    model = ["--model", "softmax", "--no-plots", "--json", "--out", str(tmp_path / "run")]
    assert main(["run", *flags, *model]) == 0
    out = capsys.readouterr().out
    assert re.search(
        r"^secure mean: modulo 2\^32, \d+ fraction bits, threshold 7, 0 values cl", out, re.M
    )
    assert "each sum holds at least 4 honest clients\n" in out
    table = out.split("\n\n")[2]
    assert "survivors" in table
    assert "secure_" not in table
    assert max(map(len, out.splitlines()[:-2])) <= 100  # below are paths and JSON
    assert json.loads(out.splitlines()[-1])["rounds"] == 2


def test_rates_that_are_none_are_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--dropout-rate", "often"]) == 2
    assert "must be a number, or five with commas" in capsys.readouterr().err
