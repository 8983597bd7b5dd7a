"""Drawings of what attacks have found: a table of colours, and lines over the rounds."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from pyfedlite import _check, plotting
from pyfedlite.plotting import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_heat_map(
    values: Any,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    title: str = "",
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw shares as a table of colours, with the two digits behind the point in each.

    Parameters
    ----------
    values : array_like of shape (num_rows, num_columns)
        In [0, 1]; NaN is drawn as a dash on white.
    rows, columns : sequence of str
    title : str
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    table = np.asarray(values, dtype=np.float64)
    if table.shape != (len(rows), len(columns)):
        condition = f"have shape {(len(rows), len(columns))}, that of rows and columns"
        _check.fail("values", condition, table.shape)
    if ax is None:
        size = (2.0 + 0.5 * len(columns), 1.5 + 0.35 * len(rows))
        _, ax = plotting.pyplot().subplots(figsize=size, layout="constrained")
    ax.imshow(table, cmap="cividis", vmin=0, vmax=1, aspect="auto")
    for (i, j), value in np.ndenumerate(table):
        text = "–" if np.isnan(value) else f"{value:.2f}".removeprefix("0")
        colour = "white" if value < 0.5 else "black"
        ax.text(j, i, text, ha="center", va="center", color=colour, fontsize="small")
    ax.set_yticks(range(len(rows)), rows)
    ax.set_xticks(range(len(columns)), columns, rotation=45, ha="right")
    ax.set_title(title, loc="left", fontsize="medium")
    ax.spines[:].set_visible(False)
    return ax


def plot_series(
    series: Mapping[str, tuple[Sequence[int], Sequence[float]]],
    *,
    label: str,
    ax: "Axes | None" = None,
) -> "Axes":
    """Draw one quantity over the rounds, a line for each of several runs.

    Parameters
    ----------
    series : mapping of str to (rounds, values)
        With more than ten, colours come twice.
    label : str
        Of the quantity.
    ax : matplotlib.axes.Axes, optional
        Where to draw; by default a new figure.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if ax is None:
        _, ax = plotting.pyplot().subplots(layout="constrained")
    for (name, (rounds, values)), colour in zip(series.items(), cycle(COLOURS), strict=False):
        marker = "o" if len(values) == 1 else None
        ax.plot(rounds, values, color=colour, marker=marker, label=name)
    ax.set(xlabel="round", ylabel=label, xlim=(0, None))
    ax.grid(alpha=0.3)
    ax.spines[["top", "right"]].set_visible(False)
    return ax
