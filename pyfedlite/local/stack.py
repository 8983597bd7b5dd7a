"""Local training of many small clients at once, by one leading batch axis.

A room for speed: for a step of one small client, the calls of NumPy take longer than the
arithmetic. The formulas of a model accept leading axes, so K clients can take their steps together:
theta is (K, d), a batch (K, B, p). That is 7 to 11 times as fast for softmax regression on clients
of 15 rows (`make bench ARGS=stacking`). `LocalSGD.train` is the reference; the law that compares
the two is in ``tests/laws/test_together_laws.py``. Two things differ:

- Clients with few rows finish early. The clients are sorted by their number of steps, so that those
  still training are always the first of the stack.
- A last batch may be smaller. It is padded, and a padded row has weight 0 in the mean.

Left neighbour: ``together`` chooses the clients. Right neighbour: ``together`` makes updates of
their deltas.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyfedlite._typing import Integers, Labels, Matrix, Vector
from pyfedlite.clients import Participant
from pyfedlite.data.lazy import rows_of
from pyfedlite.local.plan import Work, shuffle
from pyfedlite.local.sgd import LocalSGD
from pyfedlite.local.step import Step
from pyfedlite.roles import Model


@dataclass(frozen=True, eq=False)
class Batches:
    """The rows of every step of every client, padded to one width.

    Parameters
    ----------
    positions : ndarray of shape (num_clients, num_steps, width)
        Positions in the stacked rows; padding repeats a row of the client.
    sizes : ndarray of shape (num_clients, num_steps)
        How many of them are real rows; 0 after a client's last step.
    """

    positions: Integers
    sizes: Integers

    def step(self, step: int) -> tuple[Integers, Vector | None]:
        """Return the positions of the clients still training, (active, width), and the weights.

        Weights are None if no row is padding.
        """
        sizes = self.sizes[:, step]
        active = np.count_nonzero(sizes)  # the first clients of the stack, as it is sorted
        sizes = sizes[:active]
        width = int(sizes.max())
        positions = self.positions[:active, step, :width]
        if sizes.min() == width:
            return positions, None
        return positions, (np.arange(width) < sizes[:, np.newaxis]).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Stack:
    """The rows of several clients, and the order in which each client uses its rows.

    Parameters
    ----------
    features : ndarray of shape (total rows, num_features)
        One client after another, by ascending client id.
    labels : ndarray of shape (total rows,)
    order : ndarray of shape (sum of epochs * sizes,), int64
        Positions in these rows: client by client, and epoch by epoch all rows of the client.
    sizes, epochs, num_steps : ndarray of shape (num_clients,), int64
        n_k, how often each client goes through its rows, and how many steps it takes on them.
    """

    features: Matrix
    labels: Labels
    order: Integers
    sizes: Integers
    epochs: Integers
    num_steps: Integers

    @staticmethod
    def of(
        participants: Sequence[Participant],
        works: Sequence[Work],
        rngs: Sequence[np.random.Generator],
        local: LocalSGD,
        dtype: str,
    ) -> "Stack":
        """Return the stacked rows of `participants`, with orders drawn from `rngs`."""
        clients = [participant.client for participant in participants]
        sizes = np.array([client.num_examples for client in clients])
        epochs = np.array([work.num_epochs for work in works])
        num_steps = np.array([work.num_steps for work in works])
        order = _counted(np.repeat(sizes, epochs))  # 0, 1, ..., n_k - 1 in each epoch
        begin = 0
        for rng, n, num_epochs in zip(rngs, sizes.tolist(), epochs.tolist(), strict=True):
            end = begin + num_epochs * n
            shuffle(order[begin:end].reshape(num_epochs, n), local.batch_size, rng)
            begin = end
        ascending = np.argsort([client.client_id for client in clients])  # generated ones need it
        features, labels = rows_of([clients[i] for i in ascending])
        starts = np.empty_like(sizes)
        starts[ascending] = _starts(sizes[ascending])
        order += np.repeat(starts, epochs * sizes)
        return Stack(features.astype(dtype, copy=False), labels, order, sizes, epochs, num_steps)

    def batches(self, batch_size: int | None) -> Batches:
        """Return the batches of all steps, padded to `batch_size` (or to the largest client)."""
        width = batch_size or int(self.sizes.max())
        per_epoch = -(-self.sizes // width)
        num_steps = self.epochs * per_epoch
        # For every epoch of every client: its rows and batches, and where in `order` it begins.
        num_rows, num_batches = np.repeat([self.sizes, per_epoch], self.epochs, axis=1)
        begin = _starts(num_rows)
        # For every batch: its epoch, where in the epoch it begins, and how many rows it has.
        epoch = np.repeat(np.arange(len(num_rows)), num_batches)
        first = width * _counted(num_batches)
        sizes = np.minimum(num_rows[epoch] - first, width)
        place = first[:, np.newaxis] + np.arange(width)
        place[np.arange(width) >= sizes[:, np.newaxis]] = 0  # padding: the epoch's first row
        place += begin[epoch][:, np.newaxis]
        step = np.repeat(np.arange(len(num_steps)), num_steps), _counted(num_steps)
        result = Batches(
            positions=np.zeros((len(num_steps), num_steps.max(), width), np.int64),
            sizes=np.zeros((len(num_steps), num_steps.max()), np.int64),
        )
        result.positions[step], result.sizes[step] = self.order[place], sizes
        taken = int(self.num_steps.max())  # an epoch may end early, where a fate says so
        result.sizes[np.arange(result.sizes.shape[1]) >= self.num_steps[:, np.newaxis]] = 0
        return Batches(result.positions[:, :taken], result.sizes[:, :taken])

    def losses(self, model: Model, theta: Vector, most: int) -> Vector:
        """Return the loss of `theta` on the first `most` rows of each client's first epoch."""
        sizes = np.minimum(self.sizes, most)[:, np.newaxis]
        place = np.tile(np.arange(sizes.max()), (len(sizes), 1))
        weights = (place < sizes).astype(np.float64)
        place[place >= sizes] = 0
        place += _starts(self.epochs * self.sizes)[:, np.newaxis]
        positions = self.order[place]
        features, labels = self.features.take(positions, axis=0), self.labels[positions]
        losses: Vector = model.loss(theta, features, labels, weights)
        return losses


def _starts(lengths: Integers) -> Integers:
    """Return where each segment begins, if segments of these lengths follow one another."""
    starts: Integers = np.cumsum(lengths) - lengths
    return starts


def _counted(lengths: Integers) -> Integers:
    """Return 0, 1, ... within each segment, if segments of these lengths follow one another."""
    return np.arange(lengths.sum()) - np.repeat(_starts(lengths), lengths)


def train_stacked(
    take_step: Step, theta: Vector, batches: Batches, stack: Stack
) -> tuple[Matrix, Integers]:
    """Return the deltas of all clients, (num_clients, num_params), and their numbers of steps.

    Parameters
    ----------
    take_step : Step
        Takes one step of a stack, in place.
    theta : ndarray of shape (num_params,)
        Where every client starts.
    batches : Batches
        Sorted so that the number of steps falls.
    stack : Stack
        The rows.
    """
    thetas = np.repeat(theta[np.newaxis], len(stack.sizes), axis=0)  # (K, d)
    for step in range(batches.positions.shape[1]):
        positions, weights = batches.step(step)  # (active, width)
        features = stack.features.take(positions, axis=0)  # as features[positions], twice as fast
        take_step(thetas[: len(positions)], features, stack.labels[positions], weights)
    return thetas - theta, np.count_nonzero(batches.sizes, axis=1)
