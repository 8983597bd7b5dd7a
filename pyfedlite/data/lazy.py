"""Clients whose rows are made when they are needed: for populations too large for memory.

Left neighbour: a function of yours that makes the rows of a client. Right neighbour: ``simulation``
takes the clients of a round, and ``local`` makes their rows and then forgets them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pyfedlite import _canonical, _check
from pyfedlite._role_checks import checked
from pyfedlite._typing import Integers, Labels, Matrix
from pyfedlite.clients import Rows
from pyfedlite.data.dataset import Dataset
from pyfedlite.data.inputs import Inputs
from pyfedlite.seeds import Role, RoundSeed

NUMBERS = "iufb"
"""Kinds of dtype that rows and labels may have."""

Make = Callable[[Any], tuple[Matrix, Labels]]
"""From a client id, or an array of them, to features and labels."""


@dataclass(frozen=True, eq=False)
class Recipe:
    """How the rows of clients are made, and which shapes they must have.

    Parameters
    ----------
    make : callable of int to (features, labels)
        With `together`: callable of an array of client ids to the rows of one client after another.
    together : bool
        Whether `make` takes many clients at once.
    num_features : int
    num_classes : int or None
        None for a regression.
    """

    make: Make
    together: bool
    num_features: int
    num_classes: int | None

    def rows(self, ids: Sequence[int], sizes: Sequence[int]) -> tuple[Matrix, Labels]:
        """Return the checked rows of some clients, one client after another.

        Raises
        ------
        ValueError
            If `make` returns rows of another shape, or labels that are not classes.
        """
        if self.together:
            features, labels = self._made_together(np.array(ids), np.array(sizes))
        else:
            parts = [self._call(k, n, f"client {k}") for k, n in zip(ids, sizes, strict=True)]
            columns = zip(*parts, strict=True)
            features, labels = parts[0] if len(parts) == 1 else map(np.concatenate, columns)
        self._check_labels(labels, ids, sizes)
        return features, labels

    def _made_together(self, ids: Integers, sizes: Integers) -> tuple[Matrix, Labels]:
        """Ask for the clients in ascending order, and return their rows in the order of `ids`."""
        order = np.argsort(ids)
        asked = f"{len(ids)} clients made together, the first of them {ids[order[0]]}"
        features, labels = self._call(ids[order], int(sizes.sum()), asked)
        if (order[1:] > order[:-1]).all():
            return features, labels
        ends = np.empty_like(sizes)
        ends[order] = np.cumsum(sizes[order])  # of each client, in the order of making
        place = np.repeat(ends - np.cumsum(sizes), sizes) + np.arange(len(labels))
        return features.take(place, axis=0), labels.take(place)

    def _call(self, argument: int | Integers, num_rows: int, asked: str) -> tuple[Matrix, Labels]:
        """Return what `make` makes, as arrays of numbers of the right shapes."""
        made = self.make(argument)
        if not isinstance(made, tuple | list) or len(made) != 2:
            _check.fail_type("make", "return two arrays, features and labels", made)
        features, labels = map(np.asarray, made)
        expected = (num_rows, self.num_features)
        if features.shape != expected or labels.shape != expected[:1]:
            got = f"{features.shape} and {labels.shape} for {asked}"
            hint = "with together=True, make gets an array of client ids" if self.together else ""
            _check.fail("rows", f"have shapes {expected} and {expected[:1]}", got, hint)
        if features.dtype.kind not in NUMBERS or labels.dtype.kind not in NUMBERS:
            got = f"dtypes {features.dtype} and {labels.dtype} for {asked}"
            _check.fail("rows", "be numbers", got)
        _check.finite(f"features for {asked}, which make has returned,", features)
        return features, labels

    def _check_labels(self, labels: Labels, ids: Sequence[int], sizes: Sequence[int]) -> None:
        if self.num_classes is None or (0 <= labels.min() and labels.max() < self.num_classes):
            return
        row = int(np.argmin((labels >= 0) & (labels < self.num_classes)))  # the first that is wrong
        k = ids[int(np.searchsorted(np.cumsum(sizes), row, side="right"))]
        _check.fail(
            "labels", f"lie from 0 to {self.num_classes - 1}", f"{labels[row]} for client {k}"
        )


@dataclass(frozen=True, eq=False)
class LazyClient:
    """One client; its rows are made when `features` or `labels` is read, and then kept.

    Training does not read these: it makes the rows by ``rows_of``, which does not keep them.

    Parameters
    ----------
    client_id : int
    num_examples : int
    recipe : Recipe
    """

    client_id: int
    num_examples: int
    recipe: Recipe
    _made: tuple[Matrix, Labels] | None = field(default=None, init=False, repr=False)

    @property
    def features(self) -> Matrix:
        """Rows, shape (num_examples, num_features)."""
        return self._rows()[0]

    @property
    def labels(self) -> Labels:
        """Their labels, shape (num_examples,)."""
        return self._rows()[1]

    @property
    def make(self) -> Make:
        """What makes the rows."""
        return self.recipe.make

    def _rows(self) -> tuple[Matrix, Labels]:
        # Not a cached_property: in Python 3.11 it takes a lock, which a million clients would feel.
        if self._made is None:
            made = self.recipe.rows([self.client_id], [self.num_examples])
            object.__setattr__(self, "_made", made)  # the class is frozen
            return made
        return self._made


def rows_of(clients: Sequence[Rows]) -> tuple[Matrix, Labels]:
    """Return the rows of several clients, one client after another, and their labels.

    Clients of one `LazyClients` are made in one call, and are not kept.

    Parameters
    ----------
    clients : sequence of Client or LazyClient

    Examples
    --------
    >>> from pyfedlite.clients import Client
    >>> one = Client(3, np.array([[1.0, 2.0]]), np.array([0]))
    >>> two = Client(5, np.array([[3.0, 4.0], [5.0, 6.0]]), np.array([1, 0]))
    >>> rows_of([two, one])
    (array([[3., 4.], [5., 6.], [1., 2.]]), array([1, 0, 0]))
    """
    generated = [client for client in clients if isinstance(client, LazyClient)]
    if len(generated) == len(clients) and len({id(client.recipe) for client in generated}) == 1:
        ids = [client.client_id for client in generated]
        return generated[0].recipe.rows(ids, [client.num_examples for client in generated])
    if len(clients) == 1:
        return clients[0].features, clients[0].labels
    features = np.concatenate([client.features for client in clients])
    return features, np.concatenate([client.labels for client in clients])


@dataclass(frozen=True, eq=False, repr=False)
class LazyClients:
    """A federated dataset whose clients are generated, not stored.

    Parameters
    ----------
    make : callable of int to (features, labels)
        Returns the rows of client k, shapes (n_k, num_features) and (n_k,). It has to return the
        same rows in every call; draw them from a generator whose key contains k. With `together`
        it gets an array of ascending client ids and returns the rows of all of them, one client
        after another; the rows of a client must not depend on the other ids of the call.
    sizes : array of shape (num_clients,)
        n_k of every client, at least 1.
    test : Dataset
        It gives the server's test rows, the name and the number of classes.
    together : bool
        Whether `make` takes many clients at once. One call for a stack of small clients then takes
        little more time than a call for a single client.

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

    Here every client has one row, which contains its id, and all clients are made in one call:

    >>> def make(ids):
    ...     return np.repeat(ids[:, np.newaxis], 2, axis=1), np.zeros(len(ids), int)
    >>> LazyClients(make, [1] * 10**6, test, together=True).client(7).features
    array([[7, 7]])
    """

    make: Make
    sizes: Integers
    test: Dataset
    together: bool = False
    num_clients: int = field(init=False)
    _recipe: Recipe = field(init=False)

    def __post_init__(self) -> None:
        checked("test", self.test, "dataset")
        if not callable(self.make) or isinstance(self.make, type):
            _check.fail_type("make", "be a function that returns features and labels", self.make)
        sizes = np.asarray(self.sizes)
        if sizes.size and sizes.dtype.kind not in "iu":
            _check.fail_type("sizes", "hold whole numbers", self.sizes)
        sizes = sizes.astype(np.int64)
        _check.ndim("sizes", sizes, 1)
        if not len(sizes):
            _check.fail("sizes", "hold at least one client", "none")
        if sizes.min() < 1:
            _check.fail("sizes", "be at least 1", f"{sizes.min()} for client {sizes.argmin()}")
        _check.keep(self, "together", _check.boolean)
        object.__setattr__(self, "sizes", _check.read_only(sizes))
        object.__setattr__(self, "num_clients", len(sizes))
        recipe = Recipe(self.make, self.together, self.num_features, self.num_classes)
        object.__setattr__(self, "_recipe", recipe)

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
        return LazyClient(client_id, int(self.sizes[client_id]), self._recipe)

    @property
    def inputs(self) -> Inputs:
        """What stands between rows as they come and the features; a model is saved with it."""
        return self.test.inputs

    def identity(self, seed: int) -> dict[str, bytes]:
        """Return hashes of what is in the data: the rows of three clients stand for all.

        Parameters
        ----------
        seed : int
            It picks the three clients.
        """
        picked = RoundSeed(seed).rng(Role.DATA).integers(self.num_clients, size=3)
        rows = [rows_of([self.client(int(k))]) for k in picked]
        test = [self.test_features, self.test_labels]
        named = {
            "partition": self.sizes,
            "features": [features for features, _ in rows],
            "labels": [labels for _, labels in rows],
            "test_rows": test,
        }
        return {name: bytes.fromhex(_canonical.digest(part)) for name, part in named.items()}

    def fingerprint(self, seed: int = 0) -> str:
        """Return the SHA-256 of the sizes, three clients' rows and the test rows, 64 digits."""
        return _canonical.digest(self.identity(seed))

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
