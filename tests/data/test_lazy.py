import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.data import Dataset
from pyfedlite.data.lazy import LazyClients
from pyfedlite.seeds import Role, RoundSeed

SIZES = np.array([3, 1, 5, 2])
W = np.random.default_rng(0).normal(size=(4, 3))


def rows(k: int) -> tuple[np.ndarray, np.ndarray]:
    x = RoundSeed(7).rng(Role.DATA, k).normal(size=(SIZES[k], 4))
    return x, (x @ W).argmax(axis=1)


TEST = Dataset(*rows(2), *rows(2), num_classes=3, name="lazy")


def test_lazy_clients_train_to_the_same_bits_as_stored_ones() -> None:
    made = [rows(k) for k in range(4)]
    features, labels = (np.concatenate(parts) for parts in zip(*made, strict=True))
    stored = Dataset(features, labels, *rows(2), num_classes=3, name="stored")
    clients = fl.FederatedDataset(stored, np.repeat(np.arange(4), SIZES))
    algorithm = fl.fedavg(fl.SoftmaxRegression(4, 3), batch_size=2)
    lazy = fl.simulate(algorithm, LazyClients(rows, SIZES, TEST), num_rounds=3, seed=0)
    np.testing.assert_array_equal(
        lazy.theta, fl.simulate(algorithm, clients, num_rounds=3, seed=0).theta
    )


def test_only_clients_of_the_cohort_are_made() -> None:
    asked: list[int] = []

    def watched(k: int) -> tuple[np.ndarray, np.ndarray]:
        asked.append(k)
        return rows(k)

    clients = LazyClients(watched, SIZES, TEST)
    algorithm = fl.fedavg(fl.SoftmaxRegression(4, 3))
    history = fl.simulate(algorithm, clients, num_rounds=1, client_fraction=0.5, seed=0)
    assert tuple(asked) == history.records[0].cohort


def test_rows_of_another_shape_name_their_client() -> None:
    clients = LazyClients(lambda k: rows(0), SIZES, TEST)
    with pytest.raises(ValueError, match=r"rows must have shapes \(1, 4\) .* for client 1"):
        clients.client(1).features.sum()


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ([], "sizes must hold at least one client, got none"),
        ([2, 0], "sizes must be at least 1, got 0 for client 1"),
        ([[1]], r"sizes must have 1 axis, got shape \(1, 1\)"),
    ],
)
def test_sizes_that_are_none_are_refused(sizes: list[int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        LazyClients(rows, sizes, TEST)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [3, 200])
def test_labels_that_are_nan_name_their_client(size: int) -> None:
    labels = np.zeros(size)
    labels[1] = np.nan
    clients = LazyClients(lambda k: (np.zeros((size, 4)), labels), [size], TEST)
    with pytest.raises(
        ValueError, match="labels must lie from 0 to 2, got nan to nan for client 0"
    ):
        clients.client(0).labels.sum()


@pytest.mark.parametrize("label", [-1, 3])
def test_labels_that_are_no_class_name_their_client(label: int) -> None:
    clients = LazyClients(lambda k: (rows(k)[0], np.full(SIZES[k], label)), SIZES, TEST)
    sentence = f"labels must lie from 0 to 2, got {label} to {label} for client 3"
    with pytest.raises(ValueError, match=sentence):
        clients.client(3).labels.sum()
