"""Every part of somebody else trains on digits, resumes, and gives the same bits in two processes.

A part imports public names alone: what is private to the library may change without notice.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attackers import ALittleIsEnough, SignFlip
from availability_trace import Trace
from changed_rows import Drift, LabelFlip
from convolution import Convolution
from dealt import Dealt
from ditto import Ditto
from fedcm import fedcm
from feddyn import feddyn
from fednova import NormalisedMean
from krum import Krum
from noisy_mean import NoisyMean, PoissonSampler
from plateau import Plateau
from scaffold import scaffold
from top_k import TopK

import pyfedlite as fl
from pyfedlite.algorithms import FedAvg
from pyfedlite.history.history import History
from pyfedlite.local import LocalSGD
from pyfedlite.testing import (
    check_aggregator,
    check_algorithm,
    check_model,
    check_partitioner,
)

HERE = Path(__file__).parent
PARTS = sorted(set(HERE.glob("*.py")) - set(HERE.glob("test_*.py")) - {HERE / "conftest.py"})
CLIENTS = fl.partition(fl.load_digits(), fl.dirichlet(alpha=0.5), num_clients=8, seed=0)
SOFTMAX = fl.SoftmaxRegression(64, 10)
BAD = frozenset({1, 4})
TRACE = Trace(
    online=((0, 1, 2, 3, 4, 5), (2, 3, 4, 5, 6, 7)),
    seconds=(1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 99.0),
    goal=3,
    deadline=6.5,
)


@dataclass(frozen=True)
class Run:
    """How a part is put into a run, and what else the run needs."""

    algorithm: Callable[[fl.SoftmaxRegression], FedAvg]
    options: dict[str, Any] = field(default_factory=dict)
    min_clients: int = 1


RUNS = {
    "scaffold": Run(lambda model: scaffold(model, local_epochs=2)),
    "fednova": Run(lambda model: fl.fedavg(model, aggregator=NormalisedMean())),
    "feddyn": Run(lambda model: feddyn(model, alpha=0.1)),
    "ditto": Run(lambda model: FedAvg(model, Ditto(0.5, LocalSGD(batch_size=20)))),
    "fedcm": Run(lambda model: fedcm(model, alpha=0.5)),
    "krum": Run(lambda model: fl.fedavg(model, aggregator=Krum(2)), min_clients=7),
    "sign-flip": Run(lambda model: fl.fedavg(model, transforms=(SignFlip(BAD),))),
    "alie": Run(lambda model: fl.fedavg(model, cohort_transforms=(ALittleIsEnough(BAD),))),
    "noisy-mean": Run(
        lambda model: fl.fedavg(model, aggregator=NoisyMean(0.5, 0.1, 2.0)),
        {"sampler": PoissonSampler(0.25), "min_reports": 0},
    ),
    "top-k": Run(lambda model: fl.fedavg(model, transforms=(TopK(50),))),
    "label-flip": Run(lambda model: fl.fedavg(model, data_transforms=(LabelFlip(BAD, 1, 7),))),
    "drift": Run(lambda model: fl.fedavg(model, data_transforms=(Drift(0.01, 0.05),))),
    "plateau": Run(fl.fedavg, {"callbacks": [Plateau(patience=2)]}),
    "trace": Run(fl.fedavg, {"sampler": fl.sample_fixed(4), "availability": TRACE}),
    "convolution": Run(lambda model: fl.fedavg(Convolution(), batch_size=50)),
}


def simulate(name: str, **options: Any) -> History:
    run = RUNS[name]
    settings = {"num_rounds": 4, "seed": 3} | run.options | options
    return fl.simulate(run.algorithm(SOFTMAX), CLIENTS, **settings)


@pytest.mark.parametrize("name", RUNS)
def test_part_trains_on_digits_and_resumes_with_the_same_bits(name: str, tmp_path: Path) -> None:
    whole = simulate(name)
    assert len(whole.records) == 4
    assert all(record.failure is None for record in whole.records)
    start = SOFTMAX.init(np.random.default_rng(0)) if name != "convolution" else None
    if start is not None:
        assert not np.array_equal(whole.theta, start)
    simulate(name, num_rounds=2, checkpoint=tmp_path / "run.npz")
    resumed = simulate(name, checkpoint=tmp_path / "run.npz")
    assert resumed.fingerprint == whole.fingerprint
    assert resumed.plan_fingerprint == whole.plan_fingerprint
    _same(resumed.state.memories, whole.state.memories)


@pytest.mark.parametrize("name", RUNS)
def test_part_gives_the_same_bits_in_two_processes(name: str) -> None:
    alone, shared = simulate(name, num_rounds=2), simulate(name, num_rounds=2, workers=2)
    assert shared.fingerprint == alone.fingerprint
    _same(shared.state.memories, alone.state.memories)


def _same(memories: Any, others: Any) -> None:
    assert memories.keys() == others.keys()
    for client_id, memory in memories.items():
        assert memory.keys() == others[client_id].keys()
        for name, vector in memory.items():
            np.testing.assert_array_equal(vector, others[client_id][name])


@pytest.mark.parametrize("name", [name for name in RUNS if name not in ("plateau", "trace")])
def test_algorithm_with_the_part_obeys_the_laws(name: str) -> None:
    if name == "convolution":
        model = Convolution(side=3, num_classes=2, num_filters=1, size=2)
        check_algorithm(fl.fedavg(model))
    else:
        run = RUNS[name]
        check_algorithm(run.algorithm(fl.SoftmaxRegression(3, 10)), min_clients=run.min_clients)


def test_krum_obeys_the_laws_of_aggregators() -> None:
    rounding = "between two that are all but equally close, rounding decides"
    check_aggregator(
        Krum(1), min_clients=5, without={"scaling_the_updates_scales_the_result": rounding}
    )


def test_fednova_obeys_the_laws_of_aggregators() -> None:
    check_aggregator(NormalisedMean())


def test_noisy_mean_obeys_the_laws_of_aggregators_that_apply() -> None:
    bounded = "it clips, adds noise, and divides by the expected number"
    names = (
        "a_single_update_passes_unchanged",
        "equal_updates_give_that_update",
        "the_result_lies_between_the_updates",
        "scaling_the_updates_scales_the_result",
    )
    nobody = {"no_update_is_an_error": "to say nothing would tell that nobody came"}
    check_aggregator(NoisyMean(1.0, 1.0, 4.0), without=dict.fromkeys(names, bounded) | nobody)


def test_convolution_obeys_the_laws_of_models() -> None:
    check_model(Convolution(side=4, num_classes=3, num_filters=2, size=2, dtype="float64"))


def test_scaffold_trains_under_secure_aggregation(tmp_path: Path) -> None:
    """The same model comes out, to within the steps of the grid: 2^-f a round and coordinate."""
    pytest.importorskip("cryptography")
    from pyfedlite.aggregation import secure_mean

    def run(num_rounds: int, **options: Any) -> History:
        secret = scaffold(SOFTMAX, aggregator=secure_mean(weights="uniform"))
        return fl.simulate(secret, CLIENTS, num_rounds=num_rounds, seed=3, **options)

    whole = run(3)
    plain = fl.simulate(scaffold(SOFTMAX), CLIENTS, num_rounds=1, seed=3)
    f = whole.records[0].metrics["secure_fraction_bits"]
    assert f is not None
    first = run(1).theta.astype(np.float64)
    float32 = 2.0**-24 * np.abs(first).max()  # theta is rounded once
    assert np.abs(first - plain.theta).max() <= 2.0**-f + 2 * float32
    run(2, checkpoint=tmp_path / "run.npz")
    assert run(3, checkpoint=tmp_path / "run.npz").fingerprint == whole.fingerprint
    assert run(3, workers=2).fingerprint == whole.fingerprint
    mean = np.mean([whole.state.memories[k]["scaffold.c"] for k in range(8)], axis=0)
    # c adds up three rounds, each to within a step; the memories are float32.
    limit = 3 * 2.0**-f + 3 * 2.0**-23 * np.abs(mean).max()
    assert np.abs(whole.state.slots["scaffold.c"] - mean).max() <= limit


def test_dealt_obeys_the_laws_of_partitioners() -> None:
    check_partitioner(Dealt())


def test_dealt_clients_have_the_same_share_of_every_class() -> None:
    labels = fl.load_digits().labels
    clients = fl.partition(fl.load_digits(), Dealt(), num_clients=8, seed=0)
    for digit in range(10):
        counts = [int((clients[k].labels == digit).sum()) for k in range(8)]
        assert max(counts) - min(counts) <= 1
        assert sum(counts) == int((labels == digit).sum())


@pytest.mark.parametrize("path", PARTS, ids=lambda path: path.stem)
def test_part_imports_public_names_alone(path: Path) -> None:
    names = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
    ours = [name for name in names if name.split(".")[0] == "pyfedlite"]
    assert ours, "a part that knows nothing of the library"
    assert not [name for name in ours if any(word.startswith("_") for word in name.split("."))]


def test_what_the_server_sends_is_used_by_two_parts() -> None:
    senders = [name for name in RUNS if RUNS[name].algorithm(SOFTMAX).sends]
    assert senders == ["scaffold", "fedcm"]
