"""Local training: ClientUpdate(k, w) of Algorithm 1, one client at a time.

Left neighbour: ``algorithms`` sends a `Participant`. Right neighbour: ``algorithms`` takes the
`ClientUpdate` to ``aggregation``. In the paper's letters, with theta for w::

    split P_k into batches of size B
    for each local epoch from 1 to E, for each batch b:
        theta_k <- theta_k - eta * grad l(theta_k; b)
    return Delta_k = theta_k - theta

and with the terms that related algorithms add to the gradient g of a batch::

    g <- g + mu (theta_k - theta)        FedProx, Li et al. 2020, equation 2
    g <- g + c                           SCAFFOLD, FedDyn: the correction
    v <- momentum v + g                  v = 0 at the start of a round
    theta_k <- theta_k - eta v

This file is the reference. ``together`` trains many small clients at once, and large ones faster;
its results are the same up to rounding.

References
----------
H. B. McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
AISTATS 2017, Algorithm 1, https://arxiv.org/abs/1602.05629

T. Li et al., "Federated Optimization in Heterogeneous Networks" (FedProx), MLSys 2020, equation 2,
https://arxiv.org/abs/1812.06127
"""

import math
from dataclasses import dataclass
from itertools import islice

import numpy as np

from pyfedlite import _answers, _check
from pyfedlite._role_checks import checked
from pyfedlite._typing import Integers, Vector
from pyfedlite.clients import ClientUpdate, Fate, Participant, batches
from pyfedlite.errors import DivergedError
from pyfedlite.local.plan import Work, draw_orders, work_of
from pyfedlite.roles import Correction, Model

NUM_LOSS_EXAMPLES = 64
"""The training loss is computed on at most this many of a client's rows, to save time."""


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
        In (0, 1]: the learning rate of round t is learning_rate * learning_rate_decay^(t - 1).
    correction : Correction, optional
        Its vector, once a round, is added to every gradient (SCAFFOLD, FedDyn).

    Examples
    --------
    One step on the row x = 2, y = 3, by hand: the loss of y = wx + b at 0 is y^2 / 2, its gradient
    is (-xy, -y) = (-6, -3), and a learning rate of 0.1 moves theta to (0.6, 0.3):

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
    correction: Correction | None = None

    def __post_init__(self) -> None:
        _check.keep(self, "local_epochs", _check.integer, minimum=1)
        if self.batch_size is not None:
            _check.keep(self, "batch_size", _check.integer, minimum=1, hint="None takes all rows")
        _check.keep(self, "learning_rate", _check.positive)
        _check.keep(self, "momentum", _check.below_one)
        _check.keep(self, "proximal_mu", _check.non_negative)
        _check.keep(self, "learning_rate_decay", _check.positive)
        _check.keep(self, "learning_rate_decay", _check.fraction)
        if self.correction is not None:
            _check.keep(self, "correction", checked, "correction")

    def rate(self, round: int) -> float:
        """Return the learning rate of `round`, counted from 1."""
        return float(self.learning_rate * self.learning_rate_decay ** (round - 1))

    def correct(self, participant: Participant, theta: Vector) -> Vector | None:
        """Return what is added to every gradient of a client, checked; None without correction."""
        if self.correction is None:
            return None
        return _answers.vector(self.correction, self.correction(participant, theta), theta)

    def work(self, fate: Fate, num_examples: int) -> Work:
        """Return how many epochs and steps a client of `num_examples` rows trains."""
        return work_of(fate, num_examples, self.local_epochs, self.batch_size)

    def orders(self, num_examples: int, fate: Fate, rng: np.random.Generator) -> Integers:
        """Return the order of the rows in each epoch, shape (num_epochs, num_examples)."""
        num_epochs = self.work(fate, num_examples).num_epochs
        return draw_orders(num_examples, num_epochs, self.batch_size, rng)

    def train(
        self,
        model: Model,
        theta: Vector,
        participant: Participant,
        rng: np.random.Generator,
        *,
        round: int,
    ) -> ClientUpdate:
        """Return what leaves the device after local training.

        Parameters
        ----------
        model : Model
        theta : ndarray of shape (num_params,)
            The global model, which is not written to.
        participant : Participant
        rng : Generator
            It draws the order of the rows; its key contains the round and the client.
        round : int
            From 1.

        Returns
        -------
        ClientUpdate
            Its `train_loss` is the loss of the received `theta` on the client's rows: F_k(w_t) of
            the paper. If there are more than 64 rows, it is an estimate: the loss on the first 64
            of the first epoch.

        Raises
        ------
        DivergedError
            When theta_k contains inf or NaN.
        """
        client = participant.client
        x, y = client.features.astype(theta.dtype, copy=False), client.labels
        B, eta, mu = self.batch_size or len(y), self.rate(round), self.proximal_mu
        work = self.work(participant.fate, len(y))
        orders = draw_orders(len(y), work.num_epochs, self.batch_size, rng)
        c = self.correct(participant, theta)
        theta_k, v, num_steps = theta.copy(), 0 * theta, 0
        with np.errstate(over="ignore", invalid="ignore"):  # a run that diverges is named below
            sample = orders[0, :NUM_LOSS_EXAMPLES]
            train_loss = float(model.loss(theta, x[sample], y[sample]))
            for order in orders:  # one for each local epoch, 1 to E
                for batch in islice(batches(len(y), B), work.num_steps - num_steps):
                    b = order[batch]
                    g = model.grad(theta_k, x[b], y[b])
                    if mu:
                        g = g + mu * (theta_k - theta)
                    if c is not None:
                        g = g + c
                    v = self.momentum * v + g if self.momentum else g
                    theta_k -= eta * v
                    num_steps += 1
            delta = theta_k - theta
        check_finite(delta, client.client_id, round, eta)
        return ClientUpdate(
            client_id=client.client_id,
            delta=delta,
            num_examples=client.num_examples,
            num_steps=num_steps,
            train_loss=train_loss,
            memory=dict(participant.memory),
        )


def check_finite(delta: Vector, client_id: int, round: int, rate: float) -> None:
    """Raise `DivergedError` if a client's delta contains inf or NaN."""
    # The sum of squares is quick to compute. If it is finite, all numbers are. If not, the squares
    # may have overflowed, so look at the numbers themselves.
    if math.isfinite(np.vdot(delta, delta)) or np.isfinite(delta).all():
        return
    raise DivergedError(
        f"theta of client {client_id} must stay finite, got inf or NaN in round {round}; "
        f"try a learning_rate below {rate:g}, or standardised features"
    )
