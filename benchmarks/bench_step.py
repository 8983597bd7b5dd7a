"""Where a step on the large network spends its time: 784-200-200-10, batches of 10 random rows.

Once with one batch after another, as the reference trains, and once with the six batches whose
steps the first layer takes together (``pyfedlite/models/fast/delayed.py``).
"""

from collections.abc import Callable
from functools import partial

import numpy as np

import pyfedlite as fl
from benchmarks.timing import Table, take_turns
from pyfedlite._blas import one_blas_thread
from pyfedlite.local.sgd import NUM_LOSS_EXAMPLES
from pyfedlite.models import affine
from pyfedlite.models.fast.delayed import Delayed, rows_together
from pyfedlite.models.fast.descend import descend, descend_epoch, descend_layer

BATCH = 10
ROWS = rows_together(BATCH, 600)
REPEATS = 50  # calls in one turn
RATE = 1e-9  # nothing moves, however often a piece is run

Pieces = dict[str, Callable[[], object]]


def measure() -> list[Table]:
    rng = np.random.default_rng(0)
    model = fl.MLP(784, 200, 200, 10)
    theta = model.init(rng)
    x, y = rng.random((ROWS, 784), np.float32), rng.integers(10, size=ROWS)
    dz = rng.random((ROWS, 200), np.float32)
    batches = ROWS // BATCH
    parts = {
        f"A step on {BATCH} rows": alone(model, theta, x[:BATCH], y[:BATCH], dz[:BATCH]),
        f"One of {batches} steps taken together": together(model, theta, x, y, dz),
    }
    with one_blas_thread():
        times = take_turns(
            {
                name: partial(often, run)
                for pieces in parts.values()
                for name, run in pieces.items()
            },
            rounds=31,
        )
    tables = []
    for (title, pieces), calls in zip(parts.items(), (REPEATS, REPEATS * batches), strict=True):
        rows = [(name, 1e6 * min(times[name]) / calls) for name in pieces]
        tables.append(Table(f"{title}, 784-200-200-10", ("us, lowest",), rows))
    return tables


def alone(model: fl.MLP, theta: np.ndarray, x: np.ndarray, y: np.ndarray, dz: np.ndarray) -> Pieces:
    """Return the parts of a step of its own, and what a client computes once a round."""
    layers, a = affine.layers(model.layout, theta), dz  # a_1: any array of that shape
    z = model.scores(theta, x)
    many = np.random.default_rng(0).random((NUM_LOSS_EXAMPLES, 784), np.float32)
    their = np.zeros(NUM_LOSS_EXAMPLES, int)

    def down(layer: int, features: np.ndarray) -> Callable[[], None]:
        return lambda: descend_layer(*layers[layer], features, RATE * dz, decay=0)

    return {
        "the whole step": lambda: descend(model, theta, x, y, RATE),
        "X W_1": lambda: x @ layers[0][0],
        "W_1 and b_1, down the gradient": down(0, x),
        "a_1 W_2": lambda: a @ layers[1][0],
        "dz_2 W_2'": lambda: affine.backward(layers[1][0], dz),
        "W_2 and b_2, down the gradient": down(1, a),
        "softmax and its derivative": lambda: model.output.error(z, y, None),
        "views of the layers": lambda: affine.layers(model.layout, theta),
        f"the loss of {NUM_LOSS_EXAMPLES} rows, once a round": lambda: model.loss(
            theta, many, their
        ),
    }


def together(
    model: fl.MLP, theta: np.ndarray, x: np.ndarray, y: np.ndarray, dz: np.ndarray
) -> Pieces:
    """Return what the first layer does for all batches, and what is left of a step."""
    W, b = affine.layers(model.layout, theta)[0]  # noqa: N806
    layer = Delayed.of(W, b, x)
    layer.steps[:] = RATE * dz
    last = slice(ROWS - BATCH, ROWS)
    return {
        "the whole step, together": lambda: descend_epoch(model, theta, x, y, RATE, BATCH),
        f"X W_1, {ROWS} rows": lambda: x @ W,
        f"X X', {ROWS} rows": lambda: x @ x.mT,
        f"W_1 and b_1, down the gradient, {ROWS} rows": layer.finish,
        "what the scores lack, for the last batch": lambda: [
            layer.forward(last) for _ in range(ROWS // BATCH)
        ],
        "all its matrix products, and nothing else": products(model, theta, x, dz),
    }


def products(
    model: fl.MLP, theta: np.ndarray, x: np.ndarray, dz: np.ndarray
) -> Callable[[], object]:
    """Return the products of `together`, as NumPy hands them to BLAS: what no formula here avoids.

    Their operands are any arrays of these shapes: how long BLAS takes does not depend on them.
    """
    (W_1, _), (W_2, _), (W_3, _) = affine.layers(model.layout, theta)  # noqa: N806
    a, dz_2, dz_3 = dz[:BATCH], dz[-BATCH:], x[:BATCH, :10].copy()
    gram, rest = x @ x.mT, dz[:-BATCH]
    missing = [gram[t : t + BATCH, :t] for t in range(BATCH, ROWS, BATCH)]
    thin, thinner = np.ascontiguousarray(dz_2.mT), np.ascontiguousarray(dz_3.mT)

    def run() -> None:
        x @ W_1, x @ x.mT, x.mT @ dz
        for lacking in missing:
            lacking @ rest[: lacking.shape[1]]
        for _ in range(ROWS // BATCH):
            a @ W_2, a @ W_3, W_3 @ thinner, W_2 @ thin, a.mT @ dz_3, a.mT @ dz_2

    return run


def often(piece: Callable[[], object]) -> None:
    for _ in range(REPEATS):
        piece()
