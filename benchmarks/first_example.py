"""The first example under other learning rates: ``python benchmarks/first_example.py``."""

import numpy as np

import pyfedlite as fl


def main() -> None:
    """Print mean, lowest and highest final accuracy over ten seeds, for each rate."""
    data = fl.load_digits()
    model = fl.MLP(64, 64, 10)
    for rate in (0.05, 0.1, 0.2, 0.3, 0.5):
        algorithm = fl.fedavg(model, local_epochs=5, batch_size=10, learning_rate=rate)
        accuracies = []
        for seed in range(10):
            clients = fl.partition(data, fl.dirichlet(alpha=0.3), num_clients=50, seed=seed)
            settings = {"num_rounds": 50, "client_fraction": 0.2, "seed": seed, "eval_every": 50}
            accuracies.append(fl.simulate(algorithm, clients, **settings).final_accuracy)
        low, high = min(accuracies), max(accuracies)
        print(f"{rate:4}  mean {np.mean(accuracies):.4f}  lowest {low:.4f}  highest {high:.4f}")


if __name__ == "__main__":
    main()
