"""A run on disk: the state, the records so far, and hashes of the parts of the run.

It is one ``.npz`` file, written completely or not at all, and read without pickle. A run that is
resumed from it ends with the same bits as one that was never interrupted, because the key of every
draw contains its round.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from pyfedlite import _canonical, _check, _files, _npz
from pyfedlite._typing import Vector
from pyfedlite.errors import FileFormatError
from pyfedlite.history.records import records_from_json, records_to_json
from pyfedlite.state import RoundRecord, State

FORMAT = "pyfedlite-checkpoint-2"
SECONDS_BETWEEN_SAVES = 5.0


def identity_of(parts: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of each part that decides the bits of a run, by its name.

    Examples
    --------
    >>> one, other = identity_of({"seed": 0, "alpha": 0.5}), identity_of({"seed": 1, "alpha": 0.5})
    >>> [name for name in one if one[name] != other[name]]
    ['seed']
    """
    return {name: _canonical.digest(part) for name, part in parts.items()}


def save_checkpoint(
    path: str | os.PathLike[str],
    state: State,
    records: Sequence[RoundRecord],
    identity: Mapping[str, str],
    stopped: str | None = None,
) -> None:
    """Write a run to `path`, in place of an older checkpoint.

    Parameters
    ----------
    path : path
    state : State
    records : sequence of RoundRecord
    identity : mapping of str to str
        See `identity_of`.
    stopped : str, optional
        Why a callback has ended the run, if one has.
    """
    header = {
        "format": FORMAT,
        "round": state.round,
        "records": records_to_json(records),
        "identity": dict(identity),
        "stopped": stopped,
    }
    arrays: dict[str, Vector] = {"theta": state.theta}
    arrays |= {f"slot/{name}": vector for name, vector in state.slots.items()}
    for client_id, memory in state.memories.items():
        arrays |= {f"memory/{client_id}/{name}": vector for name, vector in memory.items()}
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    with _files.atomic_write(path) as file:
        np.savez(file, header=text, **arrays)  # type: ignore[arg-type]  # names are never options


def load_checkpoint(
    path: str | os.PathLike[str], identity: Mapping[str, str]
) -> tuple[State, list[RoundRecord], str | None]:
    """Return the state, the records and why the run was stopped, from a checkpoint.

    Raises
    ------
    FileFormatError
        When the file is damaged or is not a checkpoint.
    ValueError
        When it belongs to a run with another configuration.
    """
    try:
        arrays = _npz.read_npz(path)
        header = json.loads(arrays.pop("header").tobytes())
        if header["format"] != FORMAT:
            raise ValueError(header["format"])
        theta = arrays.pop("theta")
        records, saved_identity = records_from_json(header["records"]), dict(header["identity"])
        if len(records) != header["round"]:
            raise ValueError(f"{len(records)} records of {header['round']} rounds")
        state = _state(len(records), theta, arrays)
        stopped = None if header.get("stopped") is None else str(header["stopped"])
    except (*_npz.DAMAGE, FileFormatError) as error:
        raise FileFormatError(
            f"checkpoint must be a file written by pyfedlite, got {path} ({error}); "
            "delete it to start again"
        ) from error
    differs = [name for name in identity if saved_identity.get(name) != identity[name]]
    if differs:
        got = f"{path}, of a run that differs in {', '.join(differs).replace('_', ' ')}"
        hint = "use another path, or delete it to start again"
        _check.fail("checkpoint", "come from a run with the same settings and rows", got, hint)
    return state, records, stopped


def _state(round: int, theta: Vector, arrays: Mapping[str, Vector]) -> State:
    """Return the state after a round, from the arrays by the names that `save_checkpoint` gave."""
    slots: dict[str, Vector] = {}
    memories: dict[int, dict[str, Vector]] = {}
    for key, vector in arrays.items():
        kind, _, name = key.partition("/")
        if kind == "slot":
            slots[name] = vector
        else:
            client_id, _, name = name.partition("/")
            memories.setdefault(int(client_id), {})[name] = vector
    return State(round, theta, slots, memories)


@dataclass
class Saver:
    """Saves a run every few seconds, not each round: the disk would slow short rounds down.

    When a run is saved changes no bit of the result, only how many rounds are repeated after an
    interruption.
    """

    path: Path | None
    identity: Mapping[str, str]
    _saved_round: int = -1
    _saved_at: float = field(default_factory=monotonic)

    @staticmethod
    def of(path: str | os.PathLike[str] | None, parts: Mapping[str, Any]) -> "Saver":
        """Return a saver for a run made of `parts`; without a path it saves nothing."""
        if path is None:
            return Saver(None, {})
        return Saver(Path(path), identity_of(parts))

    def start(self, fresh: State) -> tuple[State, list[RoundRecord], str | None]:
        """Return what was saved, or the fresh start; a place that cannot be written to is refused.

        Raises
        ------
        OSError
            Now, and not when there is something to lose.
        """
        if self.path is None:
            return fresh, [], None
        _files.check_target(self.path)
        if not self.path.exists():
            return fresh, [], None
        return load_checkpoint(self.path, self.identity)

    def save(
        self,
        state: State,
        records: Sequence[RoundRecord],
        stopped: str | None = None,
        *,
        now: bool = False,
    ) -> None:
        """Save if the last time was a few seconds ago, or if `now` is True."""
        if self.path is None or self._saved_round == state.round:
            return
        if now or monotonic() - self._saved_at >= SECONDS_BETWEEN_SAVES:
            done = records[: state.round]  # an interrupt may come between a record and its state
            save_checkpoint(self.path, state, done, self.identity, stopped)
            self._saved_round, self._saved_at = state.round, monotonic()
