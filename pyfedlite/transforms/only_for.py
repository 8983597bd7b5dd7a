"""A transform for some clients alone: the attackers, the slow ones, those with old sensors."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from pyfedlite import _check
from pyfedlite._role_checks import checked_as_one_of
from pyfedlite.clients import ClientUpdate, Participant, Rows
from pyfedlite.state import RoundContext


@dataclass(frozen=True)
class OnlyFor:
    """A data, update or cohort transform for some clients; the others pass unchanged.

    A cohort transform inside sees the updates of these clients and no others: attackers who work
    together know each other, and not the honest.

    Parameters
    ----------
    client_ids : tuple of int
        Ascending.
    transform : DataTransform, UpdateTransform or CohortTransform
        A cohort transform keeps the number of updates and their clients.

    Examples
    --------
    >>> def doubled(update, participant, round, rng):
    ...     return ClientUpdate(update.client_id, 2 * update.delta, 1, 1, 0.0)
    >>> part, rng = only_for({3}, doubled), np.random.default_rng(0)
    >>> updates = [ClientUpdate(k, np.array([1.0]), 1, 1, 0.0) for k in (2, 3)]
    >>> [part(update, None, 1, rng).delta for update in updates]
    [array([1.]), array([2.])]
    """

    client_ids: tuple[int, ...]
    transform: Any

    def __post_init__(self) -> None:
        ids = sorted({_check.integer("client_ids", k, minimum=0) for k in self.client_ids})
        if not ids:
            _check.fail("client_ids", "name at least one client", "none")
        object.__setattr__(self, "client_ids", tuple(ids))  # the class is frozen
        wanted = ("data transform", "update transform", "cohort transform")
        words = "be a transform, which is called"
        checked_as_one_of("transform", self.transform, words, wanted)

    @overload
    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate: ...

    @overload
    def __call__(self, client: Rows, round: int, rng: np.random.Generator) -> Rows: ...

    @overload
    def __call__(
        self, updates: Sequence[ClientUpdate], context: RoundContext, rng: np.random.Generator
    ) -> Sequence[ClientUpdate]: ...

    def __call__(self, *arguments: Any) -> Any:  # type: ignore[misc]  # a round names none
        """Return what the transform makes of these clients, and the others as they are."""
        subject, *rest = arguments
        if isinstance(subject, Sequence):
            return self._of_cohort(subject, *rest)
        is_meant = subject.client_id in self.client_ids
        return self.transform(subject, *rest) if is_meant else subject

    def _of_cohort(
        self, updates: Sequence[ClientUpdate], context: RoundContext, rng: np.random.Generator
    ) -> Sequence[ClientUpdate]:
        own = [update for update in updates if update.client_id in self.client_ids]
        if not own:
            return updates
        changed = {update.client_id: update for update in self.transform(own, context, rng)}
        if set(changed) != {update.client_id for update in own}:
            got = f"updates of the clients {sorted(changed)}"
            _check.fail("a transform of some clients", "return an update of each", got)
        return [changed.get(update.client_id, update) for update in updates]


def only_for(client_ids: Collection[int], transform: Any) -> OnlyFor:
    """Return a transform for some clients alone; see `OnlyFor`.

    Parameters
    ----------
    client_ids : collection of int
        At least one, each at least 0.
    transform : DataTransform, UpdateTransform or CohortTransform

    Examples
    --------
    >>> only_for({7, 3}, abs).client_ids
    (3, 7)
    """
    if not isinstance(client_ids, Collection):
        _check.fail_type("client_ids", "be a collection of client ids", client_ids, "try {3}")
    return OnlyFor(tuple(client_ids), transform)
