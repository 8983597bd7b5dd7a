"""Federated learning to read with the paper open beside it.

The road, from data to plot::

    import pyfedlite as fl

    data = fl.load_digits()
    clients = fl.partition(data, fl.dirichlet(alpha=0.3), num_clients=50, seed=0)
    model = fl.MLP(64, 64, 10)
    algorithm = fl.fedavg(model, local_epochs=5, batch_size=10, learning_rate=0.2)
    history = fl.simulate(algorithm, clients, num_rounds=50, client_fraction=0.2, seed=0)
    history.plot()

``pyfedlite.plain`` is the same on one page of NumPy.
"""

from pyfedlite.algorithms import (
    fedadagrad,
    fedadam,
    fedavg,
    fedavgm,
    fedprox,
    fedsgd,
    fedyogi,
)
from pyfedlite.data import (
    Dataset,
    FederatedDataset,
    dirichlet,
    iid,
    load_digits,
    natural,
    partition,
    quantity_skew,
    shards,
)
from pyfedlite.models import (
    MLP,
    LinearRegression,
    LogisticRegression,
    SoftmaxRegression,
)
from pyfedlite.simulation import sample_fixed, sample_fraction, simulate

__version__ = "0.1.0"

__all__ = [
    "MLP",
    "Dataset",
    "FederatedDataset",
    "LinearRegression",
    "LogisticRegression",
    "SoftmaxRegression",
    "dirichlet",
    "fedadagrad",
    "fedadam",
    "fedavg",
    "fedavgm",
    "fedprox",
    "fedsgd",
    "fedyogi",
    "iid",
    "load_digits",
    "natural",
    "partition",
    "quantity_skew",
    "sample_fixed",
    "sample_fraction",
    "shards",
    "simulate",
]
