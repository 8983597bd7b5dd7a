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
The relatives in ``relatives`` are this file with one part exchanged.

References
----------
H. B. McMahan, E. Moore, D. Ramage, S. Hampson and B. Agüera y Arcas, "Communication-Efficient
Learning of Deep Networks from Decentralized Data", AISTATS 2017, https://arxiv.org/abs/1602.05629
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from pyfedlite import _answers
from pyfedlite._canonical import canonical
from pyfedlite._typing import Metrics
from pyfedlite.aggregation import weighted_mean
from pyfedlite.algorithms.parts import checked_parts
from pyfedlite.algorithms.round import (
    ClientSide,
    Tap,
    check_extras,
    check_finite,
    transform_cohort,
    with_memories,
)
from pyfedlite.clients import Participant, ascending
from pyfedlite.local import LocalSGD
from pyfedlite.roles import (
    Aggregator,
    CohortTransform,
    DataTransform,
    LocalTrainer,
    Model,
    ServerOptimizer,
    UpdateTransform,
)
from pyfedlite.seeds import RoundSeed
from pyfedlite.server import ServerSGD
from pyfedlite.state import Population, Roster, RoundContext, State


@dataclass(frozen=True)
class FedAvg:
    """Federated averaging, and every relative that differs by one part.

    Parameters
    ----------
    model : Model or str
        A text as in ``"mlp:64,32,10"`` is read; so it is for the aggregator.
    local : LocalTrainer
        What a client does.
    aggregator : Aggregator or str
        How many deltas become one: ``median(num_byzantine=1)``, or ``"median:num_byzantine=1"``.
    server : ServerOptimizer
        How the server moves along it.
    transforms : tuple of UpdateTransform
        Applied to each update where the client runs, in order.
    cohort_transforms : tuple of CohortTransform
        Applied to all updates of a round together, in order.
    data_transforms : tuple of DataTransform
        Applied to each client's rows before it trains, in order.
    sends : mapping of str to float
        Slots of the server that it sends to the clients beside theta, each of theta's shape, with
        the number that they hold at the start.
    extras : tuple of str
        Names of the second vectors that clients send beside delta, each of theta's shape.
    one_at_a_time : bool
        Whether every client is trained by ``local.train``, the reference. By default clients of
        small models are trained together, and large ones in a faster way (``local.together``): the
        result is the same up to rounding.
    """

    model: Model
    local: LocalTrainer = field(default_factory=LocalSGD)
    aggregator: Aggregator = field(default_factory=weighted_mean)
    server: ServerOptimizer = field(default_factory=ServerSGD)
    transforms: tuple[UpdateTransform, ...] = ()
    cohort_transforms: tuple[CohortTransform, ...] = ()
    data_transforms: tuple[DataTransform, ...] = ()
    sends: Mapping[str, float] = field(default_factory=dict, hash=False)  # a dict has no hash
    extras: tuple[str, ...] = ()
    one_at_a_time: bool = False

    def __post_init__(self) -> None:
        for name, value in checked_parts(vars(self)).items():
            object.__setattr__(self, name, value)  # the class is frozen

    def init(self, rng: np.random.Generator) -> State:
        """Return the state before the first round: w_0, and what the server sends beside it."""
        theta = self.model.init(rng)
        slots = {name: np.full_like(theta, value) for name, value in self.sends.items()}
        return State(round=0, theta=theta, slots=slots)

    def round(
        self,
        state: State,
        cohort: Sequence[Participant],
        seed: RoundSeed,
        *,
        population: Population | None = None,
        map: Callable[..., Iterable[Any]] = map,
    ) -> tuple[State, Metrics]:
        """Return the state after one round, and what was measured; `state` is not modified.

        Parameters
        ----------
        state : State
        cohort : sequence of Participant
            S_t, in any order. Those who fail before their update arrives take no part in the mean.
        seed : RoundSeed
            The keys of this round.
        population : Population, optional
            Everybody who could have been asked.
        map : callable
            As the built-in one: it keeps the order and may run elsewhere.

        Returns
        -------
        state : State
        metrics : dict
            ``train_loss`` (mean of the clients' losses, weighted by examples; None where nobody
            arrived), ``bytes_up``, ``bytes_down``, and what the parts add. Of a private algorithm
            what the aggregator adds, and nothing else.

        Raises
        ------
        RoundFailed
            If the aggregator has no answer to the updates that have arrived.
        """
        cohort = with_memories(ascending(cohort), state)
        received = {name: state.slots[name].astype(state.theta.dtype) for name in self.sends}
        context = RoundContext(
            seed.round,
            state.theta,
            seed,
            state.slots,
            population,
            Roster(cohort),
            self.extras,
            self.plan,
        )
        private = self.private
        updating = self.client_side.updates(state.theta, received, cohort, seed, map)
        with closing(updating) as updates:
            changed = transform_cohort(self.cohort_transforms, updates, context)
            tap = Tap(changed, self.extras, state.memories)
            aggregate = self.aggregator(tap, context)
        aggregate = _answers.aggregate(self.aggregator, aggregate, seed.round, state.theta)
        check_extras(self.extras, aggregate.extra, self.aggregator)
        slots = {**state.slots, **aggregate.slots}
        # The true number of clients may be what is private: the server's step does not see it.
        population = None if private else population
        moved = self.server(replace(state, slots=slots), aggregate, population)
        moved = _answers.state(self.server, moved, state)
        check_finite(moved, seed.round)
        memories = {k: m for k, m in {**state.memories, **tap.memories}.items() if m}
        after = replace(moved, round=seed.round, memories=memories)
        if private:
            return after, dict(aggregate.metrics)
        bytes_down = len(cohort) * state.theta.nbytes
        metrics = tap.metrics() | {"bytes_down": bytes_down} | aggregate.metrics
        metrics["bytes_down"] = (metrics["bytes_down"] or 0) + len(received) * bytes_down
        return after, metrics

    @property
    def private(self) -> bool:
        """Whether a part adds noise for privacy: then a round tells what that part releases alone.

        A part says so by an attribute ``private = True``.
        """
        parts = (self.aggregator, self.local, *self.transforms)
        return any(getattr(part, "private", False) for part in parts)

    @cached_property
    def plan(self) -> bytes:
        """Canonical bytes of all that clients are told to do in a round, but for theta."""
        return canonical([self.client_side, self.extras, sorted(self.sends)])

    @property
    def client_side(self) -> ClientSide:
        """The clients' half of the round, as it is sent to where they run."""
        return ClientSide(
            self.model,
            self.local,
            self.data_transforms,
            self.transforms,
            self.one_at_a_time,
            self.private,
        )
