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
    further = (history.final_accuracy, history.last("dp_epsilon"))
    panels = 1 + sum(value is not None for value in further)
    figure = new_figure(4.6 * panels, 3.4)
    history.plot(axes=figure.subplots(1, panels))
    figure.suptitle(_title(experiment), x=0.01, ha="left", fontsize="medium")
    save_figure(figure, path)


def draw_partition(path: Path, experiment: Experiment) -> None:
    """Draw the rows of each client, divided by label, into a PNG file.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is absent.
    """
    figure = new_figure(8.0, min(2.0 + 0.2 * experiment.clients.num_clients, 10.0))
    experiment.clients.plot(ax=figure.subplots())
    save_figure(figure, path)


def _title(experiment: Experiment) -> str:
    title = f"{experiment.config.algorithm} on {experiment.clients.name}"
    if experiment.algorithm.private:  # how many there are is what it keeps
        return title
    return f"{title}, {experiment.config.num_clients} clients"


def new_figure(width: float, height: float) -> "Figure":
    """Return a figure of so many inches that no window shows."""
    plotting.pyplot()  # which says how to get matplotlib where it is absent
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def save_figure(figure: Any, path: Path) -> None:
    """Write a figure into a PNG file, completely or not at all."""
    with _files.atomic_write(path) as file:
        figure.savefig(file, format="png", dpi=DPI)
