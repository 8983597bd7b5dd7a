"""Every attack against every defence, on clients that are alike and on clients that are not.

Adversary: in each cell, as its attack says; the worst-case column takes the attack that hurts this
very defence most, as an attacker would who knows it. Protected: the accuracy, as far as the table
says, at the sizes of this experiment. Not protected: anything against an attack that is not in the
table. For teaching and research: not audited.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pyfedlite.experiments.attacks.cells import MatrixConfig, matrix_cell
from pyfedlite.experiments.attacks.finding import Finding, Picture, Table, Value
from pyfedlite.experiments.attacks.pictures import plot_heat_map
from pyfedlite.experiments.grid import Cell, run_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def run_matrix(
    config: MatrixConfig,
    *,
    folder: Path | None = None,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Finding:
    """Run every attack against every defence.

    Parameters
    ----------
    config : MatrixConfig
    folder, workers, progress
        As for `run_grid`: a matrix that was stopped goes on from what its folder holds.
    """
    cells = run_grid(matrix_cell, config.cells(), folder=folder, workers=workers, progress=progress)
    return Matrix.of(config, cells).finding()


@dataclass(frozen=True, eq=False)
class Matrix:
    """Accuracies of all runs.

    Parameters
    ----------
    config : MatrixConfig
    accuracies, deviations : ndarray of shape (partitions, seeds, defences, attacks)
        The attacks are those of ``config.columns``. NaN where a run came to no end.
    failures : tuple of str
        Of runs that failed for another reason than their attack.
    """

    config: MatrixConfig
    accuracies: Any
    deviations: Any
    failures: tuple[str, ...] = ()

    @classmethod
    def of(cls, config: MatrixConfig, cells: Sequence[Cell]) -> "Matrix":
        """Return the cells of a grid in their places."""
        shape = (
            len(config.partitions),
            config.num_seeds,
            len(config.defences),
            len(config.columns),
        )
        accuracies, deviations = (
            np.array([_number(cell, name) for cell in cells]).reshape(shape)
            for name in ("accuracy", "deviation")
        )
        failed = (cell for cell in cells if cell.result is None)
        return cls(
            config, accuracies, deviations, tuple(f"{c.configuration}: {c.failure}" for c in failed)
        )

    @property
    def means(self) -> Any:
        """Of the accuracies over the seeds; a run that came to no end makes it NaN."""
        return self.accuracies.mean(axis=1)

    @property
    def spreads(self) -> Any:
        """Standard deviations over the seeds, with one seed NaN."""
        if self.config.num_seeds == 1:
            return np.full(self.means.shape, np.nan)
        return self.accuracies.std(axis=1, ddof=1)

    @property
    def worst(self) -> Any:
        """The attack that hurts most, by partition and defence: its column.

        A run that came to no end is as bad as it gets. Where nobody attacks it is column 0.
        """
        if len(self.config.columns) == 1:
            return np.zeros(self.means.shape[:2], np.int64)
        return 1 + np.argmin(np.nan_to_num(self.means[..., 1:], nan=-1.0), axis=-1)

    def finding(self) -> Finding:
        """Return what is printed, kept and drawn."""
        worst = [row for row, _ in self._summary()]
        metrics = {
            "worst": worst,
            "num_runs": int(self.accuracies.size),
            "failures": list(self.failures),
        }
        shown = [Table([text for _, text in self._summary()]).text()]
        shown += [f"failed: {failure}" for failure in self.failures]
        height = 1.2 + 0.34 * len(self.config.defences)
        width = 2.2 + 0.62 * (len(self.config.columns) + 1)
        picture = Picture(width, (height + 0.9) * len(self.config.partitions), self._draw)
        files = {"table.md": self.markdown()}
        return Finding(metrics, Table(self._rows()), {"matrix": picture}, "\n".join(shown), files)

    def markdown(self) -> str:
        """Return a table for each partition: defences down, attacks across, the worst case last."""
        columns = self.config.columns
        lines = []
        for p, partition in enumerate(self.config.partitions):
            lines += [f"{partition}:", "", f"| defence | {' | '.join(columns)} | worst case |"]
            lines += ["|---" * (len(columns) + 2) + "|"]
            for d, defence in enumerate(self.config.defences):
                places = [*range(len(columns)), self.worst[p, d]]
                cells = [_text(self.means[p, d, a], self.spreads[p, d, a]) for a in places]
                lines.append(f"| {defence} | {' | '.join(cells)} |")
            lines.append("")
        return "\n".join(lines)

    def _places(self) -> Iterator[tuple[int, int, str, str]]:
        for p, partition in enumerate(self.config.partitions):
            for d, defence in enumerate(self.config.defences):
                yield p, d, partition, defence

    def _rows(self) -> list[Mapping[str, Value]]:
        return [
            {
                "partition": partition,
                "defence": defence,
                "attack": attack,
                "accuracy": _or_none(self.means[p, d, a]),
                "spread": _or_none(self.spreads[p, d, a]),
                "deviation": _or_none(self.deviations[p, :, d, a].mean()),
                "num_seeds": self.config.num_seeds,
            }
            for p, d, partition, defence in self._places()
            for a, attack in enumerate(self.config.columns)
        ]

    def _summary(self) -> Iterator[tuple[Mapping[str, Value], Mapping[str, Value]]]:
        """Yield for programs and for people: what a defence costs, and its worst case."""
        for p, d, partition, defence in self._places():
            a = int(self.worst[p, d])
            place = {"partition": partition, "defence": defence}
            numbers = {
                "accuracy": _or_none(self.means[p, d, 0]),
                "accuracy_spread": _or_none(self.spreads[p, d, 0]),
                "worst": _or_none(self.means[p, d, a]),
                "worst_spread": _or_none(self.spreads[p, d, a]),
            }
            words = {
                "no attack": _text(self.means[p, d, 0], self.spreads[p, d, 0]),
                "worst case": _text(self.means[p, d, a], self.spreads[p, d, a]),
            }
            by = {"attack": self.config.columns[a]}
            yield {**place, **numbers, **by}, {**place, **words, **by}

    def _draw(self, figure: "Figure") -> None:
        columns = [*self.config.columns, "worst case"]
        axes = figure.subplots(len(self.config.partitions), 1, squeeze=False)[:, 0]
        for p, (ax, partition) in enumerate(zip(axes, self.config.partitions, strict=True)):
            worst = np.take_along_axis(self.means[p], self.worst[p][:, np.newaxis], axis=1)
            values = np.hstack([self.means[p], worst])
            title = f"test accuracy, {partition}"
            plot_heat_map(values, self.config.defences, columns, title=title, ax=ax)
            ax.axvline(len(columns) - 1.5, color="white", linewidth=3)
            ax.axvline(0.5, color="white", linewidth=3)


def _number(cell: Cell, name: str) -> float:
    value = None if cell.result is None else cell.result[name]
    return np.nan if value is None else float(value)


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _text(mean: float, spread: float) -> str:
    """Return a mean and its spread with two digits, or a dash."""
    if np.isnan(mean):
        return "–"
    return f"{mean:.2f}" if np.isnan(spread) else f"{mean:.2f} ± {spread:.2f}"
