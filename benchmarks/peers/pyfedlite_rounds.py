"""Rounds of pyfedlite, its import included: ``pyfedlite_rounds.py work.npz workers rounds``."""

import sys

import numpy as np
import serving

import pyfedlite as fl


def main():
    """Train, and say so."""
    path, workers, num_rounds = sys.argv[1:]
    sizes, batch_size, epochs, learning_rate, clients = serving.work(path)
    features, labels = (np.concatenate(part) for part in zip(*clients, strict=True))
    data = fl.Dataset(features, labels, features[:1], labels[:1], 10, "work")
    algorithm = fl.fedavg(
        fl.MLP(*sizes), local_epochs=epochs, batch_size=batch_size, learning_rate=learning_rate
    )
    fl.simulate(
        algorithm,
        fl.FederatedDataset(data, np.repeat(np.arange(len(clients)), len(clients[0][1]))),
        num_rounds=int(num_rounds),
        eval_every=int(num_rounds),  # on one row: evaluation is not what is measured
        workers=int(workers),
        seed=0,
    )
    serving.answer(trained=fl.__version__)


if __name__ == "__main__":
    main()
