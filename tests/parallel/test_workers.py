import gc
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from importlib import import_module
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite import _blas
from pyfedlite.clients import ClientUpdate, Participant
from pyfedlite.data import LazyClients
from pyfedlite.errors import ClientError, DivergedError
from pyfedlite.history import History
from pyfedlite.parallel.channel import Channel, packed, unpacked
from pyfedlite.parallel.failures import run_task
from pyfedlite.parallel.shared_file import flatten, shared_by_name
from pyfedlite.state import Aggregate

algorithm_round = import_module("pyfedlite.algorithms.round")
CLIENTS = fl.partition(fl.load_digits(), fl.dirichlet(alpha=0.3), num_clients=8, seed=0)
ALGORITHM = fl.fedavg(fl.MLP(64, 16, 10), local_epochs=2)


def run(algorithm=ALGORITHM, **options) -> History:
    return fl.simulate(algorithm, CLIENTS, **({"num_rounds": 2, "seed": 1} | options))


@dataclass(frozen=True)
class Breaks:
    """A transform that fails on one client."""

    client_id: int
    how: str

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        if update.client_id != self.client_id:
            return update
        if self.how == "dies":
            os._exit(1)
        return update.no_such_attribute


@pytest.mark.parametrize("one_at_a_time", [False, True])
def test_workers_change_no_bit(one_at_a_time: bool) -> None:
    algorithm = fl.algorithms.FedAvg(ALGORITHM.model, ALGORITHM.local, one_at_a_time=one_at_a_time)
    alone = run(algorithm)
    shared = run(algorithm, workers=2)
    assert shared.fingerprint == alone.fingerprint
    assert shared.plan_fingerprint == alone.plan_fingerprint


def test_one_worker_is_this_process() -> None:
    assert run(workers=1).fingerprint == run().fingerprint


@pytest.mark.parametrize("executor", [ThreadPoolExecutor, ProcessPoolExecutor])
def test_executor_of_ones_own_changes_no_bit(executor: Callable[[int], Executor]) -> None:
    with executor(2) as pool:
        assert run(executor=pool).fingerprint == run().fingerprint


@pytest.mark.parametrize("where", [{}, {"workers": 2}])
def test_client_that_fails_is_named_and_keeps_its_traceback(where: dict[str, int]) -> None:
    broken = fl.fedavg(ALGORITHM.model, transforms=(Breaks(5, "raises"),))
    broken = fl.algorithms.FedAvg(
        broken.model, broken.local, transforms=broken.transforms, one_at_a_time=True
    )
    with pytest.raises(ClientError, match="client 5 failed: AttributeError") as caught:
        run(broken, **where)
    assert "no_such_attribute" in str(caught.value.__cause__)


@pytest.mark.parametrize("where", [{}, {"workers": 2}])
@pytest.mark.parametrize("one_at_a_time", [False, True])
def test_client_that_fails_among_others_is_found(
    one_at_a_time: bool, where: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Two tasks of four clients, also one at a time.
    monkeypatch.setattr(algorithm_round, "TASKS", 2)
    broken = fl.fedavg(ALGORITHM.model, transforms=(Breaks(5, "raises"),))
    with pytest.raises(ClientError, match="client 5 failed: AttributeError") as caught:
        run(replace(broken, one_at_a_time=one_at_a_time), **where)
    assert "no_such_attribute" in str(caught.value.__cause__)


def test_tasks_of_several_clients_one_at_a_time_change_no_bit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    alone = replace(ALGORITHM, one_at_a_time=True)
    expected = run(alone)
    monkeypatch.setattr(algorithm_round, "TASKS", 2)
    assert run(alone).fingerprint == expected.fingerprint
    assert run(alone, workers=2).fingerprint == expected.fingerprint
    with ThreadPoolExecutor(2) as pool:
        assert run(alone, executor=pool).fingerprint == expected.fingerprint


def fails(together: Exception, alone: dict[int, Exception]) -> Callable[..., None]:
    """Return work that fails in one way with all clients, and in its own with some alone."""

    def work(chunk: list[Participant]) -> None:
        if len(chunk) > 1:
            raise together
        error = alone.get(chunk[0].client.client_id)
        if error is not None:
            raise error

    return work


@pytest.mark.parametrize(
    ("alone", "who", "text"),
    [
        ({3: OSError("disk")}, "client 3", "disk"),
        ({}, "one of the clients 2, 3, 4", "network"),
        ({2: RuntimeError("closed"), 4: OSError("disk")}, "client 4", "disk"),
        ({2: RuntimeError("closed")}, "one of the clients 2, 3, 4", "network"),
        ({2: DivergedError("far"), 3: OSError("disk")}, "client 3", "disk"),
    ],
)
def test_client_is_blamed_if_it_fails_alone_in_the_same_way(
    alone: dict[int, Exception], who: str, text: str
) -> None:
    chunk = [Participant(CLIENTS.client(k)) for k in (2, 3, 4)]
    with pytest.raises(ClientError, match=f"{who} failed: OSError: {text}") as caught:
        run_task(fails(OSError("network"), alone), chunk)
    assert isinstance(caught.value.__cause__, OSError)


def test_client_alone_is_not_tried_again() -> None:
    tried = []

    def work(chunk: list[Participant]) -> None:
        tried.append(chunk)
        raise OSError("disk")

    with pytest.raises(ClientError, match="client 2 failed: OSError: disk"):
        run_task(work, [Participant(CLIENTS.client(2))])
    assert len(tried) == 1


class NotTogether(fl.MLP):
    """A model that cannot be stacked."""

    def grad(self, theta, features, labels, weights=None) -> np.ndarray:
        if theta.ndim > 1:
            raise ValueError("one at a time")
        return super().grad(theta, features, labels, weights)


def test_clients_that_fail_only_together_are_all_named() -> None:
    broken = fl.fedavg(NotTogether(64, 16, 10))
    who = "one of the clients 0, 1, 2, 3, 4, 5, 6, 7 failed: ValueError: one at a time"
    with pytest.raises(ClientError, match=who):
        run(broken)


def test_worker_that_dies_is_an_error_and_no_hang() -> None:
    deadly = fl.algorithms.FedAvg(
        ALGORITHM.model, ALGORITHM.local, transforms=(Breaks(5, "dies"),), one_at_a_time=True
    )
    with pytest.raises(ClientError, match=r"client \d failed: the worker process died"):
        run(deadly, workers=2)


def test_script_without_a_main_guard_is_told_of_it(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import pyfedlite as fl\n"
        "clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=8, seed=0)\n"
        "algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10))\n"
        "fl.simulate(algorithm, clients, num_rounds=1, seed=0, workers=2)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert 'outside `if __name__ == "__main__":`' in done.stderr


def test_workers_begin_with_one_blas_thread(tmp_path: Path) -> None:
    # The script has NumPy at its top, as most have: it is loaded before any line of ours.
    script = tmp_path / "script.py"
    script.write_text(
        "import numpy as np\n"
        "import pyfedlite as fl\n"
        "from pyfedlite import _blas\n"
        "from pyfedlite.clients import Participant\n"
        "from pyfedlite.parallel.workers import runner\n"
        "def ask(chunk):\n"
        "    return _blas.is_single_threaded()\n"
        "if __name__ == '__main__':\n"
        "    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=2, seed=0)\n"
        "    with runner(2, None, clients, fl.fedavg(fl.SoftmaxRegression(64, 10))) as map:\n"
        "        print(*map(ask, [[Participant(client)] for client in clients]))\n"
        "    print(_blas.is_single_threaded())\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in _blas.VARIABLES}
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.stdout.split() == ["True", "True", "False"], done.stderr


def test_diverging_client_is_named_from_a_worker_too() -> None:
    steep = fl.fedavg(ALGORITHM.model, learning_rate=1e20, local_epochs=20)
    with pytest.raises(DivergedError, match=r"theta of client \d must stay finite"):
        run(steep, workers=2)


def test_part_that_cannot_be_sent_is_named() -> None:
    local_only = fl.fedavg(ALGORITHM.model, transforms=(lambda update, *_: update,))
    sentence = "transforms must be picklable for worker processes, got"
    with pytest.raises(TypeError, match=sentence):
        run(local_only, workers=2)
    with ProcessPoolExecutor(1) as pool, pytest.raises(TypeError, match=sentence):
        run(local_only, executor=pool)
    with ThreadPoolExecutor(1) as threads:  # nothing is sent anywhere
        assert run(local_only, executor=threads).fingerprint == run(local_only).fingerprint


def test_object_that_is_no_executor_is_refused() -> None:
    with pytest.raises(TypeError, match=r"executor must have submit\(\), .* got int"):
        run(executor=3)


class Fails(Executor):
    """An executor whose first task fails, and whose others wait for ever."""

    def __init__(self) -> None:
        self.futures: list[Future[Any]] = []

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.futures.append(Future())
        if len(self.futures) == 1:
            self.futures[0].set_exception(OSError("the first task"))
        return self.futures[-1]


def test_tasks_that_wait_are_cancelled_when_one_has_failed() -> None:
    executor, alone = Fails(), replace(ALGORITHM, one_at_a_time=True)
    with pytest.raises(OSError, match="the first task"):
        run(alone, executor=executor)
    assert len(executor.futures) == CLIENTS.num_clients
    assert all(future.cancelled() for future in executor.futures[1:])


class Waits(ThreadPoolExecutor):
    """An executor that does the first task, and leaves the others where they are."""

    def __init__(self) -> None:
        super().__init__(1)
        self.futures: list[Future[Any]] = []

    def submit(self, function: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done = Future() if self.futures else super().submit(function, *args, **kwargs)
        self.futures.append(done)
        return done


def aggregates_nothing(updates: Any, context: Any) -> Any:
    next(iter(updates))
    raise KeyboardInterrupt


def test_tasks_that_wait_are_cancelled_when_the_server_is_stopped() -> None:
    stopped = replace(ALGORITHM, one_at_a_time=True, aggregator=aggregates_nothing)
    with Waits() as executor, pytest.raises(KeyboardInterrupt):
        run(stopped, executor=executor)
    assert all(future.cancelled() for future in executor.futures[1:])


def test_function_that_makes_clients_is_named_if_it_cannot_be_sent() -> None:
    rows = CLIENTS.client(0)
    sizes = np.full(3, rows.num_examples)
    made = LazyClients(lambda k: (rows.features, rows.labels), sizes, CLIENTS.pooled)
    sentence = "make must be picklable for worker processes, got"
    with pytest.raises(TypeError, match=sentence):
        fl.simulate(ALGORITHM, made, num_rounds=1, seed=0, workers=2)
    with ProcessPoolExecutor(1) as pool, pytest.raises(TypeError, match=sentence):
        fl.simulate(ALGORITHM, made, num_rounds=1, seed=0, executor=pool)


def test_chunks_of_a_large_cohort_wait_in_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyfedlite.parallel.workers.CHUNKS_AHEAD", 2)
    with ThreadPoolExecutor(2) as pool:
        assert run(replace(ALGORITHM, one_at_a_time=True), executor=pool).fingerprint == (
            run(replace(ALGORITHM, one_at_a_time=True)).fingerprint
        )


def test_executor_that_was_shut_down_is_refused() -> None:
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(ValueError, match="executor must be running, got one that was shut down"):
        run(executor=pool)


@pytest.mark.parametrize("workers", [0, -1])
def test_number_of_workers_below_one_is_refused(workers: int) -> None:
    with pytest.raises(ValueError, match=f"workers must be at least 1, got {workers}"):
        run(workers=workers)


def test_so_many_workers_that_the_machine_would_be_gone_are_refused() -> None:
    for workers in (257, 10**6, 2**70):
        with pytest.raises(ValueError, match=f"^workers must be at most 256, got {workers}; try"):
            run(workers=workers)


def test_workers_beside_an_executor_are_refused() -> None:
    with (
        ThreadPoolExecutor(1) as pool,
        pytest.raises(ValueError, match="workers must be left out when an executor is given"),
    ):
        run(workers=2, executor=pool)


@given(st.lists(st.integers(0, 10_000), max_size=4), st.text(max_size=5), st.booleans())
def test_object_comes_back_whatever_way_it_travels(
    sizes: list[int], text: str, by_name: bool
) -> None:
    arrays = [np.arange(size, dtype=np.float32) for size in sizes]
    one, other = map(Channel, Pipe())
    with one.connection, other.connection, ExitStack() as files:
        way = shared_by_name(flatten((text, arrays))) if by_name else packed((text, arrays))
        one.send_parcel("value", files.enter_context(way))
        kind, parcel = other.receive()
        back_text, back = unpacked(parcel)
    assert (kind, back_text) == ("value", text)
    for array, copy in zip(arrays, back, strict=True):
        np.testing.assert_array_equal(copy, array)
        assert copy.size == 0 or not copy.flags.writeable


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_start_method_of_the_program_changes_no_bit(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip("this system has no forkserver")
    monkeypatch.setattr("multiprocessing.get_start_method", lambda allow_none=False: method)
    assert run(workers=2).fingerprint == run().fingerprint


def test_system_that_sends_no_files_gives_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("pyfedlite.parallel.channel.SENDS_FILES", False)
    assert run(workers=2).fingerprint == run().fingerprint
    assert list(tmp_path.iterdir()) == []


def test_file_that_a_worker_maps_may_refuse_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_on_windows(path: Path, missing_ok: bool = False) -> None:
        removed.append(path)
        if len(removed) == 1:
            raise PermissionError(13, "The process cannot access the file", str(path))
        unlink(path, missing_ok)

    removed: list[Path] = []
    unlink = Path.unlink
    monkeypatch.setattr("pyfedlite.parallel.channel.SENDS_FILES", False)
    monkeypatch.setattr(Path, "unlink", as_on_windows)
    assert run(workers=2).fingerprint == run().fingerprint
    assert len(removed) == 2  # once more when all processes have ended
    assert not removed[-1].exists()


def test_no_file_of_a_run_has_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    seen: list[Path] = []

    def look(record: fl.history.RoundRecord, state: object) -> None:
        seen.extend(tmp_path.iterdir())

    run(workers=2, num_rounds=3, callbacks=[look])
    assert seen == [*tmp_path.iterdir()] == []


@dataclass(frozen=True, eq=False)
class LeavesEarly:
    """An aggregator that does not read all updates."""

    def __call__(self, updates: Iterable[ClientUpdate], context: Any) -> Aggregate:
        return Aggregate(next(iter(updates)).delta)


def test_answers_that_nobody_read_are_not_those_of_the_next_round() -> None:
    early = replace(ALGORITHM, one_at_a_time=True, aggregator=LeavesEarly())
    assert run(early, workers=2, num_rounds=4).fingerprint == run(early, num_rounds=4).fingerprint


@dataclass(frozen=True)
class Remembers:
    """A transform whose clients keep their updates."""

    def __call__(self, update: ClientUpdate, *_: Any) -> ClientUpdate:
        return replace(update, memory={"last": update.delta})


def nameless_files() -> set[str]:
    """Return the inodes of files without a name that are mapped into this process."""
    lines = Path("/proc/self/maps").read_text("utf-8").splitlines()
    return {line.split()[4] for line in lines if line.endswith("(deleted)")}


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_nothing_that_a_run_keeps_lies_in_a_file_of_the_workers() -> None:
    wide = fl.fedavg(fl.MLP(64, 400, 10), transforms=(Remembers(),))
    gc.collect()
    before = nameless_files()
    history = run(wide, workers=2)
    kept = [memory["last"] for memory in history.state.memories.values()]
    assert len(kept) == CLIENTS.num_clients
    assert all(vector.flags.owndata for vector in kept)
    gc.collect()
    assert nameless_files() <= before
