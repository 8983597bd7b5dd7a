"""What a client costs beside its arithmetic: a round in which no model has anything to compute."""

import statistics
from dataclasses import dataclass, replace

import numpy as np

import pyfedlite as fl
from benchmarks.timing import Table, take_turns
from pyfedlite._blas import one_blas_thread
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.clients import Client, Participant
from pyfedlite.seeds import Role, RoundSeed

NUM_CLIENTS = 1000


@dataclass(frozen=True)
class Nothing(fl.LinearRegression):
    """A model of two parameters whose loss and gradient are 0."""

    def loss(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return 0, without looking."""
        return np.zeros(features.shape[:-2])

    def grad(
        self, theta: Vector, features: Matrix, labels: Labels, weights: Vector | None = None
    ) -> Vector:
        """Return zeros, without looking."""
        return np.zeros_like(theta)


def measure() -> list[Table]:
    rows, labels = np.zeros((10, 1), np.float32), np.zeros(10, np.float32)
    cohort = [Participant(Client(k, rows, labels)) for k in range(NUM_CLIENTS)]
    stacked = fl.fedavg(Nothing(1), local_epochs=1, batch_size=10)
    state, keys = stacked.init(RoundSeed(0).rng(Role.INIT)), RoundSeed(0, 1)
    alone = replace(stacked, one_at_a_time=True)
    ten = np.arange(10.0)
    with one_blas_thread():
        times = take_turns(
            {
                "one at a time": lambda: alone.round(state, cohort, keys),
                "... of it, a generator for each": lambda: [
                    keys.rng(Role.BATCHES, k) for k in range(NUM_CLIENTS)
                ],
                "stacked": lambda: stacked.round(state, cohort, keys),
                "for scale: one call of NumPy on ten numbers": lambda: [
                    np.add(ten, ten) for _ in range(NUM_CLIENTS)
                ],
            },
            rounds=21,
        )
    rows_ = [
        (name, *(1e6 * s / NUM_CLIENTS for s in (statistics.median(taken), min(taken))))
        for name, taken in times.items()
    ]
    title = f"A round of {NUM_CLIENTS} clients with one batch and an empty model step"
    return [Table(title, ("us a client", "lowest"), rows_)]
