"""A step of DP-SGD: the sum of clipped gradients of single rows, on the 2NN.

The naive loop asks for one gradient after the other. opacus is timed where it is installed: it
keeps the gradients of all rows beside the parameters, and clips the rows of the batch together. It
compares its sum with ours before it starts.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import peers
from benchmarks.timing import Table, compare, take_turns
from pyfedlite._blas import one_blas_thread
from pyfedlite.local.private import clipped_gradients, example_gradients
from pyfedlite.models import MLP
from pyfedlite.norms import shortened

BATCH, CLIP = 60, 1.0
LOOP, OPACUS = "one row after the other", {"opacus, 1 thread": ("opacus_gradients.py",)}


def one_by_one(model: MLP, theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the same sum by a loop over rows."""
    total = np.zeros(len(theta))
    for i in range(len(y)):
        g = model.grad(theta, x[i : i + 1], y[i : i + 1])
        total += shortened(g[np.newaxis].astype(np.float64), CLIP)[0]
    return total


def arrays(model: MLP, theta: np.ndarray, x: np.ndarray, y: np.ndarray) -> dict[str, Any]:
    """Return what opacus starts from, and the sum that it should find."""
    found = {"features": x, "labels": y, "clip": np.array(CLIP)}
    found["expected"] = clipped_gradients(model, theta, x, y, CLIP)
    for i, (weight, bias) in enumerate(model.layers(theta)):
        found |= {f"weight{i}": weight, f"bias{i}": bias.ravel()}
    return found


def measure() -> list[Table]:
    model, rng = MLP(784, 200, 200, 10), np.random.default_rng(0)
    theta = model.init(rng)
    x, y = rng.random((BATCH, 784), np.float32), rng.integers(10, size=BATCH)
    np.testing.assert_allclose(
        clipped_gradients(model, theta, x, y, CLIP), one_by_one(model, theta, x, y), atol=1e-5
    )
    contenders: dict[str, Callable[[], object]] = {
        LOOP: lambda: one_by_one(model, theta, x, y),
        "gradients alone, in one call": lambda: example_gradients(model, theta, x, y),
        "pyfedlite": lambda: clipped_gradients(model, theta, x, y, CLIP),
        "a gradient of the whole batch": lambda: model.grad(theta, x, y),
    }
    with peers.installed(arrays(model, theta, x, y), OPACUS) as (others, absent), one_blas_thread():
        times = take_turns({**contenders, **others}, rounds=15)
    title = f"Clipped gradients of {BATCH} rows, 2NN of {model.layout.num_params:,} parameters"
    return [compare(title, times, LOOP, tuple(f"absent: {name}" for name in absent))]
