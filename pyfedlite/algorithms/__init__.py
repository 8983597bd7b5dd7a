"""Algorithms: what one round does. Left neighbour ``aggregation``, right ``simulation``."""

from pyfedlite.algorithms.builders import (
    fedadagrad,
    fedadam,
    fedavg,
    fedavgm,
    fedprox,
    fedsgd,
    fedyogi,
)
from pyfedlite.algorithms.fedavg import FedAvg
from pyfedlite.algorithms.named import ALGORITHMS

__all__ = [
    "ALGORITHMS",
    "FedAvg",
    "fedadagrad",
    "fedadam",
    "fedavg",
    "fedavgm",
    "fedprox",
    "fedsgd",
    "fedyogi",
]
