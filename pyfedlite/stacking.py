"""Local training of many small clients at once, by one leading batch axis.

A step on one small client costs more in calls than in arithmetic. The formulas of a model accept
leading axes, so K clients can take their steps together: theta is (K, d), a batch (K, B, p). What
`LocalSGD.train` does one client at a time is the reference; here is the same, stacked:

- Clients with few rows finish early. Sorted by their number of steps, those still at work are
  always a prefix of the stack.
- A last batch may be smaller. It is padded, and a padded row has weight 0 in the mean.

Left neighbour: ``local`` decides the settings. Right neighbour: updates, in the order of the
participants.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pyfedlite._typing import Integers, Labels, Matrix, Vector
from pyfedlite.clients import Participant
from pyfedlite.state import Model
from pyfedlite.steps import Step

if TYPE_CHECKING:
    from pyfedlite.local import LocalSGD

STACK_BYTES = 2**18
"""Parameters trained together, in bytes: they should stay in a core's second-level cache."""

BATCH_BYTES = 2**24
"""Rows of one step, padded, in bytes: above it clients are trained one at a time."""


def stack_size(model: Model) -> int:
    """Return how many clients of `model` are trained at once: a matter of its size alone.

    It never depends on the machine or the number of workers, because the last bits of a product
    may depend on how rows are padded, and results have to be the same everywhere.

    Examples
    --------
    >>> from pyfedlite.models import MLP, SoftmaxRegression
    >>> stack_size(SoftmaxRegression(64, 10)), stack_size(MLP(784, 200, 200, 10))
    (100, 1)
    """
    return max(1, STACK_BYTES // (model.layout.num_params * np.dtype(model.dtype).itemsize))


@dataclass(frozen=True, eq=False)
class Batches:
    """The rows of every step of every client, padded to one width.

    Parameters
    ----------
    rows : ndarray of shape (num_clients, num_steps, width)
        Positions in the stacked rows; padding repeats a row of the client.
    sizes : ndarray of shape (num_clients, num_steps)
        How many of them are real; 0 after a client's last step.
    """

    rows: Integers
    sizes: Integers

    def step(self, step: int) -> tuple[Integers, Vector | None]:
        """Return the rows of the clients still at work, (active, width), and their weights.

        Weights are None where no row is padding.
        """
        sizes = self.sizes[:, step]
        active = np.count_nonzero(sizes)  # a prefix: clients are sorted by their number of steps
        sizes = sizes[:active]
        width = int(sizes.max())
        rows = self.rows[:active, step, :width]
        if sizes.min() == width:
            return rows, None
        return rows, (np.arange(width) < sizes[:, np.newaxis]).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Stack:
    """The rows of several clients, and the order in which each will go through its own."""

    features: Matrix  # (total rows, num_features)
    labels: Labels  # (total rows,)
    orders: list[Integers]  # of each client: (epochs, n_k), positions in the stacked rows

    @staticmethod
    def of(
        participants: Sequence[Participant],
        rngs: Sequence[np.random.Generator],
        local: "LocalSGD",
        dtype: str,
    ) -> "Stack":
        """Return the stacked rows of `participants`, with orders drawn from `rngs`."""
        clients = [participant.client for participant in participants]
        starts = np.cumsum([0, *(client.num_examples for client in clients)]).tolist()
        orders = [
            local.orders(p.client.num_examples, rng, p.local_epochs) + start
            for p, rng, start in zip(participants, rngs, starts, strict=False)
        ]
        features = np.concatenate([client.features for client in clients]).astype(dtype, copy=False)
        return Stack(features, np.concatenate([client.labels for client in clients]), orders)

    def batches(self, batch_size: int | None) -> Batches:
        """Return the batches of all steps, padded to `batch_size` (or to the largest client)."""
        width = batch_size or max(order.shape[1] for order in self.orders)
        per_epoch = [-(-order.shape[1] // width) for order in self.orders]
        num_steps = [len(o) * s for o, s in zip(self.orders, per_epoch, strict=True)]
        rows = np.zeros((len(self.orders), max(num_steps), width), np.int64)
        sizes = np.zeros((len(self.orders), max(num_steps)), np.int64)
        for k, (order, steps) in enumerate(zip(self.orders, per_epoch, strict=True)):
            epochs, n = order.shape
            padded = np.empty((epochs, steps * width), np.int64)
            padded[:, :n], padded[:, n:] = order, order[:, :1]
            rows[k, : num_steps[k]] = padded.reshape(-1, width)
            last = n - (steps - 1) * width
            sizes[k, : num_steps[k]] = width
            sizes[k, steps - 1 : num_steps[k] : steps] = last
        return Batches(rows, sizes)

    def losses(self, model: Model, theta: Vector, most: int) -> Vector:
        """Return the loss of `theta` on the first `most` rows of each client's first epoch."""
        sizes = np.array([min(order.shape[1], most) for order in self.orders])
        width = sizes.max()
        rows = np.zeros((len(sizes), width), np.int64)
        for k, order in enumerate(self.orders):
            rows[k, : sizes[k]] = order[0, :most]
        weights = (np.arange(width) < sizes[:, np.newaxis]).astype(np.float64)
        return model.loss(theta, self.features.take(rows, axis=0), self.labels[rows], weights)


def train_stacked(
    take: Step, theta: Vector, batches: Batches, stack: Stack
) -> tuple[Matrix, Integers]:
    """Return the deltas of all clients, (num_clients, num_params), and their numbers of steps.

    Parameters
    ----------
    take : Step
        Takes one step of a stack, in place.
    theta : ndarray of shape (num_params,)
        Where everyone starts.
    batches : Batches
        Sorted so that the number of steps falls.
    stack : Stack
        The rows.
    """
    thetas = np.repeat(theta[np.newaxis], len(stack.orders), axis=0)  # (K, d)
    for step in range(batches.rows.shape[1]):
        rows, weights = batches.step(step)  # (active, width): a prefix is still at work
        features = stack.features.take(rows, axis=0)  # as features[rows], twice as fast
        take(thetas[: len(rows)], features, stack.labels[rows], weights)
    return thetas - theta, np.count_nonzero(batches.sizes, axis=1)
