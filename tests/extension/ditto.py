"""Ditto: beside the global model, each client trains one of its own that is pulled towards it.

Algorithm 1 of Li et al. 2021. The global model w is trained by any solver, here FedAvg; then

    v_k <- v_k - eta (grad F_k(v_k) + lambda (v_k - w))

for some steps on the client's rows. v_k never leaves the device; it starts at the first w that the
client receives.

References
----------
T. Li et al., "Ditto: Fair and Robust Federated Learning Through Personalization", ICML 2021,
Algorithm 1, https://arxiv.org/abs/2012.04221
"""

from dataclasses import dataclass, field, replace

import numpy as np

from pyfedlite.clients import ClientUpdate, Fate, Participant, batches
from pyfedlite.local import LocalSGD
from pyfedlite.roles import Integers, Model, Vector

V = "ditto.v"


@dataclass(frozen=True)
class Ditto:
    """A local trainer with a personal model as its memory."""

    pull: float  # lambda
    local: LocalSGD = field(default_factory=LocalSGD)

    def orders(self, num_examples: int, fate: Fate, rng: np.random.Generator) -> Integers:
        """Return the order of the rows that the global model is trained in."""
        return self.local.orders(num_examples, fate, rng)

    def train(
        self,
        model: Model,
        theta: Vector,
        participant: Participant,
        rng: np.random.Generator,
        *,
        round: int,
    ) -> ClientUpdate:
        """Return the update of the global model, and keep the personal one."""
        update = self.local.train(model, theta, participant, rng, round=round)
        v = self.personal(model, theta, participant, rng, round)
        return replace(update, memory={**update.memory, V: v})

    def personal(
        self,
        model: Model,
        w: Vector,
        participant: Participant,
        rng: np.random.Generator,
        round: int,
    ) -> Vector:
        """Return v_k after its steps on the client's rows."""
        client = participant.client
        x, y = client.features.astype(w.dtype, copy=False), client.labels
        eta, size = self.local.rate(round), self.local.batch_size or len(y)
        v = participant.memory.get(V, w).copy()
        for order in self.local.orders(len(y), participant.fate, rng):
            for batch in batches(len(y), size):
                rows = order[batch]
                v -= eta * (model.grad(v, x[rows], y[rows]) + self.pull * (v - w))
        return v
