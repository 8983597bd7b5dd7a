"""Local training: ClientUpdate(k, w) of Algorithm 1, one client at a time.

Left neighbour: ``simulation`` sends a `Participant`. Right neighbour: ``transforms`` and
``aggregation`` take the `ClientUpdate`. In the paper's letters, with theta for w::

    split P_k into batches of size B
    for each local epoch from 1 to E, for each batch b:
        theta_k <- theta_k - eta * grad l(theta_k; b)
    return Delta_k = theta_k - theta

References
----------
H. B. McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
AISTATS 2017, Algorithm 1, https://arxiv.org/abs/1602.05629

T. Li et al., "Federated Optimization in Heterogeneous Networks" (FedProx), MLSys 2020, equation 2,
https://arxiv.org/abs/1812.06127
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers, Matrix, Vector
from pyfedlite.clients import ClientUpdate, Participant, batches, rows
from pyfedlite.errors import DivergedError
from pyfedlite.local.stack import BATCH_BYTES, Stack, train_stacked
from pyfedlite.local.step import BatchesInPlace, Step, stepper, takes_batches
from pyfedlite.roles import Model

NUM_LOSS_EXAMPLES = 64
"""The training loss is taken on at most this many of a client's rows, to keep its cost small."""


@dataclass(frozen=True)
class LocalSGD:
    """Stochastic gradient descent on one client's rows.

    Parameters
    ----------
    local_epochs : int
        E, passes over the client's rows, at least 1.
    batch_size : int or None
        B, at least 1; ``None`` takes all rows at once (B = infinity in the paper).
    learning_rate : float
        eta, above 0.
    momentum : float
        In [0, 1): v <- momentum * v + g, and the step goes along v. It starts at 0 in each round.
    proximal_mu : float
        mu of FedProx, at least 0: adds mu * (theta_k - theta) to each gradient, the derivative of
        (mu / 2) ||theta_k - theta||^2.
    learning_rate_decay : float
        In (0, 1]: the rate of round t is learning_rate * learning_rate_decay^(t - 1).

    Examples
    --------
    One step on one row, by hand: the loss of y = wx + b at 0 is y^2 / 2, its gradient is
    (-xy, -y) = (-6, -3), and a rate of 0.1 moves theta to (0.6, 0.3):

    >>> from pyfedlite.clients import Client
    >>> from pyfedlite.models import LinearRegression
    >>> model = LinearRegression(1, dtype="float64")
    >>> participant = Participant(Client(0, np.array([[2.0]]), np.array([3.0])))
    >>> sgd = LocalSGD(local_epochs=1, batch_size=None, learning_rate=0.1)
    >>> sgd.train(model, np.zeros(2), participant, np.random.default_rng(0), round=1).delta
    array([0.6, 0.3])
    """

    local_epochs: int = 1
    batch_size: int | None = 10
    learning_rate: float = 0.1
    momentum: float = 0.0
    proximal_mu: float = 0.0
    learning_rate_decay: float = 1.0

    def __post_init__(self) -> None:
        _check.integer("local_epochs", self.local_epochs, minimum=1)
        if self.batch_size is not None:
            _check.integer("batch_size", self.batch_size, minimum=1, hint="None takes all rows")
        _check.positive("learning_rate", self.learning_rate)
        _check.below_one("momentum", self.momentum)
        _check.non_negative("proximal_mu", self.proximal_mu)
        _check.positive("learning_rate_decay", self.learning_rate_decay)
        _check.fraction("learning_rate_decay", self.learning_rate_decay)

    def rate(self, round: int) -> float:
        """Return the learning rate of `round`, counted from 1."""
        return float(self.learning_rate * self.learning_rate_decay ** (round - 1))

    def orders(
        self, num_examples: int, rng: np.random.Generator, local_epochs: int | None = None
    ) -> Integers:
        """Return, for each epoch, the order in which the rows are cut into batches.

        The paper splits P_k once; a fresh order in each epoch is the usual practice and ours. With
        all rows in one batch their order does not matter, and nothing is drawn.

        Returns
        -------
        ndarray of shape (local_epochs, num_examples)
        """
        epochs = self.local_epochs if local_epochs is None else local_epochs
        orders = np.empty((epochs, num_examples), np.int64)
        orders[:] = np.arange(num_examples)
        self.shuffle(orders, rng)
        return orders

    def shuffle(self, orders: Integers, rng: np.random.Generator) -> None:
        """Shuffle the rows of each epoch in place, where they are cut into batches."""
        if self.batch_size is not None:
            rng.permuted(orders, axis=1, out=orders)

    def train(
        self,
        model: Model,
        theta: Vector,
        participant: Participant,
        rng: np.random.Generator,
        *,
        round: int,
        correction: Vector | None = None,
    ) -> ClientUpdate:
        """Return what leaves the device after local training.

        Parameters
        ----------
        model : Model
        theta : ndarray of shape (num_params,)
            The global model, which is not written to.
        participant : Participant
        rng : Generator
            For the order of the rows; it is keyed by round and client.
        round : int
            From 1.
        correction : ndarray of shape (num_params,), optional
            Added to every gradient (SCAFFOLD, FedDyn).

        Returns
        -------
        ClientUpdate
            Its `train_loss` is the loss of the received `theta` on the client's rows, on the first
            64 in the drawn order where it has more: F_k(w_t) of the paper, or an estimate of it.

        Raises
        ------
        DivergedError
            When theta_k has left the finite numbers.
        """
        return self._train(model, theta, participant, rng, round=round, correction=correction)

    def _train(
        self,
        model: Model,
        theta: Vector,
        participant: Participant,
        rng: np.random.Generator,
        *,
        round: int,
        correction: Vector | None,
        whole: BatchesInPlace | None = None,
    ) -> ClientUpdate:
        """Train one client, batch by batch; or `whole` goes through each epoch in its own way."""
        features, labels = rows([participant.client])
        features = features.astype(theta.dtype, copy=False)
        size = self.batch_size or len(labels)
        theta_k, num_steps, train_loss = theta.copy(), 0, np.nan
        step = self.stepper(model, theta, round, correction)
        with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is named below
            for order in self.orders(len(labels), rng, self.budget(participant)):
                x, y = features.take(order, axis=0), labels.take(order)
                if num_steps == 0:
                    first = slice(NUM_LOSS_EXAMPLES)
                    train_loss = float(model.loss(theta, x[first], y[first]))
                if whole is not None:
                    whole.descend_batches(theta_k, x, y, self.rate(round), size)
                else:
                    for b in batches(len(order), size):
                        step(theta_k, x[b], y[b], None)
                num_steps += -(-len(order) // size)
            theta_k -= theta  # Delta_k
        self._check_finite([participant], theta_k[np.newaxis], round)
        return _update(participant, theta_k, num_steps, train_loss)

    def stepper(
        self, model: Model, theta: Vector, round: int, correction: Vector | None = None
    ) -> Step:
        """Return the function that takes the steps of `round`; see ``steps``."""
        return stepper(
            model,
            theta,
            self.rate(round),
            momentum=self.momentum,
            proximal_mu=self.proximal_mu,
            correction=correction,
        )

    def train_cohort(
        self,
        model: Model,
        theta: Vector,
        participants: Sequence[Participant],
        rngs: Sequence[np.random.Generator],
        *,
        round: int,
        corrections: Matrix | None = None,
    ) -> list[ClientUpdate]:
        """Return the updates of many clients, trained at once where that pays.

        Small models are stacked (see ``stacking``). A single client, or clients whose padded
        batches would be large, are trained one at a time, as `train` does; where the settings are
        those of plain SGD, a model may go through an epoch in its own way (`BatchesInPlace`; `MLP`
        does, see ``models.delayed``). The updates are the same up to the rounding of products and
        sums that are added up in another order.

        Parameters
        ----------
        model : Model
        theta : ndarray of shape (num_params,)
        participants : sequence of Participant
        rngs : sequence of Generator
            One for each, keyed by round and client.
        round : int
            From 1.
        corrections : ndarray of shape (num_participants, num_params), optional
            Added to every gradient of its client.

        Returns
        -------
        list of ClientUpdate
            In the order of `participants`.
        """
        if not self._stacks(participants, model.num_features * theta.itemsize):
            each = [None] * len(participants) if corrections is None else corrections
            whole = self._whole_epochs(model) if corrections is None else None
            return [
                self._train(model, theta, participant, rng, round=round, correction=c, whole=whole)
                for participant, rng, c in zip(participants, rngs, each, strict=True)
            ]
        steps = [self._num_steps(participant) for participant in participants]
        falling = np.argsort(steps, kind="stable")[::-1]
        cohort = [participants[i] for i in falling]
        stack = Stack.of(cohort, [rngs[i] for i in falling], self, str(theta.dtype))
        with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is named below
            losses = stack.losses(model, theta, NUM_LOSS_EXAMPLES)
            c = None if corrections is None else corrections[falling]
            step = self.stepper(model, theta, round, c)
            deltas, num_steps = train_stacked(step, theta, stack.batches(self.batch_size), stack)
        self._check_finite(cohort, deltas, round)
        columns = zip(cohort, deltas, num_steps.tolist(), losses.tolist(), strict=True)
        updates = [_update(*row) for row in columns]
        return [updates[i] for i in np.argsort(falling)]

    def _num_steps(self, participant: Participant) -> int:
        """Return how many gradient steps a participant takes."""
        n = participant.client.num_examples
        per_epoch = 1 if self.batch_size is None else -(-n // self.batch_size)
        return per_epoch * self.budget(participant)

    def budget(self, participant: Participant) -> int:
        """Return the epochs of a participant: its own number, or else everybody's."""
        if participant.local_epochs is None:
            return self.local_epochs
        name = f"local_epochs of client {participant.client.client_id}"
        return _check.integer(name, participant.local_epochs, minimum=1)

    def _whole_epochs(self, model: Model) -> BatchesInPlace | None:
        """Return `model` if it has its own way through an epoch, and the steps are plain."""
        plain = not (self.momentum or self.proximal_mu)
        return model if plain and takes_batches(model) else None

    def _stacks(self, participants: Sequence[Participant], row_bytes: int) -> bool:
        """Return whether it pays, and is affordable, to train `participants` at once."""
        width = self.batch_size or max(p.client.num_examples for p in participants)
        return 1 < len(participants) <= BATCH_BYTES // (width * row_bytes)

    def _check_finite(
        self, participants: Sequence[Participant], deltas: Matrix, round: int
    ) -> None:
        """Raise if a delta has left the finite numbers, and name its client."""
        # The sum of squares is quick, and finite only if all are; very large ones overflow in it.
        if math.isfinite(np.vdot(deltas, deltas)) or np.isfinite(deltas).all():
            return
        k = int(np.argmin(np.isfinite(deltas).all(axis=1)))  # the first that has
        raise DivergedError(
            f"theta of client {participants[k].client.client_id} must stay finite, got inf or NaN "
            f"in round {round}; try a learning_rate below {self.rate(round):g}, or standardised "
            "features"
        )


def _update(
    participant: Participant, delta: Vector, num_steps: int, train_loss: float
) -> ClientUpdate:
    return ClientUpdate(
        client_id=participant.client.client_id,
        delta=delta,
        num_examples=participant.client.num_examples,
        num_steps=num_steps,
        train_loss=train_loss,
        memory=dict(participant.memory),
    )
