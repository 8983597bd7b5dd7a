"""An audit log shows which of its lines was changed, removed, added or moved."""

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cryptography")

import pyfedlite as fl
from pyfedlite.errors import FileFormatError
from pyfedlite.history import History
from pyfedlite.signing import AuditLog, SigningKey, check_log
from pyfedlite.signing.chain import head_path, line_of, with_hash
from pyfedlite.state import RoundRecord, State

KEY, OTHER = SigningKey(bytes(32)), SigningKey(bytes([1]) * 32)
ROUNDS = 4  # and a line at the start, and one at the end

keys = st.sampled_from([None, KEY])


def written(path: Path, key: SigningKey | None = KEY, num_rounds: int = ROUNDS) -> Path:
    log = AuditLog(path, key, "a run")
    for t in range(1, num_rounds + 1):
        failure = "nobody came" if t == 3 else None
        log([RoundRecord(t, (t, t + 1), {"train_loss": 0.5}, failure)], State(t, np.full(2, t)))
    log.finish("0123")
    return path


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def findings(path: Path, key: SigningKey | None) -> str:
    return "\n".join(check_log(path, None if key is None else key.verify_key).findings)


@pytest.fixture(scope="module")
def new_path(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Path]:
    return lambda: tmp_path_factory.mktemp("log") / "audit.jsonl"


@given(keys)
def test_a_log_as_it_was_written_is_whole(new_path: Callable[[], Path], key: Any) -> None:
    path = written(new_path(), key)
    report = check_log(path, None if key is None else key.verify_key)
    assert report.is_whole
    assert (report.num_lines, report.num_rounds, report.repeated) == (ROUNDS + 2, ROUNDS, ())
    assert (report.about, report.fingerprint) == ("a run", "0123")
    assert report.failures == {1: None, 2: None, 3: "nobody came", 4: None}
    assert len(set(report.cohorts.values())) == len(set(report.thetas.values())) == ROUNDS


@settings(max_examples=60)
@given(st.data())
def test_a_changed_byte_is_noticed_and_its_line_is_named(
    new_path: Callable[[], Path], data: st.DataObject
) -> None:
    path = written(new_path(), data.draw(keys))
    lines = lines_of(path)
    number = data.draw(st.integers(1, len(lines)))
    line = bytearray(lines[number - 1])
    line[data.draw(st.integers(0, len(line) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(b"".join([*lines[: number - 1], bytes(line), *lines[number:]]))
    found = findings(path, None)  # a changed number of a line leaves the line missing
    assert f"line {number} " in found or f"lines {number} to {number} are missing" in found


@settings(max_examples=20)
@given(st.data())
def test_a_line_rewritten_with_a_hash_of_its_own_breaks_the_chain(
    new_path: Callable[[], Path], data: st.DataObject
) -> None:
    path = written(new_path(), None)
    lines = lines_of(path)
    number = data.draw(st.integers(1, len(lines)))
    entry = json.loads(lines[number - 1]) | {"theta": "0" * 64}
    lines[number - 1] = line_of(with_hash(entry))
    path.write_bytes(b"".join(lines))
    if number < len(lines):
        assert f"line {number + 1} does not follow from line {number}: one" in findings(path, None)
    else:
        assert f"line {number} is not the one that the head of the log" in findings(path, None)


@settings(max_examples=20)
@given(st.data())
def test_missing_lines_are_named(new_path: Callable[[], Path], data: st.DataObject) -> None:
    path = written(new_path(), data.draw(keys))
    lines = lines_of(path)
    gone = data.draw(st.sets(st.integers(1, len(lines)), min_size=1))
    path.write_bytes(b"".join(line for k, line in enumerate(lines, 1) if k not in gone))
    found = findings(path, None)
    last = max(set(range(1, len(lines) + 1)) - gone, default=0)
    for number in gone:
        if number < last:
            assert f"line {number} is missing" in found
        else:
            assert f"lines {last + 1} to {len(lines)} are missing: the end was cut off" in found


@settings(max_examples=20)
@given(st.data())
def test_lines_that_were_moved_are_named(new_path: Callable[[], Path], data: st.DataObject) -> None:
    path = written(new_path(), data.draw(keys))
    lines = lines_of(path)
    order: Sequence[int] = data.draw(st.permutations(range(1, len(lines) + 1)))
    if list(order) == sorted(order):
        return
    path.write_bytes(b"".join(lines[k - 1] for k in order))
    one, other = next((a, b) for a, b in pairwise(order) if b < a)
    assert f"line {other} stands after line {one}: the lines were moved" in findings(path, None)


@settings(max_examples=20)
@given(st.data())
def test_added_lines_are_named(new_path: Callable[[], Path], data: st.DataObject) -> None:
    path = written(new_path(), data.draw(keys))
    lines = lines_of(path)
    copied, place = data.draw(st.integers(1, len(lines))), data.draw(st.integers(0, len(lines)))
    path.write_bytes(b"".join([*lines[:place], lines[copied - 1], *lines[place:]]))
    assert f"line {copied} stands 2 times: all but one were added" in findings(path, None)


def test_a_line_behind_the_end_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "audit.jsonl")
    last = json.loads(lines_of(path)[-1])
    new = with_hash({"line": 7, "previous": last["hash"], "kind": "resumed", "after_round": 2})
    path.write_bytes(path.read_bytes() + line_of(new))
    assert "lines 7 to 7 stand behind the end: they were added" in findings(path, None)


def forged(path: Path) -> None:
    """Rewrite a round, and the whole chain behind it, as anybody can without a key."""
    entries = [json.loads(line) for line in lines_of(path)]
    entries[2]["theta"] = "0" * 64
    for k, entry in enumerate(entries):
        entries[k] = with_hash(entry | {"previous": entries[k - 1]["hash"] if k else ""})
    path.write_bytes(b"".join(map(line_of, entries)))
    head = json.loads(head_path(path).read_text()) | {"hash": entries[-1]["hash"]}
    head_path(path).write_text(json.dumps(head))


def test_only_a_signature_shows_that_the_whole_chain_was_computed_again(tmp_path: Path) -> None:
    bare, signed = written(tmp_path / "bare", None), written(tmp_path / "signed", KEY)
    forged(bare)
    forged(signed)
    assert check_log(bare).is_whole  # which is why it warns
    assert "whoever rewrites it can compute the whole chain again" in check_log(bare).table()
    assert "no key was given: the signature was not looked at" in check_log(signed).table()
    assert "head of the log must be signed by the key 3b6a27bcceb6a42d" in findings(signed, KEY)


def test_a_log_without_the_signature_that_was_asked_for_is_wrong(tmp_path: Path) -> None:
    bare, signed = written(tmp_path / "bare", None), written(tmp_path / "signed", KEY)
    assert "the head of the log is not signed, and has to be by the key" in findings(bare, KEY)
    assert "or another key has signed" in findings(signed, OTHER)
    head = json.loads(head_path(signed).read_text())
    for signature in ("", "zz", 7, head["signature"][:-2]):
        head_path(signed).write_text(json.dumps(head | {"signature": signature}))
        assert "a signature that does not fit" in findings(signed, KEY)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"nonsense", b'{"lines": "6"}', None])
def test_a_head_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = written(tmp_path / "audit.jsonl")
    if content is None:
        head_path(path).unlink()
    else:
        head_path(path).write_bytes(content)
    assert "the head of the log is missing, or was changed" in findings(path, None)


@given(st.binary(max_size=200) | st.text('{}[]":,0123456789abceln\n ', max_size=80))
def test_a_file_of_anything_is_a_finding_and_no_error(
    new_path: Callable[[], Path], content: bytes | str
) -> None:
    path = new_path()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = check_log(path)
    assert not report.is_whole
    assert "WRONG" in report.table()


# ---- In runs ------------------------------------------------------------------------------------


class Interrupted(Exception):  # noqa: N818  (it stands for Ctrl-C)
    """Raised in the place of an interruption."""


def run(folder: Path, num_rounds: int, *, stop_after: int | None = None) -> History:
    def interrupt(records: Sequence[RoundRecord], state: State) -> None:
        if stop_after == len(records):
            raise Interrupted

    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=10, seed=0)
    return fl.simulate(
        fl.fedavg(fl.SoftmaxRegression(64, 10)),
        clients,
        num_rounds=num_rounds,
        seed=0,
        client_fraction=0.3,
        checkpoint=folder / "run.npz",
        callbacks=[AuditLog(folder / "audit.jsonl", KEY), interrupt],
    )


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_a_resumed_run_continues_the_chain(tmp_path: Path, stop_after: int) -> None:
    whole, resumed = tmp_path / "whole", tmp_path / "resumed"
    whole.mkdir()
    resumed.mkdir()
    run(whole, 4)
    with pytest.raises(Interrupted):
        run(resumed, 4, stop_after=stop_after)
    run(resumed, 4)
    one, other = (check_log(d / "audit.jsonl", KEY.verify_key) for d in (whole, resumed))
    assert one.is_whole
    assert other.is_whole
    assert (other.cohorts, other.thetas) == (one.cohorts, one.thetas)
    assert other.num_lines >= one.num_lines  # nothing is taken back


def test_rounds_that_are_repeated_are_logged_again_behind_a_line_that_says_so(
    tmp_path: Path,
) -> None:
    path = tmp_path / "audit.jsonl"
    records = [RoundRecord(t, (0,), {}) for t in (1, 2, 3)]
    first = AuditLog(path)
    for t in (1, 2, 3):
        first(records[:t], State(t, np.zeros(1)))
    second = AuditLog(path)  # from a checkpoint after round 1
    for t in (2, 3):
        second(records[:t], State(t, np.ones(1)))
    kinds = [json.loads(line)["kind"] for line in lines_of(path)]
    assert kinds == ["start", "round", "round", "round", "resumed", "round", "round"]
    report = check_log(path)
    assert report.is_whole
    assert (report.num_rounds, report.repeated) == (3, (2, 3))


@pytest.mark.parametrize("cut", [1, 40, None])
def test_a_line_that_an_interruption_has_cut_off_is_dropped(tmp_path: Path, cut: Any) -> None:
    path = tmp_path / "audit.jsonl"
    log = AuditLog(path, KEY)
    log([RoundRecord(1, (0,), {})], State(1, np.zeros(1)))
    head = head_path(path).read_bytes()
    log([RoundRecord(2, (0,), {})], State(2, np.zeros(1)))
    lines = lines_of(path)
    path.write_bytes(b"".join([*lines[:2], lines[2][:cut]]))
    head_path(path).write_bytes(head)
    again = AuditLog(path, KEY)
    again([RoundRecord(2, (0,), {})], State(2, np.zeros(1)))
    assert lines_of(path) == lines
    assert findings(path, KEY) == ""


@pytest.mark.parametrize("content", [b"", b'{"abo', None])
def test_a_log_that_was_interrupted_at_its_start_starts_again(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "audit.jsonl"
    AuditLog(path, KEY, "a run")
    start = path.read_bytes()
    head_path(path).unlink()
    path.write_bytes(start if content is None else content)
    AuditLog(path, KEY, "a run")
    assert path.read_bytes() == start
    assert findings(path, KEY) == ""


def test_a_run_does_not_go_on_with_a_changed_log(tmp_path: Path) -> None:
    path = written(tmp_path / "audit.jsonl")
    path.write_bytes(b"".join(lines_of(path)[:3] + lines_of(path)[4:]))
    with pytest.raises(FileFormatError, match="audit log must be as it was written, got line 4 is"):
        AuditLog(path, KEY, "a run")
    whole = written(tmp_path / "whole")
    with pytest.raises(FileFormatError, match="audit log must be of this run, got one about anoth"):
        AuditLog(whole, KEY, "another run")
    with pytest.raises(ValueError, match="key must be given for a log that is signed, got none"):
        AuditLog(whole, None, "a run")
    with pytest.raises(FileFormatError, match="or another key has signed"):
        AuditLog(whole, OTHER, "a run")


def test_a_log_that_misses_rounds_is_refused(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    says = r"audit log must hold all rounds before round 3, got 0 rounds in .*; log a run from its"
    with pytest.raises(ValueError, match=says):
        log([RoundRecord(3, (0,), {})], State(3, np.zeros(1)))
    with pytest.raises(TypeError, match="key must be a SigningKey, got VerifyKey"):
        AuditLog(tmp_path / "other", KEY.verify_key)  # type: ignore[arg-type]
