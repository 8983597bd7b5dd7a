"""What an attack has found, in a form that a command prints and a folder keeps.

Left neighbour: the experiments of this room, each of which returns a `Finding`. Right neighbour:
``pyfedlite attack``.
"""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pyfedlite import __version__, _files
from pyfedlite.experiments.plots import new_figure, save_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Value: TypeAlias = str | int | float | None


@dataclass(frozen=True)
class Table:
    """Rows with the same columns.

    Parameters
    ----------
    rows : sequence of mapping of str to text, number or None

    Examples
    --------
    >>> print(Table([{"rule": "mean", "share": 0.25}, {"rule": "krum", "share": None}]).text())
    rule   share
    mean  0.2500
    krum       –
    """

    rows: Sequence[Mapping[str, Value]]

    def text(self) -> str:
        """Return the table for people: words at the left, numbers at the right."""
        names = list(self.rows[0]) if self.rows else []
        lines = [names, *([_shown(row[name]) for name in names] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        is_text = [any(isinstance(row[name], str) for row in self.rows) for name in names]
        marks = ["<" if text else ">" for text in is_text]
        return "\n".join(
            "  ".join(
                f"{cell:{mark}{width}}"
                for cell, mark, width in zip(line, marks, widths, strict=True)
            ).rstrip()
            for line in lines
        )

    def csv(self) -> str:
        """Return the table for programs; numbers with all their digits."""
        buffer = io.StringIO()
        if self.rows:
            writer = csv.DictWriter(buffer, list(self.rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        return buffer.getvalue()


def _shown(value: Value) -> str:
    if value is None:
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Picture:
    """How something is drawn into an empty figure of so many inches."""

    width: float
    height: float
    draw: Callable[["Figure"], Any]


@dataclass(frozen=True)
class Finding:
    """What an attack has found.

    Parameters
    ----------
    metrics : mapping
        What goes into JSON: texts, finite numbers or None, lists and mappings of those.
    table : Table
        What the folder keeps.
    pictures : mapping of str to Picture
        By the name of the file, without its ending.
    shown : str
        What people read; by default the table.
    files : mapping of str to str
        Further texts for the folder, by name.
    """

    metrics: Mapping[str, Any]
    table: Table
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    shown: str = ""
    files: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """Return what people read."""
        return self.shown or self.table.text()

    def save(self, folder: Path, config: Any) -> list[str]:
        """Write ``result.json``, ``table.csv`` and what else there is; return their names.

        Parameters
        ----------
        folder : Path
        config : a dataclass
            The settings, which are kept beside the metrics.
        """
        told = {"pyfedlite": __version__, "settings": asdict(config), "metrics": self.metrics}
        _files.write_text(folder / "result.json", json.dumps(told, indent=1, allow_nan=False))
        files = {"table.csv": self.table.csv(), **self.files}
        for name, text in files.items():
            _files.write_text(folder / name, text)
        return ["result.json", *files]

    def draw(self, folder: Path) -> list[str]:
        """Draw the pictures, and return their names.

        Raises
        ------
        ModuleNotFoundError
            If matplotlib is absent.
        """
        for name, picture in self.pictures.items():
            figure = new_figure(picture.width, picture.height)
            picture.draw(figure)
            save_figure(figure, folder / f"{name}.png")
        return [f"{name}.png" for name in self.pictures]
