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


def main():
    """Serve rounds."""
    torch.set_num_threads(1)
    sizes, batch_size, epochs, learning_rate, clients = serving.work(sys.argv[1])
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
    model = nn.Sequential(*layers[:-1])
    rows = [(torch.from_numpy(x), torch.from_numpy(y)) for x, y in clients]

    def client_update(x, y):
        local = copy.deepcopy(model)
        optimiser = torch.optim.SGD(local.parameters(), lr=learning_rate)
        for _ in range(epochs):
            for b in torch.randperm(len(y)).split(batch_size):
                optimiser.zero_grad()
                nn.functional.cross_entropy(local(x[b]), y[b]).backward()
                optimiser.step()
        return local

    def run():
        n = sum(len(y) for _, y in rows)
        with torch.no_grad():
            total = [torch.zeros_like(part) for part in model.parameters()]
        for x, y in rows:
            local = client_update(x, y)
            with torch.no_grad():
                for part, part_k in zip(total, local.parameters(), strict=True):
                    part += len(y) / n * part_k
        return total

    serving.serve(torch.__version__, run)


if __name__ == "__main__":
    main()
