"""Statistics of rows that never leave their clients: each client sends counts and sums.

Two rounds of messages give mean and variance of every column. In the first, client k sends n_k and
the sum of its rows; the server adds them in ascending client id and returns the mean mu. In the
second, client k sends the sum of (x - mu) and the sum of (x - mu)^2. Sums of x^2 would need no
second round, but they lose the variance of any column whose mean is much larger than its spread: in
float64, for values near 10^8 with spread 1, the computed variance may even be negative. With
(x - mu)^2 this cannot happen.

Who sees what: the server learns the sums of each client, and from a client with one row it learns
that row. Where that matters, add the sums under secure aggregation.

Left neighbour: ``data`` has the rows of the clients. Right neighbour: the standardised rows go back
to ``data``, and from there into training.

References
----------
T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for Computing the Sample Variance: Analysis
and Recommendations", The American Statistician 37(3), 1983,
https://doi.org/10.1080/00031305.1983.10483115 (the corrected two-pass algorithm)
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._role_checks import checked
from pyfedlite._typing import Integers
from pyfedlite.clients import Client
from pyfedlite.data import FederatedDataset, filling
from pyfedlite.data.inputs import Standardisation
from pyfedlite.data.missing import refuse_missing
from pyfedlite.data.sums import counts_and_sums, mean_of

__all__ = [
    "Standardisation",
    "federated_counts",
    "federated_mean",
    "federated_median",
    "federated_quantiles",
    "federated_variance",
    "fill_missing",
    "standardisation",
    "standardise",
]


def federated_counts(clients: Iterable[Client], num_classes: int) -> Integers:
    """Return the rows of each label over all clients, from each client's histogram.

    Parameters
    ----------
    clients : iterable of Client
    num_classes : int

    Returns
    -------
    counts : ndarray of shape (num_classes,), int64

    Examples
    --------
    >>> x = np.zeros((2, 1))
    >>> a, b = Client(0, x, np.array([0, 1])), Client(1, x, np.array([1, 1]))
    >>> federated_counts([a, b], num_classes=2).tolist()
    [1, 3]
    """
    total = np.zeros(num_classes, dtype=np.int64)
    for client in clients:
        total = total + np.bincount(client.labels, minlength=num_classes)
    return total


def federated_mean(clients: Iterable[Client]) -> NDArray[np.float64]:
    """Return the mean of each column over the rows of all clients, from counts and sums.

    Parameters
    ----------
    clients : iterable of Client

    Returns
    -------
    mean : ndarray of shape (num_features,), float64

    Examples
    --------
    >>> a = Client(0, np.array([[1.0], [2.0]]), np.zeros(2))
    >>> b = Client(1, np.array([[6.0]]), np.zeros(1))
    >>> federated_mean([a, b]).tolist()
    [3.0]
    """
    return mean_of(counts_and_sums(client.features) for client in clients)


def federated_variance(clients: Iterable[Client], mean: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the variance of each column over the rows of all clients: the second round.

    With d = x - mean, it is (sum d^2 - (sum d)^2 / n) / n. The second term would be 0 if `mean`
    were not rounded; it removes the effect of that rounding. A column whose values differ by no
    more than rounding has the variance 0, exactly.

    Parameters
    ----------
    clients : iterable of Client
        NaN is a missing value and is left out.
    mean : ndarray of shape (num_features,)
        From ``federated_mean``.

    Returns
    -------
    variance : ndarray of shape (num_features,), float64
        Never negative. Divided by n, not n - 1.

    Examples
    --------
    >>> a = Client(0, np.array([[1.0], [2.0]]), np.zeros(2))
    >>> b = Client(1, np.array([[6.0]]), np.zeros(1))
    >>> round(federated_variance([a, b], np.array([3.0])).item(), 4)  # (4 + 1 + 9) / 3
    4.6667
    """
    n, sums, squares = np.zeros(len(mean)), np.zeros(len(mean)), np.zeros(len(mean))
    for client in clients:
        d = client.features.astype(np.float64) - mean  # (n_k, num_features)
        counts, of_client = counts_and_sums(d)
        n, sums = n + counts, sums + of_client
        squares = squares + counts_and_sums(d * d)[1]
    variance = np.maximum(squares - sums * sums / n, 0.0) / n
    rounding = n * np.finfo(np.float64).eps * np.abs(mean)  # the largest error of adding n values
    return np.where(np.sqrt(variance) <= rounding, 0.0, variance)


def federated_quantiles(clients: Iterable[Client], q: float) -> NDArray[np.float64]:
    """Return the q-quantile of each column over the rows of all clients.

    The server asks every client how many of its values are at most t, at most 64 times, and halves
    the numbers that are left. The result is exactly that of the pooled rows.

    Parameters
    ----------
    clients : iterable of Client
        NaN is a missing value and is left out.
    q : float
        In [0, 1].

    Returns
    -------
    ndarray of shape (num_features,), float64
        ``np.quantile(pooled, q, axis=0, method="inverted_cdf")``: a value that occurs.

    Raises
    ------
    ValueError
        If a column has no value at any client.

    Examples
    --------
    >>> a = Client(0, np.array([[1.0], [2.0]]), np.zeros(2))
    >>> b = Client(1, np.array([[6.0]]), np.zeros(1))
    >>> federated_quantiles([a, b], 0.5).tolist()
    [2.0]
    """
    return filling.quantiles([client.features for client in clients], q)


def federated_median(clients: Iterable[Client]) -> NDArray[np.float64]:
    """Return the median of each column over the rows of all clients, as of the pooled rows.

    Parameters
    ----------
    clients : iterable of Client
        NaN is a missing value and is left out.

    Returns
    -------
    ndarray of shape (num_features,), float64
        The middle value, or the mean of the two in the middle.

    Examples
    --------
    >>> a = Client(0, np.array([[1.0], [2.0]]), np.zeros(2))
    >>> b = Client(1, np.array([[6.0], [8.0]]), np.zeros(2))
    >>> federated_median([a, b]).tolist()
    [4.0]
    """
    return filling.medians([client.features for client in clients])


def fill_missing(clients: FederatedDataset, rule: str) -> FederatedDataset:
    """Return the same clients with a value in the place of each missing one.

    The values are computed from what the clients send, never from pooled rows, and the test rows
    are filled with the same ones. Trained models keep them for new rows.

    Parameters
    ----------
    clients : FederatedDataset
        Of a `Dataset` with ``missing="keep"``.
    rule : {"mean", "median", "most-frequent"}
        For columns of numbers. Of a column of categories it is always the most frequent one.

    Returns
    -------
    FederatedDataset

    Raises
    ------
    ValueError
        If the rule is unknown, or a column has no value at any client.

    Examples
    --------
    >>> from pyfedlite.data import Dataset
    >>> x = np.array([[2.0], [np.nan], [6.0]])
    >>> data = Dataset(x, [0, 0, 1], [[np.nan]], [0], 2, name="tiny", missing="keep")
    >>> clients = fill_missing(FederatedDataset(data, [0, 1, 1]), "mean")
    >>> clients.pooled.features.tolist(), clients.test_features.tolist()
    ([[2.0], [4.0], [6.0]], [[4.0]])
    """
    checked("clients", clients, "clients")
    return clients.filled(rule)


def standardisation(clients: FederatedDataset) -> Standardisation:
    """Return mean and standard deviation of the training rows of all clients."""
    checked("clients", clients, "clients")
    pooled = clients.pooled
    refuse_missing("features", pooled.features, pooled.feature_names)
    with np.errstate(over="ignore", invalid="ignore"):  # an overflow is named below
        mean = federated_mean(clients)
        std = np.sqrt(federated_variance(clients, mean))
    for column in np.flatnonzero(~(np.isfinite(mean) & np.isfinite(std))):
        values = pooled.features[:, column]
        name = column if pooled.feature_names is None else repr(pooled.feature_names[column])
        condition = "have values whose squares can be added (below about 1e150)"
        got = values[np.argmax(np.abs(values))]
        _check.fail(f"column {name}", condition, got, "rescale the column, or leave it out")
    return Standardisation(mean, np.where(std == 0, 1.0, std))


def standardise(federated: FederatedDataset, by: Standardisation | None = None) -> FederatedDataset:
    """Return the same clients with columns of mean 0 and standard deviation 1.

    Mean and deviation are those of the training rows of all clients, from counts, sums and sums of
    squares; the test rows are shifted and scaled by the same numbers.

    Parameters
    ----------
    federated : FederatedDataset
    by : Standardisation, optional
        Numbers to take instead, such as those that came with a model.

    Returns
    -------
    FederatedDataset
        With float32 features.

    Examples
    --------
    >>> from pyfedlite.data import Dataset
    >>> x = np.array([[2.0], [2.0], [6.0], [6.0]])
    >>> data = Dataset(x, [0, 0, 1, 1], [[4.0]], [0], num_classes=2, name="tiny")
    >>> clients = standardise(FederatedDataset(data, [0, 1, 1, 0]))
    >>> clients[0].features.tolist(), clients.test_features.tolist()
    ([[-1.0], [1.0]], [[0.0]])
    """
    checked("federated", federated, "clients")
    scale = standardisation(federated) if by is None else by
    return federated.changed(scale)
