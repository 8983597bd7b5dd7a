"""A partitioner that deals the rows like cards, class after class: all clients are alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pyfedlite.roles import Integers


@dataclass(frozen=True)
class Dealt:
    """Sorted by class, in a random order within it, row i goes to client i modulo K."""

    def __call__(self, dataset: Any, num_clients: int | None, rng: np.random.Generator) -> Integers:
        """Return the owner of each training row, shape (num_examples,)."""
        if num_clients is None or num_clients > dataset.num_examples:
            raise ValueError(f"num_clients must be 1 to {dataset.num_examples}, got {num_clients}")
        order = np.lexsort((rng.random(dataset.num_examples), dataset.labels))
        owner = np.empty(dataset.num_examples, np.int64)
        owner[order] = np.arange(dataset.num_examples) % num_clients
        return owner
