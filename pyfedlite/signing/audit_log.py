"""A log of a run that shows when it was changed afterwards: one line a round, each with its hash.

Every line holds the hash of the line before it, so a line that is changed, removed, added or moved
breaks the chain at a known place. A second file, the head, holds the number of lines and the last
hash, and may be signed.

Adversary: somebody who can change the files of a run after it, but has no signing key. Protected,
with a key: the order of the rounds, the cohort of each by its hash, the model after each by its
hash, and what the run came to. Not protected, without a key: anything against intent. Whoever
rewrites the log can compute the whole chain again; a bare chain shows accidents and careless
changes, no more. Not protected with a key either: whether what was logged was true when it was
logged, since the server writes its own log; an older state of log and head together, which a
reader notices only by the missing end of the run; another run's files in place of this one's; and
the secrecy of cohorts, since a hash of few client ids can be guessed. For teaching and research:
not audited.

A run that is resumed goes on with its log. Rounds that are repeated after an interruption are
logged once more, behind a line that says so: nothing is taken back.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyfedlite import _canonical, _check, _files
from pyfedlite.errors import FileFormatError
from pyfedlite.signing.audit_check import check_log, read_head
from pyfedlite.signing.chain import (
    FORMAT,
    LABEL,
    Entry,
    content_hash,
    head_path,
    line_of,
    signed_part,
    with_hash,
)
from pyfedlite.signing.keys import SigningKey
from pyfedlite.state import RoundRecord, State


@dataclass
class AuditLog:
    """A callback of ``simulate`` that writes a line after each round.

    Adversary: somebody who can change the log after the run, and has no signing key. Protected,
    with a key: rounds, cohorts, models and result against changes. Not protected, without a key:
    anything against intent; with a key: against a server that logs what is not true, and against an
    older state of log and head. For teaching and research: not audited.

    Parameters
    ----------
    path : path
        The log; beside it lies its head, ``<path>.head``. A log that is there is gone on with.
    key : SigningKey, optional
        Signs the head after each round.
    about : str
        What identifies the run, such as the SHA-256 of its configuration; it stands in the first
        line, and a log about something else is refused.

    Raises
    ------
    FileFormatError
        If the log that is there has been changed, or is about another run.
    ValueError
        If it is signed, and there is no key to go on with; or if it does not hold the rounds before
        the one that is done.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from pyfedlite.signing import check_log
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = AuditLog(f"{folder}/audit.jsonl")
    ...     for t in (1, 2):
    ...         log([RoundRecord(t, (0, 3), {})], State(t, np.zeros(2)))
    ...     log.finish("the result's fingerprint")
    ...     check_log(log.path).num_rounds
    2
    """

    path: str | os.PathLike[str]
    key: SigningKey | None = None
    about: str = ""
    _last: Entry = field(default_factory=dict, repr=False)
    _round: int = field(default=0, repr=False)
    _is_resumed: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        if self.key is not None and not isinstance(self.key, SigningKey):
            _check.fail_type("key", "be a SigningKey", self.key, "load one by load_signing_key")
        if Path(self.path).exists():
            self._go_on()
        else:
            self._append({"kind": "start", "format": FORMAT, "about": self.about})

    def __call__(self, records: Sequence[RoundRecord], state: State) -> None:
        """Write the line of the round that is done."""
        record = records[-1]
        if self._is_resumed and record.round <= self._round:
            self._append({"kind": "resumed", "after_round": record.round - 1})
            self._round = record.round - 1
        self._is_resumed = False
        if record.round != self._round + 1:
            condition = f"hold all rounds before round {record.round}"
            hint = "log a run from its first round, and keep its log with its checkpoint"
            _check.fail("audit log", condition, f"{self._round} rounds in {self.path}", hint)
        self._append(
            {
                "kind": "round",
                "round": record.round,
                "cohort": _canonical.digest(list(record.cohort)),
                "failure": record.failure,
                "theta": _canonical.digest(state.theta),
            }
        )
        self._round = record.round

    def finish(self, fingerprint: str, history: Mapping[str, Any] | None = None) -> None:
        """Write the last line.

        Parameters
        ----------
        fingerprint : str
            Of the result, ``history.fingerprint``.
        history : mapping, optional
            ``history.to_dict()``: its hash holds what the fingerprint does not, such as settings.
        """
        hashed = {} if history is None else {"history": content_hash(history)}
        self._append({"kind": "end", "fingerprint": fingerprint, **hashed})

    def _append(self, content: Mapping[str, Any]) -> None:
        """Write a line, and then the head that counts it."""
        number, previous = self._last.get("line", 0) + 1, self._last.get("hash", "")
        self._last = with_hash({"line": number, "previous": previous, **content})
        with _files.refusals_told(self.path), open(self.path, "ab") as file:
            file.write(line_of(self._last))
        head = {"lines": number, "hash": self._last["hash"], "signature": None, "key": None}
        if self.key is not None:
            head["signature"] = self.key.sign(LABEL, signed_part(head)).hex()
            head["key"] = self.key.verify_key.public.hex()
        _files.write_text(head_path(self.path), json.dumps(head) + "\n")

    def _go_on(self) -> None:
        """Take up the log that is there, without a line that an interruption has cut off."""
        content = Path(self.path).read_bytes()
        lines = content.splitlines(keepends=True)
        counted = int(read_head(self.path).get("lines", 0))
        if len(lines) == counted + 1:  # written, or half of it, before its head was
            with open(self.path, "r+b") as file:
                file.truncate(len(content) - len(lines[-1]))
        if counted == 0 and len(lines) <= 1:
            self._append({"kind": "start", "format": FORMAT, "about": self.about})
            return
        if self.key is None and read_head(self.path).get("signature") is not None:
            hint = "give the key that has signed it, or start the run again"
            _check.fail("key", "be given for a log that is signed", "none", hint)
        report = check_log(self.path, None if self.key is None else self.key.verify_key)
        if report.findings:
            message = _check.sentence("audit log", "be as it was written", report.findings[0])
            raise FileFormatError(f"{message}; see all with: pyfedlite audit")
        if report.about != self.about:
            got = f"one about another run, {self.path}"
            raise FileFormatError(_check.sentence("audit log", "be of this run", got))
        self._last, self._round = report.last, report.num_rounds
        self._is_resumed = True
