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

__all__ = ["FedAvg", "fedadagrad", "fedadam", "fedavg", "fedavgm", "fedprox", "fedsgd", "fedyogi"]
