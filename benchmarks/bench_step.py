"""Where a step on the large network spends its time: 784-200-200-10, a batch of 10 random rows."""

from collections.abc import Callable
from functools import partial

import numpy as np

import pyfedlite as fl
from benchmarks.timing import Table, take_turns
from pyfedlite._blas import one_blas_thread
from pyfedlite.local import NUM_LOSS_EXAMPLES
from pyfedlite.models import affine

REPEATS = 50  # calls in one turn


def measure() -> list[Table]:
    rng = np.random.default_rng(0)
    model = fl.MLP(784, 200, 200, 10)
    theta = model.init(rng)
    parts = model.layout.views(theta)
    x, y = rng.random((10, 784), np.float32), rng.integers(10, size=10)
    many, their = rng.random((NUM_LOSS_EXAMPLES, 784), np.float32), np.zeros(NUM_LOSS_EXAMPLES, int)
    a, dz = rng.random((2, 10, 200), np.float32)
    z = model.scores(theta, x)

    def descend(layer: str, features: np.ndarray) -> Callable[[], None]:
        W, b = parts[f"W{layer}"], parts[f"b{layer}"]  # noqa: N806
        return lambda: affine.descend(W, b, features, dz, 1e-9, 0.0)

    pieces: dict[str, Callable[[], object]] = {
        "the whole step": lambda: model.descend(theta, x, y, 1e-9),
        "X W_1": lambda: x @ parts["W1"],
        "W_1 and b_1, down the gradient": descend("1", x),
        "a_1 W_2": lambda: a @ parts["W2"],
        "dz_2 W_2'": lambda: affine.backward(parts["W2"], dz),
        "W_2 and b_2, down the gradient": descend("2", a),
        "softmax and its derivative": lambda: model.output.error(z, y, None),
        "views of the layers": lambda: model.layout.views(theta),
        f"the loss of {NUM_LOSS_EXAMPLES} rows, once a round": lambda: model.loss(
            theta, many, their
        ),
    }
    with one_blas_thread():
        times = take_turns(
            {name: partial(often, piece) for name, piece in pieces.items()}, rounds=31
        )
    rows = [(name, 1e6 * min(taken) / REPEATS) for name, taken in times.items()]
    return [Table("A step on the large network, 10 rows", ("us, lowest",), rows)]


def often(piece: Callable[[], object]) -> None:
    for _ in range(REPEATS):
        piece()
