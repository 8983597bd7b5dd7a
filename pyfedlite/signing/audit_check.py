"""Looks at an audit log, and says which of its lines were changed, removed, added or moved.

Adversary, and what is and is not protected: as for ``audit_log``. For teaching and research: not
audited.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from pyfedlite import _check
from pyfedlite.signing.chain import (
    FORMAT,
    LABEL,
    Entry,
    head_path,
    line_of,
    signed_part,
    with_hash,
)
from pyfedlite.signing.keys import VerifyKey

MOST_FINDINGS = 20
"""So many findings are shown; a file of something else would have one a line."""

MOST_MISSING = 1_000
"""So many missing lines are named; a changed number may be as large as it likes."""

UNSIGNED = (
    "the log is not signed: whoever rewrites it can compute the whole chain again, so it shows "
    "accidents and careless changes alone"
)
UNCHECKED = "the log is signed, and no key was given: the signature was not looked at"


@dataclass(frozen=True)
class AuditReport:
    """What a look at an audit log has shown.

    Parameters
    ----------
    findings : tuple of str
        What is wrong, each with its line; empty: nothing was found.
    warnings : tuple of str
        What the look could not show.
    num_lines, num_rounds : int
        Lines of the log, and the last round in it.
    repeated : tuple of int
        Rounds that were logged more than once, after an interruption.
    about : str
        What the log says that the run is.
    fingerprint : str, optional
        Of the result, where the log has its end.
    history : str, optional
        The hash of all that ``history.json`` holds, where the end tells it.
    cohorts, thetas, failures : mapping of int
        By round, the last that was logged: hashes, and why a round has failed.
    last : mapping
        The last line.
    """

    findings: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    num_lines: int = 0
    num_rounds: int = 0
    repeated: tuple[int, ...] = ()
    about: str = ""
    fingerprint: str | None = None
    history: str | None = None
    cohorts: dict[int, str] = field(default_factory=dict)
    thetas: dict[int, str] = field(default_factory=dict)
    failures: dict[int, str | None] = field(default_factory=dict)
    last: Entry = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def table(self) -> str:
        """Return the findings and warnings as text, a line each."""
        counted = f"{self.num_lines} lines, {self.num_rounds} rounds"
        repeated = f", repeated: {', '.join(map(str, self.repeated))}" if self.repeated else ""
        shown = self.findings[:MOST_FINDINGS]
        more = len(self.findings) - len(shown)
        return "\n".join(
            [
                f"audit log: {counted}{repeated}",
                *(f"WRONG    {finding}" for finding in shown),
                *([f"WRONG    {more} more"] if more else []),
                *(f"warning  {warning}" for warning in self.warnings),
                *([] if self.findings else ["nothing wrong was found"]),
            ]
        )


def check_log(path: str | os.PathLike[str], key: VerifyKey | None = None) -> AuditReport:
    """Return what is wrong with a log, line by line.

    Parameters
    ----------
    path : path
    key : VerifyKey, optional
        Whose signature the head has to carry.

    Raises
    ------
    OSError
        If the log cannot be read.
    """
    entries, findings = _read_entries(Path(path).read_bytes())
    findings += _wrong_numbers(entries)
    findings += _wrong_links(entries)
    head = read_head(path)
    findings += _wrong_end(entries, head)
    findings += _wrong_signature(head, key)
    warnings = [UNSIGNED] if head.get("signature") is None else []
    if not warnings and key is None:
        warnings = [UNCHECKED]
    return _told(entries, findings, warnings)


def read_head(path: str | os.PathLike[str]) -> Entry:
    """Return the head of a log; an empty one where there is none, or none that can be read."""
    try:
        head = json.loads(head_path(path).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    is_head = isinstance(head, dict) and type(head.get("lines")) is int
    return head if is_head else {}


# ---- What can be wrong --------------------------------------------------------------------------


def _read_entries(content: bytes) -> tuple[list[Entry], list[str]]:
    """Return the lines that can be read, each as it was written, and what is wrong with others."""
    entries: list[Entry] = []
    findings: list[str] = []
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        entry = _entry(line)
        if entry is None:
            findings.append(f"line {number} of the file was changed or cut off: it is no line")
        elif with_hash(entry) != entry or line_of(entry) != line:
            findings.append(f"line {entry['line']} was changed: it does not have its own hash")
            entries.append(entry)
        else:
            entries.append(entry)
    return entries, findings


def _entry(line: bytes) -> Entry | None:
    try:
        entry = json.loads(line)
        line_of(entry)
    except (ValueError, TypeError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and _has_all(entry) else None


def _has_all(entry: Entry) -> bool:
    """Whether a line has what is looked at below, each of its own type."""
    number = {"round": "round", "resumed": "after_round"}.get(str(entry.get("kind")), "line")
    is_text = all(isinstance(entry.get(key), str) for key in ("previous", "hash", "kind"))
    return is_text and type(entry.get("line")) is int and type(entry.get(number)) is int


def _wrong_numbers(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield what is wrong with the numbers of the lines: 1, 2, 3 and so on."""
    numbers = [entry["line"] for entry in entries]
    times = Counter(numbers)
    last = min(max(numbers, default=0), 2 * len(numbers) + MOST_MISSING)  # one may be far too large
    for number in range(1, last + 1):
        if number not in times:
            yield f"line {number} is missing"
        elif times[number] > 1:
            yield f"line {number} stands {times[number]} times: all but one were added"
    for before, number in pairwise(numbers):
        if number < before:
            yield f"line {number} stands after line {before}: the lines were moved"


def _wrong_links(entries: Sequence[Entry]) -> Iterator[str]:
    """Yield the lines that do not follow from the ones before, by the chain and by the rounds."""
    by_number = {entry["line"]: entry for entry in entries}
    last_round: int = 0
    for number, entry in sorted(by_number.items()):
        before = by_number.get(number - 1)
        if number == 1:
            if entry["previous"] != "" or entry["kind"] != "start" or entry.get("format") != FORMAT:
                yield f"line 1 is no start of a log of the format {FORMAT}"
        elif before is not None and entry["previous"] != before["hash"]:
            yield f"line {number} does not follow from line {number - 1}: one of them was changed"
        if entry["kind"] == "resumed":
            last_round = entry["after_round"]
        elif entry["kind"] == "round":
            if before is not None and entry["round"] != last_round + 1:
                yield f"line {number} holds round {entry['round']} after round {last_round}"
            last_round = entry["round"]


def _wrong_end(entries: Sequence[Entry], head: Entry) -> Iterator[str]:
    """Yield what the head says of the end."""
    if not head:
        yield "the head of the log is missing, or was changed: it cannot be read"
        return
    nothing: Entry = {"line": 0, "hash": ""}
    last = max(entries, key=lambda entry: int(entry["line"]), default=nothing)
    if last["line"] < head["lines"]:
        yield f"lines {last['line'] + 1} to {head['lines']} are missing: the end was cut off"
    elif last["line"] > head["lines"]:
        yield f"lines {head['lines'] + 1} to {last['line']} stand behind the end: they were added"
    elif last["hash"] != head.get("hash"):
        yield f"line {last['line']} is not the one that the head of the log ends with"


def _wrong_signature(head: Entry, key: VerifyKey | None) -> Iterator[str]:
    """Yield what is wrong with the signature, if a key was given."""
    if key is None or not head:
        return
    signature = head.get("signature")
    if signature is None:
        yield f"the head of the log is not signed, and has to be by the key {key}"
        return
    try:
        content = bytes.fromhex(signature)
    except (ValueError, TypeError):
        content = b""
    if not key.accepts(LABEL, signed_part(head), content):
        condition = f"be signed by the key {key}"
        got = "a signature that does not fit: it was changed, or another key has signed"
        yield _check.sentence("the head of the log", condition, got)


def _told(
    entries: Sequence[Entry], findings: Sequence[str], warnings: Sequence[str]
) -> AuditReport:
    """Return the report, with what the lines tell."""
    rounds = [entry for entry in entries if entry["kind"] == "round"]
    times = Counter(entry["round"] for entry in rounds)
    reached = [entry.get("after_round", entry.get("round")) for entry in entries]
    ends = [entry for entry in entries[-1:] if entry["kind"] == "end"]
    end = ends[0] if ends else {}
    start: Entry = entries[0] if entries else {}
    return AuditReport(
        tuple(findings),
        tuple(warnings),
        num_lines=len(entries),
        num_rounds=next((n for n in reversed(reached) if type(n) is int), 0),
        repeated=tuple(sorted(number for number in times if times[number] > 1)),
        about=str(start.get("about", "")),
        fingerprint=str(end.get("fingerprint")) if ends else None,
        history=str(end["history"]) if "history" in end else None,
        cohorts={entry["round"]: str(entry.get("cohort")) for entry in rounds},
        thetas={entry["round"]: str(entry.get("theta")) for entry in rounds},
        failures={entry["round"]: entry.get("failure") for entry in rounds},
        last=entries[-1] if entries else {},
    )
