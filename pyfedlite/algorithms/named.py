"""The names of algorithms, on a command line and in a configuration file."""

from pyfedlite.algorithms.fedavg import FedAvg
from pyfedlite.algorithms.relatives import (
    fedadagrad,
    fedadam,
    fedavg,
    fedavgm,
    fedprox,
    fedsgd,
    fedyogi,
)
from pyfedlite.names import Names

ALGORITHMS: Names[FedAvg] = Names(
    "algorithm",
    {
        "fedsgd": fedsgd,
        "fedavg": fedavg,
        "fedprox": fedprox,
        "fedavgm": fedavgm,
        "fedadagrad": fedadagrad,
        "fedadam": fedadam,
        "fedyogi": fedyogi,
    },
)
"""The algorithms by name, each for a model: ``ALGORITHMS.read("fedprox:proximal_mu=0.5", model)``.

They are of one class, so that an algorithm does not tell its name; `RunConfig` remembers it.
"""
