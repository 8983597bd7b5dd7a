"""One round of federated averaging, in one process and in two, beside the same round elsewhere."""

from collections.abc import Callable

import numpy as np

import pyfedlite as fl
from benchmarks import peers
from benchmarks.peers import numpy_loop
from benchmarks.timing import Table, compare, take_turns
from benchmarks.work import Work, softmax, two_hidden_layers
from pyfedlite._blas import one_blas_thread
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.simulation.workers import runner

ROUNDS = 15
PLAIN = "plain NumPy loop"


def measure() -> list[Table]:
    return [measure_work(work) for work in (two_hidden_layers(), softmax())]


def measure_work(work: Work) -> Table:
    data = fl.FederatedDataset(*_dataset(work))
    algorithm, here = work.algorithm(), work.participants()
    state = algorithm.init(RoundSeed(0).rng(Role.INIT))
    w, rng = numpy_loop.init(work.sizes, np.random.default_rng(0)), np.random.default_rng(0)
    rows = [(client.features, client.labels) for client in work.clients]
    settings = (work.batch_size, work.epochs, work.learning_rate, rng)
    with (
        peers.installed(work) as (others, absent),
        runner(2, None, data, algorithm) as two,
        one_blas_thread(),
    ):
        contenders: dict[str, Callable[[], object]] = {
            PLAIN: lambda: numpy_loop.federated_round(w, rows, *settings),
            "pyfedlite": lambda: algorithm.round(state, here, RoundSeed(0, 1)),
            "pyfedlite, 2 workers": lambda: algorithm.round(state, here, RoundSeed(0, 1), map=two),
            **others,
        }
        times = take_turns(contenders, rounds=ROUNDS)
    notes = tuple(f"absent: {name}" for name in absent)
    return compare(f"A round of {work.name}", times, PLAIN, notes)


def _dataset(work: Work) -> tuple[fl.Dataset, np.ndarray]:
    features = np.concatenate([client.features for client in work.clients])
    labels = np.concatenate([client.labels for client in work.clients])
    data = fl.Dataset(features, labels, features[:1], labels[:1], 10, "work")
    return data, np.repeat(np.arange(len(work.clients)), len(work.clients[0].labels))
