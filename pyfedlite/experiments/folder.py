"""The folder of a run: what is in it while it runs, and what it holds in the end."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from pyfedlite import __version__, _check, _files
from pyfedlite.experiments import toml
from pyfedlite.experiments.build import Experiment
from pyfedlite.experiments.config import RunConfig
from pyfedlite.experiments.plots import draw_history, draw_partition
from pyfedlite.experiments.settings import read_file, resolve
from pyfedlite.experiments.writing import tables
from pyfedlite.history import History

CONFIG, CHECKPOINT, MODEL = "config.toml", "checkpoint.npz", "model.npz"
RESULTS = ("history.csv", "history.json", MODEL)
PLOTS = ("plot.png", "partition.png")


@dataclass(frozen=True)
class RunFolder:
    """A folder with a configuration, a checkpoint until the run is done, and then its results.

    Parameters
    ----------
    path : Path
    """

    path: Path

    @property
    def checkpoint(self) -> Path:
        """The file that a run is resumed from; it is removed when the run is done."""
        return self.path / CHECKPOINT

    @property
    def is_done(self) -> bool:
        """Whether the run has ended and its results are here."""
        return (self.path / MODEL).exists()

    def begin(self, config: RunConfig) -> None:
        """Write the configuration, and remove what an earlier run has left."""
        self._remove_leftovers()
        text = f"# pyfedlite {__version__}\n\n{toml.write(tables(config, absolute=True))}"
        with _files.atomic_write(self.path / CONFIG) as file:
            file.write(text.encode("utf-8"))
            file.flush()  # a full disk is told here, while what an earlier run has left is there
            for name in (CHECKPOINT, *RESULTS, *PLOTS):
                with _files.refusals_told(self.path / name):
                    (self.path / name).unlink(missing_ok=True)

    def read_config(self) -> RunConfig:
        """Return the configuration of the run.

        Raises
        ------
        ValueError
            If the folder holds no run, or one that is done.
        """
        if not (self.path / CONFIG).is_file():
            _check.fail("folder", f"hold the {CONFIG} of a run", self.path)
        if self.is_done:
            got = f"one that is done, {self.path}"
            hint = f"start it again by its {CONFIG}"
            _check.fail("folder", "hold a run that was interrupted", got, hint)
        return resolve(read_file(self.path / CONFIG))

    def go_on(self) -> None:
        """Check that a run can go on here, and remove what was half written when it was killed.

        Raises
        ------
        OSError
            If the folder cannot be written to.
        """
        _files.check_writable(self.path)
        self._remove_leftovers()

    def _remove_leftovers(self) -> None:
        for name in (CONFIG, CHECKPOINT, *RESULTS, *PLOTS):
            _files.remove_leftovers(self.path / name)

    def finish(self, experiment: Experiment, history: History) -> list[str]:
        """Write the results, remove the checkpoint, and return the names of the files."""
        history.to_csv(self.path / "history.csv", overwrite=True)
        history.to_json(self.path / "history.json", overwrite=True)
        history.save(self.path / MODEL, overwrite=True)  # the last: where it is, the run is done
        self.checkpoint.unlink(missing_ok=True)
        return [CONFIG, *RESULTS]

    def draw(self, experiment: Experiment, history: History) -> list[str]:
        """Draw the rounds and the partition, and return the names of the files.

        Raises
        ------
        ModuleNotFoundError
            If matplotlib is absent.
        """
        draw_history(self.path / PLOTS[0], experiment, history)
        draw_partition(self.path / PLOTS[1], experiment)
        return list(PLOTS)


def new_folder(out: str | os.PathLike[str] | None, *, overwrite: bool = False) -> RunFolder:
    """Return a new folder, or the one asked for.

    Parameters
    ----------
    out : path, optional
        By default a fresh ``runs/<date>-<n>``.
    overwrite : bool
        Whether `out` may exist.

    Raises
    ------
    ValueError
        If `out` exists and may not.
    """
    if out is None:
        return RunFolder(_fresh(Path("runs"), time.strftime("%Y-%m-%d")))
    path = Path(out)
    check_free(path, overwrite=overwrite)
    _files.make_folder(path)
    return RunFolder(path)


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
