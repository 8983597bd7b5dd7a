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


def test_a_robust_rule_over_secure_groups_is_named_in_a_flag(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = ["--aggregate", "secure_groups:3+median:num_byzantine=1", "--num-rounds", "2"]
    flags = [*rule, "--model", "softmax", "--no-plots", "--json"]
    assert main(["run", *flags, "--out", str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    assert re.search(r"survivors +groups +aborted", out)
    again = ["run", str(tmp_path / "run" / "config.toml"), "--out", str(tmp_path / "again")]
    assert main([*again, "--no-plots", "--json"]) == 0
    results = [json.loads(text.splitlines()[-1]) for text in (out, capsys.readouterr().out)]
    assert results[0]["fingerprint"] == results[1]["fingerprint"]


def test_groups_without_a_rule_behind_them_are_bad_usage(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["run", "--aggregate", "secure_groups:3+mean"]) == 2
    assert "rule must have a num_byzantine, got WeightedMean" in capsys.readouterr().err


def test_a_run_with_noise_of_clients_says_what_holds_and_no_more(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--aggregate", "distributed_private:1,0.5", "--num-rounds", "2", "--no-plots"]
    assert main(["run", *flags, "--model", "softmax", "--out", str(tmp_path / "run")]) == 0
    out = capsys.readouterr().out
    assert "private: the server sees who takes part, and only what has noise is recorded" in out
    assert re.search(r"^secure mean: modulo 2\^32, threshold 7$", out, re.M)
    assert "each sum holds at least 4 honest clients\n" in out
    assert "keep the other files to yourself" in out
    head = (tmp_path / "run" / "history.csv").read_text().splitlines()[0]
    assert "dp_noise" in head
    assert "train_loss" not in head
    assert "saturated" not in head
    again = ["run", str(tmp_path / "run" / "config.toml"), "--out", str(tmp_path / "b")]
    assert main([*again, "--no-plots"]) == 0


def test_rates_that_are_none_are_bad_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--dropout-rate", "often"]) == 2
    assert "must be a number, or five with commas" in capsys.readouterr().err
