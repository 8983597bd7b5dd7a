"""Ways to divide training rows among clients, from alike to very different.

A partitioner returns one vector, the owner of each training row, so that each row is with exactly
one client whatever happens. None of them redraws until it is lucky: a minimum per client is
reached by construction, or an error says why it cannot be. alpha *small* means clients that differ
*more*, throughout.
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers
from pyfedlite.data._apportion import apportion, raise_to_minimum
from pyfedlite.data.dataset import Dataset

LARGEST_ALPHA = 1e9  # beyond it shares are equal to four digits, and far beyond it sums overflow


@dataclass(frozen=True)
class IID:
    """Deal the shuffled rows one by one; see `iid`."""

    min_examples: int = 1

    def __post_init__(self) -> None:
        _check.keep(self, "min_examples", _check.integer, minimum=1)

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        """Return the owner of each row, shape (num_examples,)."""
        num_clients = _room("iid()", dataset, num_clients, self.min_examples)
        return rng.permutation(np.arange(dataset.num_examples) % num_clients)


def iid(*, min_examples: int = 1) -> IID:
    """Shuffle the rows and deal them one by one: clients that differ only by chance.

    Parameters
    ----------
    min_examples : int
        Rows that every client must have; sizes differ by at most 1 anyway.

    Returns
    -------
    IID

    Examples
    --------
    >>> iid()
    IID(min_examples=1)
    """
    return IID(min_examples)


@dataclass(frozen=True)
class Shards:
    """Cut the rows, sorted by label, into shards and deal those; see `shards`."""

    per_client: int = 2
    min_examples: int = 1

    def __post_init__(self) -> None:
        _check.keep(self, "per_client", _check.integer, minimum=1)
        _check.keep(self, "min_examples", _check.integer, minimum=1)

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        """Return the owner of each row, shape (num_examples,)."""
        _needs_classes("shards()", dataset)
        num_clients = _room("shards()", dataset, num_clients, self.min_examples)
        n, num_shards = dataset.num_examples, num_clients * self.per_client
        if n < num_shards:
            got = f"{num_clients} clients x {self.per_client} shards for {n} rows"
            _check.fail("num_clients x per_client", "be at most the number of rows", got)
        least = self.per_client * (n // num_shards)
        if least < self.min_examples:
            condition = (
                f"be at most {least}, {self.per_client} of the smallest of {num_shards} shards"
            )
            _check.fail("min_examples", condition, self.min_examples, "take fewer shards")
        order = rng.permutation(n)
        order = order[np.argsort(dataset.labels[order], kind="stable")]
        sizes = n // num_shards + (np.arange(num_shards) < n % num_shards)
        owner_of_shard = rng.permutation(num_shards) // self.per_client
        owner = np.empty(n, dtype=np.int64)
        owner[order] = np.repeat(owner_of_shard, sizes)
        return owner


def shards(per_client: int = 2, *, min_examples: int = 1) -> Shards:
    """Give each client a few pieces of the data sorted by label: clients that know few labels.

    The "pathological" partition of McMahan et al. 2017, section 3: rows are sorted by label (and
    shuffled within a label), cut into ``num_clients * per_client`` shards whose sizes differ by at
    most 1, and each client is dealt `per_client` of them. MNIST for 100 clients makes 200 shards
    of 300, and most clients see two digits.

    Parameters
    ----------
    per_client : int
        Shards for each client; 1 differs most.
    min_examples : int
        Rows that every client must have.

    Returns
    -------
    Shards

    References
    ----------
    H. B. McMahan et al., AISTATS 2017, https://arxiv.org/abs/1602.05629

    Examples
    --------
    >>> shards(2)
    Shards(per_client=2, min_examples=1)
    """
    return Shards(per_client, min_examples)


@dataclass(frozen=True)
class Dirichlet:
    """Divide the rows of each class by Dirichlet shares; see `dirichlet`."""

    alpha: float
    min_examples: int = 1

    def __post_init__(self) -> None:
        _check.keep(self, "alpha", _alpha)
        _check.keep(self, "min_examples", _check.integer, minimum=1)

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        """Return the owner of each row, shape (num_examples,)."""
        num_classes = _needs_classes("dirichlet()", dataset)
        num_clients = _room("dirichlet()", dataset, num_clients, self.min_examples)
        owner = np.empty(dataset.num_examples, dtype=np.int64)
        for label in range(num_classes):
            rows = rng.permutation(np.flatnonzero(dataset.labels == label))
            shares = rng.dirichlet(np.full(num_clients, self.alpha))
            owner[rows] = np.repeat(np.arange(num_clients), apportion(len(rows), shares))
        return raise_to_minimum(owner, num_clients, self.min_examples, rng)


def dirichlet(alpha: float, *, min_examples: int = 1) -> Dirichlet:
    """Divide the rows of each class by shares drawn from a Dirichlet distribution.

    For each class y, shares (q_1, …, q_K) ~ Dir(alpha, …, alpha) say which part of its rows goes
    to which client (Yurochkin et al. 2019), in whole numbers by the largest remainder. *Small*
    alpha differs more: towards 0 a class goes to one client whole; 0.1 to 1 is usual; towards
    infinity every client has the labels of the whole. Both labels and sizes vary. Hsu et al. 2019
    draw the other way, shares of classes for each client of fixed size, with an alpha that means
    something similar but not the same.

    A client left below `min_examples` receives random rows of whoever is then the largest. Nothing
    is redrawn.

    Parameters
    ----------
    alpha : float
        Above 0.
    min_examples : int
        Rows that every client must have.

    Returns
    -------
    Dirichlet

    References
    ----------
    M. Yurochkin et al., ICML 2019, https://arxiv.org/abs/1905.12022

    T.-M. H. Hsu, H. Qi and M. Brown, 2019, https://arxiv.org/abs/1909.06335

    Examples
    --------
    >>> dirichlet(0.3)
    Dirichlet(alpha=0.3, min_examples=1)
    """
    return Dirichlet(alpha, min_examples)


@dataclass(frozen=True)
class QuantitySkew:
    """Give clients Dirichlet shares of the shuffled rows; see `quantity_skew`."""

    alpha: float
    min_examples: int = 1

    def __post_init__(self) -> None:
        _check.keep(self, "alpha", _alpha)
        _check.keep(self, "min_examples", _check.integer, minimum=1)

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        """Return the owner of each row, shape (num_examples,)."""
        num_clients = _room("quantity_skew()", dataset, num_clients, self.min_examples)
        rest = dataset.num_examples - num_clients * self.min_examples
        sizes = self.min_examples + apportion(rest, rng.dirichlet(np.full(num_clients, self.alpha)))
        return rng.permutation(np.repeat(np.arange(num_clients), sizes))


def quantity_skew(alpha: float, *, min_examples: int = 1) -> QuantitySkew:
    """Give clients different numbers of rows with the same mix of labels.

    Each client has `min_examples` rows and a share of the rest, shares ~ Dir(alpha, …, alpha) over
    clients, in whole numbers by the largest remainder. *Small* alpha differs more.

    Parameters
    ----------
    alpha : float
        Above 0.
    min_examples : int
        Rows that every client must have.

    Returns
    -------
    QuantitySkew

    References
    ----------
    Q. Li, Y. Diao, Q. Chen and B. He, ICDE 2022, section 4.3, https://arxiv.org/abs/2102.02079

    Examples
    --------
    >>> quantity_skew(1.0, min_examples=10)
    QuantitySkew(alpha=1.0, min_examples=10)
    """
    return QuantitySkew(alpha, min_examples)


@dataclass(frozen=True)
class Natural:
    """Each of the data's own groups is a client; see `natural`."""

    min_examples: int = 1

    def __post_init__(self) -> None:
        _check.keep(self, "min_examples", _check.integer, minimum=1)

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        """Return the owner of each row, shape (num_examples,); `rng` is not drawn from."""
        if dataset.groups is None:
            hint = "take iid(), dirichlet() or shards()"
            _check.fail(
                "dataset",
                "have groups for natural()",
                f"none in {dataset.name!r}",
                hint,
            )
        if num_clients not in (None, dataset.num_groups):
            hint = "leave it out: natural() takes its number from the groups"
            _check.fail("num_clients", f"be {dataset.num_groups}", num_clients, hint)
        sizes = np.bincount(dataset.groups)
        if sizes.min() < self.min_examples:
            condition = f"be at most {sizes.min()}, the size of group {sizes.argmin()}"
            _check.fail("min_examples", condition, self.min_examples)
        return dataset.groups.copy()


def natural(*, min_examples: int = 1) -> Natural:
    """Make each of the data's own groups a client: a hospital, a writer, a device.

    Parameters
    ----------
    min_examples : int
        Rows that every group must have.

    Returns
    -------
    Natural

    Examples
    --------
    >>> natural()
    Natural(min_examples=1)
    """
    return Natural(min_examples)


def _room(name: str, dataset: Dataset, num_clients: int | None, minimum: int) -> int:
    """Return the number of clients if there are rows enough for all of them."""
    if num_clients is None:
        _check.fail("num_clients", f"be given for {name}", None, "try num_clients=10")
    clients = _check.integer("num_clients", num_clients, minimum=1)
    n = dataset.num_examples
    if n < clients * minimum:
        condition = f"be at most {n // minimum} for {n} rows, {minimum} or more for each client"
        _check.fail("num_clients", condition, clients)
    return clients


def _needs_classes(name: str, dataset: Dataset) -> int:
    if dataset.num_classes is None:
        hint = "take iid(), quantity_skew() or natural()"
        _check.fail("dataset", f"have classes for {name}", "a regression", hint)
    return dataset.num_classes


def _alpha(name: str, value: float) -> float:
    alpha = _check.positive(name, value, "small values make clients differ more")
    if alpha > LARGEST_ALPHA:
        _check.fail(name, f"be at most {LARGEST_ALPHA:g}", alpha, "iid() is its limit")
    return alpha
