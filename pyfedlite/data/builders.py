"""`partition`, and the lower-case builders of what it divides by."""

from pyfedlite import _check
from pyfedlite.data.dataset import Dataset
from pyfedlite.data.federated import FederatedDataset
from pyfedlite.data.partitioners import IID, Dirichlet, Natural, QuantitySkew, Shards
from pyfedlite.roles import Partitioner
from pyfedlite.seeds import Role, RoundSeed


def partition(
    dataset: Dataset,
    partitioner: Partitioner,
    *,
    num_clients: int | None = None,
    seed: int,
) -> FederatedDataset:
    """Divide the training rows of `dataset` among clients.

    Parameters
    ----------
    dataset : Dataset
    partitioner : Partitioner
        ``iid()``, ``shards(2)``, ``dirichlet(0.3)``, ``quantity_skew(1.0)``, ``natural()`` or one
        of your own.
    num_clients : int, optional
        K. ``natural()`` knows it by itself; the others need it.
    seed : int
        The draw is keyed by (seed, 0, ``Role.PARTITION``, 0).

    Returns
    -------
    FederatedDataset

    Raises
    ------
    ValueError
        If the data cannot be divided like that; the sentence says why not.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.zeros((7, 1))
    >>> data = Dataset(x, [0, 1, 0, 1, 0, 1, 0], x[:1], [0], num_classes=2, name="tiny")
    >>> sorted(partition(data, iid(), num_clients=3, seed=0).sizes.tolist())
    [2, 2, 3]
    """
    rng = RoundSeed(seed).rng(Role.PARTITION)
    if num_clients is not None:
        num_clients = _check.integer("num_clients", num_clients, minimum=1)
    return FederatedDataset(dataset, partitioner(dataset, num_clients, rng))


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
