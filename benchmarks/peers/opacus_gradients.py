"""The sum of clipped gradients of single rows by opacus, on one thread."""

import sys

import serving

try:
    from importlib.metadata import version

    import torch
    from opacus import GradSampleModule
except ImportError:
    serving.answer(absent="opacus")
    raise SystemExit from None

import numpy as np


def network(layers):
    """Return the network with our weights, shape (in, out) each, and biases."""
    modules = []
    for weight, bias in layers:
        linear = torch.nn.Linear(*weight.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(weight.T.copy()))
            linear.bias.copy_(torch.from_numpy(bias))
        modules += [linear, torch.nn.ReLU()]
    return GradSampleModule(torch.nn.Sequential(*modules[:-1]), loss_reduction="sum")


def clipped_sum(net, x, y, max_norm):
    """Return the sum as one vector, layer by layer, after clipping as opacus' optimizer does."""
    net.zero_grad()
    torch.nn.functional.cross_entropy(net(x), y, reduction="sum").backward()
    parts = [p.grad_sample for p in net.parameters()]
    lengths = torch.stack([p.flatten(1).norm(dim=1) for p in parts], dim=1).norm(dim=1)
    factors = (max_norm / (lengths + 1e-6)).clamp(max=1.0)
    sums = [torch.einsum("i,i...->...", factors, p) for p in parts]
    return np.concatenate([s.T.numpy().ravel() for s in sums])


def main():
    """Check that the sum is ours, then serve."""
    torch.set_num_threads(1)
    with np.load(sys.argv[1]) as file:
        arrays = dict(file)
    names = range(len([name for name in arrays if name.startswith("weight")]))
    net = network([(arrays[f"weight{i}"], arrays[f"bias{i}"]) for i in names])
    x, y = torch.from_numpy(arrays["features"]), torch.from_numpy(arrays["labels"])
    max_norm = float(arrays["clip"])
    np.testing.assert_allclose(clipped_sum(net, x, y, max_norm), arrays["expected"], atol=1e-4)
    serving.serve(version("opacus"), lambda: clipped_sum(net, x, y, max_norm))


if __name__ == "__main__":
    main()
