"""A run on disk: the state, the records so far, and hashes of the parts of the run.

It is one ``.npz`` file, written completely or not at all, and read without pickle. A run that is
resumed from it ends with the same bits as one that was never interrupted, because the key of every
draw contains its round.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from pyfedlite import _canonical, _check, _files, _npz
from pyfedlite._typing import Vector
from pyfedlite.errors import FileFormatError, SignatureError
from pyfedlite.history.differences import Words, differences, in_words
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
    *,
    num_rounds: int | None = None,
    words: Words | None = None,
    note: str | None = None,
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
    num_rounds : int, optional
        For how many rounds the run was asked.
    words : mapping of str to str, optional
        The settings of the run, for whoever is refused: see ``in_words``.
    note : str, optional
        A sentence for whoever opens the file.
    """
    header = {
        "format": FORMAT,
        "round": state.round,
        "records": records_to_json(records),
        "identity": dict(identity),
        "stopped": stopped,
        "num_rounds": num_rounds,
        "words": dict(words or {}),
    }
    if note is not None:
        header["note"] = note
    arrays: dict[str, Vector] = {"theta": state.theta}
    arrays |= {f"slot/{name}": vector for name, vector in state.slots.items()}
    for client_id, memory in state.memories.items():
        arrays |= {f"memory/{client_id}/{name}": vector for name, vector in memory.items()}
    text = np.frombuffer(json.dumps(header).encode(), np.uint8)
    _npz.write_npz(path, {"header": text, **arrays})


@dataclass(frozen=True, eq=False)
class Saved:
    """What a checkpoint holds; the arguments of `save_checkpoint`."""

    state: State
    records: list[RoundRecord]
    identity: Mapping[str, str]
    stopped: str | None
    num_rounds: int | None
    words: Words

    def check_same(self, path: object, identity: Mapping[str, str], words: Words) -> None:
        """Raise ``ValueError`` if it is of a run with other parts; the sentence says which."""
        every = dict.fromkeys([*identity, *self.identity])  # a part may be in one of the two alone
        names = [name for name in every if self.identity.get(name) != identity.get(name)]
        if not names:
            return
        told = [f"{name.replace('_', ' ')}{differences(name, self.words, words)}" for name in names]
        got = f"{path}, of a run that differs in {', '.join(told)}"
        hint = "use another path, or delete it to start again"
        _check.fail("checkpoint", "come from a run with the same settings and rows", got, hint)


def load_checkpoint(
    path: str | os.PathLike[str], identity: Mapping[str, str]
) -> tuple[State, list[RoundRecord], str | None]:
    """Return the state, the records and why the run was stopped, from a checkpoint.

    Raises
    ------
    FileFormatError
        When the file is damaged or is not a checkpoint; `SignatureError` where it is not what the
        key of the path has signed.
    ValueError
        When it belongs to a run with another configuration.
    """
    saved = read_checkpoint(path)
    saved.check_same(path, identity, {})
    return saved.state, saved.records, saved.stopped


def read_checkpoint(path: str | os.PathLike[str]) -> Saved:
    """Return what a checkpoint holds, whatever run it is of.

    Raises
    ------
    FileFormatError
        When the file is damaged or is not a checkpoint.
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
        num_rounds = None if header.get("num_rounds") is None else int(header["num_rounds"])
        words = {str(key): str(text) for key, text in dict(header.get("words", {})).items()}
    except SignatureError:
        raise
    except (*_npz.DAMAGE, FileFormatError) as error:
        raise FileFormatError(
            f"checkpoint must be a file written by pyfedlite, got {path} ({error}); "
            "use another path, or delete it if it is a damaged checkpoint"
        ) from error
    return Saved(state, records, saved_identity, stopped, num_rounds, words)


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

    path: str | os.PathLike[str] | None
    identity: Mapping[str, str]
    num_rounds: int | None = None
    words: Words = field(default_factory=dict)
    note: str | None = None
    _saved_round: int = -1
    _saved_at: float = field(default_factory=monotonic)

    @staticmethod
    def of(
        path: str | os.PathLike[str] | None,
        parts: Mapping[str, Any],
        rows: Callable[[], Mapping[str, bytes]],
        num_rounds: int,
        note: str | None = None,
    ) -> "Saver":
        """Return a saver for a run of `num_rounds`; without a path it saves nothing.

        Parameters
        ----------
        path : path, optional
        parts : mapping of str to object
            What the run is made of.
        rows : callable
            Returns hashes of the rows; it takes a while, and is called only where there is a path.
        num_rounds : int
        note : str, optional
            A sentence for whoever opens the file.
        """
        if path is None:
            return Saver(None, {})
        if not isinstance(path, str | os.PathLike):
            _check.fail_type("checkpoint", "be a path", path)
        identity = identity_of({**parts, **rows()})
        return Saver(path, identity, num_rounds, in_words(parts), note)

    def start(self, fresh: State) -> Saved:
        """Return what was saved, or the fresh start; a place that cannot be written to is refused.

        Raises
        ------
        OSError
            Now, and not when there is something to lose.
        """
        if self.path is not None:
            _files.check_target(self.path)
        if self.path is None or not Path(self.path).exists():
            return Saved(fresh, [], self.identity, None, self.num_rounds, self.words)
        saved = read_checkpoint(self.path)
        saved.check_same(self.path, self.identity, self.words)
        self.num_rounds = max(self.num_rounds or 0, saved.num_rounds or 0)
        return saved

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
            save_checkpoint(
                self.path,
                state,
                done,
                self.identity,
                stopped,
                num_rounds=self.num_rounds,
                words=self.words,
                note=self.note,
            )
            self._saved_round, self._saved_at = state.round, monotonic()
