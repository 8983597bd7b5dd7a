"""What to put in the place of missing values, from what clients tell about their own rows.

No row leaves its client. For a mean, each client sends counts and sums. For a quantile, it answers
how many of its values are at most t, while the server halves the range that t lies in: at most 64
questions, because a float64 has 64 bits. For the most frequent value, it sends how often it has
each value.

Who sees what: the server is the adversary, honest but curious. It learns each client's counts,
sums, smallest and largest values, and a quantile is itself the value of some client. A client with
one row shows it. Nothing here hides that; for teaching and research: not audited.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Integers, Matrix
from pyfedlite.data.missing import FILLS
from pyfedlite.data.sums import counts_and_sums, mean_of
from pyfedlite.data.tables import Column

_FLIP = np.int64(2**63 - 1)


def fill_values(
    clients: Sequence[Matrix], rule: str, columns: Sequence[Column] | None = None
) -> NDArray[np.float64]:
    """Return what to put in the place of a missing value of each feature.

    Parameters
    ----------
    clients : sequence of ndarray of shape (n_k, num_features)
        NaN is a missing value.
    rule : {"mean", "median", "most-frequent"}
        For columns of numbers. Of a column of categories it is always the most frequent one.
    columns : sequence of Column, optional
        By default every feature is a column of numbers.

    Returns
    -------
    ndarray of shape (num_features,), float64

    Examples
    --------
    >>> clients = [np.array([[1.0], [np.nan]]), np.array([[2.0], [6.0]])]
    >>> [fill_values(clients, rule).item() for rule in ("mean", "median", "most-frequent")]
    [3.0, 2.0, 1.0]
    """
    _check.one_of("missing", rule, FILLS)
    width = clients[0].shape[1]
    numbers, ends = _numbers_and_ends(columns, width)
    names = None if columns is None else [n for c in columns for n in c.feature_names]
    _counts(clients, names)
    values = np.zeros(width)
    rows = [x[:, numbers] for x in clients]
    if numbers.size:
        values[numbers] = _RULES[rule](rows)
    for start, end in ends:
        block = slice(start, end)  # how often each category occurs, summed over the clients
        often = sum_of(lambda x, b=block: np.nansum(x[:, b], axis=0), clients)  # type: ignore[misc]
        values[start + int(np.argmax(often))] = 1.0
    return values


def quantiles(clients: Sequence[Matrix], q: float) -> NDArray[np.float64]:
    """Return the q-quantile of each column over the rows of all clients, by bisection.

    It is a value that occurs: the smallest t with at least q n values at most t, which
    ``np.quantile(…, method="inverted_cdf")`` gives for the pooled rows, exactly.

    Parameters
    ----------
    clients : sequence of ndarray of shape (n_k, num_features)
        NaN is a missing value and is left out.
    q : float
        In [0, 1].

    Returns
    -------
    ndarray of shape (num_features,), float64

    Examples
    --------
    >>> quantiles([np.array([[3.0], [1.0]]), np.array([[7.0]])], 0.5).tolist()
    [3.0]
    """
    q = _check.fraction("q", q)
    n = _counts(clients)
    place = n * q - 1  # from 0, between two values where it is not whole
    rank = np.maximum(np.ceil(place), 0).astype(np.int64) + 1
    return _of_rank(clients, rank)


def medians(clients: Sequence[Matrix]) -> NDArray[np.float64]:
    """Return the median of each column: the middle value, or the mean of the two in the middle.

    Examples
    --------
    >>> medians([np.array([[3.0], [1.0]]), np.array([[7.0], [4.0]])]).tolist()
    [3.5]
    """
    n = _counts(clients)
    lower, upper = _of_rank(clients, (n + 1) // 2), _of_rank(clients, n // 2 + 1)
    with np.errstate(over="ignore"):
        middle = (lower + upper) / 2
    return np.where(np.isfinite(middle), middle, lower / 2 + upper / 2)


def most_frequent(clients: Sequence[Matrix]) -> NDArray[np.float64]:
    """Return the most frequent value of each column, the smallest of several.

    Examples
    --------
    >>> most_frequent([np.array([[3.0], [1.0]]), np.array([[3.0]])]).tolist()
    [3.0]
    """
    counts: list[Counter[float]] = [Counter() for _ in range(clients[0].shape[1])]
    for x in clients:
        for column, counter in enumerate(counts):
            known = x[:, column][~np.isnan(x[:, column])]
            values, often = np.unique(known + 0.0, return_counts=True)
            counter.update(dict(zip(values.tolist(), often.tolist(), strict=True)))
    return np.array([min(c, key=lambda value, c=c: (-c[value], value)) for c in counts])  # type: ignore[misc]


def sum_of(
    message: Callable[[Matrix], NDArray[np.generic]], clients: Sequence[Matrix]
) -> NDArray[np.int64]:
    """Return the sum of what the clients send, in the order of the clients."""
    total: NDArray[np.int64] = sum(message(x) for x in clients)  # type: ignore[assignment, misc]
    return total


def _counts(clients: Sequence[Matrix], names: Sequence[str] | None = None) -> Integers:
    """Return how many values each column has at all clients together; each has to have one."""
    counts = sum_of(lambda x: np.count_nonzero(~np.isnan(x), axis=0), clients)
    empty = np.flatnonzero(counts == 0)
    if empty.size:
        shown = int(empty[0]) if names is None else repr(names[int(empty[0])])
        hint = "leave the column out"
        _check.fail("every column", "have a value at some client", f"none in column {shown}", hint)
    return counts


def _means(clients: Sequence[Matrix]) -> NDArray[np.float64]:
    return mean_of(counts_and_sums(x) for x in clients)


_RULES: dict[str, Callable[[Sequence[Matrix]], NDArray[np.float64]]] = {
    "mean": _means,
    "median": medians,
    "most-frequent": most_frequent,
}


def _of_rank(clients: Sequence[Matrix], rank: Integers) -> NDArray[np.float64]:
    """Return of each column the smallest t with at least `rank` values at most t.

    t is sought among all float64 numbers: as integers in the same order, they are halved between
    the smallest and the largest value that a client has.
    """
    with np.errstate(invalid="ignore"):
        low = _keys(np.min([np.where(np.isnan(x), np.inf, x).min(axis=0) for x in clients], axis=0))
        high = _keys(
            np.max([np.where(np.isnan(x), -np.inf, x).max(axis=0) for x in clients], axis=0)
        )
    while (low < high).any():
        middle = (low & high) + ((low ^ high) >> 1)  # the mean rounded down, without overflow
        t = _values(middle)
        enough = sum_of(lambda x: np.count_nonzero(x <= t, axis=0), clients) >= rank  # noqa: B023
        high = np.where(enough, middle, high)
        low = np.where(enough | (low >= high), low, middle + 1)
    return _values(high) + 0.0  # which turns -0.0 into 0.0


def _keys(values: NDArray[np.float64]) -> Integers:
    """Return integers in the order of the numbers: of negative ones the other bits are flipped."""
    bits = np.asarray(values, dtype=np.float64).view(np.int64)
    keys: Integers = np.where(bits < 0, bits ^ _FLIP, bits)
    return keys


def _values(keys: Integers) -> NDArray[np.float64]:
    return np.where(keys < 0, keys ^ _FLIP, keys).view(np.float64)


def _numbers_and_ends(
    columns: Sequence[Column] | None, width: int
) -> tuple[Integers, list[tuple[int, int]]]:
    """Return the features that are numbers, and where each block of categories starts and ends."""
    if columns is None:
        return np.arange(width), []
    ends = np.cumsum([column.width for column in columns]).tolist()
    pairs = list(zip(columns, ends, strict=True))
    numbers = [end - 1 for column, end in pairs if column.categories is None]
    blocks = [(end - column.width, end) for column, end in pairs if column.categories is not None]
    return np.array(numbers, dtype=np.int64), blocks
