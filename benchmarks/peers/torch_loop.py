"""A round as a plain PyTorch loop on one thread: a module, cross-entropy, an optimiser."""

import copy
import sys
from itertools import pairwise

import serving

try:
    import torch
except ImportError:
    serving.answer(absent="torch")
    raise SystemExit from None

from torch import nn


def network(sizes):
    """Return the module."""
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def train(model, x, y, batch_size, epochs, learning_rate):
    """Train the module in place."""
    optimiser = torch.optim.SGD(model.parameters(), lr=learning_rate)
    for _ in range(epochs):
        for b in torch.randperm(len(y)).split(batch_size):
            optimiser.zero_grad()
            nn.functional.cross_entropy(model(x[b]), y[b]).backward()
            optimiser.step()


def init(sizes, rng):
    """Return the arrays of a fresh module, for Flower's server; PyTorch draws by itself."""
    return [part.numpy() for part in network(sizes).state_dict().values()]


def client_update(w, x, y, batch_size, epochs, learning_rate, rng):
    """Return the arrays after the epochs: what a client of Flower does."""
    torch.set_num_threads(1)
    model = network([x.shape[1], *(len(b) for b in w[1::2])])
    names = model.state_dict()
    model.load_state_dict(dict(zip(names, map(torch.from_numpy, w), strict=True)))
    train(model, torch.from_numpy(x), torch.from_numpy(y), batch_size, epochs, learning_rate)
    return [part.numpy() for part in model.state_dict().values()]


def main():
    """Serve rounds."""
    torch.set_num_threads(1)
    sizes, batch_size, epochs, learning_rate, clients = serving.work(sys.argv[1])
    model = network(sizes)
    rows = [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in clients]

    def run():
        n = sum(len(y) for _, y in rows)
        with torch.no_grad():
            total = [torch.zeros_like(part) for part in model.parameters()]
        for x, y in rows:
            local = copy.deepcopy(model)
            train(local, x, y, batch_size, epochs, learning_rate)
            with torch.no_grad():
                for part, part_k in zip(total, local.parameters(), strict=True):
                    part += len(y) / n * part_k
        return total

    serving.serve(torch.__version__, run)


if __name__ == "__main__":
    main()
