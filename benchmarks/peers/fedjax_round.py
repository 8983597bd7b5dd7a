"""A round of FedJAX's own federated averaging, compiled: on one thread, or on all that it likes."""

import os
import sys

import serving

if sys.argv[2:] == ["one"]:  # before XLA looks how many processors there are
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

try:
    import fedjax
    import jax
except ImportError:
    serving.answer(absent="fedjax")
    raise SystemExit from None

from importlib.metadata import version
from itertools import pairwise

import jax.numpy as jnp


def loss(params, batch, rng):
    """Return the mean cross-entropy."""
    a = batch["x"]
    for W, b in params[:-1]:
        a = jax.nn.relu(a @ W + b)
    W, b = params[-1]
    log_p = jax.nn.log_softmax(a @ W + b)
    return -jnp.mean(jnp.take_along_axis(log_p, batch["y"][:, None], axis=1))


def main():
    """Serve rounds."""
    sizes, batch_size, epochs, learning_rate, clients = serving.work(sys.argv[1])
    key = jax.random.PRNGKey(0)
    params = [
        (jax.random.normal(key, shape) * (2 / shape[0]) ** 0.5, jnp.zeros(shape[1]))
        for shape in pairwise(sizes)
    ]
    algorithm = fedjax.algorithms.fed_avg.federated_averaging(
        jax.grad(loss),
        fedjax.optimizers.sgd(learning_rate),
        fedjax.optimizers.sgd(1.0),
        fedjax.ShuffleRepeatBatchHParams(batch_size=batch_size, num_epochs=epochs),
    )
    cohort = [
        (str(k).encode(), fedjax.ClientDataset({"x": x, "y": y}), key)
        for k, (x, y) in enumerate(clients)
    ]
    state = algorithm.init(params)

    def run():
        after, _ = algorithm.apply(state, cohort)
        jax.block_until_ready(after.params)

    serving.serve(version("fedjax"), run)


if __name__ == "__main__":
    main()
