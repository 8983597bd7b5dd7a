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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Integers, Matrix
from pyfedlite.clients import Client
from pyfedlite.data import FederatedDataset
from pyfedlite.data.sums import counts_and_sums, mean_of

__all__ = [
    "Standardisation",
    "federated_counts",
    "federated_mean",
    "federated_variance",
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
    n, sums, squares = 0, np.zeros(len(mean)), np.zeros(len(mean))
    for client in clients:
        d = client.features.astype(np.float64) - mean  # (n_k, num_features)
        n += client.num_examples
        sums = sums + d.sum(axis=0)
        squares = squares + (d * d).sum(axis=0)
    variance = np.maximum(squares - sums * sums / n, 0.0) / n
    rounding = n * np.finfo(np.float64).eps * np.abs(mean)  # the largest error of adding n values
    return np.where(np.sqrt(variance) <= rounding, 0.0, variance)


@dataclass(frozen=True, eq=False)
class Standardisation:
    """Shift and scale each column: (x - mean) / std.

    Keep it with a model that was trained on standardised rows, and apply it to new ones.

    Parameters
    ----------
    mean : array of shape (num_features,)
    std : array of shape (num_features,)
        Above 0; 1 for a constant column, which becomes 0.

    Raises
    ------
    ValueError
        If the lengths differ, a number is not finite, or one of `std` is not above 0.

    Examples
    --------
    >>> scale = Standardisation(mean=[1.0, 5.0], std=[2.0, 1.0])
    >>> scale([[3.0, 5.0]]).tolist()
    [[1.0, 0.0]]
    """

    mean: NDArray[np.float64]
    std: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("mean", "std"):
            array = np.asarray(getattr(self, name), dtype=np.float64)
            _check.ndim(name, array, 1)
            _check.finite(name, array)
            object.__setattr__(self, name, _check.read_only(array))
        if self.std.shape != self.mean.shape:
            _check.fail("std", f"have {len(self.mean)} entries, as mean has", len(self.std))
        if not (self.std > 0).all():
            hint = "take 1 for a constant column"
            _check.fail("std", "be above 0", self.std.min(), hint)

    def __call__(self, features: Matrix) -> NDArray[np.float32]:
        """Return `features`, shape (n, num_features), standardised, as float32."""
        x = np.asarray(features, dtype=np.float64)
        if x.shape[-1] != len(self.mean):
            _check.fail("features", f"have {len(self.mean)} columns", x.shape[-1])
        return ((x - self.mean) / self.std).astype(np.float32)


def standardisation(clients: FederatedDataset) -> Standardisation:
    """Return mean and standard deviation of the training rows of all clients."""
    mean = federated_mean(clients)
    std = np.sqrt(federated_variance(clients, mean))
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
    scale = standardisation(federated) if by is None else by
    return federated.with_features(scale(federated.pooled.features), scale(federated.test_features))
