"""The lines of an audit log and its head: how they are spelled, hashed and signed.

Adversary, and what is and is not protected: as for ``audit_log``. For teaching and research: not
audited.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pyfedlite import _canonical

FORMAT = "pyfedlite-audit-log-1"
LABEL = "head of an audit log"
HEAD_SUFFIX = ".head"

Entry = dict[str, Any]


def head_path(path: str | os.PathLike[str]) -> Path:
    """Return where the head of a log lies.

    Examples
    --------
    >>> head_path("audit.jsonl").name
    'audit.jsonl.head'
    """
    return Path(f"{os.fspath(path)}{HEAD_SUFFIX}")


def with_hash(entry: Mapping[str, Any]) -> Entry:
    """Return a line with the hash of all that it holds.

    Examples
    --------
    >>> entry = with_hash({"line": 1, "previous": ""})
    >>> with_hash(entry) == entry, len(entry["hash"])
    (True, 64)
    """
    content = {key: value for key, value in entry.items() if key != "hash"}
    return content | {"hash": hashlib.sha256(line_of(content)).hexdigest()}


def content_hash(value: Any) -> str:
    """Return the SHA-256 of what JSON holds, however it is spelled.

    Examples
    --------
    >>> content_hash({"a": 1, "b": 2.0}) == content_hash(json.loads('{ "b": 2.0, "a": 1 }'))
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def line_of(entry: Mapping[str, Any]) -> bytes:
    """Return the bytes of a line: one spelling for one content."""
    text = json.dumps(dict(entry), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii") + b"\n"


def signed_part(head: Mapping[str, Any]) -> bytes:
    """Return what the signature of a head is of."""
    return _canonical.canonical([FORMAT, head.get("lines"), head.get("hash")])
