"""The folder of a run: what is in it while it runs, and what it holds in the end."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pyfedlite import __version__, _check, _files, _npz
from pyfedlite.experiments import toml
from pyfedlite.experiments.build import Experiment
from pyfedlite.experiments.config import RunConfig
from pyfedlite.experiments.plots import draw_history, draw_partition
from pyfedlite.experiments.settings import read_file, resolve
from pyfedlite.experiments.writing import tables
from pyfedlite.history import History, RoundRecord
from pyfedlite.history.checkpoint import read_checkpoint
from pyfedlite.roles import Callback
from pyfedlite.signing import AuditLog, SigningKey, signed
from pyfedlite.signing.chain import head_path
from pyfedlite.simulation.ending import without_last_test
from pyfedlite.state import State

CONFIG, CHECKPOINT, MODEL = "config.toml", "checkpoint.npz", "model.npz"
RESULTS = ("history.csv", "history.json", MODEL)
PLOTS = ("plot.png", "partition.png")
AUDIT = "audit.jsonl"
LOGS = (AUDIT, head_path(AUDIT).name)


@dataclass(frozen=True)
class RunFolder:
    """A folder with a configuration, a checkpoint and, when the run is done, its results.

    Parameters
    ----------
    path : Path
    key : SigningKey, optional
        Signs the checkpoint, the model and the audit log.
    """

    path: Path
    key: SigningKey | None = None

    @property
    def checkpoint(self) -> os.PathLike[str]:
        """The file that a run is resumed from; it stays when the run is done, to be prolonged."""
        return self._signed(CHECKPOINT)

    def _signed(self, name: str) -> os.PathLike[str]:
        path = self.path / name
        return path if self.key is None else signed(path, self.key)

    def audit_log(self, *, begin: bool) -> AuditLog | None:
        """Return the log of the run, to be called after each round; a new one only if asked to.

        It is about the configuration as it stands in the folder.
        """
        path = self.path / AUDIT
        if not (begin or path.exists()):
            return None
        return AuditLog(path, self.key, about_of(self.path))

    @property
    def is_done(self) -> bool:
        """Whether the run has ended and its results are here."""
        return (self.path / MODEL).exists()

    def begin(self, config: RunConfig) -> None:
        """Write the configuration, and remove what an earlier run has left."""
        self._remove_leftovers()
        self._start(config, CHECKPOINT, *RESULTS, *PLOTS, *LOGS)

    def _start(self, config: RunConfig, *old: str) -> None:
        """Write a configuration, and remove old files, the mark of a run that is done first."""
        text = f"# pyfedlite {__version__}\n\n{toml.write(tables(config, absolute=True))}"
        with _files.atomic_write(self.path / CONFIG) as file:
            file.write(text.encode("utf-8"))
            file.flush()  # a full disk is told here, while what an earlier run has left is there
            for name in (MODEL, *old):
                with _files.refusals_told(self.path / name):
                    (self.path / name).unlink(missing_ok=True)

    def read_config(self, num_rounds: int | None = None) -> RunConfig:
        """Return the configuration of a run that is to go on.

        Parameters
        ----------
        num_rounds : int, optional
            In place of the number that it began with. A run that is done needs it.

        Raises
        ------
        ValueError
            If the folder holds no run, or one that cannot go on; the sentence says why.
        """
        if not (self.path / CONFIG).is_file():
            _check.fail("folder", f"hold the {CONFIG} of a run", self.path)
        config = resolve(read_file(self.path / CONFIG))
        if num_rounds is None:
            if self.is_done:
                got = f"one that is done, {self.path}"
                hint = f"add --num-rounds to prolong it, or start it again by its {CONFIG}"
                _check.fail("folder", "hold a run that was interrupted", got, hint)
            return config
        if config.dp_epsilon is not None and num_rounds != config.num_rounds:
            condition = f"stay {config.num_rounds} in a run that may spend {config.dp_epsilon:g}"
            hint = "its noise was chosen for these rounds; start a new run, or set the noise itself"
            _check.fail("num_rounds", condition, num_rounds, hint)
        config = replace(config, num_rounds=num_rounds)
        if self.is_done:
            self._check_prolongs(config)
        return config

    def _check_prolongs(self, config: RunConfig) -> None:
        """Raise ``ValueError`` if a run that is done cannot be prolonged in this way."""
        if not (self.path / CHECKPOINT).exists():
            hint = f"start it again by its {CONFIG}, with --num-rounds"
            _check.fail("folder", f"hold the {CHECKPOINT} of its run", self.path, hint)
        saved = read_checkpoint(self.checkpoint)
        done = len(saved.records)
        records = without_last_test(saved.records, config.num_rounds, config.eval_every)
        config.ending().check_goes_on(records, saved.stopped, asked=done)
        if config.num_rounds == done:
            _check.fail("num_rounds", f"be above {done}, as many are done", config.num_rounds)

    def goes_on(self, config: RunConfig) -> Callback:
        """Return a callback that puts the folder in order if its run was done, or was shorter.

        It does so after the first new round, so that nothing is lost if there is none.
        """
        return _GoesOn(self, config)

    def go_on(self) -> None:
        """Check that a run can go on here, and remove what was half written when it was killed.

        Raises
        ------
        OSError
            If the folder cannot be written to.
        ValueError
            If the run is signed, and there is no key: its files would lose their signatures.
        """
        if self.key is None and any(_npz.is_sealed(self.path / f) for f in (CHECKPOINT, MODEL)):
            hint = "add --signing-key with the key that has signed it"
            _check.fail("key", "be given for a run that is signed", "none", hint)
        _files.check_writable(self.path)
        self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        for name in (CONFIG, CHECKPOINT, *RESULTS, *PLOTS, *LOGS):
            _files.remove_leftovers(self.path / name)

    def finish(self, experiment: Experiment, history: History) -> list[str]:
        """Write the results, and return the names of the files."""
        history.to_csv(self.path / "history.csv", overwrite=True)
        history.to_json(self.path / "history.json", overwrite=True)
        history.save(self._signed(MODEL), overwrite=True)  # the last: where it is, the run is done
        log = [AUDIT] if (self.path / AUDIT).exists() else []
        return [CONFIG, CHECKPOINT, *RESULTS, *log]

    def draw(self, experiment: Experiment, history: History) -> list[str]:
        """Draw the rounds and the partition, and return the names of the files.

        Of a private run the partition is not drawn.

        Raises
        ------
        ModuleNotFoundError
            If matplotlib is absent.
        """
        draw_history(self.path / PLOTS[0], experiment, history)
        if history.private:  # who has which rows is what it keeps
            return list(PLOTS[:1])
        draw_partition(self.path / PLOTS[1], experiment)
        return list(PLOTS)


@dataclass
class _GoesOn:
    """See ``RunFolder.goes_on``."""

    folder: RunFolder
    config: RunConfig
    is_new: bool = True

    def __call__(self, records: Sequence[RoundRecord], state: State) -> None:
        """Write the configuration anew if the one in the folder has another number of rounds."""
        if self.is_new:
            self.is_new = False
            file = self.folder.path / CONFIG
            written = read_file(file)["run"]["num_rounds"] if file.exists() else None
            if written != self.config.num_rounds:
                self.folder._start(self.config, *RESULTS, *PLOTS)


def about_of(folder: Path) -> str:
    """Return what identifies the run of a folder: the SHA-256 of its configuration.

    The number of rounds is left out, with which a run may be prolonged, and so are comments.
    """
    lines = (folder / CONFIG).read_bytes().splitlines(keepends=True)
    return _files.sha256(b"".join(x for x in lines if not x.startswith((b"num_rounds =", b"#"))))


def new_folder(
    out: str | os.PathLike[str] | None,
    *,
    overwrite: bool = False,
    key: SigningKey | None = None,
) -> RunFolder:
    """Return a new folder, or the one asked for.

    Parameters
    ----------
    out : path, optional
        By default a fresh ``runs/<date>-<n>``.
    overwrite : bool
        Whether `out` may exist.
    key : SigningKey, optional
        As for `RunFolder`.

    Raises
    ------
    ValueError
        If `out` exists and may not.
    """
    if out is None:
        return RunFolder(_fresh(Path("runs"), time.strftime("%Y-%m-%d")), key)
    path = Path(out)
    check_free(path, overwrite=overwrite)
    _files.make_folder(path)
    return RunFolder(path, key)


def check_free(path: Path, *, overwrite: bool) -> None:
    """Check that a folder may be written to."""
    if path.exists() and not path.is_dir():
        _check.fail("out", "be a folder", path, "name another")
    if path.exists() and not overwrite:
        _check.fail("out", "be a new folder", path, "name another, or add --overwrite")


def _fresh(parent: Path, date: str) -> Path:
    """Make and return the first of <date>-1, <date>-2, … that is not there yet."""
    _files.make_folder(parent)
    number = 1
    while True:
        path = parent / f"{date}-{number}"
        try:
            with _files.refusals_told(path):
                path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path
