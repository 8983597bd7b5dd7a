"""The plan of a client's local training: how many epochs, and in which order it sees its rows.

Left neighbour: ``clients`` has the participant. Right neighbour: ``sgd`` cuts the orders into
batches.
"""

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers
from pyfedlite.clients import Participant


def epochs_of(participant: Participant, local_epochs: int) -> int:
    """Return E of a participant: its own number, or else everybody's.

    Parameters
    ----------
    participant : Participant
    local_epochs : int
        Everybody's, at least 1.
    """
    if participant.local_epochs is None:
        return local_epochs
    name = f"local_epochs of client {participant.client.client_id}"
    return _check.integer(name, participant.local_epochs, minimum=1)


def num_steps(num_examples: int, num_epochs: int, batch_size: int | None) -> int:
    """Return how many gradient steps a client takes: E ceil(n_k / B).

    Examples
    --------
    >>> num_steps(25, 3, 10), num_steps(25, 3, None)
    (9, 3)
    """
    return num_epochs * (1 if batch_size is None else -(-num_examples // batch_size))


def draw_orders(
    num_examples: int, num_epochs: int, batch_size: int | None, rng: np.random.Generator
) -> Integers:
    """Return, for each epoch, the order in which the rows are cut into batches.

    The paper splits P_k once; a fresh order in each epoch is the usual practice and ours.

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
    """Shuffle the rows of each epoch in place, where they are cut into batches.

    With all rows in one batch (`batch_size` is None) their order does not matter, and nothing is
    drawn.
    """
    if batch_size is not None:
        rng.permuted(orders, axis=1, out=orders)
