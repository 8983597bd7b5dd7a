"""Small clients trained at once, against the reference that trains them one after the other."""

from dataclasses import replace

import pyfedlite as fl
from benchmarks.timing import Table, compare, take_turns
from pyfedlite._blas import one_blas_thread
from pyfedlite.clients import Participant
from pyfedlite.seeds import Role, RoundSeed

REFERENCE = "one at a time"


def measure() -> list[Table]:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=100, seed=0)
    cohort = [Participant(client) for client in clients]
    model = fl.SoftmaxRegression(64, 10)
    stacked = fl.fedavg(model, local_epochs=5, batch_size=10, learning_rate=0.1)
    alone = replace(stacked, one_at_a_time=True)
    state = stacked.init(RoundSeed(0).rng(Role.INIT))
    with one_blas_thread():
        times = take_turns(
            {
                REFERENCE: lambda: alone.round(state, cohort, RoundSeed(0, 1)),
                "stacked: the default": lambda: stacked.round(state, cohort, RoundSeed(0, 1)),
            },
            rounds=31,
        )
    title = "A round of softmax regression on digits, 100 clients of 14 or 15 rows, B=10, E=5"
    return [compare(title, times, REFERENCE)]
