"""What `pyfedlite run` does when it is told no more than a dataset.

One row a dataset; the command line's help and the documentation show this table. A setting that is
given, in a file or as a flag, takes the place of the one here.
"""

from typing import Any

EVERYWHERE: dict[str, Any] = {
    "dataset": "digits",
    "algorithm": "fedavg",
    "hidden": [64],
    "num_clients": 10,
    "partition": "iid",
    "client_fraction": 1.0,
    "local_epochs": 1,
    "batch_size": 10,
    "learning_rate": 0.1,
    "num_rounds": 50,
    "eval_every": 1,
    "standardise": True,
    "model": "auto",
    "seed": 0,
}

BY_DATASET: dict[str, dict[str, Any]] = {
    "digits": {
        "model": "mlp",
        "standardise": False,
        "num_clients": 50,
        "partition": "dirichlet:0.3",
        "client_fraction": 0.2,
        "local_epochs": 5,
        "learning_rate": 0.2,
    },
}
"""Settings by dataset, where they differ from those for all."""


def defaults(dataset: str) -> dict[str, Any]:
    """Return the settings of `dataset`.

    Examples
    --------
    >>> defaults("digits")["partition"], defaults("digits")["num_rounds"]
    ('dirichlet:0.3', 50)
    """
    return {**EVERYWHERE, **BY_DATASET.get(dataset, {})}
