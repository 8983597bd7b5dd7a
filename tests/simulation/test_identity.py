"""A checkpoint is resumed with the rows that it was made with, and no others."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.data import FederatedDataset, LazyClients, load_csv

DATA = fl.load_digits()
CLIENTS = fl.partition(DATA, fl.iid(), num_clients=5, seed=0)
ALGORITHM = fl.fedavg(fl.SoftmaxRegression(64, 10))


def run(path: Path, clients: Any, **changes: Any) -> None:
    settings = {"num_rounds": 1, "seed": 0} | changes
    fl.simulate(ALGORITHM, clients, checkpoint=path, **settings)


def other(**changes: Any) -> FederatedDataset:
    return fl.partition(replace(DATA, **changes), fl.iid(), num_clients=5, seed=0)


def moved(array: np.ndarray) -> np.ndarray:
    """The same array but for its last entry."""
    changed = array.copy()
    changed[-1] = changed[-2]
    return changed


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda: fl.standardise(CLIENTS), "features, test rows"),
        (lambda: other(features=moved(DATA.features)), "differs in features;"),
        (lambda: other(labels=np.roll(DATA.labels, 1)), "differs in labels;"),
        (lambda: other(test_features=moved(DATA.test_features)), "differs in test rows;"),
        (lambda: other(test_labels=np.roll(DATA.test_labels, 1)), "differs in test rows;"),
    ],
)
def test_other_rows_are_refused_by_what_differs(
    tmp_path: Path, change: Callable[[], FederatedDataset], named: str
) -> None:
    run(tmp_path / "c.npz", CLIENTS)
    with pytest.raises(ValueError, match=f"got .*{named}"):
        run(tmp_path / "c.npz", change(), num_rounds=2)


def test_equal_rows_go_on(tmp_path: Path) -> None:
    run(tmp_path / "c.npz", CLIENTS)
    again = replace(DATA, features=DATA.features.copy())
    run(tmp_path / "c.npz", fl.partition(again, fl.iid(), num_clients=5, seed=0), num_rounds=2)


def test_an_exchanged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    algorithm = fl.fedavg(fl.LogisticRegression(1))

    def resumed(shift: int) -> None:
        rows = [f"{k + shift},{k % 2}" for k in range(20)]
        path.write_text("\n".join(["x,y", *rows]))
        clients = fl.partition(load_csv(path), fl.iid(), num_clients=2, seed=0)
        file = tmp_path / "c.npz"
        fl.simulate(algorithm, clients, num_rounds=1 + shift, seed=0, checkpoint=file)

    resumed(0)
    with pytest.raises(ValueError, match="differs in features, test rows;"):
        resumed(1)


def lazy(scale: float) -> LazyClients:
    def make(k: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng(k)
        return scale * rng.random((3, 64)), rng.integers(10, size=3)

    return LazyClients(make, np.full(50, 3), DATA)


def test_lazy_clients_are_told_apart_by_rows_that_they_make(tmp_path: Path) -> None:
    run(tmp_path / "c.npz", lazy(1.0), client_fraction=0.1)
    run(tmp_path / "c.npz", lazy(1.0), client_fraction=0.1, num_rounds=2)
    with pytest.raises(ValueError, match="differs in features;"):
        run(tmp_path / "c.npz", lazy(0.5), client_fraction=0.1, num_rounds=3)
