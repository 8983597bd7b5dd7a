"""Pictures out of gradients: digits and MNIST, exact, and what noise leaves of them."""

from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.attacks.inference import label_of, match_gradient, recover_rows
from pyfedlite.data import download
from pyfedlite.data.mnist import FILES


@pytest.fixture(scope="module")
def mnist() -> fl.Dataset:
    if any(download.find(file) is None for file in FILES):
        pytest.skip("PYFEDLITE_DATA names no folder that holds mnist")
    return fl.load_mnist()


def rows_of(data: fl.Dataset, number: int) -> list[tuple[Any, Any]]:
    features, labels = data.features[:number].astype(np.float64), data.labels[:number]
    return [(features[i : i + 1], labels[i : i + 1]) for i in range(number)]


def exact_and_labelled(data: fl.Dataset, number: int) -> tuple[float, int]:
    """The largest error over pictures and random nets, and how many labels are right."""
    model = fl.MLP(data.features.shape[1], 64, 10, dtype="float64")
    worst, right = 0.0, 0
    for seed, (x, y) in enumerate(rows_of(data, number)):
        gradient = model.grad(model.init(np.random.default_rng(seed)), x, y)
        worst = max(worst, float(np.abs(recover_rows(model.layout, gradient).rows[0] - x).max()))
        right += label_of(model.layout, gradient) == y[0]
    return worst, right


def test_a_picture_of_mnist_is_divided_out_exactly(mnist: fl.Dataset) -> None:
    worst, right = exact_and_labelled(mnist, 200)
    assert worst < 1e-9
    assert right == 200


def test_a_picture_of_digits_is_divided_out_exactly() -> None:
    worst, right = exact_and_labelled(fl.load_digits(), 200)
    assert worst < 1e-9
    assert right == 200


def test_the_search_finds_pictures_of_mnist(mnist: fl.Dataset) -> None:
    model = fl.MLP(784, 64, 10, activation="sigmoid", dtype="float64")
    found = 0
    for seed, (x, y) in enumerate(rows_of(mnist, 10)):
        rng = np.random.default_rng(seed)
        theta = model.init(rng)
        match = match_gradient(model, theta, model.grad(theta, x, y), rng)
        found += ((match.features - x[0]) ** 2).mean() < 1e-4
    assert found >= 9


def under_noise(data: fl.Dataset, sigma: float) -> tuple[float, int]:
    """Median error of a picture by least squares, and right labels of 20, at noise sigma.

    The gradient is clipped to norm 1, as for differential privacy, before the noise is added.
    """
    model = fl.MLP(data.features.shape[1], 64, 10, activation="tanh", dtype="float64")
    errors, right = [], 0
    for seed, (x, y) in enumerate(rows_of(data, 20)):
        rng = np.random.default_rng(seed)
        gradient = model.grad(model.init(rng), x, y)
        gradient = gradient / max(1.0, float(np.linalg.norm(gradient)))
        parts = model.layout.views(gradient + sigma * rng.standard_normal(gradient.size))
        row = parts["W1"] @ parts["b1"] / (parts["b1"] @ parts["b1"])
        errors.append(((row - x[0]) ** 2).mean())
        right += int(np.argmin(parts["b2"])) == y[0]
    return float(np.median(errors)), right


def test_labels_leak_where_pictures_are_gone(mnist: fl.Dataset) -> None:
    blind = float(((mnist.features[:20] - mnist.features.mean(axis=0)) ** 2).mean())
    table = {sigma: under_noise(mnist, sigma) for sigma in (0.0, 1e-3, 1e-2, 0.1, 1.0)}
    assert table[0.0][0] < 1e-18
    assert table[1e-3][0] < blind / 50  # a good picture
    assert table[0.1][0] > blind  # worse than the mean of all pictures
    assert [table[sigma][1] for sigma in (0.0, 1e-3, 1e-2)] == [20, 20, 20]
    assert table[0.1][1] < 14
    assert table[1.0][1] < 8  # 2 of 20 are chance
