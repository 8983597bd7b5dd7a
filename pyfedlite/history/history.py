"""The outcome of a run: its records, its last state, and ways to look at them.

Left neighbour: ``simulation`` returns it. Right neighbour: ``plotting`` draws it, and ``cli`` and
``experiments`` print it and write it to files.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfedlite import _files, plotting
from pyfedlite._check import fail
from pyfedlite._typing import Labels, Vector
from pyfedlite.data.inputs import Inputs
from pyfedlite.history.fingerprint import result_fingerprint
from pyfedlite.history.records import (
    columns,
    dumps,
    reaches,
    records_to_csv,
    records_to_json,
)
from pyfedlite.models import TrainedModel, save_model
from pyfedlite.roles import Model
from pyfedlite.state import RoundRecord, State

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FORMAT = "pyfedlite-history-1"
INSECURE = "insecure_seed: the noise can be drawn again, so no privacy"
"""What every account of a private run with a seed says."""

MOST_FAILURES = 5
"""So many failed rounds are named below a table."""


@dataclass(frozen=True, eq=False, repr=False)
class History:
    """What `simulate` returns.

    Parameters
    ----------
    records : tuple of RoundRecord
        One for each round.
    state : State
        After the last round.
    model : Model
    config : mapping
        What was run: seed, sampler, algorithm, data, as text and numbers.
    plan : callable of records to str, optional
        Computes `plan_fingerprint`, which takes a while for a large run; None for a private one.
    stopped : str, optional
        Why a callback has ended the run, for good.
    inputs : Inputs, optional
        What stands between rows as they come and the features of the model.
    private : bool
        Whether it was a private run: its records hold nothing but what was released.
    insecure : bool
        Whether the noise of a private run came from a seed, so that nothing is protected.
    """

    records: tuple[RoundRecord, ...]
    state: State
    model: Model
    config: Mapping[str, Any]
    plan: Callable[[Sequence[RoundRecord]], str] | None
    stopped: str | None = None
    inputs: Inputs = field(default_factory=Inputs)
    private: bool = False
    insecure: bool = False

    def __repr__(self) -> str:
        accuracy = self.final_accuracy
        shown = "" if accuracy is None else f", final_accuracy={accuracy:.4f}"
        if self.insecure:
            shown += f", {INSECURE}"
        return f"History({len(self.records)} rounds{shown}, fingerprint={self.fingerprint[:12]})"

    @property
    def theta(self) -> Vector:
        """The final model, shape (num_params,)."""
        return self.state.theta

    @cached_property
    def trained(self) -> TrainedModel:
        """The final model with all that it needs to predict new rows."""
        return TrainedModel(self.model, self.theta, inputs=self.inputs)

    def predict(self, rows: Any) -> Labels:
        """Return the class of each new row, or its value for a regression, shape (n,).

        Parameters
        ----------
        rows : array of shape (n, num_features), data frame, or path of a CSV or NPZ file
            In the units of the data before ``standardise``; see ``TrainedModel.predict``.
        """
        return self.trained.predict(rows)

    def predict_proba(self, rows: Any) -> Vector:
        """Return the probability of each class for new rows, shape (n, num_classes)."""
        return self.trained.predict_proba(rows)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the final model, with all that it needs, to a file for ``load_model``.

        Parameters
        ----------
        path : path
        overwrite : bool
            Whether an existing file may be replaced.
        """
        save_model(path, self.model, self.theta, inputs=self.inputs, overwrite=overwrite)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the result: theta and all metrics but the seconds."""
        return result_fingerprint(self.theta, self.records)

    @cached_property
    def plan_fingerprint(self) -> str | None:
        """SHA-256 of the plan: the partition, the cohorts and the orders of the rows.

        None for a private run, whose cohorts are secret.
        """
        return None if self.plan is None else self.plan(self.records)

    @property
    def reproducible(self) -> bool:
        """Whether the same call gives the same bits; the noise of a private run is secret."""
        return not self.private or self.insecure

    @property
    def seconds(self) -> float:
        """Seconds of training, without evaluation; 0 of a private run, which records none."""
        return float(sum(r.metrics.get("seconds") or 0.0 for r in self.records))

    @property
    def final_accuracy(self) -> float | None:
        """Accuracy on the test rows at the last evaluation, in [0, 1]."""
        return self.last("test_accuracy")

    @property
    def final_auc(self) -> float | None:
        """Area under the ROC curve at the last evaluation; None unless there are two classes."""
        return self.last("test_auc")

    @property
    def best_accuracy(self) -> float | None:
        """The highest accuracy of all evaluated rounds."""
        _, values = self.series("test_accuracy")
        return max(values, default=None)

    @property
    def failed(self) -> list[RoundRecord]:
        """The records of the rounds that have no result."""
        return [record for record in self.records if record.failure is not None]

    def last(self, name: str) -> float | None:
        """Return the last value of a metric, or None if it was never measured."""
        _, values = self.series(name)
        return values[-1] if values else None

    def series(self, name: str) -> tuple[list[int], list[float]]:
        """Return the rounds in which a metric was measured, and its values."""
        pairs = [(r.round, r.metrics.get(name)) for r in self.records]
        measured = [(round, float(value)) for round, value in pairs if value is not None]
        return [round for round, _ in measured], [value for _, value in measured]

    def rounds_to(self, target: float, metric: str = "test_accuracy") -> int | None:
        """Return the first evaluated round in which `metric` is as good as `target`, or None.

        Parameters
        ----------
        target : float
        metric : {"test_accuracy", "test_auc", "test_loss"}
            A loss is as good at or below the target, the others are at or above it.
        """
        for round, value in zip(*self.series(metric), strict=True):
            if reaches(metric, value, target):
                return round
        return None

    def table(
        self, max_rows: int | None = 12, *, headings: Mapping[str, str | None] | None = None
    ) -> str:
        """Return the rounds as a text table; for a long run, some of them and the last.

        Failed rounds are named below it, and why a callback has stopped the run.

        Parameters
        ----------
        max_rows : int or None
            The most rounds to show, evenly spaced; None shows every round.
        headings : mapping of str to str or None, optional
            By the name of a metric: another heading for it, or None to leave it out.
        """
        other = {"seconds": None, **(headings or {})}
        measured = [name for name in columns(self.records) if self.series(name)[0]]
        shown = {name: title for name in measured if (title := other.get(name, name))}
        head = ["round", *([] if self.private else ["clients"]), *shown.values()]
        rows = [
            [
                str(r.round),
                *([] if self.private else [str(len(r.cohort))]),
                *(_cell(r.metrics.get(n)) for n in shown),
            ]
            for r in _thinned(self.records, max_rows)
        ]
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        lines = [
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in [head, *rows]
        ]
        stopped = [] if self.stopped is None else [f"stopped: {self.stopped}"]
        insecure = [INSECURE] if self.insecure else []
        return "\n".join([*lines, *_failures_in_words(self.failed), *stopped, *insecure])

    def to_dict(self) -> dict[str, Any]:
        """Return configuration, fingerprints and records as plain dictionaries."""
        return {
            "format": FORMAT,
            "config": dict(self.config),
            "fingerprint": self.fingerprint,
            "plan_fingerprint": self.plan_fingerprint,
            "reproducible": self.reproducible,
            **({"warning": INSECURE} if self.insecure else {}),
            "stopped": self.stopped,
            "records": records_to_json(self.records),
        }

    def to_csv(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write one line per round; an existing file is an error unless `overwrite` is True."""
        _write(path, records_to_csv(self.records), overwrite)

    def to_json(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write configuration, fingerprints and records; `overwrite` is as for ``to_csv``."""
        _write(path, dumps(self.to_dict()) + "\n", overwrite)

    def plot(self, axes: Any = None) -> "Sequence[Axes]":
        """Draw accuracy (or loss, for a regression), training loss and epsilon over the rounds.

        Needs matplotlib: ``pip install 'pyfedlite[plot]'``.

        Returns
        -------
        sequence of matplotlib Axes
        """
        names = ["test_accuracy", "test_auc", "train_loss", "test_loss", "dp_epsilon"]
        failed = [record.round for record in self.failed]
        series = {name: self.series(name) for name in names}
        return plotting.plot_history(series, failed=failed, axes=axes)


def _thinned(records: Sequence[RoundRecord], max_rows: int | None) -> list[RoundRecord]:
    if max_rows is None or len(records) <= max_rows:
        return list(records)
    last = len(records) - 1
    return [records[round(i * last / (max_rows - 1))] for i in range(max_rows)]


def _failures_in_words(failed: Sequence[RoundRecord]) -> list[str]:
    """Return a line for each of the first failed rounds, and how many more there are."""
    lines = [f"round {record.round} failed: {record.failure}" for record in failed[:MOST_FAILURES]]
    more = len(failed) - MOST_FAILURES
    return [*lines, f"{more} more rounds failed"] if more > 0 else lines


def _cell(value: float | int | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def _write(path: str | os.PathLike[str], text: str, overwrite: bool) -> None:
    if Path(path).exists() and not overwrite:
        fail("path", "be a new file", path, "pass overwrite=True to replace it")
    _files.write_text(path, text)
