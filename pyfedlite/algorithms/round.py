"""The stages of a round: what the clients do, and what is read off on the way to the server.

Left neighbour: ``local`` trains. Right neighbour: ``fedavg`` puts the stages together, with the
aggregator and the server's step between them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

import numpy as np

from pyfedlite._typing import Metrics, Vector
from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.errors import DivergedError
from pyfedlite.local.together import stack_size, train_all
from pyfedlite.roles import CohortTransform, LocalTrainer, Model, UpdateTransform
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.state import State

TASKS = 64
"""A cohort whose clients are trained one at a time is cut into so many tasks or more, if it has as
many clients: workers need something to share."""

Map = Callable[..., Iterable[Any]]


@dataclass(frozen=True)
class ClientSide:
    """What happens where the clients are: ClientUpdate(k, w_t) of each, then the transforms.

    It is sent to workers as it is.

    Parameters
    ----------
    model : Model
    local : LocalTrainer
    transforms : tuple of UpdateTransform
        Applied to each update, in order.
    one_at_a_time : bool
        Whether every client is trained by ``local.train``, never several at once.
    """

    model: Model
    local: LocalTrainer
    transforms: tuple[UpdateTransform, ...] = ()
    one_at_a_time: bool = False

    def updates(
        self, theta: Vector, cohort: Sequence[Participant], seed: RoundSeed, map: Map
    ) -> Iterator[ClientUpdate]:
        """Return the updates that arrive, in the order of `cohort`; ``map`` may run elsewhere."""
        arriving = (p for p in cohort if p.drops_at is None or p.drops_at > 2)
        tasks = _chunks(arriving, self._clients_per_task(len(cohort)))
        return chain.from_iterable(map(_Task(self, theta, seed), tasks))

    def train(
        self, theta: Vector, seed: RoundSeed, participants: Sequence[Participant]
    ) -> list[ClientUpdate]:
        """Return what leaves some clients."""
        rngs = seed.rngs(Role.BATCHES, [p.client.client_id for p in participants])
        if self.one_at_a_time:
            each = zip(participants, rngs, strict=True)
            updates = [
                self.local.train(self.model, theta, p, rng, round=seed.round) for p, rng in each
            ]
        else:
            updates = train_all(self.local, self.model, theta, participants, rngs, round=seed.round)
        return [self._transformed(update, seed) for update in updates]

    def _transformed(self, update: ClientUpdate, seed: RoundSeed) -> ClientUpdate:
        if self.transforms:
            rng = seed.rng(Role.TRANSFORM, update.client_id)
            for transform in self.transforms:
                update = transform(update, rng)
        return update

    def _clients_per_task(self, cohort_size: int) -> int:
        """Return how many clients are handed to ``map`` together.

        Those of a stack. Or, to be trained one at a time, several of a small model: it is quicker
        to do one thing for all of them and then the next, and no update depends on it.
        """
        size = stack_size(self.model)
        return max(1, min(size, cohort_size // TASKS)) if self.one_at_a_time else size


@dataclass(frozen=True)
class _Task:
    """The work on some clients in one round, as it travels to a worker."""

    side: ClientSide
    theta: Vector
    seed: RoundSeed

    def __call__(self, participants: Sequence[Participant]) -> list[ClientUpdate]:
        return self.side.train(self.theta, self.seed, participants)


def transform_cohort(
    transforms: tuple[CohortTransform, ...], updates: Iterable[ClientUpdate], seed: RoundSeed
) -> Iterable[ClientUpdate]:
    """Return all updates of a round as attackers who work together have changed them."""
    if transforms:
        rng = seed.rng(Role.COHORT_TRANSFORM)
        for transform in transforms:
            updates = transform(list(updates), rng)
    return updates


@dataclass(eq=False)
class Tap:
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


def check_finite(state: State, round: int) -> None:
    """Raise if theta, or a vector that the server keeps, has left the finite numbers."""
    for name, vector in {"theta": state.theta, **state.slots}.items():
        if not np.isfinite(vector).all():
            raise DivergedError(
                f"{name} of the server must stay finite, got inf or NaN in round {round}; "
                "try a smaller learning_rate of the server, or of the clients"
            )


def _chunks(participants: Iterator[Participant], size: int) -> Iterator[list[Participant]]:
    while chunk := list(islice(participants, size)):
        yield chunk
