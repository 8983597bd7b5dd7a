"""Drawings of arrays and plain dictionaries, as matplotlib axes.

Matplotlib is imported when something is drawn, never before. The ten colours are those of
M. A. Petroff, "Accessible Color Sequences for Data Visualization", 2021,
https://arxiv.org/abs/2107.02270. They can also be distinguished with a colour vision deficiency.

Left neighbour: ``data`` and ``history`` give the numbers. Right neighbour: matplotlib.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
MOST_TICKS = 30  # more client numbers than this beside an axis cannot be read
MOST_LABELS = 20  # with more, the legend names every second or third of an ordered palette


def pyplot() -> Any:
    """Return ``matplotlib.pyplot``; the error says how to install it.

    Raises
    ------
    ModuleNotFoundError
        If matplotlib is absent.
    """
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError as error:
        message = "a plot needs matplotlib; try pip install 'pyfedlite[plot]'"
        raise ModuleNotFoundError(message) from error
    return plt


def plot_label_counts(
    label_counts: Integers,
    *,
    title: str = "",
    client_names: Sequence[str] | None = None,
    class_names: Sequence[str] | None = None,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw one horizontal bar for each client, divided by label.

    Parameters
    ----------
    label_counts : array of shape (num_clients, num_classes)
        Rows of each client by label; with one column only the sizes are drawn.
    title : str
    client_names : sequence of str, optional
        By default the numbers from 0.
    class_names : sequence of str, optional
        By default the numbers from 0.
    ax : matplotlib axes, optional
        By default those of a new figure.

    Returns
    -------
    matplotlib axes
    """
    counts = np.asarray(label_counts)
    _check.ndim("label_counts", counts, 2)
    num_clients, num_classes = counts.shape
    if ax is None:
        height = min(2.0 + 0.2 * num_clients, 10.0)
        _, ax = pyplot().subplots(figsize=(8.0, height), layout="constrained")
    labels = range(num_classes) if class_names is None else class_names
    left = np.zeros(num_clients, dtype=np.int64)
    thickness = 0.8 if num_clients <= 5 * MOST_TICKS else 1.0
    for column, label, colour in zip(counts.T, labels, _colours(num_classes), strict=True):
        ax.barh(np.arange(num_clients), column, thickness, left, color=colour, label=str(label))
        left = left + column
    _name_clients(ax, num_clients, client_names)
    ax.set_xlabel("training rows")
    ax.set_title(title, loc="left", fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
    if num_classes > 1:
        shown = slice(None, None, 1 + (num_classes - 1) // MOST_LABELS)
        handles, texts = ax.get_legend_handles_labels()
        legend = ax.legend(handles[shown], texts[shown], title="label", frameon=False, loc=2)
        legend.set_bbox_to_anchor((1.0, 1.0))  # its upper left corner (loc 2), outside the axes
    return ax


def plot_history(
    series: Mapping[str, tuple[Sequence[int], Sequence[float]]],
    *,
    failed: Sequence[int] = (),
    axes: Any = None,
) -> "list[Axes]":
    """Draw what was measured over the rounds: accuracy and AUC left, losses right of it.

    Parameters
    ----------
    series : mapping of str to (rounds, values)
        ``test_accuracy`` and ``test_auc`` share an axis from 0 to 1, which is named after what is
        drawn; ``train_loss`` and ``test_loss`` share another, and ``dp_epsilon`` has a third. An
        empty series is left out, and an axis without series too. The legend gives the last value of
        each.
    failed : sequence of int
        Rounds without a result: a cross on the horizontal axis each.
    axes : sequence of matplotlib axes, optional
        As many as there are axes to draw. By default those of a new figure.

    Returns
    -------
    list of matplotlib axes
    """
    panels = [["test_accuracy", "test_auc"], ["train_loss", "test_loss"], ["dp_epsilon"]]
    measured = [[n for n in panel if len(series.get(n, ((), ()))[1])] for panel in panels]
    drawn = [names for names in measured if names]
    if not drawn:
        _check.fail("series", "hold an accuracy, an AUC or a loss", sorted(series))
    if axes is None:
        size = (4.2 * len(drawn), 3.2)
        _, axes = pyplot().subplots(1, len(drawn), figsize=size, layout="constrained")
    panes: list[Axes] = list(np.ravel(axes))
    for ax, names in zip(panes, drawn, strict=True):
        for name, colour in zip(names, COLOURS, strict=False):
            rounds, values = series[name]
            marker = "o" if len(rounds) == 1 else None
            text = f"{_in_words(name)}  {values[-1]:.3f}"
            ax.plot(rounds, values, color=colour, marker=marker, label=text)
        if failed:  # on the lower edge, whatever the values are
            place = ax.get_xaxis_transform()
            zeros = [0.0] * len(failed)
            text = f"{len(failed)} failed"
            ax.plot(failed, zeros, "kx", transform=place, clip_on=False, label=text)
        ax.set_xlabel("round")
        is_loss = names[-1].endswith("loss")
        ax.set_ylabel("loss" if is_loss else ", ".join(map(_in_words, names)))
        ax.set_xlim(left=0)
        ax.locator_params(axis="x", integer=True)
        ax.grid(alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False)
        if names[0] in panels[0]:  # shares of the test rows
            ax.set_ylim(0, 1.02)
        else:
            ax.set_ylim(bottom=0)
    return panes


def _in_words(metric: str) -> str:
    return metric.removeprefix("dp_").replace("_", " ").replace("auc", "AUC")


def _name_clients(ax: "Axes", num_clients: int, names: Sequence[str] | None) -> None:
    """Put client 0 on top, and as many names beside the axis as can be read."""
    ax.set_ylim(num_clients - 0.5, -0.5)
    ax.set_ylabel("client")
    if names is not None and num_clients <= MOST_TICKS:
        ax.set_yticks(range(num_clients), list(names))
        return
    step = next(s for s in (1, 5, 10, 50, 100, 10**9) if num_clients / s <= MOST_TICKS)
    ax.set_yticks(range(0, num_clients, step))


def _colours(number: int) -> Sequence[Any]:
    """Return `number` colours: up to ten from the list, more from the palette cividis."""
    if number <= len(COLOURS):
        return COLOURS[:number]
    return list(pyplot().get_cmap("cividis")(np.linspace(0, 1, number)))


def plot_images(
    groups: Sequence[Any],
    shape: tuple[int, int],
    *,
    names: Sequence[str] = (),
    axes: Any = None,
) -> "Sequence[Axes]":
    """Draw rows as grey images: a line for each group, the same scale for all.

    Parameters
    ----------
    groups : sequence of array_like of shape (n, height * width)
    shape : tuple of int
        Height and width.
    names : sequence of str
        Of the groups, written at the left.
    axes : ndarray of axes of shape (num_groups, n), optional
        Where to draw; by default those of a new figure.

    Returns
    -------
    list of Axes
        Line by line.
    """
    images = np.array(groups, dtype=np.float64)
    if images.ndim != 3 or images.shape[2] != shape[0] * shape[1]:
        condition = f"be rows of {shape[0]} times {shape[1]} numbers, as many in each"
        _check.fail("groups", condition, f"shape {images.shape}")
    lines, columns = images.shape[:2]
    if axes is None:
        _, axes = pyplot().subplots(lines, columns, squeeze=False, figsize=(columns, lines))
    for line in range(lines):
        for column in range(columns):
            ax = axes[line, column]
            ax.imshow(
                images[line, column].reshape(shape),
                cmap="gray",
                vmin=images.min(),
                vmax=images.max(),
            )
            ax.set(xticks=[], yticks=[])
        if names:
            axes[line, 0].set_ylabel(names[line])
    return list(axes.flat)


def plot_noise(noise: Mapping[str, Any], *, ax: "Axes | None" = None) -> "Axes":
    """Draw how much noise is in the sum of the first rounds, for several ways to add it.

    Parameters
    ----------
    noise : mapping of str to array_like of shape (num_rounds,)
        Deviations, as ``privacy.noise_of_sums`` gives them; the legend says the largest of each.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if ax is None:
        _, ax = pyplot().subplots()
    for (name, values), colour in zip(noise.items(), _colours(len(noise)), strict=True):
        rounds, text = np.arange(1, len(values) + 1), f"{name}  {np.max(values):.2f}"
        ax.plot(rounds, values, color=colour, label=text)
    ax.set(xlabel="rounds", ylabel="deviation of the noise in their sum", ylim=(0, None))
    ax.grid(alpha=0.3)
    ax.legend(frameon=False)
    return ax


def plot_roc(
    false: Any, true: Any, *, least: float, name: str = "", ax: "Axes | None" = None
) -> "Axes":
    """Draw true over false positive rates on logarithmic axes.

    Parameters
    ----------
    false, true : array_like of shape (n,)
        In [0, 1], ascending.
    least : float
        Above 0: the left and lower end of the axes, where rates of 0 are drawn too.
    name : str
        Of the attack, for the legend.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure. Several curves go on one. Axes with nothing on them
        get their scales, their names and the line of guessing here.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if ax is None:
        _, ax = pyplot().subplots()
    if not ax.lines:
        prepare_roc(ax, least=least)
    ax.plot(np.maximum(false, least), np.maximum(true, least), label=name or "attack")
    ax.legend()
    return ax


def plot_anomalies(points: Sequence[tuple[int, float, bool]], *, ax: Any = None) -> "Axes":
    """Draw the length of every update over the rounds, on a logarithmic axis.

    Parameters
    ----------
    points : sequence of (round, length, is_flagged)
        Lengths above 0.
    ax : matplotlib.axes.Axes, optional
        By default a new one.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if ax is None:
        _, ax = pyplot().subplots(figsize=(4.2, 3.2), layout="constrained")
    for is_flagged, marker, label in ((False, "o", "usual"), (True, "x", "flagged")):
        chosen = [(t, length) for t, length, flag in points if flag == is_flagged]
        if chosen:
            rounds, lengths = zip(*chosen, strict=True)
            colour = COLOURS[int(is_flagged)]
            text = f"{label}  {len(chosen)}"
            ax.plot(rounds, lengths, marker, color=colour, markersize=4, label=text)
    ax.set_yscale("log")
    ax.set_xlabel("round")
    ax.set_ylabel("length of an update")
    ax.locator_params(axis="x", integer=True)
    ax.spines[["top", "right"]].set_visible(False)
    if points:
        ax.legend(frameon=False)
    drawn: Axes = ax
    return drawn


def prepare_roc(ax: "Axes", *, least: float) -> None:
    """Give empty axes logarithmic scales from `least` to 1, and draw the line of guessing."""
    ax.plot([least, 1], [least, 1], color="#94a4a2", linestyle="--", label="guessing")
    ax.set(
        xscale="log",
        yscale="log",
        xlim=(least, 1),
        ylim=(least, 1),
        xlabel="false positive rate",
        ylabel="true positive rate",
    )
