"""Executors of other projects: each test is left out where its library is not installed.

MPI has no test here: its processes are started from outside, by ``mpiexec``.
"""

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any

import pytest

import pyfedlite as fl

CLIENTS = fl.partition(fl.load_digits(), fl.dirichlet(alpha=0.3), num_clients=8, seed=0)
# Chunks of three clients: a stack of all eight would be a single task.
ALGORITHM = fl.fedavg(fl.MLP(64, 16, 10), local_epochs=2)


def fingerprint(**where: Any) -> str:
    return fl.simulate(ALGORITHM, CLIENTS, num_rounds=2, seed=1, **where).fingerprint


@contextmanager
def loky_pool() -> Iterator[Executor]:
    loky = pytest.importorskip("loky", reason="needs loky")
    with loky.ProcessPoolExecutor(2) as pool:
        yield pool


@contextmanager
def dask_cluster() -> Iterator[Executor]:
    distributed = pytest.importorskip("distributed", reason="needs dask[distributed]")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as c,
        distributed.Client(c) as client,
    ):
        yield client.get_executor()


@pytest.mark.filterwarnings("default")  # theirs, about their own threads and sockets
@pytest.mark.parametrize("opened", [loky_pool, dask_cluster])
def test_executor_of_another_project_changes_no_bit(opened: Any) -> None:
    with opened() as executor:
        assert fingerprint(executor=executor) == fingerprint()
