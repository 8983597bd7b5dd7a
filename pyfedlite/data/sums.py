"""A mean without pooled rows: clients send counts and sums, the server adds them."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Integers, Matrix


def counts_and_sums(features: Matrix) -> tuple[Integers, NDArray[np.float64]]:
    """Return what one client sends: how many values it has in each column, and their sum.

    Parameters
    ----------
    features : ndarray of shape (n, num_features)
        NaN is a missing value and is left out of both.

    Returns
    -------
    counts : ndarray of shape (num_features,), int64
    sums : ndarray of shape (num_features,), float64

    Examples
    --------
    >>> counts, sums = counts_and_sums(np.array([[1.0, 2.0], [3.0, np.nan]]))
    >>> counts.tolist(), sums.tolist()
    ([2, 1], [4.0, 2.0])
    """
    counts = np.count_nonzero(~np.isnan(features), axis=0).astype(np.int64)
    return counts, np.nansum(features, axis=0, dtype=np.float64)


def mean_of(
    messages: Iterable[tuple[Integers, NDArray[np.float64]]],
) -> NDArray[np.float64]:
    """Return the mean of all rows from the clients' counts and sums.

    Parameters
    ----------
    messages : iterable of (counts, sums)
        From ``counts_and_sums``, added in the order given.

    Returns
    -------
    mean : ndarray of shape (num_features,), float64

    Raises
    ------
    ValueError
        If a column has no value at any client.

    Examples
    --------
    >>> a = counts_and_sums(np.array([[1.0], [2.0]]))
    >>> b = counts_and_sums(np.array([[6.0]]))
    >>> mean_of([a, b]).tolist()
    [3.0]
    """
    total, sums = np.zeros(1, dtype=np.int64), np.zeros(1)  # (1,) broadcasts to (num_features,)
    for client_counts, client_sums in messages:
        total, sums = total + client_counts, sums + client_sums
    empty = np.flatnonzero(total == 0)
    if empty.size:
        _check.fail("every column", "have a value at some client", f"none in column {empty[0]}")
    mean: NDArray[np.float64] = sums / total
    return mean
