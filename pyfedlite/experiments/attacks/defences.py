"""One attack against several defences, over the rounds.

Adversary, and what is and is not protected: as in ``poisoning``. For teaching and research: not
audited.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from pyfedlite.errors import PyfedliteError
from pyfedlite.experiments.attacks.finding import Finding, Picture, Table, Value
from pyfedlite.experiments.attacks.pictures import plot_series
from pyfedlite.experiments.attacks.poisoning import (
    PoisonConfig,
    PoisonedRun,
    check_distinct,
    prepared,
    run_poisoned,
)
from pyfedlite.experiments.grid import run_grid

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHOWN = {
    "accuracies": "accuracy",
    "successes": "success of the attack",
    "deviations": "deviations from the honest mean",
}

LEAST = 1e-3
"""Deviations below it are not told apart in the picture: they are none."""


@dataclass(frozen=True)
class DefencesConfig:
    """An attack, and the defences that it meets.

    Parameters
    ----------
    defences : tuple of str
        As `AGGREGATORS` reads them.
    base : PoisonConfig
        All else; its defence is not looked at.

    Raises
    ------
    ValueError
        If a part does not fit the others.
    """

    defences: tuple[str, ...]
    base: PoisonConfig

    def __post_init__(self) -> None:
        check_distinct("defences", self.defences)
        for config in self.cells():
            prepared(config)

    def cells(self) -> list[PoisonConfig]:
        """Return one configuration for each defence."""
        return [replace(self.base, defence=defence) for defence in self.defences]


def poison_cell(config: PoisonConfig) -> Mapping[str, Any]:
    """Return a run with liars in it as a cell of a grid."""
    return asdict(run_poisoned(config))


def run_defences(
    config: DefencesConfig,
    *,
    workers: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Finding:
    """Run the attack against each defence.

    Parameters
    ----------
    config : DefencesConfig
    workers : int
        How many processes share the runs.
    progress : callable, optional
        As for `run_grid`.

    Raises
    ------
    PyfedliteError
        If a run fails for another reason than the attack.
    """
    cells = run_grid(poison_cell, config.cells(), workers=workers, progress=progress)
    for cell in cells:
        if cell.result is None:
            raise PyfedliteError(f"{cell.configuration.defence}: {cell.failure}")
    runs = {c.configuration.defence: PoisonedRun(**c.result) for c in cells if c.result}
    rows = [_row(defence, run) for defence, run in runs.items()]
    told = [
        {**row, "ended": run.ended or None} for row, run in zip(rows, runs.values(), strict=True)
    ]
    metrics = {"attack": config.base.attack, "defences": told}
    notes = [f"{name}: {run.ended}" for name, run in runs.items() if run.ended]
    table = Table(_by_round(runs))
    pictures = {"plot": _picture(runs)}
    return Finding(metrics, table, pictures, "\n".join([Table(rows).text(), *notes]))


def _row(defence: str, run: PoisonedRun) -> dict[str, Value]:
    row: dict[str, Value] = {"defence": defence, "accuracy": run.accuracy}
    if run.successes:
        row["attack_success"] = run.successes[-1]
    row["deviation"] = sum(run.deviations) / len(run.deviations) if run.deviations else None
    row["failed_rounds"] = run.num_failed_rounds
    return row


def _by_round(runs: Mapping[str, PoisonedRun]) -> Sequence[Mapping[str, Value]]:
    rows: list[dict[str, Value]] = []
    for defence, run in runs.items():
        for place, (round, accuracy) in enumerate(zip(run.rounds, run.accuracies, strict=True)):
            row: dict[str, Value] = {"defence": defence, "round": round, "accuracy": accuracy}
            if run.successes:
                row["attack_success"] = run.successes[place]
            rows.append(row)
    return rows


def _picture(runs: Mapping[str, PoisonedRun]) -> Picture:
    panels = [name for name in SHOWN if any(getattr(run, name) for run in runs.values())]

    def draw(figure: "Figure") -> None:
        axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for ax, name in zip(axes, panels, strict=True):
            series = {}
            for defence, run in runs.items():
                values = getattr(run, name)
                in_order = range(1, len(values) + 1)
                series[defence] = (in_order if name == "deviations" else run.rounds, values)
            plot_series(series, label=SHOWN[name], ax=ax)
            if name == "deviations":
                ax.set_yscale("log")
                ax.set_ylim(bottom=max(ax.get_ylim()[0], LEAST))
            else:
                ax.set_ylim(0, 1.02)
        axes[0].legend(frameon=False, fontsize="small")

    return Picture(3.6 * max(len(panels), 1), 3.2, draw)
