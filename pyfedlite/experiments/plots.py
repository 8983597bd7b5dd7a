"""The two pictures of a run folder: what happened over the rounds, and who has which rows.

Figures are made without pyplot: nothing is shown, no window system is asked for, and whatever a
notebook has open stays as it is.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyfedlite import _files, plotting
from pyfedlite.experiments.build import Experiment
from pyfedlite.history import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 150


def draw_history(path: Path, experiment: Experiment, history: History) -> None:
    """Draw accuracy and losses over the rounds into a PNG file.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is absent.
    """
    panels = 1 if history.final_accuracy is None else 2
    figure = _figure(4.6 * panels, 3.4)
    history.plot(axes=figure.subplots(1, panels))
    figure.suptitle(_title(experiment), x=0.01, ha="left", fontsize="medium")
    _save(figure, path)


def draw_partition(path: Path, experiment: Experiment) -> None:
    """Draw the rows of each client, divided by label, into a PNG file.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is absent.
    """
    figure = _figure(8.0, min(2.0 + 0.2 * experiment.clients.num_clients, 10.0))
    experiment.clients.plot(ax=figure.subplots())
    _save(figure, path)


def _title(experiment: Experiment) -> str:
    config = experiment.config
    return f"{config.algorithm} on {experiment.clients.name}, {config.num_clients} clients"


def _figure(width: float, height: float) -> "Figure":
    plotting.pyplot()  # which says how to get matplotlib where it is absent
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _save(figure: Any, path: Path) -> None:
    with _files.atomic_write(path) as file:
        figure.savefig(file, format="png", dpi=DPI)
