"""The plan of a client's local training: how many epochs, and in which order it sees its rows.

Left neighbour: ``clients`` defines the participant. Right neighbour: ``sgd`` cuts the orders into
batches.
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers
from pyfedlite.clients import Fate

MOST_ROWS = 2**28
"""Rows that a client may take in one round; its orders are int64, 2 GiB."""


@dataclass(frozen=True)
class Work:
    """How much a client trains in one round.

    Parameters
    ----------
    num_epochs : int
        E; the last epoch may end early.
    num_steps : int
        The number of gradient steps in all epochs together.
    """

    num_epochs: int
    num_steps: int


def work_of(fate: Fate, num_examples: int, local_epochs: int, batch_size: int | None) -> Work:
    """Return how much a client of `num_examples` rows trains.

    Parameters
    ----------
    fate : Fate
        Its own number of epochs or steps is used, or `local_epochs` if it has none.
    num_examples, local_epochs : int
        n_k, and E of clients without their own number.
    batch_size : int or None
        B; ``None`` takes all rows at once.

    Raises
    ------
    ValueError
        If the orders of all epochs would not fit into 2 GiB.

    Examples
    --------
    >>> work_of(Fate(), 25, 3, 10)  # E ceil(n_k / B)
    Work(num_epochs=3, num_steps=9)
    >>> work_of(Fate(local_steps=7), 25, 3, 10)
    Work(num_epochs=3, num_steps=7)
    """
    per_epoch = 1 if batch_size is None else -(-num_examples // batch_size)
    name, number = "local_steps", fate.local_steps
    if number is not None:
        work = Work(-(-number // per_epoch), number)
    else:
        name, number = "local_epochs", fate.local_epochs or local_epochs
        work = Work(number, number * per_epoch)
    if work.num_epochs * num_examples > MOST_ROWS:
        condition = f"take a client through at most {MOST_ROWS:,} rows in a round"
        _check.fail(name, condition, f"{number} with {num_examples} rows")
    return work


def draw_orders(
    num_examples: int, num_epochs: int, batch_size: int | None, rng: np.random.Generator
) -> Integers:
    """Return, for each epoch, the order in which the rows are cut into batches.

    The paper splits P_k into batches once. We draw a new order in each epoch, as most programs do.

    Returns
    -------
    ndarray of shape (num_epochs, num_examples), int64

    Examples
    --------
    >>> draw_orders(3, 2, None, np.random.default_rng(0)).tolist()
    [[0, 1, 2], [0, 1, 2]]
    """
    orders = np.empty((num_epochs, num_examples), np.int64)
    orders[:] = np.arange(num_examples)
    shuffle(orders, batch_size, rng)
    return orders


def shuffle(orders: Integers, batch_size: int | None, rng: np.random.Generator) -> None:
    """Shuffle the order of each epoch in place.

    If all rows are one batch (`batch_size` is None), their order does not matter and nothing is
    drawn.
    """
    if batch_size is not None:
        rng.permuted(orders, axis=1, out=orders)
