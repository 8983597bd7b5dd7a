"""Federated learning to read with the paper open beside it.

The road, from data to plot::

    import matplotlib.pyplot as plt
    import pyfedlite as fl

    data = fl.load_digits()
    clients = fl.partition(data, fl.dirichlet(alpha=0.3), num_clients=50, seed=0)
    model = fl.MLP(64, 64, 10)
    algorithm = fl.fedavg(model, local_epochs=5, batch_size=10, learning_rate=0.2)
    history = fl.simulate(algorithm, clients, num_rounds=50, client_fraction=0.2, seed=0)
    history.plot()
    plt.show()

``pyfedlite.plain`` is the same on one page of NumPy.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from pyfedlite.data import (
        Dataset,
        FederatedDataset,
        dirichlet,
        iid,
        load_breast_cancer,
        load_digits,
        load_german_credit,
        load_heart_disease,
        load_mnist,
        make_synthetic,
        natural,
        partition,
        quantity_skew,
        shards,
    )
    from pyfedlite.estimator import FederatedClassifier
    from pyfedlite.models import (
        MLP,
        LinearRegression,
        LogisticRegression,
        SoftmaxRegression,
        load_model,
        save_model,
    )
    from pyfedlite.sampling.samplers import poisson, sample_fixed, sample_fraction
    from pyfedlite.simulation.simulate import simulate
    from pyfedlite.statistics import fill_missing, standardise

__version__ = "0.1.0"

__all__ = [
    "MLP",
    "Dataset",
    "FederatedClassifier",
    "FederatedDataset",
    "LinearRegression",
    "LogisticRegression",
    "SoftmaxRegression",
    "dirichlet",
    "dp_fedavg",
    "fedadagrad",
    "fedadam",
    "fedavg",
    "fedavgm",
    "fedprox",
    "fedsgd",
    "fedyogi",
    "fill_missing",
    "iid",
    "load_breast_cancer",
    "load_digits",
    "load_german_credit",
    "load_heart_disease",
    "load_mnist",
    "load_model",
    "make_synthetic",
    "natural",
    "partition",
    "poisson",
    "quantity_skew",
    "sample_fixed",
    "sample_fraction",
    "save_model",
    "shards",
    "simulate",
    "standardise",
]

_ROOMS = (
    "algorithms",
    "data",
    "models",
    "sampling",
    "simulation",
    "statistics",
    "estimator",
)  # homes of these names


if not TYPE_CHECKING:  # type checkers read the imports above

    def __getattr__(name: str) -> Any:
        """Import a public name when it is first asked for (PEP 562).

        BLAS reads its number of threads when NumPy is loaded, so the command line, which is part
        of this package, has to come before NumPy; and ``pyfedlite --help`` answers at once.
        """
        if name in __all__:
            rooms = (import_module(f"{__name__}.{room}") for room in _ROOMS)
            return next(getattr(room, name) for room in rooms if name in room.__all__)
        try:
            return import_module(f"{__name__}.{name}")  # a room as a whole: ``pyfedlite.kernels``
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":
                raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)


def __dir__() -> list[str]:
    return [*__all__, *_ROOMS, "__version__"]
