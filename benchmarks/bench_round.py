"""One round of federated averaging, in one process and in two, beside the same round elsewhere."""

import sys
from collections.abc import Callable

import numpy as np

from benchmarks import peers
from benchmarks.peers import numpy_loop
from benchmarks.timing import Table, compare, take_turns
from benchmarks.work import Work, softmax, two_hidden_layers
from pyfedlite._blas import one_blas_thread
from pyfedlite._memory import keep_freed_memory
from pyfedlite.parallel.workers import runner
from pyfedlite.seeds import Role, RoundSeed

PLAIN, ONE, TWO_WORKERS = "plain NumPy loop", "pyfedlite", "pyfedlite, 2 workers"
APART = "pyfedlite, 2 processes, half a round each"  # the bound of two workers on this machine
HALVES: peers.Scripts = {first: ("pyfedlite_half.py", first) for first in "01"}


def measure() -> list[Table]:
    # Where a turn of all contenders takes ten seconds, fewer turns have to do.
    works = ((two_hidden_layers(), 15), (two_hidden_layers(epochs=5), 7), (softmax(), 9))
    return [table for work, turns in works for table in measure_work(work, turns)]


def measure_work(work: Work, turns: int) -> list[Table]:
    algorithm, here = work.algorithm(), work.participants()
    state = algorithm.init(RoundSeed(0).rng(Role.INIT))
    w, rng = numpy_loop.init(work.sizes, np.random.default_rng(0)), np.random.default_rng(0)
    rows = [(client.features, client.labels) for client in work.clients]
    settings = (work.batch_size, work.epochs, work.learning_rate, rng)
    keep_freed_memory()  # as `simulate` does; the plain loop in this process has the good of it too
    with (
        peers.installed(work.arrays()) as (others, absent),
        peers.installed(work.arrays(), HALVES, [sys.executable]) as (halves, _),
        runner(2, None, work.dataset(), algorithm) as two,
        one_blas_thread(),
    ):
        contenders: dict[str, Callable[[], object]] = {
            PLAIN: lambda: numpy_loop.federated_round(w, rows, *settings),
            ONE: lambda: algorithm.round(state, here, RoundSeed(0, 1)),
            TWO_WORKERS: lambda: algorithm.round(state, here, RoundSeed(0, 1), map=two),
            APART: peers.Apart(tuple(halves.values())),
            **others,
        }
        times = take_turns(contenders, rounds=turns)
    notes = tuple(f"absent: {name}" for name in absent)
    title = f"A round of {work.name}, {turns} turns"
    pairs = {name: taken for name, taken in times.items() if "2 workers" in name}
    singles = {name: taken for name, taken in times.items() if name not in {*pairs, APART}}
    return [
        compare(title, times, PLAIN, notes),
        compare(f"{title}: one process each", singles, ONE),
        compare(f"{title}: two workers each", pairs, TWO_WORKERS),
    ]
