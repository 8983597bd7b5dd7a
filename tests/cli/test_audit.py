"""A run that is signed and logged, from the shell, and what ``pyfedlite audit`` finds in it."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("cryptography")

from pyfedlite.simulation import progress

SHORT = ("--num-rounds", 3, "--model", "softmax", "--no-plots")
Ask = Callable[..., Any]


@pytest.fixture
def run(ask: Ask) -> Path:
    """The folder of a run that is signed and logged."""
    assert ask("keys", "mine.pem").code == 0
    assert ask("run", *SHORT, "--audit-log", "--signing-key", "mine.pem", "--out", "run").code == 0
    return Path("run")


def found(ask: Ask, *words: str, code: int = 1) -> str:
    answer = ask("audit", "run", *words)
    assert answer.code == code
    printed: str = answer.out
    return printed


def fingerprint_of(folder: Path) -> str:
    fingerprint: str = json.loads((folder / "history.json").read_text())["fingerprint"]
    return fingerprint


def test_a_run_as_it_was_left_is_whole(ask: Ask, run: Path) -> None:
    answer = ask("audit", run, "--verify-key", "mine.pem.pub", "--json")
    assert answer.code == 0
    assert answer.json["is_whole"]
    assert (answer.json["rounds"], answer.json["warnings"]) == (3, [])
    assert answer.json["fingerprint"] == fingerprint_of(run)
    assert "the signature was not looked at" in found(ask, code=0)


def test_the_same_run_without_log_and_key_has_the_same_result(ask: Ask, run: Path) -> None:
    plain = ask("run", *SHORT, "--out", "plain", "--json").json
    assert plain["fingerprint"] == fingerprint_of(run)
    assert not (Path("plain") / "audit.jsonl").exists()
    answer = ask("audit", "plain")
    assert answer.code == 2
    assert "folder must hold an audit.jsonl, got plain; write one by" in answer.err


def test_a_log_without_a_key_warns(ask: Ask) -> None:
    ask("run", *SHORT, "--audit-log", "--out", "run")
    assert "warning  the log is not signed: whoever rewrites it" in found(ask, code=0)
    ask("keys", "mine.pem")
    out = found(ask, "--verify-key", "mine.pem.pub")
    assert "the head of the log is not signed, and has to be" in out
    assert "model.npz must carry a signature by the key" in out


def change(path: Path, old: bytes, new: bytes) -> None:
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))


def without_a_round(path: Path) -> None:
    history = json.loads(path.read_text())
    del history["records"][1]
    history["records"][1]["cohort"] = [1]
    path.write_text(json.dumps(history))


def another_model(path: Path) -> None:
    members = dict(np.load(path))
    np.savez(path, **members | {"theta": members["theta"] * 2})


def without_a_line(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:2], *lines[3:]]))


CHANGES: list[tuple[str, Callable[[Path], None], list[str]]] = [
    (
        "config.toml",
        lambda path: change(path, b"seed = 0", b"seed = 1"),
        ["config.toml is not the one that the log is about"],
    ),
    (
        "history.json",
        lambda path: change(path, b'"train_loss": ', b'"train_loss": 1'),
        ["history.json or model.npz was changed: the result has another fingerprint"],
    ),
    (
        "history.json",  # what the fingerprint does not hold
        lambda path: change(path, b"LocalSGD(local_epochs=5", b"LocalSGD(local_epochs=1"),
        ["history.json does not hold what the run has written"],
    ),
    (
        "history.csv",
        lambda path: change(path, b"test_loss", b"best_loss"),
        ["history.csv is missing, or does not say what history.json says"],
    ),
    (
        "history.json",
        without_a_round,
        [
            "round 2 of the log is missing in history.json",
            "round 3 of history.json has another cohort or failure than the log",
        ],
    ),
    ("model.npz", another_model, ["model.npz is not the model after round 3 of the log"]),
    ("audit.jsonl", without_a_line, ["line 3 is missing"]),
    ("model.npz", Path.unlink, ["model must be a file written by save_model, got run"]),
    ("history.json", Path.unlink, ["history.json is missing or damaged"]),
    ("history.csv", Path.unlink, ["history.csv is missing"]),
    ("config.toml", Path.unlink, ["config.toml is missing"]),
    ("audit.jsonl.head", Path.unlink, ["the head of the log is missing"]),
]


def test_each_file_that_was_changed_is_named(ask: Ask, run: Path) -> None:
    kept = {path.name: path.read_bytes() for path in run.iterdir()}
    for name, alter, sentences in CHANGES:
        alter(run / name)
        out = found(ask)
        assert all(sentence in out for sentence in sentences), (name, out)
        (run / name).write_bytes(kept[name])
    assert found(ask, "--verify-key", "mine.pem.pub", code=0)
    another_model(run / "model.npz")
    assert "model.npz must carry a signature" in found(ask, "--verify-key", "mine.pem.pub")


def test_a_log_whose_end_was_cut_off_is_not_that_of_a_run_that_is_done(
    ask: Ask, here: Path, run: Path
) -> None:
    """An older state of log and head, signed at the time, verifies on its own."""
    from pyfedlite.experiments.folder import about_of
    from pyfedlite.signing import AuditLog, load_signing_key
    from pyfedlite.state import RoundRecord, State

    for name in ("audit.jsonl", "audit.jsonl.head"):
        (run / name).unlink()
    log = AuditLog(run / "audit.jsonl", load_signing_key("mine.pem"), about_of(run))
    log([RoundRecord(1, (0,), {})], State(1, np.zeros(1)))
    out = found(ask, "--verify-key", "mine.pem.pub")
    assert "the log has no end, though the run is done: its last lines are missing" in out


def interrupted(ask: Ask, monkeypatch: pytest.MonkeyPatch, *words: object) -> None:
    show = progress.Lines.show

    def pressed(self: Any, number: int, shown: Any) -> None:
        show(self, number, shown)
        if number == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(progress.Lines, "show", pressed)
        assert ask("run", *SHORT, "--out", "run", *words).code == 130


def test_a_resumed_run_goes_on_with_log_and_signature(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("keys", "mine.pem")
    interrupted(ask, monkeypatch, "--audit-log", "--signing-key", "mine.pem")
    assert "the run is not done, or its end was cut off" in found(
        ask, "--verify-key", "mine.pem.pub", code=0
    )
    without = ask("run", "--resume", "run", "--no-plots")
    assert without.code == 2
    assert "key must be given for a run that is signed, got none; add --signing" in without.err
    assert ask("run", "--resume", "run", "--no-plots", "--signing-key", "mine.pem").code == 0
    assert "3 rounds" in found(ask, "--verify-key", "mine.pem.pub", code=0)


def test_a_signed_run_without_a_log_keeps_its_signatures(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask("keys", "mine.pem")
    interrupted(ask, monkeypatch, "--signing-key", "mine.pem")
    words = ("run", "--resume", "run", "--no-plots")
    assert "key must be given for a run that is signed" in ask(*words).err
    assert ask(*words, "--signing-key", "mine.pem").code == 0
    without = ask(*words, "--num-rounds", 9)
    assert (without.code, "run that is signed" in without.err) == (2, True)


def test_a_tampered_checkpoint_is_not_resumed(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    ask("keys", "mine.pem")
    interrupted(ask, monkeypatch, "--audit-log", "--signing-key", "mine.pem")
    another_model(Path("run") / "checkpoint.npz")
    assert "checkpoint.npz" in found(ask, "--verify-key", "mine.pem.pub")
    resumed = ask("run", "--resume", "run", "--no-plots", "--signing-key", "mine.pem")
    assert resumed.code == 2
    assert "checkpoint.npz must carry a signature by the key" in resumed.err


def test_predict_refuses_what_a_key_has_not_signed(ask: Ask, run: Path) -> None:
    Path("rows.csv").write_text(",".join(f"f{k}" for k in range(64)) + "\n" + "0," * 63 + "0\n")
    words = ("predict", "run", "rows.csv", "--verify-key")
    assert ask(*words, "mine.pem.pub").code == 0
    ask("keys", "other.pem")
    refused = ask(*words, "other.pem.pub")
    assert refused.code == 2
    assert "model.npz must carry a signature by the key" in refused.err
    mixed = ask(*words, "mine.pem")
    assert mixed.code == 2
    assert "verify key must be an Ed25519 public key in PEM, got mine.pem" in mixed.err


def test_keys_are_made_once(ask: Ask, here: Path) -> None:
    assert ask("keys", "mine.pem", "--json").json["verify_key"] == "mine.pem.pub"
    if os.name == "posix":
        assert (here / "mine.pem").stat().st_mode & 0o777 == 0o600
    again = ask("keys", "mine.pem")
    assert again.code == 2
    assert "file must be new, got mine.pem; a key is never written over" in again.err
    (here / "mine.pem").unlink()
    assert ask("keys", "mine.pem").code == 2  # the public half of another one
    assert not (here / "mine.pem").exists()


def test_a_run_over_another_starts_a_log_of_its_own(ask: Ask, run: Path) -> None:
    words = ("run", *SHORT, "--seed", 1, "--out", "run", "--overwrite")
    assert ask(*words, "--audit-log").code == 0
    assert "5 lines, 3 rounds" in found(ask, code=0)
    assert ask(*words).code == 0
    assert ask("audit", "run").code == 2


def test_a_run_that_is_prolonged_goes_on_with_its_log(ask: Ask, run: Path) -> None:
    more = ("run", "--resume", "run", "--num-rounds", 5, "--no-plots")
    assert ask(*more, "--signing-key", "mine.pem").code == 0
    assert "5 rounds" in found(ask, "--verify-key", "mine.pem.pub", code=0)
