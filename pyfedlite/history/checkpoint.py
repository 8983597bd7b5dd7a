"""A run on disk: the state, the records so far, and the hash of what the run is.

One ``.npz`` file, written whole or not at all, read without pickle. A run that is resumed from it
ends in the same bits as one that was never interrupted, because every draw is keyed by its round.
"""

import json
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from pyfedlite import _check, _files
from pyfedlite._typing import Vector
from pyfedlite.errors import FileFormatError
from pyfedlite.history.records import RoundRecord, records_from_json, records_to_json
from pyfedlite.state import State

FORMAT = "pyfedlite-checkpoint-1"
SECONDS_BETWEEN_SAVES = 5.0
# What reading a damaged archive may raise, depending on which byte is wrong.
DAMAGE = (OSError, ValueError, LookupError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error)


def config_hash(config: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a configuration; equal configurations have equal hashes."""
    return _files.sha256(json.dumps(dict(config), sort_keys=True).encode())


def save_checkpoint(
    path: str | os.PathLike[str],
    state: State,
    records: Sequence[RoundRecord],
    config: Mapping[str, Any],
) -> None:
    """Write a run to `path`, replacing the checkpoint that stood there."""
    header = {
        "format": FORMAT,
        "round": state.round,
        "records": records_to_json(records),
        "config_hash": config_hash(config),
    }
    arrays: dict[str, Vector] = {"theta": state.theta}
    arrays |= {f"slot/{name}": vector for name, vector in state.slots.items()}
    for client_id, memory in state.clients.items():
        arrays |= {f"client/{client_id}/{name}": vector for name, vector in memory.items()}
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with _files.atomic_write(path) as file:
        np.savez(file, header=text, **arrays)  # type: ignore[arg-type]  # names are never options


def load_checkpoint(
    path: str | os.PathLike[str], config: Mapping[str, Any]
) -> tuple[State, list[RoundRecord]]:
    """Return the state and the records of a checkpoint.

    Raises
    ------
    FileFormatError
        When the file is damaged or is no checkpoint.
    ValueError
        When it belongs to a run with another configuration.
    """
    try:
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = dict(file)
        header = json.loads(arrays.pop("header").tobytes())
        if header["format"] != FORMAT:
            raise ValueError(header["format"])
        theta = arrays.pop("theta")
        records = records_from_json(header["records"])
        if len(records) != header["round"]:
            raise ValueError(f"{len(records)} records of {header['round']} rounds")
    except (*DAMAGE, FileFormatError) as error:
        raise FileFormatError(
            f"checkpoint must be a file written by pyfedlite, got {path} ({error}); "
            "delete it to start again"
        ) from error
    if header["config_hash"] != config_hash(config):
        hint = "use another path, or delete it to start again"
        _check.fail("checkpoint", "come from a run with the same settings", path, hint)
    slots: dict[str, Vector] = {}
    clients: dict[int, dict[str, Vector]] = {}
    for key, vector in arrays.items():
        kind, _, name = key.partition("/")
        if kind == "slot":
            slots[name] = vector
        else:
            client_id, _, name = name.partition("/")
            clients.setdefault(int(client_id), {})[name] = vector
    state = State(header["round"], theta, slots, clients)
    return state, records


@dataclass
class Saver:
    """Saves a run every few seconds, so that short rounds are not slowed by the disk.

    The moment of saving changes no bit of the result; it decides only how much is done again.
    """

    path: Path | None
    config: Mapping[str, Any]
    _saved_round: int = -1
    _saved_at: float = field(default_factory=monotonic)

    def start(self, fresh: State) -> tuple[State, list[RoundRecord]]:
        """Return what was saved, or the fresh start."""
        if self.path is None or not self.path.exists():
            return fresh, []
        return load_checkpoint(self.path, self.config)

    def save(self, state: State, records: Sequence[RoundRecord], *, now: bool = False) -> None:
        """Save if it is time, or if asked to do it now."""
        if self.path is None or self._saved_round == state.round:
            return
        if now or monotonic() - self._saved_at >= SECONDS_BETWEEN_SAVES:
            done = records[: state.round]  # an interrupt may come between a record and its state
            save_checkpoint(self.path, state, done, self.config)
            self._saved_round, self._saved_at = state.round, monotonic()
