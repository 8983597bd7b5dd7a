"""Shares rounded to whole numbers, and splits that are the same on every machine."""

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite._typing import Integers
from pyfedlite.seeds import Role

SPLIT_SEED = 2017  # it never changes: the split belongs to the data, not to a run


def apportion(total: int, shares: NDArray[np.float64]) -> Integers:
    """Divide `total` things in proportion to `shares`, in whole numbers.

    Each share is rounded down. The things that are left go one by one to the shares with the
    largest remainders, the first of equal ones first (Hamilton's method, 1792).

    Parameters
    ----------
    total : int
    shares : ndarray of shape (n,)
        At least 0, with sum 1.

    Returns
    -------
    counts : ndarray of shape (n,), int64
        Within 1 of ``total * shares``, with sum `total`.

    Examples
    --------
    >>> apportion(10, np.array([0.55, 0.25, 0.2])).tolist()
    [6, 2, 2]
    """
    exact = total * shares
    counts = np.floor(exact).astype(np.int64)
    first = np.argsort(counts - exact, kind="stable")
    counts[first[: total - int(counts.sum())]] += 1
    return counts


def stratified_test_rows(strata: NDArray[Any], *, fraction: float = 0.2) -> NDArray[np.bool_]:
    """Return which rows are test rows: `fraction` of each stratum, rounded half up.

    The rows are ordered by raw words of PCG64 under a fixed key. NumPy promises never to change
    these words (its distributions it may change), so the split is the same on every machine.

    Parameters
    ----------
    strata : array of shape (n,)
        The label of each row, or a code for group and label.
    fraction : float

    Returns
    -------
    is_test : ndarray of shape (n,), bool
        Every stratum keeps at least one training row.

    Examples
    --------
    >>> is_test = stratified_test_rows(np.array([0] * 10 + [1] * 5 + [2]))
    >>> is_test[:10].sum(), is_test[10:15].sum(), is_test[15:].sum()
    (np.int64(2), np.int64(1), np.int64(0))
    """
    key = np.random.SeedSequence(SPLIT_SEED, spawn_key=(0, int(Role.DATA), 0))
    draw = np.random.PCG64(key).random_raw(len(strata))
    is_test = np.zeros(len(strata), dtype=np.bool_)
    for stratum in np.unique(strata):
        rows = np.flatnonzero(strata == stratum)
        number = min(int(np.floor(fraction * len(rows) + 0.5)), len(rows) - 1)
        is_test[rows[np.argsort(draw[rows])[:number]]] = True
    return is_test


def raise_to_minimum(
    owner: Integers, num_clients: int, minimum: int, rng: np.random.Generator
) -> Integers:
    """Return `owner` with rows moved from the largest clients to those below `minimum`.

    At most ``num_clients * minimum`` rows move. Each is a random row of the client that is the
    largest at that moment.

    Parameters
    ----------
    owner : ndarray of shape (num_rows,), int64
    num_clients, minimum : int
        With ``num_clients * minimum <= num_rows``. Then the largest client is above the minimum as
        long as another one is below it.
    rng : Generator

    Returns
    -------
    owner : ndarray of shape (num_rows,), int64

    Examples
    --------
    >>> owner = raise_to_minimum(np.zeros(5, dtype=np.int64), 2, 2, np.random.default_rng(0))
    >>> np.bincount(owner).tolist()
    [3, 2]
    """
    sizes = np.bincount(owner, minlength=num_clients)
    too_small = np.flatnonzero(sizes < minimum)
    owner = owner.copy()
    if too_small.size == 0:
        return owner
    receivers = np.repeat(too_small, minimum - sizes[too_small])
    largest = [(-int(size), k) for k, size in enumerate(sizes) if size > minimum]
    heapq.heapify(largest)
    shuffled: dict[int, list[int]] = {}  # the rows of each client that gives some
    for receiver in receivers:
        size, donor = largest[0]
        if donor not in shuffled:
            shuffled[donor] = rng.permutation(np.flatnonzero(owner == donor)).tolist()
        owner[shuffled[donor].pop()] = receiver
        heapq.heapreplace(largest, (size + 1, donor))
    return owner
