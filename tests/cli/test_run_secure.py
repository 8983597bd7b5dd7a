"""Secure aggregation from the shell."""

import json
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
    assert "secure mean  sums modulo 2^32, steps of 2^-" in out
    assert json.loads(out.splitlines()[-1])["rounds"] == 2


def test_rates_that_are_none_are_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--dropout-rate", "often"]) == 2
    assert "must be a number, or five with commas" in capsys.readouterr().err
