"""How much clients differ: their sizes, their labels, their distance to all data.

Let p_k(y) be the fraction of label y among the rows of client k, and p(y) among all rows.

- The label entropy of client k is H_k = -sum_y p_k(y) log2 p_k(y), in bits: 0 for one label,
  log2(C) for C labels with the same number of rows.
- The distance of client k to all data is TV_k = 1/2 sum_y |p_k(y) - p(y)|, the total variation
  distance: 0 if p_k = p, and otherwise the fraction of its rows that would have to get another
  label to make p_k = p.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite import plotting
from pyfedlite._typing import Integers
from pyfedlite.data.dataset import Dataset

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class PartitionReport:
    """What sizes and labels say about a partition; features are not used.

    Parameters
    ----------
    name : str
        The name of the dataset.
    sizes : ndarray of shape (num_clients,), int64
        Training rows of each client.
    label_counts : ndarray of shape (num_clients, num_classes), int64
        Rows of each client by label; for a regression there are no classes and no columns.
    client_names, class_names : tuple of str, optional

    Examples
    --------
    >>> x = np.zeros((4, 1))
    >>> data = Dataset(x, [0, 0, 0, 1], x, [0, 0, 0, 1], num_classes=2, name="tiny")
    >>> report(data, np.array([0, 0, 1, 1]))
    tiny: 4 rows, 2 clients, 2 to 2 rows each, mean distance 0.25
    client  rows  entropy  distance  labels
         0     2     0.00      0.25  2 0
         1     2     1.00      0.25  1 1
    """

    name: str
    sizes: Integers
    label_counts: Integers
    client_names: tuple[str, ...] | None = None
    class_names: tuple[str, ...] | None = None

    @property
    def num_clients(self) -> int:
        """K."""
        return len(self.sizes)

    @property
    def label_entropy(self) -> NDArray[np.float64]:
        """H_k in bits, shape (num_clients,)."""
        p_k = self.label_counts / self.sizes[:, None]
        log = np.log2(p_k, out=np.zeros_like(p_k), where=p_k > 0)  # 0 log 0 counts as 0
        entropy: NDArray[np.float64] = -(p_k * log).sum(axis=1)
        return entropy + 0.0  # which turns -0.0 into 0.0

    @property
    def distance(self) -> NDArray[np.float64]:
        """TV_k in [0, 1], shape (num_clients,)."""
        p_k = self.label_counts / self.sizes[:, None]
        p = self.label_counts.sum(axis=0) / self.sizes.sum()
        distance: NDArray[np.float64] = np.abs(p_k - p).sum(axis=1) / 2
        return distance

    def summary(self) -> str:
        """Return one line: rows, clients, least and most rows, mean distance weighted by rows."""
        text = f"{self.name}: {self.sizes.sum()} rows, {self.num_clients} clients, "
        text += f"{self.sizes.min()} to {self.sizes.max()} rows each"
        if self._has_classes:
            text += f", mean distance {np.average(self.distance, weights=self.sizes):.2f}"
        return text

    def table(self, limit: int | None = None) -> str:
        """Return a heading and one line for each client, at most `limit` of them."""
        shown = self.num_clients if limit is None else min(limit, self.num_clients)
        names = [str(k) for k in range(shown)]
        if self.client_names is not None:
            names = [f"{k} {self.client_names[k]}" for k in range(shown)]
        width = max(len(name) for name in [*names, "client"])
        lines = [f"{'client':>{width}}  {'rows':>4}"]
        lines += [f"{names[k]:>{width}}  {self.sizes[k]:4}" for k in range(shown)]
        if self._has_classes:
            lines[0] += "  entropy  distance  labels"
            entropy, distance = self.label_entropy, self.distance
            digits = len(str(self.label_counts[:shown].max()))
            for k in range(shown):
                counts = " ".join(f"{count:{digits}}" for count in self.label_counts[k])
                lines[k + 1] += f"  {entropy[k]:7.2f}  {distance[k]:8.2f}  {counts}"
        if shown < self.num_clients:
            lines.append(f"and {self.num_clients - shown} more clients")
        return "\n".join(lines)

    def __repr__(self) -> str:  # a notebook shows the table when the report is a cell's last line
        return f"{self.summary()}\n{self.table(limit=20)}"

    def to_dict(self) -> dict[str, Any]:
        """Return everything as lists and plain numbers, ready for JSON."""
        labels = {
            "label_counts": self.label_counts.tolist(),
            "label_entropy": self.label_entropy.tolist(),
            "distance": self.distance.tolist(),
            "class_names": self.class_names,
        }
        return {
            "name": self.name,
            "sizes": self.sizes.tolist(),
            "client_names": self.client_names,
            **(labels if self._has_classes else {}),
        }

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw one bar for each client, divided by label; needs matplotlib.

        Parameters
        ----------
        ax : matplotlib axes, optional
            By default those of a new figure.

        Returns
        -------
        matplotlib axes
        """
        return plotting.plot_label_counts(
            self.label_counts if self._has_classes else self.sizes[:, None],
            title=self.summary().replace(": ", "\n", 1),
            client_names=self.client_names,
            class_names=self.class_names,
            ax=ax,
        )

    @property
    def _has_classes(self) -> bool:
        return bool(self.label_counts.size)


def report(dataset: Dataset, assignment: Integers) -> PartitionReport:
    """Return the report of the training rows of `dataset`, owned as `assignment` says.

    Parameters
    ----------
    dataset : Dataset
    assignment : ndarray of shape (num_examples,), int64
        Client ids without gaps.

    Returns
    -------
    PartitionReport
    """
    sizes = np.bincount(assignment)
    num_classes = dataset.num_classes or 0
    counts = np.zeros((len(sizes), num_classes), dtype=np.int64)
    if num_classes:
        np.add.at(counts, (assignment, dataset.labels), 1)
    natural = dataset.groups is not None and np.array_equal(dataset.groups, assignment)
    names = dataset.group_names if natural else None
    return PartitionReport(dataset.name, sizes, counts, names, dataset.class_names)
