"""Where the time of a small generated client goes: pieces of a round over one stack."""

from collections.abc import Callable

import numpy as np

import pyfedlite as fl
from benchmarks.bench_population import CLASSES, FEATURES, MOST_ROWS, Make
from benchmarks.timing import Table, take_turns
from pyfedlite._blas import one_blas_thread
from pyfedlite.clients import Client, Participant
from pyfedlite.data import Dataset
from pyfedlite.data.lazy import LazyClients, rows_of
from pyfedlite.local.plan import work_of
from pyfedlite.local.sgd import NUM_LOSS_EXAMPLES
from pyfedlite.local.stack import Stack, train_stacked
from pyfedlite.local.step import step_of
from pyfedlite.local.together import stack_size
from pyfedlite.seeds import Role, RoundSeed


def measure() -> list[Table]:
    model = fl.SoftmaxRegression(FEATURES, CLASSES)
    algorithm = fl.fedavg(model, batch_size=10)
    local, keys, num_clients = algorithm.local, RoundSeed(0, 1), stack_size(model)
    state = algorithm.init(RoundSeed(0).rng(Role.INIT))
    x, y = np.zeros((1, FEATURES), np.float32), np.zeros(1, np.int64)
    sizes = np.random.default_rng(0).integers(1, MOST_ROWS + 1, num_clients)
    make = Make(np.sort(sizes)[::-1])  # a stack is sorted so
    clients = LazyClients(
        make, make.sizes, Dataset(x, y, x, y, CLASSES, "generated"), together=True
    )

    def everybody() -> list[Participant]:
        return [Participant(clients.client(k)) for k in range(num_clients)]

    def generators() -> list[np.random.Generator]:
        return keys.rngs(Role.BATCHES, range(num_clients))

    ids = np.arange(num_clients)
    made, rngs = everybody(), generators()
    parts = [(p.client.client_id, p.client.features, p.client.labels) for p in made]
    stored = [Participant(Client(*part)) for part in parts]
    works = [work_of(p.fate, p.client.num_examples, 1, 10) for p in made]
    stack = Stack.of(made, works, rngs, local, model.dtype)
    ten = np.arange(10.0)
    batches, step = stack.batches(10), step_of(local, model, state.theta, 1)
    pieces: dict[str, Callable[[], object]] = {
        "the whole round": lambda: algorithm.round(state, everybody(), keys),
        "a client": everybody,
        "its checked rows": lambda: rows_of([p.client for p in made]),
        "... of it, the making": lambda: make(ids),
        "its generator": generators,
        "the order of its rows, in the stack": lambda: Stack.of(
            stored, works, rngs, local, model.dtype
        ),
        "batches, padded": lambda: stack.batches(10),
        "the loss of its rows": lambda: stack.losses(model, state.theta, NUM_LOSS_EXAMPLES),
        "its steps": lambda: train_stacked(step, state.theta, batches, stack),
        "for scale: one call of NumPy on ten numbers": lambda: [np.add(ten, ten) for _ in made],
    }
    with one_blas_thread():
        times = take_turns(pieces, rounds=201)
    columns = [(name, 1e6 * min(taken) / num_clients) for name, taken in times.items()]
    title = f"A client of the population, in a stack of {num_clients}"
    return [Table(title, ("us, lowest",), columns)]
