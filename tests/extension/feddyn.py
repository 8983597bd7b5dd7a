"""FedDyn: each client's loss gets a linear and a quadratic term, so that all end in one place.

Algorithm 1 of Acar et al. 2021, with m clients, of which those of P take part:

=========================================================  ======================================
Algorithm 1                                                code
=========================================================  ======================================
theta_k <- argmin L_k - <g_k, theta> + a/2 |theta - w|^2   `LocalSGD` with `Linear`, proximal_mu=a
g_k <- g_k - a (theta_k - w)                               `LastGradient`
h <- h - a (1 / m) sum_k (theta_k - w)                     `Server`
w <- (1 / abs(P)) sum_k theta_k - h / a                    `Server`
=========================================================  ======================================

Here w is the model that the server sent; g_k and h start at 0. The argmin is as good as the local
steps make it, as in the authors' experiments.

References
----------
D. A. E. Acar et al., "Federated Learning Based on Dynamic Regularization", ICLR 2021, Algorithm 1,
https://arxiv.org/abs/2111.04263
"""

from dataclasses import dataclass, replace

import numpy as np

from pyfedlite.aggregation import weighted_mean
from pyfedlite.algorithms import FedAvg, fedavg
from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.roles import Model, Vector
from pyfedlite.state import Aggregate, Population, State

G, H = "feddyn.g", "feddyn.h"


@dataclass(frozen=True)
class Linear:
    """The gradient of the linear term, -g_k."""

    def __call__(self, participant: Participant, theta: Vector) -> Vector:
        """Return the correction, shape (num_params,)."""
        return -participant.memory.get(G, np.zeros_like(theta))


@dataclass(frozen=True)
class LastGradient:
    """g_k <- g_k - alpha (theta_k - w): it stays on the device."""

    alpha: float

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with the new g_k in its memory."""
        g = participant.memory.get(G, np.zeros_like(update.delta)) - self.alpha * update.delta
        return replace(update, memory={**update.memory, G: g})


@dataclass(frozen=True)
class Server:
    """The last two lines."""

    alpha: float

    def __call__(
        self, state: State, aggregate: Aggregate, population: Population | None = None
    ) -> State:
        """Return the state after the step."""
        if population is None or aggregate.num_reports is None:
            raise ValueError("FedDyn must know how many clients there are, and how many reported")
        share = aggregate.num_reports / population.num_clients
        h = state.slots.get(H, np.zeros(state.theta.shape)) - self.alpha * share * aggregate.delta
        theta = (state.theta + aggregate.delta - h / self.alpha).astype(state.theta.dtype)
        return replace(state, theta=theta, slots={**state.slots, H: h})


def feddyn(
    model: Model,
    *,
    alpha: float = 0.1,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
) -> FedAvg:
    """Return FedDyn with the strength `alpha`, above 0."""
    return fedavg(
        model,
        local_epochs=local_epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        proximal_mu=alpha,
        correction=Linear(),
        transforms=(LastGradient(alpha),),
        aggregator=weighted_mean(weights="uniform"),
        server=Server(alpha),
    )
