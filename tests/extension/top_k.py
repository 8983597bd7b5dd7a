"""Top-k with error feedback: the largest coordinates are sent, the rest waits on the device.

    e + delta = sent + e'      sent has the k coordinates that are largest in absolute value

References
----------
S. U. Stich, J.-B. Cordonnier and M. Jaggi, "Sparsified SGD with Memory", NeurIPS 2018, Algorithm 1,
https://arxiv.org/abs/1809.07599
"""

from dataclasses import dataclass, replace

import numpy as np

from pyfedlite.clients import ClientUpdate, Participant

RESIDUAL = "top_k.residual"
BYTES_OF_A_PLACE = 4  # an index of a model with fewer than 2^32 parameters


@dataclass(frozen=True)
class TopK:
    """Sends k coordinates, each with its place."""

    k: int

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the sparse update; what was left out is remembered."""
        whole = update.delta + update.memory.get(RESIDUAL, np.zeros_like(update.delta))
        largest = np.argsort(-np.abs(whole), kind="stable")[: self.k]
        sent = np.zeros_like(whole)
        sent[largest] = whole[largest]
        memory = {**update.memory, RESIDUAL: whole - sent}
        num_bytes = len(largest) * (BYTES_OF_A_PLACE + whole.itemsize)
        return replace(update, delta=sent, memory=memory, num_bytes=num_bytes)
