"""Federated averaging: one round of Algorithm 1 of McMahan et al. 2017.

======================================================  ==========================================
Algorithm 1                                             code
======================================================  ==========================================
initialise w_0                                          `FedAvg.init`
for each client k in S_t in parallel                    ``map`` in `FedAvg.round`
    w^k <- ClientUpdate(k, w_t)                         ``ClientSide`` in ``round``, `LocalSGD`
w_{t+1} <- sum_k (n_k / n) w^k                          ``WeightedMean`` and ``ServerSGD(1.0)``
======================================================  ==========================================

The last line in two steps is the same number, because Delta_k = w^k - w_t and the weights sum to 1.
The relatives in ``builders`` are this file with one part exchanged.

References
----------
H. B. McMahan, E. Moore, D. Ramage, S. Hampson and B. Agüera y Arcas, "Communication-Efficient
Learning of Deep Networks from Decentralized Data", AISTATS 2017, https://arxiv.org/abs/1602.05629
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from pyfedlite._typing import Metrics
from pyfedlite.aggregation import weighted_mean
from pyfedlite.algorithms.round import ClientSide, Tap, check_finite, transform_cohort
from pyfedlite.clients import Participant, ascending
from pyfedlite.local import LocalSGD
from pyfedlite.roles import Aggregator, CohortTransform, Model, ServerOptimizer, UpdateTransform
from pyfedlite.seeds import RoundSeed
from pyfedlite.server import ServerSGD
from pyfedlite.state import RoundContext, State


@dataclass(frozen=True)
class FedAvg:
    """Federated averaging, and every relative that differs by one part.

    Parameters
    ----------
    model : Model
    local : LocalSGD
        What a client does.
    aggregator : Aggregator
        How many deltas become one.
    server : ServerOptimizer
        How the server moves along it.
    transforms : tuple of UpdateTransform
        Applied to each update where the client runs, in order.
    cohort_transforms : tuple of CohortTransform
        Applied to all updates of a round together, in order.
    one_at_a_time : bool
        Whether every client is trained by ``local.train``, the reference. By default clients of
        small models are trained together, and large ones in a faster way (``local.together``): the
        result is the same up to rounding.
    """

    model: Model
    local: LocalSGD = field(default_factory=LocalSGD)
    aggregator: Aggregator = field(default_factory=weighted_mean)
    server: ServerOptimizer = field(default_factory=ServerSGD)
    transforms: tuple[UpdateTransform, ...] = ()
    cohort_transforms: tuple[CohortTransform, ...] = ()
    one_at_a_time: bool = False

    def init(self, rng: np.random.Generator) -> State:
        """Return the state before the first round: w_0."""
        return State(round=0, theta=self.model.init(rng))

    def round(
        self,
        state: State,
        cohort: Sequence[Participant],
        seed: RoundSeed,
        *,
        map: Callable[..., Iterable[Any]] = map,
    ) -> tuple[State, Metrics]:
        """Return the state after one round, and what was measured; `state` is not modified.

        Parameters
        ----------
        state : State
        cohort : sequence of Participant
            S_t, in any order. Those with ``drops_at`` of at most 2 fail before their update
            arrives and take no part in the mean.
        seed : RoundSeed
            The keys of this round.
        map : callable
            As the built-in one: it keeps the order and may run elsewhere.

        Returns
        -------
        state : State
        metrics : dict
            ``train_loss`` (mean of the clients' losses, weighted by examples), ``bytes_up``,
            ``bytes_down``, and what the parts add.
        """
        cohort = ascending(cohort)
        context = RoundContext(seed.round, state.theta, seed, state.slots, cohort)
        clients = ClientSide(self.model, self.local, self.transforms, self.one_at_a_time)
        updates = clients.updates(state.theta, cohort, seed, map)
        tap = Tap(transform_cohort(self.cohort_transforms, updates, seed))
        aggregate = self.aggregator(tap, context)
        slots = {**state.slots, **aggregate.slots}
        moved = self.server(replace(state, slots=slots), aggregate.delta)
        check_finite(moved, seed.round)
        memories = {**state.clients, **tap.memories}
        metrics = tap.metrics() | {"bytes_down": len(cohort) * state.theta.nbytes}
        return replace(moved, round=seed.round, clients=memories), metrics | aggregate.metrics
