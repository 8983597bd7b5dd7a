"""The training rows of a dataset, divided among clients.

Left neighbour: ``dataset`` has the rows, and ``partitioners`` their owners. Right neighbour:
``simulation`` takes the clients of a round. P_k and n_k of McMahan et al. 2017 are ``client(k)``
and ``num_examples(k)``.
"""

from collections.abc import Iterator
from dataclasses import InitVar, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pyfedlite import _canonical, _check
from pyfedlite._role_checks import call, checked, in_words
from pyfedlite._typing import Integers, Labels, Matrix
from pyfedlite.clients import Client
from pyfedlite.data.dataset import Dataset
from pyfedlite.data.filling import fill_values
from pyfedlite.data.inputs import Fill, Inputs, Step, Unknown
from pyfedlite.data.missing import FILLS
from pyfedlite.data.named import PARTITIONERS
from pyfedlite.data.report import PartitionReport, report
from pyfedlite.names.words import part_of
from pyfedlite.roles import Partitioner
from pyfedlite.seeds import Role, RoundSeed

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False, repr=False)
class FederatedDataset:
    """Training rows divided among clients, and the test rows of the dataset.

    Rows are stored once, sorted by client, so that a client is a slice without a copy. If the
    clients are the data's own groups, each also has the test rows of its group.

    Parameters
    ----------
    dataset : Dataset
    assignment : array of shape (num_examples,)
        The client that owns each training row of `dataset`. Each row has one entry here, so it
        belongs to exactly one client.

    Attributes
    ----------
    pooled : Dataset
        `dataset` with its training rows sorted by client, in their old order within each client.
    sizes : ndarray of shape (num_clients,), int64
        n_k of every client.

    Raises
    ------
    ValueError
        If the lengths differ, an id is negative or a client between 0 and the largest id has no
        row.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [2.0]])
    >>> data = Dataset(x, [0, 1, 1], x, [0, 1, 1], num_classes=2, name="tiny")
    >>> clients = FederatedDataset(data, [1, 0, 1])
    >>> clients.num_clients, clients.sizes.tolist(), clients[1].labels.tolist()
    (2, [1, 2], [0, 1])
    """

    dataset: InitVar[Dataset]
    assignment: Integers
    pooled: Dataset = field(init=False, repr=False)
    sizes: Integers = field(init=False, repr=False)
    _starts: list[int] = field(init=False, repr=False)
    _test_rows: list[Integers] | None = field(init=False, repr=False)

    def __post_init__(self, dataset: Dataset) -> None:
        checked("dataset", dataset, "dataset")
        assignment = _checked(self.assignment, dataset.num_examples)
        sizes = np.bincount(assignment)
        empty = np.flatnonzero(sizes == 0)
        if empty.size:
            hint = "number the clients without gaps, or ask for fewer clients"
            _check.fail("assignment", "give every client a row", f"none for {empty[0]}", hint)
        in_order = bool((assignment[1:] >= assignment[:-1]).all())
        order = np.argsort(assignment, kind="stable")
        starts = [0, *np.cumsum(sizes).tolist()]
        object.__setattr__(self, "assignment", _check.read_only(assignment))
        object.__setattr__(self, "pooled", dataset if in_order else dataset.take(order))
        object.__setattr__(self, "sizes", _check.read_only(sizes))
        object.__setattr__(self, "_starts", starts)
        object.__setattr__(self, "_test_rows", _test_rows(dataset, assignment))
        if dataset.missing in FILLS:
            object.__setattr__(self, "pooled", self._filled(dataset.missing))

    @property
    def num_clients(self) -> int:
        """K."""
        return len(self.sizes)

    @property
    def test_features(self) -> Matrix:
        """All test rows, shape (num_test_examples, num_features)."""
        return self.pooled.test_features

    @property
    def test_labels(self) -> Labels:
        """Labels of the test rows, shape (num_test_examples,)."""
        return self.pooled.test_labels

    @property
    def num_classes(self) -> int | None:
        """Number of classes; ``None`` for a regression."""
        return self.pooled.num_classes

    @property
    def num_features(self) -> int:
        """Number of columns."""
        return self.pooled.num_features

    @property
    def name(self) -> str:
        """Name of the dataset."""
        return self.pooled.name

    @property
    def inputs(self) -> Inputs:
        """What stands between rows as they come and the features; a model is saved with it."""
        return self.pooled.inputs

    @property
    def num_missing(self) -> int:
        """Number of training and test cells whose value is missing."""
        return self.pooled.num_missing

    def num_examples(self, client_id: int) -> int:
        """Return n_k, the number of training rows of a client."""
        return int(self.sizes[self._known(client_id)])

    def client(self, client_id: int) -> Client:
        """Return client k: read-only views of its rows."""
        k = self._known(client_id)
        rows = slice(self._starts[k], self._starts[k + 1])
        test: tuple[Matrix, Labels] | tuple[None, None] = (None, None)
        if self._test_rows is not None:
            own = self._test_rows[k]
            test = (self.test_features[own], self.test_labels[own])
        return Client(k, self.pooled.features[rows], self.pooled.labels[rows], *test)

    def __getitem__(self, client_id: int) -> Client:
        return self.client(client_id)

    def __len__(self) -> int:
        return self.num_clients

    def __iter__(self) -> Iterator[Client]:
        return map(self.client, range(self.num_clients))

    def with_features(self, features: Matrix, test_features: Matrix) -> "FederatedDataset":
        """Return the same clients with other columns, as only the caller knows how to make them.

        A model that is trained on them takes rows that were changed in the same way.

        Parameters
        ----------
        features : array of shape (num_examples, any)
            In the order of `pooled`, sorted by client.
        test_features : array of shape (num_test_examples, any)
        """
        names, steps = self.pooled.feature_names, (Unknown(),)
        kept = names if names is not None and len(names) == features.shape[1] else None
        new = replace(
            self.pooled,
            features=features,
            test_features=test_features,
            feature_names=kept,
            columns=None,
            steps=steps,
        )
        return self._with(new)

    def changed(self, step: Step) -> "FederatedDataset":
        """Return the same clients after one more step, which their models repeat on new rows."""
        return self._with(self.pooled.changed(step))

    def filled(self, rule: str) -> "FederatedDataset":
        """Return the same clients without missing values; see ``fill_missing``."""
        return self._with(self._filled(rule))

    def identity(self, seed: int) -> dict[str, bytes]:
        """Return hashes of all that is in the data, by what it is; `seed` makes no difference."""
        data = self.pooled
        return {
            "partition": self.plan_bytes(),
            "features": _hash(data.features),
            "labels": _hash(data.labels),
            "test_rows": _hash(data.test_features, data.test_labels, data.test_groups),
        }

    def fingerprint(self) -> str:
        """Return the SHA-256 of partition, training rows and test rows, 64 hexadecimal digits.

        Examples
        --------
        >>> x = np.array([[0.0], [1.0]])
        >>> a, b = (Dataset(x, y, x, [0, 1], 2, "tiny") for y in ([0, 1], [1, 0]))
        >>> [FederatedDataset(d, [0, 0]).fingerprint()[:1] != "" for d in (a, b)]
        [True, True]
        >>> FederatedDataset(a, [0, 0]).fingerprint() == FederatedDataset(b, [0, 0]).fingerprint()
        False
        """
        return _canonical.digest(self.identity(0))

    def _with(self, pooled: Dataset) -> "FederatedDataset":
        back = np.empty(len(self.assignment), dtype=np.int64)
        back[np.argsort(self.assignment, kind="stable")] = np.arange(len(back))
        return FederatedDataset(pooled.take(back), self.assignment)

    def _filled(self, rule: str) -> Dataset:
        ends = zip(self._starts[:-1], self._starts[1:], strict=True)
        rows = [self.pooled.features[start:end] for start, end in ends]
        values = fill_values(rows, rule, self.pooled.columns)
        return replace(self.pooled.changed(Fill(values)), missing=None)

    def plan_bytes(self) -> bytes:
        """Return the partition as bytes, for the fingerprint of a plan."""
        return self.assignment.astype("<i8").tobytes()

    def __repr__(self) -> str:
        counts = f"num_clients={self.num_clients}, num_examples={self.pooled.num_examples}"
        return f"FederatedDataset({self.name!r}, {counts})"

    def report(self) -> PartitionReport:
        """Return how much the clients differ: sizes, labels, distance to all data."""
        return report(self.pooled, np.sort(self.assignment))

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the labels of every client; see ``PartitionReport.plot``."""
        return self.report().plot(ax)

    def _known(self, client_id: int) -> int:
        k = _check.integer("client_id", client_id)
        if not 0 <= k < self.num_clients:
            # IndexError, because Python's loops over a sequence stop at it.
            condition = f"lie from 0 to {self.num_clients - 1}"
            raise IndexError(_check.sentence("client_id", condition, k))
        return k


def partition(
    dataset: Dataset,
    partitioner: Partitioner | str,
    *,
    num_clients: int | None = None,
    seed: int,
) -> FederatedDataset:
    """Divide the training rows of `dataset` among clients.

    Parameters
    ----------
    dataset : Dataset
    partitioner : Partitioner or str
        ``iid()``, ``shards(2)``, ``dirichlet(0.3)``, ``quantity_skew(1.0)``, ``natural()`` or one
        of your own; or a text as the command line takes it, such as ``"dirichlet:0.3"``.
    num_clients : int, optional
        K. ``natural()`` takes it from the data; the others need it.
    seed : int
        The key of the draw is (seed, 0, ``Role.PARTITION``, 0).

    Returns
    -------
    FederatedDataset

    Raises
    ------
    ValueError
        If the data cannot be divided in this way; the message says why.

    Examples
    --------
    >>> from pyfedlite.data import iid
    >>> x = np.zeros((7, 1))
    >>> data = Dataset(x, [0, 1, 0, 1, 0, 1, 0], x[:1], [0], num_classes=2, name="tiny")
    >>> sorted(partition(data, iid(), num_clients=3, seed=0).sizes.tolist())
    [2, 2, 3]
    """
    checked("dataset", dataset, "dataset")
    part: Partitioner = checked("partitioner", part_of(PARTITIONERS, partitioner), "partitioner")
    rng = RoundSeed(seed).rng(Role.PARTITION)
    if num_clients is not None:
        num_clients = _check.integer("num_clients", num_clients, minimum=1)
    owners = call(part, dataset, num_clients, rng)
    try:
        clients = FederatedDataset(dataset, owners)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{error}, from the partitioner {in_words(part)}") from error
    if num_clients not in (None, clients.num_clients):
        condition = f"give a row to each of {num_clients} clients"
        _check.fail(f"partitioner {in_words(part)}", condition, f"{clients.num_clients} clients")
    return clients


def _hash(*arrays: Any) -> bytes:
    return bytes.fromhex(_canonical.digest(list(arrays)))


def _checked(assignment: Any, num_examples: int) -> Integers:
    owner = np.asarray(assignment)
    if owner.dtype.kind not in "iu":
        _check.fail_type("assignment", "hold integers, the client of each row", assignment)
    if owner.shape != (num_examples,):
        have = f"have shape ({num_examples},), a client for each training row"
        _check.fail("assignment", have, owner.shape)
    if owner.min() < 0 or owner.max() >= num_examples:
        bad = owner.min() if owner.min() < 0 else owner.max()
        _check.fail("assignment", f"hold client ids from 0 to at most {num_examples - 1}", bad)
    return owner.astype(np.int64)


def _test_rows(dataset: Dataset, assignment: Integers) -> list[Integers] | None:
    """Return the test rows of each client, where the clients are the data's own groups."""
    if dataset.groups is None or dataset.test_groups is None:
        return None
    if not np.array_equal(dataset.groups, assignment):
        return None
    return [np.flatnonzero(dataset.test_groups == k) for k in range(dataset.num_groups)]
