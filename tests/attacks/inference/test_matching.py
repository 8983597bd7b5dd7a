"""The search for a row by its gradient: derivatives by hand, whole attacks, what is declined."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.attacks.inference import match_gradient, minimise, mismatch


def softmax(u: np.ndarray) -> np.ndarray:
    e = np.exp(u - u.max())
    return e / e.sum()


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@given(st.integers(0, 2**32 - 1))
def test_the_gradient_by_hand_is_that_of_central_differences(activation: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = fl.MLP(4, 3, 3, activation=activation, dtype="float64")
    theta, seen = (0.7 * rng.normal(size=model.layout.num_params) for _ in range(2))
    x, u = rng.normal(size=4), rng.normal(size=3)

    def value(point: np.ndarray) -> float:
        return mismatch(model, theta, seen, point[:4], softmax(point[4:]))[0]

    _, by_x, by_u = mismatch(model, theta, seen, x, softmax(u))
    point, h = np.append(x, u), 1e-5
    numeric = [(value(point + h * e) - value(point - h * e)) / (2 * h) for e in np.eye(7)]
    by_hand = np.append(by_x, by_u)
    np.testing.assert_allclose(by_hand, numeric, rtol=1e-6, atol=1e-7 * np.abs(by_hand).max())


@given(st.integers(0, 2**32 - 1))
def test_the_row_itself_has_no_mismatch(seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = fl.MLP(4, 3, 3, activation="tanh", dtype="float64")
    theta, x, label = rng.normal(size=model.layout.num_params), rng.normal(size=4), 1
    seen = model.grad(theta, x[np.newaxis], np.array([label]))
    value, by_x, by_u = mismatch(model, theta, seen, x, np.eye(3)[label])
    assert value < 1e-25
    assert np.abs(np.append(by_x, by_u)).max() < 1e-12


def attacked(seed: int, activation: str, **settings: Any) -> tuple[Any, float, int]:
    """What is found, its mean squared error, and the true label, for a random net and image."""
    rng = np.random.default_rng(seed)
    model = fl.MLP(784, 64, 10, activation=activation, dtype="float64")
    theta, x, label = model.init(rng), rng.random(784), int(rng.integers(10))
    seen = model.grad(theta, x[np.newaxis], np.array([label]))
    found = match_gradient(model, theta, seen, rng, **settings)
    return found, float(((found.features - x) ** 2).mean()), label


def test_sigmoid_networks_give_their_row_away() -> None:
    results = [attacked(seed, "sigmoid") for seed in range(10)]
    assert sum(error < 1e-4 for _, error, _ in results) >= 9
    for found, error, label in results:
        assert found.is_match == (error < 1e-4)  # it says whether it has succeeded
        assert found.probabilities[label] == 1.0


def test_the_label_can_be_searched_too() -> None:
    results = [attacked(seed, "sigmoid", knows_label=False, num_starts=3) for seed in range(5)]
    assert sum(error < 1e-4 for _, error, _ in results) >= 4
    for found, error, label in results:
        if error < 1e-4:
            assert np.argmax(found.probabilities) == label


@pytest.mark.parametrize(
    "model",
    [
        fl.MLP(4, 3, 3),
        fl.MLP(4, 3, 3, 3, activation="tanh"),
        fl.MLP(4, 3, 1, activation="tanh"),
        fl.MLP(4, 3, 3, activation="tanh", l2=0.1),
    ],
)
def test_another_model_is_refused(model: fl.MLP) -> None:
    zeros = np.zeros(model.layout.num_params)
    with pytest.raises(ValueError, match=r"model must have one hidden layer .* needs no search"):
        match_gradient(model, zeros, zeros, np.random.default_rng(0))


def test_a_batch_of_several_labels_is_refused() -> None:
    model = fl.MLP(4, 3, 3, activation="tanh", dtype="float64")
    theta = model.init(np.random.default_rng(0))
    seen = model.grad(theta, np.ones((2, 4)), np.array([0, 1]))
    with pytest.raises(ValueError, match="gradient must be of one row"):
        match_gradient(model, theta, seen, np.random.default_rng(0))


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_a_quadratic_is_minimised(seed: int, d: int) -> None:
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(d, d))
    matrix, best = root @ root.T + np.eye(d), rng.normal(size=d)

    def function(x: np.ndarray) -> tuple[float, np.ndarray]:
        return float((x - best) @ matrix @ (x - best)) / 2, matrix @ (x - best)

    point, value, steps = minimise(function, np.zeros(d), goal=1e-18)
    np.testing.assert_allclose(point, best, atol=1e-6)
    assert value <= 1e-12
    assert steps < 300


def test_the_valley_of_rosenbrock_is_walked_to_its_end() -> None:
    def function(v: np.ndarray) -> tuple[float, np.ndarray]:
        x, y = v
        slope = np.array([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)])
        return float((1 - x) ** 2 + 100 * (y - x * x) ** 2), slope

    point, _, _ = minimise(function, np.array([-1.2, 1.0]), goal=1e-20)
    np.testing.assert_allclose(point, [1.0, 1.0], atol=1e-6)  # the known minimum


@pytest.mark.parametrize("number", [0.0, np.nan, np.inf, 1e200])
def test_a_gradient_without_a_length_is_told(number: float) -> None:
    model, rng = fl.MLP(4, 3, 3, activation="tanh", dtype="float64"), np.random.default_rng(0)
    theta = model.init(rng)
    with pytest.raises(ValueError, match="gradient must have a length that is finite and not 0"):
        match_gradient(model, theta, np.full_like(theta, number), rng, knows_label=False)
