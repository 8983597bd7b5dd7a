"""SCAFFOLD: a client corrects its gradients by how it differs from all clients together.

Algorithm 1 of Karimireddy et al. 2020, with option II, line by line:

=========================================================  ======================================
Algorithm 1                                                code
=========================================================  ======================================
server input: x, c; communicate (x, c)                     ``sends={C: 0.0}``
y_i <- y_i - eta_l (g_i(y_i) - c_i + c)                    `Drift`, in `LocalSGD`
c_i+ <- c_i - c + (x - y_i) / (K eta_l)                    `ControlVariate`
communicate (dy_i, dc_i) <- (y_i - x, c_i+ - c_i)          ``extras=(C,)``
(dx, dc) <- (1 / abs(S)) sum_i (dy_i, dc_i)                ``weighted_mean(weights="uniform")``
x <- x + eta_g dx; c <- c + (abs(S) / N) dc                `Server`
=========================================================  ======================================

References
----------
S. P. Karimireddy et al., "SCAFFOLD: Stochastic Controlled Averaging for Federated Learning", ICML
2020, Algorithm 1, https://arxiv.org/abs/1910.06378
"""

from dataclasses import dataclass, replace

import numpy as np

from pyfedlite.aggregation import weighted_mean
from pyfedlite.algorithms import FedAvg, fedavg
from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.roles import Aggregator, Model, Vector
from pyfedlite.state import Aggregate, Population, State

C = "scaffold.c"


@dataclass(frozen=True)
class Drift:
    """c - c_i, which is added to every gradient."""

    def __call__(self, participant: Participant, theta: Vector) -> Vector:
        """Return the correction, shape (num_params,)."""
        c = participant.received[C]
        return c - participant.memory.get(C, np.zeros_like(c))


@dataclass(frozen=True)
class ControlVariate:
    """Option II: the mean gradient of this round becomes c_i, and its change is sent."""

    learning_rate: float

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with c_i+ - c_i beside delta, and c_i+ in its memory."""
        c = participant.received[C]
        c_i = participant.memory.get(C, np.zeros_like(c))
        c_plus = c_i - c - update.delta / (update.num_steps * self.learning_rate)
        extra = {**update.extra, C: c_plus - c_i}
        return replace(update, extra=extra, memory={**update.memory, C: c_plus})


@dataclass(frozen=True)
class Server:
    """x <- x + eta_g dx and c <- c + (abs(S) / N) dc."""

    learning_rate: float = 1.0

    def __call__(
        self, state: State, aggregate: Aggregate, population: Population | None = None
    ) -> State:
        """Return the state after the step."""
        if population is None or aggregate.num_reports is None:
            raise ValueError("SCAFFOLD must know how many clients there are, and how many reported")
        share = aggregate.num_reports / population.num_clients
        x = state.theta + self.learning_rate * aggregate.delta
        c = state.slots[C] + share * aggregate.extra[C]
        return replace(state, theta=x.astype(state.theta.dtype), slots={**state.slots, C: c})


def scaffold(
    model: Model,
    *,
    local_epochs: int = 1,
    batch_size: int | None = 10,
    learning_rate: float = 0.1,
    server_learning_rate: float = 1.0,
    aggregator: Aggregator = weighted_mean(weights="uniform"),  # noqa: B008  (it is frozen)
) -> FedAvg:
    """Return SCAFFOLD; `aggregator` may also be ``secure_mean(weights="uniform")``."""
    return fedavg(
        model,
        local_epochs=local_epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        correction=Drift(),
        transforms=(ControlVariate(learning_rate),),
        aggregator=aggregator,
        server=Server(server_learning_rate),
        sends={C: 0.0},
        extras=(C,),
    )
