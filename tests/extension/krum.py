"""Krum: the one update that lies closest to most of the others.

Of n updates, f of which may be anything, the score of i is the sum of its squared distances to the
n - f - 2 updates that are closest to it; the update with the lowest score is the answer. The
promise of the paper needs 2 f + 2 < n.

Adversary: f clients who send what they like, knowing everything. Protected: the answer is an update
near those of the honest. Not protected: small, well aimed changes within their spread. For teaching
and research: not audited.

References
----------
P. Blanchard et al., "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent",
NIPS 2017, section 4, https://arxiv.org/abs/1703.02757
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import RoundFailed
from pyfedlite.state import Aggregate, RoundContext


@dataclass(frozen=True)
class Krum:
    """The update with the lowest score; of equals, that of the lowest client id."""

    num_malicious: int  # f

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return one of `updates`."""
        arrived = sorted(updates, key=lambda update: update.client_id)
        if len(arrived) <= 2 * self.num_malicious + 2:
            needed = f"Krum needs more than 2 * {self.num_malicious} + 2"
            raise RoundFailed(f"{len(arrived)} updates have arrived, {needed}")
        if context.extras:
            names = ", ".join(context.extras)
            raise ValueError(f"extras must be empty, got {names}; a distance has one unit")
        deltas = np.stack([update.delta for update in arrived]).astype(np.float64)  # (n, d)
        chosen = arrived[int(np.argmin(self.scores(deltas)))]
        metrics = {"krum_client": chosen.client_id}
        return Aggregate(chosen.delta.astype(np.float64), num_reports=1, metrics={**metrics})

    def scores(self, deltas: np.ndarray) -> np.ndarray:
        """Return the score of each of `deltas`, shape (n,)."""
        closest = len(deltas) - self.num_malicious - 2
        squares = [np.square(deltas - delta).sum(axis=1) for delta in deltas]
        others = [np.delete(row, i) for i, row in enumerate(squares)]
        return np.array([np.sort(row)[:closest].sum() for row in others])
