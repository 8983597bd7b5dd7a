"""The stages of a round: what the clients do, what is read off on the way, and the server's half.

Left neighbour: ``local`` trains. Right neighbour: ``fedavg`` puts the stages together; another
engine, which runs clients elsewhere, would take the two halves as they are.
"""

from collections import Counter
from collections.abc import Callable, Container, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from pyfedlite import _answers, _check
from pyfedlite._typing import Metrics, Vector
from pyfedlite.clients import ClientUpdate, Cohort, Participant
from pyfedlite.errors import DivergedError
from pyfedlite.local.together import has_batch_axes, stack_size, train_all
from pyfedlite.roles import CohortTransform, DataTransform, LocalTrainer, Model, UpdateTransform
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.state import RoundContext, State

TASKS = 64
"""A cohort whose clients are trained one at a time is cut into so many tasks or more, if it has as
many clients: workers need something to share."""

Map = Callable[..., Iterable[Any]]


# ---- The clients' half --------------------------------------------------------------------------


@dataclass(frozen=True)
class ClientSide:
    """What happens where the clients are. It is sent to workers as it is.

    Parameters
    ----------
    model : Model
    local : LocalTrainer
    data_transforms : tuple of DataTransform
        Applied to each client's rows before it trains, in order.
    transforms : tuple of UpdateTransform
        Applied to each update, in order.
    one_at_a_time : bool
        Whether every client is trained by ``local.train``, never several at once.
    private : bool
        Whether nothing may be said of a client: one whose training diverges then sends NaN, which a
        private aggregator counts as 0, and the run goes on.
    """

    model: Model
    local: LocalTrainer
    data_transforms: tuple[DataTransform, ...] = ()
    transforms: tuple[UpdateTransform, ...] = ()
    one_at_a_time: bool = False
    private: bool = False

    def updates(
        self,
        theta: Vector,
        received: Mapping[str, Vector],
        cohort: Sequence[Participant],
        seed: RoundSeed,
        map: Map,
    ) -> Generator[ClientUpdate, None, None]:
        """Yield the updates that arrive, in the order of `cohort`; ``map`` may run elsewhere.

        Closing the generator closes what ``map`` has returned, so that nothing of this round is
        left where the clients run.
        """
        arriving = (participant for participant in cohort if participant.arrives)
        tasks = _chunks(arriving, self._clients_per_task(len(cohort)))
        trained = map(partial(self.train, theta, received, seed), tasks)
        try:
            for updates in trained:
                yield from updates
        finally:
            if hasattr(trained, "close"):
                trained.close()

    def train(
        self,
        theta: Vector,
        received: Mapping[str, Vector],
        seed: RoundSeed,
        participants: Sequence[Participant],
    ) -> list[ClientUpdate]:
        """Return what leaves some clients: ClientUpdate(k, w_t) of each, then the transforms."""
        if received:
            participants = [replace(p, received=received) for p in participants]
        if self.data_transforms:
            participants = [self._with_data(participant, seed) for participant in participants]
        try:
            updates = self._trained(theta, participants, seed)
        except DivergedError:
            if not self.private:
                raise
            updates = [self._trained_or_lost(theta, p, seed) for p in participants]
        if self.private:  # a loss that is not finite would be an error that names the client
            updates = [replace(update, train_loss=0.0) for update in updates]
        pairs_ = zip(updates, participants, strict=True)
        return [self._leaving(update, participant, theta, seed) for update, participant in pairs_]

    def _trained(
        self, theta: Vector, participants: Sequence[Participant], seed: RoundSeed
    ) -> list[ClientUpdate]:
        """Return the updates of some clients, trained together unless each is to be on its own."""
        rngs = seed.rngs(Role.BATCHES, [p.client.client_id for p in participants])
        if self.one_at_a_time:
            pairs = zip(participants, rngs, strict=True)
            train, t = self.local.train, seed.round
            return [train(self.model, theta, p, rng, round=t) for p, rng in pairs]
        return train_all(self.local, self.model, theta, participants, rngs, round=seed.round)

    def _trained_or_lost(
        self, theta: Vector, participant: Participant, seed: RoundSeed
    ) -> ClientUpdate:
        """Return the update of one client, or NaN where its training diverges."""
        try:
            return self._trained(theta, [participant], seed)[0]
        except DivergedError:
            client, memory = participant.client, dict(participant.memory)
            lost = np.full_like(theta, np.nan)
            return ClientUpdate(client.client_id, lost, client.num_examples, 0, 0.0, memory=memory)

    def _with_data(self, participant: Participant, seed: RoundSeed) -> Participant:
        """Return the participant with the rows that it trains on."""
        client = participant.client
        for transform, text in _streams(self.data_transforms):
            changed = transform(client, seed.round, seed.rng(text, client.client_id))
            client = _answers.rows(transform, changed, client, self.model)
        return replace(participant, client=client)

    def _leaving(
        self, update: ClientUpdate, participant: Participant, theta: Vector, seed: RoundSeed
    ) -> ClientUpdate:
        """Return the update as it leaves the device, checked after each part that has made it."""
        k = participant.client.client_id
        update = _answers.update(self.local, update, k, theta)
        for transform, text in _streams(self.transforms):
            changed = transform(update, participant, seed.round, seed.rng(text, k))
            update = _answers.update(transform, changed, k, theta)
        return update

    def _clients_per_task(self, cohort_size: int) -> int:
        """Return how many clients are handed to ``map`` together.

        Those of a stack. Or, to be trained one at a time, several of a small model: it is quicker
        to do one thing for all of them and then the next, and no update depends on it.
        """
        size = stack_size(self.model)
        if self.one_at_a_time or not has_batch_axes(self.model):
            return max(1, min(size, cohort_size // TASKS))
        return size


def with_memories(cohort: Sequence[Participant], state: State) -> Sequence[Participant]:
    """Return the participants, each with what it has kept on its device."""
    if not state.memories:
        return cohort

    def remembering(participant: Participant) -> Participant:
        memory = state.memories.get(participant.client.client_id)
        return participant if memory is None else replace(participant, memory=memory)

    if isinstance(cohort, Cohort):
        return Cohort(cohort.client_ids, lambda k: remembering(cohort.make(k)))
    return [remembering(participant) for participant in cohort]


# ---- On the way to the server -------------------------------------------------------------------


def transform_cohort(
    transforms: tuple[CohortTransform, ...], updates: Iterable[ClientUpdate], context: RoundContext
) -> Iterable[ClientUpdate]:
    """Return all updates of a round as attackers who work together have changed them."""
    for transform, text in _streams(transforms):
        given = list(updates)
        changed = transform(given, context, context.seed.rng(text))
        ids = {update.client_id for update in given}
        updates = _answers.cohort(transform, changed, ids, context.theta)
    return updates


@dataclass(eq=False)
class Tap:
    """Reads losses, bytes and memory off the stream of updates as it passes to the aggregator.

    Parameters
    ----------
    updates : iterable of ClientUpdate
    extras : tuple of str
        The second vectors that every update has to carry.
    remembered : container of int
        The clients that had a memory before: an empty one takes its place.
    """

    updates: Iterable[ClientUpdate]
    extras: tuple[str, ...] = ()
    remembered: Container[int] = ()
    memories: dict[int, Mapping[str, Vector]] = field(default_factory=dict)
    loss: float = 0.0
    num_examples: int = 0
    bytes_up: int = 0
    is_read: bool = False

    def __iter__(self) -> Iterator[ClientUpdate]:
        if self.is_read:  # they have passed: a second loop would find none, and nobody would know
            hint = "keep them for the second: updates = list(updates)"
            _check.fail("updates", "be read in one loop", "a second one", hint)
        self.is_read = True
        for update in self.updates:
            if set(update.extra) != set(self.extras):
                got = ", ".join(update.extra) or "none"
                wanted = f"hold {', '.join(self.extras)}" if self.extras else "be empty"
                hint = "name second vectors in extras of the algorithm"
                _check.fail(f"extra of client {update.client_id}", wanted, got, hint)
            if update.memory or update.client_id in self.remembered:
                # Copied: it may lie in a file that many processes share.
                kept = {name: np.array(vector) for name, vector in update.memory.items()}
                self.memories[update.client_id] = kept
            self.loss += update.num_examples * update.train_loss
            self.num_examples += update.num_examples
            self.bytes_up += update.bytes_up
            yield update

    def metrics(self) -> Metrics:
        """Return what was read, once the stream has passed."""
        loss = self.loss / self.num_examples if self.num_examples else None
        return {"train_loss": loss, "bytes_up": self.bytes_up}


# ---- The server's half --------------------------------------------------------------------------


def check_extras(extras: tuple[str, ...], extra: Mapping[str, Vector], aggregator: object) -> None:
    """Raise if an aggregator has left out a second vector: many rules have no answer for two."""
    missing = [name for name in extras if name not in extra]
    if missing:
        hint = "take weighted_mean() or secure_mean()"
        condition = f"aggregate the second vectors {', '.join(extras)}"
        _check.fail("aggregator", condition, f"{aggregator!r}, which leaves out {missing}", hint)


def check_finite(state: State, round: int) -> None:
    """Raise if theta, or a vector that the server keeps, has left the finite numbers."""
    for name, vector in {"theta": state.theta, **state.slots}.items():
        if not np.isfinite(vector).all():
            raise DivergedError(
                f"{name} of the server must stay finite, got inf or NaN in round {round}; "
                "try a smaller learning_rate of the server, or of the clients"
            )


def _streams(transforms: Sequence[Any]) -> Iterator[tuple[Any, str]]:
    """Yield each transform and the text that keys its draws: its class, and which of that class.

    To add a transform shifts the draws of no other. A function counts as a class of its own.
    """
    seen = Counter[str]()
    for transform in transforms:
        named = transform if hasattr(transform, "__qualname__") else type(transform)
        kind = f"{named.__module__}.{named.__qualname__}"
        yield transform, f"{kind}#{seen[kind]}"
        seen[kind] += 1


def _chunks(participants: Iterator[Participant], size: int) -> Iterator[list[Participant]]:
    while chunk := list(islice(participants, size)):
        yield chunk
