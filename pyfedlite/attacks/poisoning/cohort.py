"""Attackers who agree on one vector, and what they know when they choose it.

Adversary: some clients who work together. `colluding` ones see each other's updates; `omniscient`
ones see the honest updates too, which in a real system needs a leak at the server. Protected by:
robust rules, as far as each says. Not protected: a mean. For teaching and research: not audited.

An attack in the space of updates is a function from a `View` to the vector that all of them send.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Matrix, Vector
from pyfedlite.attacks.poisoning.updates import sends
from pyfedlite.clients import ClientUpdate
from pyfedlite.state import RoundContext
from pyfedlite.transforms import OnlyFor, only_for


@dataclass(frozen=True, eq=False)
class View:
    """What the attackers of a round know.

    Parameters
    ----------
    own : sequence of ClientUpdate
        What they would send if they were honest; m of them.
    honest : sequence of ClientUpdate
        What the others send; empty where it is hidden from them.
    num_clients : int
        n, all who take part.
    context : RoundContext
        What the server knows of the round.
    """

    own: Sequence[ClientUpdate]
    honest: Sequence[ClientUpdate]
    num_clients: int
    context: RoundContext

    @property
    def vectors(self) -> Matrix:
        """The updates by which they judge what is usual: the honest ones, or else their own.

        Those that are not finite are left out, unless there are no others: a client whose training
        went astray would make the lie a NaN, which anybody notices.
        """
        known = self.honest or self.own
        vectors = np.stack([update.delta for update in known]).astype(np.float64, copy=False)
        finite = np.isfinite(vectors).all(axis=1)
        return vectors[finite] if finite.any() and not finite.all() else vectors

    @property
    def mean(self) -> Vector:
        """mu, of the vectors."""
        mean: Vector = self.vectors.mean(axis=0)
        return mean

    @property
    def deviation(self) -> Vector:
        """Sigma of each parameter, with n - 1."""
        vectors = self.vectors
        if len(vectors) < 2:
            hint = "take more attackers, or omniscient ones"
            _check.fail("updates that the attackers know", "be at least 2", len(vectors), hint)
        deviation: Vector = vectors.std(axis=0, ddof=1)
        return deviation


class Attack(Protocol):
    """The vector that all attackers of a round send.

    An attribute ``needs_honest = True`` says that it is for omniscient attackers alone. The
    smallest one: ``lambda view: -view.mean``.
    """

    def __call__(self, view: View) -> Vector:
        """Return the vector, shape (num_params,)."""
        ...


@dataclass(frozen=True)
class Together:
    """A cohort transform: all clients that it is given send the vector of an attack.

    It belongs inside `only_for`, which gives it the attackers' updates and no others.

    Parameters
    ----------
    attack : Attack
        One that needs no honest update.

    Raises
    ------
    ValueError
        If the attack needs to know the honest updates.
    """

    attack: Attack

    def __post_init__(self) -> None:
        if getattr(self.attack, "needs_honest", False):
            hint = "it is for omniscient attackers"
            _check.fail("attack", "need no honest update", repr(self.attack), hint)

    def __call__(
        self, updates: Sequence[ClientUpdate], context: RoundContext, rng: np.random.Generator
    ) -> Sequence[ClientUpdate]:
        """Return the attackers' updates, all with one vector."""
        return sent(self.attack, View(updates, (), max(len(context.roster), len(updates)), context))


@dataclass(frozen=True)
class Omniscient:
    """A cohort transform: attackers who know every update of the round.

    Parameters
    ----------
    client_ids : tuple of int
        The attackers, ascending.
    attack : Attack
    """

    client_ids: tuple[int, ...]
    attack: Attack

    def __call__(
        self, updates: Sequence[ClientUpdate], context: RoundContext, rng: np.random.Generator
    ) -> Sequence[ClientUpdate]:
        """Return all updates of the round, those of the attackers changed."""
        own = [update for update in updates if update.client_id in self.client_ids]
        honest = [update for update in updates if update.client_id not in self.client_ids]
        if not own or not honest:
            return updates
        lies = sent(self.attack, View(own, honest, len(updates), context))
        return sorted([*honest, *lies], key=lambda update: update.client_id)


def sent(attack: Attack, view: View) -> list[ClientUpdate]:
    """Return the attackers' updates with the vector of an attack, in the dtype of each."""
    with np.errstate(over="ignore"):
        vector = attack(view)
    return [sends(update, vector) for update in view.own]


def colluding(client_ids: Collection[int], attack: Attack) -> OnlyFor:
    """Return a cohort transform for attackers who see each other's updates; see `Together`.

    Examples
    --------
    >>> from pyfedlite.attacks.poisoning import flip_mean
    >>> from pyfedlite.seeds import RoundSeed
    >>> updates = [ClientUpdate(k, np.array([float(k)]), 1, 1, 0.0) for k in range(4)]
    >>> context, rng = RoundContext(1, np.zeros(1), RoundSeed(0, 1)), np.random.default_rng(0)
    >>> changed = colluding({1, 3}, flip_mean())(updates, context, rng)
    >>> [update.delta.item() for update in changed]  # 1 and 3 know 1 and 3
    [0.0, -2.0, 2.0, -2.0]
    """
    return only_for(client_ids, Together(attack))


def omniscient(client_ids: Collection[int], attack: Attack) -> Omniscient:
    """Return a cohort transform for attackers who know everything; see `Omniscient`.

    Examples
    --------
    >>> from pyfedlite.attacks.poisoning import flip_mean
    >>> from pyfedlite.seeds import RoundSeed
    >>> updates = [ClientUpdate(k, np.array([float(k)]), 1, 1, 0.0) for k in range(4)]
    >>> context, rng = RoundContext(1, np.zeros(1), RoundSeed(0, 1)), np.random.default_rng(0)
    >>> changed = omniscient({1, 3}, flip_mean())(updates, context, rng)
    >>> [update.delta.item() for update in changed]  # 1 and 3 know 0 and 2
    [0.0, -1.0, 2.0, -1.0]
    """
    return Omniscient(only_for(client_ids, attack).client_ids, attack)
