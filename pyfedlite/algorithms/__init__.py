"""Algorithms: what one round does. Left neighbour ``aggregation``, right ``simulation``."""

from pyfedlite.algorithms.fedavg import FedAvg
from pyfedlite.algorithms.named import ALGORITHMS
from pyfedlite.algorithms.private import dp_fedavg
from pyfedlite.algorithms.relatives import (
    fedadagrad,
    fedadam,
    fedavg,
    fedavgm,
    fedprox,
    fedsgd,
    fedyogi,
)

__all__ = [
    "ALGORITHMS",
    "FedAvg",
    "dp_fedavg",
    "fedadagrad",
    "fedadam",
    "fedavg",
    "fedavgm",
    "fedprox",
    "fedsgd",
    "fedyogi",
]
