"""FedCM: the server's momentum is sent along, and takes part in every local step.

Algorithm 2 of Xu et al. 2021, with P clients in the round, each of K steps:

=========================================================  ======================================
Algorithm 2                                                code
=========================================================  ======================================
server sends x and Delta                                   ``sends={M: 0.0}``
v <- alpha g + (1 - alpha) Delta; y <- y - eta_l v         `LocalSGD` with rate alpha eta_l, whose
                                                           `Momentum` adds (1 / alpha - 1) Delta
Delta_i <- y_i - x                                         the delta of the update
Delta <- -(1 / (eta_l K P)) sum_i Delta_i                  `PerStep`, and the mean
x <- x - eta_g Delta                                       `Server`
=========================================================  ======================================

References
----------
J. Xu et al., "FedCM: Federated Learning with Client-level Momentum", 2021,
https://arxiv.org/abs/2106.10874
"""

from dataclasses import dataclass, replace

import numpy as np

from pyfedlite.aggregation import weighted_mean
from pyfedlite.algorithms import FedAvg, fedavg
from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.roles import Model, Vector
from pyfedlite.state import Aggregate, Population, State

M = "fedcm.delta"


@dataclass(frozen=True)
class Momentum:
    """(1 / alpha - 1) Delta, for steps of alpha eta_l."""

    alpha: float

    def __call__(self, participant: Participant, theta: Vector) -> Vector:
        """Return the correction, shape (num_params,)."""
        return (1 / self.alpha - 1) * participant.received[M]


@dataclass(frozen=True)
class PerStep:
    """The mean direction of a client's steps: its delta divided by eta_l K."""

    learning_rate: float

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with its delta for one step of length 1."""
        return replace(update, delta=update.delta / (self.learning_rate * update.num_steps))


@dataclass(frozen=True)
class Server:
    """x <- x - eta_g Delta, and Delta is sent in the next round."""

    learning_rate: float

    def __call__(
        self, state: State, aggregate: Aggregate, population: Population | None = None
    ) -> State:
        """Return the state after the step."""
        x = state.theta + self.learning_rate * aggregate.delta
        slots = {**state.slots, M: -aggregate.delta}
        return replace(state, theta=x.astype(state.theta.dtype), slots=slots)


def fedcm(
    model: Model,
    *,
    alpha: float = 0.1,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
    server_learning_rate: float = 1.0,
) -> FedAvg:
    """Return FedCM; with alpha = 1 nothing of the last round is left in a step."""
    return fedavg(
        model,
        local_epochs=local_epochs,
        batch_size=batch_size,
        learning_rate=alpha * learning_rate,
        correction=Momentum(alpha),
        transforms=(PerStep(learning_rate),),
        aggregator=weighted_mean(weights="uniform"),
        server=Server(server_learning_rate),
        sends={M: 0.0},
    )
