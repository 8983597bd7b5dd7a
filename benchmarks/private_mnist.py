"""Accuracy under differential privacy for clients: MNIST, 1,000 clients, delta = 1e-4.

    python benchmarks/private_mnist.py --epsilon 8 2 1 inf --hidden 200,200 --runs 3

Each client has 60 rows, IID. With epsilon = inf the same federated averaging runs in the rounds and
the sampling of epsilon = 8, without clipping and without noise. The noise comes from the operating
system, so that two private runs are never the same: the script prints every run, then the mean, the
lowest and the highest. The settings were found by a few trials on the same clients; trials are
releases too, which this epsilon does not count.
"""

import argparse
import math
from dataclasses import dataclass

import numpy as np

import pyfedlite as fl
from pyfedlite.algorithms.fedavg import FedAvg

POPULATION = 1000
DP_DELTA = 1e-4


@dataclass(frozen=True)
class Settings:
    """What is chosen for one epsilon."""

    sampling_rate: float
    num_rounds: int
    clip: float = 0.5
    local_epochs: int = 5
    batch_size: int = 10
    learning_rate: float = 0.1


SETTINGS = {8.0: Settings(0.2, 60), 2.0: Settings(0.3, 30), 1.0: Settings(0.3, 30)}
SETTINGS[math.inf] = SETTINGS[8.0]


def algorithm(epsilon: float, model: fl.MLP, chosen: Settings) -> FedAvg:
    """Return federated averaging, private unless epsilon is infinite."""
    if math.isinf(epsilon):
        return fl.fedavg(
            model,
            local_epochs=chosen.local_epochs,
            batch_size=chosen.batch_size,
            learning_rate=chosen.learning_rate,
        )
    return fl.dp_fedavg(
        model,
        population=POPULATION,
        clip=chosen.clip,
        target_epsilon=epsilon,
        dp_delta=DP_DELTA,
        sampling_rate=chosen.sampling_rate,
        num_rounds=chosen.num_rounds,
        local_epochs=chosen.local_epochs,
        batch_size=chosen.batch_size,
        learning_rate=chosen.learning_rate,
    )


def accuracy(epsilon: float, hidden: tuple[int, ...], seed: int) -> float:
    """Return the test accuracy after one run."""
    chosen, model = SETTINGS[epsilon], fl.MLP(784, *hidden, 10)
    clients = fl.partition(fl.load_mnist(), fl.iid(), num_clients=POPULATION, seed=seed)
    history = fl.simulate(
        algorithm(epsilon, model, chosen),
        clients,
        num_rounds=chosen.num_rounds,
        seed=seed,
        sampler=fl.poisson(chosen.sampling_rate),
        eval_every=chosen.num_rounds,
    )
    spent = math.inf if math.isinf(epsilon) else history.last("dp_epsilon")
    print(f"epsilon {spent:.4f}  seed {seed}  accuracy {history.final_accuracy:.4f}", flush=True)
    return float(history.final_accuracy or 0.0)


def main() -> None:
    """Print the accuracies for each epsilon, and their spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epsilon", type=float, nargs="+", choices=SETTINGS, default=[*SETTINGS])
    parser.add_argument("--hidden", default="200,200", help="units of each hidden layer")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    hidden = tuple(int(units) for units in arguments.hidden.split(","))
    for epsilon in arguments.epsilon:
        found = [accuracy(epsilon, hidden, seed) for seed in range(arguments.runs)]
        mean, low, high = np.mean(found), min(found), max(found)
        print(f"{arguments.hidden}, epsilon {epsilon}: {mean:.4f}, {low:.4f} to {high:.4f}")


if __name__ == "__main__":
    main()
