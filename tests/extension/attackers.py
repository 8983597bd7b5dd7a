"""Two attacks on updates, by clients that are named: the others are honest.

Adversary: some clients. `SignFlip` knows its own update alone; those of `ALittleIsEnough` (ALIE)
work together and know their own honest updates. Not protected: everybody else; a robust rule is
what these are for. For teaching and research: not audited.

ALIE, Algorithm 3 of Baruch et al. 2019, for n clients of which m are malicious::

    s = floor(n / 2 + 1) - m                   supporters that are needed among the honest
    z = max z with Phi(z) < (n - m - s) / (n - m)
    each malicious client sends mu - z sigma   of the malicious clients' own honest updates

References
----------
M. Baruch, G. Baruch and Y. Goldberg, "A Little Is Enough: Circumventing Defenses For Distributed
Learning", NeurIPS 2019, https://arxiv.org/abs/1902.06156
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.state import RoundContext


@dataclass(frozen=True)
class SignFlip:
    """Malicious clients send -factor delta."""

    malicious: frozenset[int]
    factor: float = 1.0

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return what the client sends."""
        if update.client_id not in self.malicious:
            return update
        return replace(update, delta=-self.factor * update.delta)


@dataclass(frozen=True)
class ALittleIsEnough:
    """Malicious clients send one vector, at the edge of what looks like chance."""

    malicious: frozenset[int]

    def __call__(
        self, updates: Sequence[ClientUpdate], context: RoundContext, rng: np.random.Generator
    ) -> Sequence[ClientUpdate]:
        """Return all updates of the round, those of the malicious exchanged."""
        own = [update.delta for update in updates if update.client_id in self.malicious]
        if not own:
            return updates
        z = largest_deviation(len(updates), len(own))
        sent = (np.mean(own, axis=0) - z * np.std(own, axis=0)).astype(own[0].dtype)
        return [replace(u, delta=sent) if u.client_id in self.malicious else u for u in updates]


def largest_deviation(num_clients: int, num_malicious: int) -> float:
    """Return z, or 0 where the malicious are so many that they need nobody, or nearly all."""
    n, m = num_clients, num_malicious
    supporters = n // 2 + 1 - m
    share = (n - m - supporters) / (n - m) if m < n else 1.0
    return NormalDist().inv_cdf(share) if 0.5 < share < 1 else 0.0
