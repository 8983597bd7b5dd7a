"""The work of the comparisons: MNIST of McMahan et al. 2017, or random rows of the same shape."""

import os
from dataclasses import dataclass
from typing import Any

import numpy as np

import pyfedlite as fl
from pyfedlite.algorithms import FedAvg
from pyfedlite.clients import Client, Participant
from pyfedlite.data import load_mnist

ROWS = 600  # of each client


@dataclass(frozen=True, eq=False)
class Work:
    """One round over some clients of MNIST."""

    name: str
    sizes: tuple[int, ...]
    clients: list[Client]
    batch_size: int = 10
    epochs: int = 1
    learning_rate: float = 0.1

    def arrays(self) -> dict[str, Any]:
        """Return everything as arrays, for a process without pyfedlite."""
        return {
            "sizes": np.array(self.sizes),
            "settings": np.array([self.batch_size, self.epochs]),
            "learning_rate": np.array(self.learning_rate),
            "features": np.stack([client.features for client in self.clients]),
            "labels": np.stack([client.labels for client in self.clients]).astype(np.int64),
        }

    def algorithm(self) -> FedAvg:
        """Return the same as federated averaging of pyfedlite."""
        model = fl.MLP(*self.sizes) if len(self.sizes) > 2 else fl.SoftmaxRegression(*self.sizes)
        return fl.fedavg(
            model,
            local_epochs=self.epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
        )

    def dataset(self) -> fl.FederatedDataset:
        """Return the clients as a data set; one row stands in for the test rows."""
        features = np.concatenate([client.features for client in self.clients])
        labels = np.concatenate([client.labels for client in self.clients])
        data = fl.Dataset(features, labels, features[:1], labels[:1], 10, "work")
        return fl.FederatedDataset(data, np.repeat(np.arange(len(self.clients)), ROWS))

    def participants(self) -> list[Participant]:
        """Return the cohort."""
        return [Participant(client) for client in self.clients]


def two_hidden_layers(epochs: int = 1) -> Work:
    """Return a round of the 2NN: 784-200-200-10, 10 clients of 600 rows, batches of 10."""
    clients, rows = mnist_clients(10)
    name = f"2NN on {rows}, 10 clients x {ROWS}, B=10, E={epochs}"
    return Work(name, (784, 200, 200, 10), clients, epochs=epochs)


def softmax() -> Work:
    """Return a round of softmax regression: 784-10, 100 clients of 600 rows, batches of 10."""
    clients, rows = mnist_clients(100)
    return Work(f"softmax on {rows}, 100 clients x {ROWS}, B=10, E=1", (784, 10), clients)


def mnist_clients(num_clients: int) -> tuple[list[Client], str]:
    """Return clients of 600 rows each, and what the rows are."""
    n = num_clients * ROWS
    if os.environ.get("PYFEDLITE_DATA"):
        data = load_mnist()
        order = np.random.default_rng(0).permutation(len(data.labels))[:n]
        features, labels, name = data.features[order], data.labels[order], "MNIST"
    else:
        rng = np.random.default_rng(0)
        features, labels = rng.random((n, 784), np.float32), rng.integers(10, size=n)
        name = "random rows"
    features, labels = features.reshape(num_clients, ROWS, 784), labels.reshape(num_clients, ROWS)
    return [Client(k, x, y) for k, (x, y) in enumerate(zip(features, labels, strict=True))], name
