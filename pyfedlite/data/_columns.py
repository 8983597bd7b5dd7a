"""Columns of text or codes, made into columns of numbers."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite._typing import Integers
from pyfedlite.data._texts import number_text


def one_hot(column: NDArray[Any], categories: ArrayLike) -> NDArray[np.float64]:
    """Return one column for each category: 1 where the value is that category, else 0.

    Parameters
    ----------
    column : array of shape (n,)
        A missing value (NaN, or anything that is not a category) becomes a row of zeros.
    categories : array-like of shape (c,)

    Returns
    -------
    ndarray of shape (n, c), float64

    Examples
    --------
    >>> one_hot(np.array(["b", "a", "?"]), ["a", "b"]).tolist()
    [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]
    """
    is_category: NDArray[np.bool_] = column[:, None] == np.asarray(categories)[None, :]  # (n, c)
    return is_category.astype(np.float64)


def number_values(values: NDArray[Any]) -> tuple[Integers, tuple[str, ...]]:
    """Return for each value an id from 0; the ids follow the sorted distinct values.

    Parameters
    ----------
    values : array of shape (n,)
        Text or numbers.

    Returns
    -------
    ids : ndarray of shape (n,), int64
    names : tuple of str
        The value that each id stands for.

    Examples
    --------
    >>> ids, names = number_values(np.array([10.0, 2.5, 10.0]))
    >>> ids.tolist(), names
    ([1, 0, 1], ('2.5', '10'))
    """
    distinct, ids = np.unique(values, return_inverse=True)
    if distinct.dtype.kind == "f":
        return ids.astype(np.int64), tuple(number_text(value) for value in distinct)
    return ids.astype(np.int64), tuple(str(value) for value in distinct)
