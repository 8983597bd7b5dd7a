"""Federated averaging: one round of Algorithm 1 of McMahan et al. 2017.

======================================================  ==========================================
Algorithm 1                                             code
======================================================  ==========================================
initialise w_0                                          `FedAvg.init`
for each client k in S_t in parallel                    ``map`` in `FedAvg.round`
    w^k <- ClientUpdate(k, w_t)                         `FedAvg.client_updates`, `LocalSGD`
w_{t+1} <- sum_k (n_k / n) w^k                          ``WeightedMean`` and ``ServerSGD(1.0)``
======================================================  ==========================================

The last line in two steps is the same number, because Delta_k = w^k - w_t and the weights sum to 1.
The relatives in ``builders`` are this file with one part exchanged.

References
----------
H. B. McMahan, E. Moore, D. Ramage, S. Hampson and B. Agüera y Arcas, "Communication-Efficient
Learning of Deep Networks from Decentralized Data", AISTATS 2017, https://arxiv.org/abs/1602.05629
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Metrics, Vector
from pyfedlite.aggregation import weighted_mean
from pyfedlite.clients import ClientUpdate, Participant, ascending
from pyfedlite.errors import DivergedError
from pyfedlite.local import LocalSGD
from pyfedlite.local.stack import stack_size
from pyfedlite.roles import Aggregator, CohortTransform, Model, ServerOptimizer, UpdateTransform
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.server import ServerSGD
from pyfedlite.state import RoundContext, State

TASKS = 64
"""A cohort whose clients are trained one at a time is cut into so many tasks or more, if it has as
many clients: workers need something to share."""


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
    chunk_size : int, optional
        How many clients are trained at once (see ``stacking``); 1 trains them one at a time and
        one step after another, by the reference `LocalSGD.train`. By default it follows from the
        size of the model; where that gives one client, it may still take its steps together
        (`LocalSGD.train_cohort`).
    """

    model: Model
    local: LocalSGD = field(default_factory=LocalSGD)
    aggregator: Aggregator = field(default_factory=weighted_mean)
    server: ServerOptimizer = field(default_factory=ServerSGD)
    transforms: tuple[UpdateTransform, ...] = ()
    cohort_transforms: tuple[CohortTransform, ...] = ()
    chunk_size: int | None = None

    def __post_init__(self) -> None:
        if self.chunk_size is not None:
            _check.integer("chunk_size", self.chunk_size, minimum=1)

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
        arriving = (p for p in cohort if p.drops_at is None or p.drops_at > 2)
        tasks = _chunks(arriving, self._clients_per_task(len(cohort)))
        trained = map(partial(self.client_updates, state.theta, seed), tasks)
        tap = _Tap(self._transform_cohort(chain.from_iterable(trained), seed))
        aggregate = self.aggregator(tap, context)
        slots = {**state.slots, **aggregate.slots}
        moved = self.server(replace(state, slots=slots), aggregate.delta)
        _check_finite(moved, seed.round)
        memories = {**state.clients, **tap.memories}
        metrics = tap.metrics() | {"bytes_down": len(cohort) * state.theta.nbytes}
        return replace(moved, round=seed.round, clients=memories), metrics | aggregate.metrics

    def _clients_per_task(self, cohort_size: int) -> int:
        """Return how many clients are handed to ``map`` together.

        Those of a stack. Or, to be trained one at a time, several of a small model: it is quicker
        to do one thing for all of them and then the next, and no update depends on it.
        """
        size = stack_size(self.model)
        if self.chunk_size == 1:
            return max(1, min(size, cohort_size // TASKS))
        return self.chunk_size or size

    def client_updates(
        self, theta: Vector, seed: RoundSeed, participants: Sequence[Participant]
    ) -> list[ClientUpdate]:
        """Return what leaves some clients: ClientUpdate(k, w_t) of each, then the transforms."""
        rngs = seed.rngs(Role.BATCHES, [p.client.client_id for p in participants])
        local, t = self.local, seed.round
        if self.chunk_size == 1:
            one = zip(participants, rngs, strict=True)
            updates = [local.train(self.model, theta, p, rng, round=t) for p, rng in one]
        else:
            updates = local.train_cohort(self.model, theta, participants, rngs, round=t)
        return [self._transform(update, seed) for update in updates]

    def _transform(self, update: ClientUpdate, seed: RoundSeed) -> ClientUpdate:
        if self.transforms:
            rng = seed.rng(Role.TRANSFORM, update.client_id)
            for transform in self.transforms:
                update = transform(update, rng)
        return update

    def _transform_cohort(
        self, updates: Iterable[ClientUpdate], seed: RoundSeed
    ) -> Iterable[ClientUpdate]:
        if self.cohort_transforms:
            rng = seed.rng(Role.COHORT_TRANSFORM)
            for transform in self.cohort_transforms:
                updates = transform(list(updates), rng)
        return updates


@dataclass(eq=False)
class _Tap:
    """Reads losses, bytes and memory off the stream of updates as it passes to the aggregator."""

    updates: Iterable[ClientUpdate]
    memories: dict[int, Mapping[str, Vector]] = field(default_factory=dict)
    loss: float = 0.0
    num_examples: int = 0
    bytes_up: int = 0

    def __iter__(self) -> Iterator[ClientUpdate]:
        for update in self.updates:
            if update.memory:
                self.memories[update.client_id] = update.memory
            self.loss += update.num_examples * update.train_loss
            self.num_examples += update.num_examples
            self.bytes_up += update.bytes_up
            yield update

    def metrics(self) -> Metrics:
        """Return what was read, once the stream has passed."""
        return {"train_loss": self.loss / self.num_examples, "bytes_up": self.bytes_up}


def _chunks(participants: Iterator[Participant], size: int) -> Iterator[list[Participant]]:
    while chunk := list(islice(participants, size)):
        yield chunk


def _check_finite(state: State, round: int) -> None:
    """Raise if theta, or a vector that the server keeps, has left the finite numbers."""
    for name, vector in {"theta": state.theta, **state.slots}.items():
        if not np.isfinite(vector).all():
            raise DivergedError(
                f"{name} of the server must stay finite, got inf or NaN in round {round}; "
                "try a smaller learning_rate of the server, or of the clients"
            )
