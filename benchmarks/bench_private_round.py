"""A round of DP-FedAvg beside the same round of plain FedAvg: what clipping and noise cost.

Both train the same clients in the same way. The private mean clips every update, adds noise from
the operating system's generator, and states an epsilon in every round.
"""

from collections.abc import Callable
from dataclasses import replace

from benchmarks.timing import Table, compare, take_turns
from benchmarks.work import Work, softmax, two_hidden_layers
from pyfedlite._blas import one_blas_thread
from pyfedlite._memory import keep_freed_memory
from pyfedlite.aggregation import private_mean
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.state import Population

PLAIN = "plain"
LAW = Population(1000, "poisson", 0.1)


def measure() -> list[Table]:
    works = (two_hidden_layers(), two_hidden_layers(epochs=5), softmax())
    return [measure_work(work) for work in works]


def measure_work(work: Work) -> Table:
    plain, here = work.algorithm(), work.participants()
    mean = private_mean(1.0, 1.0, population=LAW.num_clients, dp_delta=1e-5)
    means = {
        "private": mean,
        "private, adaptive clip": replace(mean, quantile=0.5),
        "private, noise of whole numbers": replace(mean, noise="discrete"),
    }
    algorithms = {name: replace(plain, aggregator=mean) for name, mean in means.items()}
    keep_freed_memory()
    contenders: dict[str, Callable[[], object]] = {}
    for name, algorithm in ({PLAIN: plain} | algorithms).items():
        state = algorithm.init(RoundSeed(0).rng(Role.INIT))
        contenders[name] = lambda a=algorithm, s=state: a.round(
            s, here, RoundSeed(0, 1), population=LAW
        )
    with one_blas_thread():
        times = take_turns(contenders, rounds=9)
    return compare(f"A round of {work.name}, private and plain", times, PLAIN)
