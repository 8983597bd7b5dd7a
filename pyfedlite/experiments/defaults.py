"""What ``pyfedlite run`` does when it is told no more than a dataset.

One row a dataset; the command line's help shows this table. A setting that is given, in a file or
as a flag, takes the place of the one here. The figures were chosen by trying a few learning rates
and numbers of epochs, five seeds each.
"""

from typing import Any

EVERYWHERE: dict[str, Any] = {
    "dataset": "digits",
    "standardise": True,
    "model": "auto",
    "hidden": [64],
    "num_clients": 10,
    "algorithm": "fedavg",
    "client_fraction": 1.0,
    "local_epochs": 1,
    "batch_size": 10,
    "learning_rate": 0.1,
    "num_rounds": 50,
    "eval_every": 1,
    "seed": 0,
}
"""For every dataset, and all there is for a file of one's own: where that has groups they are the
clients, else rows are dealt out."""

BY_DATASET: dict[str, dict[str, Any]] = {
    "digits": {
        "standardise": False,  # images are in [0, 1] as they are
        "model": "mlp",
        "num_clients": 50,
        "partition": "dirichlet:0.3",
        "client_fraction": 0.2,
        "local_epochs": 5,
        "learning_rate": 0.2,
    },
    "mnist": {
        "standardise": False,
        "model": "mlp",
        "hidden": [200, 200],  # the "2NN" of McMahan et al. 2017, with their K, C, E and B
        "num_clients": 100,
        "partition": "iid",
        "client_fraction": 0.1,
    },
    "breast_cancer": {
        "model": "logistic",
        "num_clients": 20,
        "partition": "dirichlet:0.3",
        "client_fraction": 0.5,
        "local_epochs": 5,
    },
    "heart_disease": {
        "model": "logistic",
        "num_clients": 4,  # of another partition; the natural one has its four hospitals
        "partition": "natural",
    },
    "german_credit": {
        "model": "logistic",
        "num_clients": 20,
        "partition": "dirichlet:0.3",
        "learning_rate": 0.01,
    },
    "synthetic": {
        "standardise": False,
        "model": "softmax",  # as in the FedProx paper, with its K, E and B, and 10 clients a round
        "num_clients": 30,
        "partition": "natural",
        "client_fraction": 1 / 3,
        "local_epochs": 20,
        "learning_rate": 0.01,
    },
}
"""What differs for each dataset."""

COLUMNS = {
    "clients": "num_clients",
    "partition": "partition",
    "model": "model",
    "C": "client_fraction",
    "E": "local_epochs",
    "rate": "learning_rate",
}


def defaults(dataset: str) -> dict[str, Any]:
    """Return the settings of `dataset`, a name or a path; a hyphen does for an underscore.

    Examples
    --------
    >>> defaults("heart-disease")["partition"], defaults("mine.csv")["num_clients"]
    ('natural', 10)
    """
    name = dataset.partition(":")[0].replace("-", "_")
    return {**EVERYWHERE, **BY_DATASET.get(name, {})}


def table() -> str:
    """Return what differs between datasets, as text.

    Examples
    --------
    >>> print(table().splitlines()[1])
    digits         50       dirichlet:0.3  mlp 64       0.2  5  0.2
    """
    rows = [["", *COLUMNS]]
    for name in [*BY_DATASET, "your own file"]:
        settings = {"partition": "natural or iid", **defaults(name)}
        if settings["model"] in ("mlp", "auto"):
            settings["model"] += " " + ",".join(map(str, settings["hidden"]))
        rows.append([name, *(_shown(settings[key]) for key in COLUMNS.values())])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    cells = [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return "\n".join(line.rstrip() for line in cells)


def _shown(value: object) -> str:
    return f"{value:.2g}" if isinstance(value, float) else str(value)
