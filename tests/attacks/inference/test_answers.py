"""Attacks by a model's answers: evasion, extraction, a sensitive column."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.attacks.inference import (
    Oracle,
    QueryLimitError,
    extract_logistic,
    fgsm,
    infer_attribute,
    input_gradient,
)

SEEDS = st.integers(0, 2**32 - 1)
MODELS = {
    "logistic": fl.LogisticRegression(4, dtype="float64"),
    "softmax": fl.SoftmaxRegression(4, 3, dtype="float64"),
    "mlp": fl.MLP(4, 5, 3, activation="tanh", dtype="float64"),
    "deep": fl.MLP(4, 5, 3, 1, activation="sigmoid", dtype="float64"),
}


def drawn(model: Any, seed: int, n: int = 3) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=model.layout.num_params)
    return theta, rng.normal(size=(n, 4)), rng.integers(model.num_classes, size=n)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@given(SEEDS)
def test_the_input_gradient_is_that_of_central_differences(model: Any, seed: int) -> None:
    theta, features, labels = drawn(model, seed)
    by_hand = input_gradient(model, theta, features, labels)
    h = 1e-5
    for i in range(3):

        def loss(row: Any, i: int = i) -> float:
            return float(model.loss(theta, row[np.newaxis], labels[i : i + 1]))

        x = features[i]
        numeric = [(loss(x + h * e) - loss(x - h * e)) / (2 * h) for e in np.eye(4)]
        np.testing.assert_allclose(by_hand[i], numeric, rtol=1e-5, atol=1e-8)


@given(SEEDS, st.floats(0, 2))
def test_no_change_within_epsilon_is_worse_for_a_logistic_model(seed: int, epsilon: float) -> None:
    model = MODELS["logistic"]
    theta, features, labels = drawn(model, seed, n=1)
    evaded = fgsm(model, theta, features, labels, epsilon)
    worst = model.loss(theta, evaded.features, labels)
    for corner in product((-epsilon, epsilon), repeat=4):
        assert model.loss(theta, features + np.array(corner), labels) <= worst + 1e-12
    change = (evaded.features - features) @ theta[:4]
    expected = epsilon * np.abs(theta[:4]).sum() * (1 - 2 * labels)
    np.testing.assert_allclose(change, expected, atol=1e-9)


@pytest.mark.parametrize("name", ["logistic", "softmax"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(SEEDS, st.floats(1, 200))
def test_a_model_that_is_certain_is_evaded_along_the_same_signs(
    name: str, dtype: type, seed: int, length: float
) -> None:
    # Of two classes the gradient is p_other (w_other - w_y), and p_other 0 or more than 1e-300.
    model = MODELS["logistic"] if name == "logistic" else fl.SoftmaxRegression(4, 2)
    theta, features, labels = drawn(model, seed, n=1)
    theta, features = theta.astype(dtype), (features * length / abs(features).max()).astype(dtype)
    w = model.layout.views(theta)["W"].astype(np.float64)
    away = -w[:, 0] if name == "logistic" else w[:, 0] - w[:, 1]  # from class 1
    score = features[0].astype(np.float64) @ away
    if abs(score) > 600:
        return
    evaded = fgsm(model, theta, features, labels, 1.0)
    expected = np.sign(away) * (2 * labels[0] - 1)
    np.testing.assert_array_equal(np.sign(evaded.features - features)[0], expected)


def test_whole_numbers_are_evaded_in_floats() -> None:
    theta, rows = np.array([3.0, -1.0, 0, 0, 0]), np.array([[1, 0, 0, 0]], dtype=np.uint8)
    evaded = fgsm(MODELS["logistic"], theta, rows, np.array([1]), 0.5)
    assert evaded.features.tolist() == [[0.5, 0.5, 0.0, 0.0]]


@pytest.mark.parametrize(
    ("rows", "labels", "sentence"),
    [
        (1, [2], "labels must be classes from 0 to 1, got 2"),
        (1, [[1]], r"labels must have shape \(1,\), got \(1, 1\)"),
        (0, [], "features must hold one row or more"),
    ],
)
def test_bad_input_of_an_evasion_is_told(rows: int, labels: Any, sentence: str) -> None:
    theta, model = np.ones(5), MODELS["logistic"]
    with pytest.raises(ValueError, match=sentence):
        fgsm(model, theta, np.zeros((rows, 4)), np.array(labels, dtype=np.int64), 0.1)


def test_digits_are_evaded_within_their_grey_values() -> None:
    data, model = fl.load_digits(), fl.SoftmaxRegression(64, 10)
    clients = fl.partition(data, fl.iid(), num_clients=5, seed=0)
    history = fl.simulate(fl.fedavg(model), clients, num_rounds=10, client_fraction=1.0, seed=0)
    case = (model, history.theta, data.test_features, data.test_labels)
    evaded = fgsm(*case, epsilon=0.2, limits=(0.0, 1.0))
    assert evaded.accuracy_before > 0.8
    assert evaded.accuracy_after < 0.5 * evaded.accuracy_before
    assert evaded.features.min() >= 0.0
    assert evaded.features.max() <= 1.0
    assert fgsm(*case, epsilon=0.0).accuracy_after == evaded.accuracy_before


def test_a_model_without_classes_is_not_evaded() -> None:
    with pytest.raises(TypeError, match="model must be an MLP, a softmax or a logistic"):
        input_gradient(fl.LinearRegression(1), np.zeros(2), np.zeros((1, 1)), np.zeros(1))
    with pytest.raises(ValueError, match="epsilon must be at least 0"):
        fgsm(MODELS["logistic"], np.zeros(5), np.zeros((1, 4)), np.zeros(1, int), -1.0)


# ---- Extraction ---------------------------------------------------------------------------------


@given(SEEDS, st.integers(1, 12))
def test_d_and_one_questions_copy_a_logistic_model(seed: int, d: int) -> None:
    theta = np.random.default_rng(seed).normal(size=d + 1)
    oracle = Oracle(fl.LogisticRegression(d, dtype="float64"), theta)
    np.testing.assert_allclose(extract_logistic(oracle, d), theta, atol=1e-9)
    assert oracle.num_queries == d + 1


def test_rounding_makes_the_copy_a_rough_one() -> None:
    theta = np.random.default_rng(0).normal(size=11)
    model, errors = fl.LogisticRegression(10, dtype="float64"), []
    for decimals in (6, 4, 2):
        copy = extract_logistic(Oracle(model, theta, decimals=decimals), 10)
        errors.append(np.abs(copy - theta).max())
    assert errors[0] < 1e-4
    assert errors[0] < errors[1] < errors[2]
    assert errors[2] > 1e-3


def test_what_is_no_oracle_is_told() -> None:
    logistic, softmax = fl.LogisticRegression(2), fl.SoftmaxRegression(2, 3)
    with pytest.raises(ValueError, match="model must have two classes to be asked"):
        Oracle(softmax, np.zeros(9))
    with pytest.raises(ValueError, match="decimals must be at least 0, got -1"):
        Oracle(logistic, np.zeros(3), decimals=-1)
    with pytest.raises(ValueError, match="decimals must be at most 300, got 400"):
        Oracle(logistic, np.zeros(3), decimals=400)
    with pytest.raises(ValueError, match="max_queries must be at least 0, got -1"):
        Oracle(logistic, np.zeros(3), max_queries=-1)
    assert Oracle(logistic, np.zeros(3), decimals=300)(np.zeros((1, 2))).tolist() == [0.5]


def test_a_limit_is_kept_and_told() -> None:
    oracle = Oracle(fl.LogisticRegression(10, dtype="float64"), np.zeros(11), max_queries=10)
    with pytest.raises(QueryLimitError, match="10 rows may be asked about, got 11"):
        extract_logistic(oracle, 10)
    assert oracle.num_queries == 0
    oracle(np.zeros((10, 10)))
    with pytest.raises(QueryLimitError):
        oracle(np.zeros((1, 10)))


def test_a_probability_of_one_is_no_answer() -> None:
    oracle = Oracle(fl.LogisticRegression(1, dtype="float64"), np.array([9.0, 0.0]), decimals=2)
    assert not np.isfinite(extract_logistic(oracle, 1)[0])
    with pytest.raises(ValueError, match=r"scale must not be 0, got 0.0"):
        extract_logistic(oracle, 1, scale=0.0)


# ---- A sensitive column -------------------------------------------------------------------------


def rows(n: int, dependence: float, seed: int) -> Any:
    """A sensitive column of 0 and 1, another that goes with it or not, and a label from both."""
    rng = np.random.default_rng(seed)
    secret = rng.integers(2, size=n).astype(np.float64)
    other = rng.normal(size=n) + dependence * secret
    labels = (rng.random(n) < 1 / (1 + np.exp(-(4 * secret - 2)))).astype(np.int64)
    return np.column_stack([secret, other]), labels


def test_what_the_model_adds_stands_beside_the_imputation() -> None:
    known, _ = rows(1000, 0.0, seed=0)
    features, labels = rows(2000, 0.0, seed=1)
    model, theta = fl.LogisticRegression(2, dtype="float64"), np.array([4.0, 0.0, -2.0])
    hidden = features.copy()
    hidden[:, 0] = 0.0
    guess = infer_attribute(model, theta, hidden, labels, 0, known)
    with_model, imputed = guess.accuracies(features[:, 0])
    # P(label = secret) = 1 / (1 + e^-2) = 0.881, deviation over 2000 rows 0.007.
    assert with_model == pytest.approx(0.881, abs=0.035)
    assert imputed == pytest.approx(0.5, abs=0.06)


def test_a_model_that_ignores_the_column_adds_nothing() -> None:
    known, _ = rows(1000, 2.0, seed=0)
    features, labels = rows(2000, 2.0, seed=1)
    model, theta = fl.LogisticRegression(2, dtype="float64"), np.array([0.0, 1.0, 0.0])
    guess = infer_attribute(model, theta, features, labels, 0, known)
    np.testing.assert_array_equal(guess.with_model, guess.imputed)
    # Two normal columns two deviations apart: Phi(1) = 0.841 right.
    assert guess.accuracies(features[:, 0])[1] == pytest.approx(0.841, abs=0.04)


def test_a_column_of_whole_numbers_may_have_held_a_fraction() -> None:
    model = fl.LogisticRegression(2, dtype="float64")
    theta = np.array([9.0, 0.0, -4.5 / 2])  # the value 0.5 says class 1, the value 0 class 0
    known = np.array([[0.0, 1], [0, 2], [0.5, 1], [0.5, 2]])
    rows, labels = np.array([[7, 1], [7, 2]]), np.array([1, 0])
    guess = infer_attribute(model, theta, rows, labels, 0, known)
    assert guess.with_model.tolist() == [0.5, 0.0]


def test_bad_input_of_a_sensitive_column_is_told() -> None:
    features, labels = rows(10, 0.0, seed=0)
    case = (MODELS["logistic"], np.zeros(5), features, labels)
    with pytest.raises(ValueError, match="column must lie from 0 to 1, got 2"):
        infer_attribute(*case, 2, features)
    with pytest.raises(ValueError, match="known must have two rows or more with each value"):
        infer_attribute(*case, 0, np.array([[0.0, 1.0], [1.0, 1.0]]))
