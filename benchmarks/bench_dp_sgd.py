"""A step of DP-SGD: the sum of clipped gradients of single rows, on the 2NN.

The naive loop asks for one gradient after the other. opacus is timed where it is installed: it
keeps the gradients of all rows beside the parameters, and clips the rows of the batch together.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.timing import Table, compare, take_turns
from pyfedlite.local.private import clipped_gradients, example_gradients
from pyfedlite.models import MLP
from pyfedlite.norms import shortened

BATCH, CLIP = 60, 1.0
LOOP = "one row after the other"


def one_by_one(model: MLP, theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the same sum by a loop over rows."""
    total = np.zeros(len(theta))
    for i in range(len(y)):
        g = model.grad(theta, x[i : i + 1], y[i : i + 1])
        total += shortened(g[np.newaxis].astype(np.float64), CLIP)[0]
    return total


def with_opacus(
    model: MLP, theta: np.ndarray, x: np.ndarray, y: np.ndarray
) -> Callable[[], np.ndarray]:
    """Return the same sum from opacus: gradients of single rows, clipped, without noise."""
    import torch
    from opacus import GradSampleModule

    torch.set_num_threads(1)
    linear = [torch.nn.Linear(*sizes) for sizes in ((784, 200), (200, 200), (200, 10))]
    net = torch.nn.Sequential(linear[0], torch.nn.ReLU(), linear[1], torch.nn.ReLU(), linear[2])
    with torch.no_grad():
        for layer, (weight, bias) in zip(linear, model.layers(theta), strict=True):
            layer.weight.copy_(torch.from_numpy(weight.T.copy()))
            layer.bias.copy_(torch.from_numpy(bias[0].copy()))
    sampled = GradSampleModule(net, loss_reduction="sum")
    features, labels = torch.from_numpy(x), torch.from_numpy(y)
    loss = torch.nn.CrossEntropyLoss(reduction="sum")

    def run() -> np.ndarray:
        sampled.zero_grad()
        loss(sampled(features), labels).backward()
        parts = [p.grad_sample for p in sampled.parameters()]
        lengths = torch.stack([p.flatten(1).norm(dim=1) for p in parts], dim=1).norm(dim=1)
        factors = (CLIP / lengths).clamp(max=1.0)
        sums = [torch.einsum("i,i...->...", factors, p) for p in parts]
        return np.concatenate([s.T.numpy().ravel() for s in sums])

    return run


def measure() -> list[Table]:
    model, rng = MLP(784, 200, 200, 10), np.random.default_rng(0)
    theta = model.init(rng)
    x, y = rng.random((BATCH, 784), np.float32), rng.integers(10, size=BATCH)
    contenders: dict[str, Callable[[], object]] = {
        LOOP: lambda: one_by_one(model, theta, x, y),
        "gradients alone, in one call": lambda: example_gradients(model, theta, x, y),
        "pyfedlite": lambda: clipped_gradients(model, theta, x, y, CLIP),
        "a gradient of the whole batch": lambda: model.grad(theta, x, y),
    }
    ours = clipped_gradients(model, theta, x, y, CLIP)
    np.testing.assert_allclose(ours, one_by_one(model, theta, x, y), atol=1e-5)
    notes: tuple[str, ...] = ()
    try:
        contenders["opacus, 1 thread"] = theirs = with_opacus(model, theta, x, y)
    except ImportError:
        notes = ("absent: opacus",)
    else:
        np.testing.assert_allclose(ours, theirs(), atol=1e-4)
    title = f"Clipped gradients of {BATCH} rows, 2NN of {model.layout.num_params:,} parameters"
    return [compare(title, take_turns(contenders, rounds=9), LOOP, notes)]
