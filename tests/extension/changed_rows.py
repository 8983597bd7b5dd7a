"""Two changes to the rows of clients before they train: an attack, and a drift.

Adversary of `LabelFlip`: some clients, who change their own rows and train honestly on them. For
teaching and research: not audited. `Drift` is no attack: sensors age.

References
----------
V. Tolpegin et al., "Data Poisoning Attacks Against Federated Learning Systems", ESORICS 2020,
https://arxiv.org/abs/2007.08432
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite.clients import Client, Rows


@dataclass(frozen=True)
class LabelFlip:
    """Malicious clients call every row of one class by the name of another."""

    malicious: frozenset[int]
    source: int
    target: int

    def __call__(self, client: Rows, round: int, rng: np.random.Generator) -> Rows:
        """Return the client with its labels flipped."""
        if client.client_id not in self.malicious:
            return client
        labels = np.where(client.labels == self.source, self.target, client.labels)
        return Client(client.client_id, client.features, labels)


@dataclass(frozen=True)
class Drift:
    """From round to round every feature grows by the same amount, beside a little noise."""

    per_round: float
    noise: float = 0.0

    def __call__(self, client: Rows, round: int, rng: np.random.Generator) -> Rows:
        """Return the client as its sensors see it in this round."""
        moved = client.features + self.per_round * (round - 1)
        if self.noise:
            moved = moved + rng.normal(scale=self.noise, size=moved.shape)
        return Client(client.client_id, moved.astype(client.features.dtype), client.labels)
