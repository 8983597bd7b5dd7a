"""Clients that are made when they are asked for: populations that no memory holds.

Left neighbour: a function that makes the rows of a client. Right neighbour: ``simulate``, which
asks for one client at a time and forgets it after its turn.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers, Labels, Matrix
from pyfedlite.data.dataset import Dataset


@dataclass(frozen=True, eq=False)
class LazyClient:
    """One client whose rows are made when they are looked at, once.

    Parameters
    ----------
    client_id : int
    num_examples : int
    num_features : int
    num_classes : int or None
        None for a regression.
    make : callable of int to (features, labels)

    Raises
    ------
    ValueError
        If `make` returns rows of another shape, or labels that are no class.
    """

    client_id: int
    num_examples: int
    num_features: int
    num_classes: int | None
    make: Callable[[int], tuple[Matrix, Labels]]
    _made: tuple[Matrix, Labels] | None = field(default=None, init=False, repr=False)

    @property
    def features(self) -> Matrix:
        """Rows, shape (num_examples, num_features)."""
        return self._rows()[0]

    @property
    def labels(self) -> Labels:
        """Their labels, shape (num_examples,)."""
        return self._rows()[1]

    def _rows(self) -> tuple[Matrix, Labels]:
        # No cached_property: that of Python 3.11 takes a lock, for every client of a million.
        if self._made is None:
            made = self.make(self.client_id)
            self._check(*made)
            object.__setattr__(self, "_made", made)  # the class is frozen
            return made
        return self._made

    def _check(self, features: Matrix, labels: Labels) -> None:
        expected = (self.num_examples, self.num_features)
        if features.shape != expected or labels.shape != expected[:1]:
            got = f"{features.shape} and {labels.shape} for client {self.client_id}"
            _check.fail("rows", f"have shapes {expected} and {expected[:1]}", got)
        if self.num_classes is None:
            return
        lowest, highest = _range(labels)
        if not 0 <= lowest <= highest < self.num_classes:
            got = f"{lowest} to {highest} for client {self.client_id}"
            _check.fail("labels", f"lie from 0 to {self.num_classes - 1}", got)


def _range(labels: Labels) -> tuple[float, float]:
    """Return the lowest and the highest label; NaN where one is."""
    if len(labels) <= 50 and labels.dtype.kind in "iu":  # quicker than two reductions
        numbers = labels.tolist()
        return min(numbers), max(numbers)
    return labels.min(), labels.max()


@dataclass(frozen=True, eq=False, repr=False)
class LazyClients:
    """A federated dataset whose clients are generated, not stored.

    Parameters
    ----------
    make : callable of int to (features, labels)
        The rows of client k, shapes (n_k, num_features) and (n_k,). It has to return the same rows
        whenever it is asked; draw them from a generator keyed by k.
    sizes : array of shape (num_clients,)
        n_k of every client, at least 1.
    test : Dataset
        Its test rows are the server's; its name and number of classes are the population's.

    Raises
    ------
    ValueError
        If a size is below 1.

    Examples
    --------
    >>> x = np.zeros((1, 2))
    >>> test = Dataset(x, [0], x, [0], num_classes=2, name="zeros")
    >>> clients = LazyClients(lambda k: (np.zeros((3, 2)), np.zeros(3, int)), [3] * 10**6, test)
    >>> clients.num_clients, clients.client(999_999).num_examples
    (1000000, 3)
    """

    make: Callable[[int], tuple[Matrix, Labels]]
    sizes: Integers
    test: Dataset
    num_clients: int = field(init=False)

    def __post_init__(self) -> None:
        sizes = np.asarray(self.sizes, dtype=np.int64)
        _check.ndim("sizes", sizes, 1)
        if not len(sizes):
            _check.fail("sizes", "hold at least one client", "none")
        if sizes.min() < 1:
            _check.fail("sizes", "be at least 1", f"{sizes.min()} for client {sizes.argmin()}")
        object.__setattr__(self, "sizes", _check.read_only(sizes))
        object.__setattr__(self, "num_clients", len(sizes))

    @property
    def num_classes(self) -> int | None:
        """Number of classes; ``None`` for a regression."""
        return self.test.num_classes

    @property
    def num_features(self) -> int:
        """Number of columns."""
        return self.test.num_features

    @property
    def test_features(self) -> Matrix:
        """The server's test rows, shape (num_test_examples, num_features)."""
        return self.test.test_features

    @property
    def test_labels(self) -> Labels:
        """Labels of the test rows, shape (num_test_examples,)."""
        return self.test.test_labels

    def num_examples(self, client_id: int) -> int:
        """Return n_k."""
        return int(self.sizes[client_id])

    def client(self, client_id: int) -> LazyClient:
        """Return client k; its rows do not exist yet."""
        return LazyClient(
            client_id, self.num_examples(client_id), self.num_features, self.num_classes, self.make
        )

    def plan_bytes(self) -> bytes:
        """Return the sizes as bytes, for the fingerprint of a plan; the rows are not drawn."""
        return self.sizes.astype("<i8").tobytes()

    def __len__(self) -> int:
        return self.num_clients

    def __iter__(self) -> Iterator[LazyClient]:
        return map(self.client, range(self.num_clients))

    def __repr__(self) -> str:
        counts = f"num_clients={self.num_clients}, num_examples={self.sizes.sum()}"
        return f"LazyClients({self.test.name!r}, {counts})"
