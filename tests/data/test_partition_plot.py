import numpy as np
import pytest

from pyfedlite.data import Dataset, FederatedDataset, load_digits, partition, shards

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")  # tests run where there is no screen

import matplotlib.pyplot as plt  # noqa: E402 (after the choice of backend)

X = np.zeros((4, 1))
TARGETS = Dataset(X, [0.1, 0.2, 0.3, 0.4], X, [0.0] * 4, None, "targets")


@pytest.mark.parametrize("num_clients", [1, 50, 200])
def test_bars_are_as_long_as_clients_are_large(num_clients: int) -> None:
    clients = partition(load_digits(), shards(2), num_clients=num_clients, seed=0)
    bars = np.array([[bar.get_width() for bar in label] for label in clients.plot().containers])
    assert bars.sum(axis=0).tolist() == clients.sizes.tolist()


def test_client_zero_is_on_top() -> None:
    axes = FederatedDataset(TARGETS, [0, 1, 1, 1]).plot()
    bottom, top = axes.get_ylim()
    assert bottom > top


def test_a_regression_is_drawn_by_size_alone() -> None:
    axes = FederatedDataset(TARGETS, [0, 1, 1, 1]).plot()
    assert len(axes.containers) == 1
    assert axes.get_legend() is None


def test_it_draws_where_it_is_told() -> None:
    _, axes = plt.subplots()
    assert FederatedDataset(TARGETS, [0, 1, 1, 1]).plot(axes) is axes


def test_more_than_ten_classes_have_colours_of_their_own() -> None:
    labels = np.arange(26)
    data = Dataset(np.zeros((26, 1)), labels, X, [0] * 4, 26, "letters")
    axes = FederatedDataset(data, [0] * 26).plot()
    assert len({bars[0].get_facecolor() for bars in axes.containers}) == 26
