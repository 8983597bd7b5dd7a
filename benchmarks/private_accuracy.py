"""Accuracy under differential privacy for clients, at delta = 1e-4, beside a run without privacy.

    python benchmarks/private_accuracy.py mnist --epsilon 8 2 1 inf --hidden 200,200 --runs 3
    python benchmarks/private_accuracy.py digits --runs 5

MNIST: 1,000 clients of 60 rows each, IID, and a network. Digits: 1,438 clients of one row each, and
softmax regression. With epsilon = inf the same federated averaging runs in the rounds and the
sampling of epsilon = 8, without clipping and without noise. The noise comes from the operating
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
from pyfedlite.roles import Model

DP_DELTA = 1e-4


@dataclass(frozen=True)
class Settings:
    """What is chosen for one epsilon."""

    sampling_rate: float
    num_rounds: int
    local_epochs: int = 5
    batch_size: int | None = 10
    learning_rate: float = 0.1
    clip: float = 0.5


EPSILONS = (8.0, 2.0, 1.0, math.inf)
LONG, SHORT = Settings(0.2, 60), Settings(0.3, 30)
MNIST = {8.0: LONG, 2.0: SHORT, 1.0: SHORT, math.inf: LONG}
DIGITS = dict.fromkeys(EPSILONS, Settings(0.2, 60, 1, None, 1.0))


def algorithm(epsilon: float, model: Model, population: int, chosen: Settings) -> FedAvg:
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
        population=population,
        clip=chosen.clip,
        target_epsilon=epsilon,
        dp_delta=DP_DELTA,
        sampling_rate=chosen.sampling_rate,
        num_rounds=chosen.num_rounds,
        local_epochs=chosen.local_epochs,
        batch_size=chosen.batch_size,
        learning_rate=chosen.learning_rate,
    )


def accuracy(epsilon: float, name: str, hidden: tuple[int, ...], seed: int) -> float:
    """Return the test accuracy after one run."""
    if name == "digits":
        data, chosen, model = fl.load_digits(), DIGITS[epsilon], fl.SoftmaxRegression(64, 10)
        population = len(data.labels)
    else:
        data, chosen, model = fl.load_mnist(), MNIST[epsilon], fl.MLP(784, *hidden, 10)
        population = 1000
    history = fl.simulate(
        algorithm(epsilon, model, population, chosen),
        fl.partition(data, fl.iid(), num_clients=population, seed=seed),
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
    parser.add_argument("data", choices=["mnist", "digits"])
    parser.add_argument("--epsilon", type=float, nargs="+", choices=EPSILONS, default=EPSILONS)
    parser.add_argument("--hidden", default="200,200", help="units of each hidden layer (mnist)")
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    hidden = tuple(int(units) for units in arguments.hidden.split(","))
    for epsilon in arguments.epsilon:
        found = [accuracy(epsilon, arguments.data, hidden, k) for k in range(arguments.runs)]
        print(f"epsilon {epsilon}: {np.mean(found):.4f}, {min(found):.4f} to {max(found):.4f}")


if __name__ == "__main__":
    main()
