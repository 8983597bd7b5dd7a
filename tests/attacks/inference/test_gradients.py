"""Rows and labels out of gradients: exact where it is claimed, and declined elsewhere."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.attacks.inference import (
    Recovered,
    classes_present,
    gradient_of_update,
    label_counts,
    label_of,
    missing_row,
    recover_rows,
)
from pyfedlite.clients import Client, Participant
from pyfedlite.local import LocalSGD
from pyfedlite.models.outputs import sigmoid
from pyfedlite.params import ParamLayout

SEEDS = st.integers(0, 2**32 - 1)


def case(model: Any, batch: int, seed: int) -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(batch, model.num_features))
    return model.init(rng), features, rng.integers(model.num_classes, size=batch)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@given(SEEDS, st.integers(1, 12), st.integers(2, 9))
def test_one_row_is_recovered_exactly(activation: str, seed: int, p: int, hidden: int) -> None:
    model = fl.MLP(p, hidden, 3, activation=activation, dtype="float64")
    theta, features, labels = case(model, 1, seed)
    gradient = model.grad(theta, features, labels)
    found = recover_rows(model.layout, gradient)
    if not np.any(model.layout.views(gradient)["b1"]):
        assert len(found.rows) == 0  # no unit is active: the attack declines
        return
    assert found.errors(features)[0] < 1e-18
    assert label_of(model.layout, gradient) == labels[0]


@pytest.mark.parametrize("local_epochs", [1, 5, 20])
def test_local_steps_do_not_hide_the_row(local_epochs: int) -> None:
    data = fl.load_digits()
    features = data.features[:1].astype(np.float64)
    model = fl.MLP(64, 32, 10, dtype="float64")
    sgd = LocalSGD(local_epochs=local_epochs, batch_size=None, learning_rate=0.1)
    theta = model.init(np.random.default_rng(0))
    participant = Participant(Client(0, features, data.labels[:1]))
    delta = sgd.train(model, theta, participant, np.random.default_rng(0), round=1).delta
    found = recover_rows(model.layout, delta)
    assert found.errors(features)[0] < 1e-18
    gradient = gradient_of_update(delta, 0.1, local_epochs)
    np.testing.assert_allclose(found.rows, recover_rows(model.layout, gradient).rows, atol=1e-12)
    if local_epochs == 1:
        np.testing.assert_allclose(
            gradient, model.grad(theta, features, data.labels[:1]), atol=1e-12
        )


def test_every_digit_is_recovered_from_its_gradient_in_single_precision() -> None:
    data, model = fl.load_digits(), fl.MLP(64, 64, 10)
    theta = model.init(np.random.default_rng(0))
    for features, label in zip(data.features[:50], data.labels[:50], strict=True):
        gradient = model.grad(theta, features[np.newaxis], np.array([label]))
        assert recover_rows(model.layout, gradient).errors(features[np.newaxis])[0] < 1e-8
        assert label_of(model.layout, gradient) == label


def recovered_of(batch: int, hidden: int, draws: int = 10) -> float:
    """The mean number of rows of a batch that are rebuilt to 1e-6."""
    data = fl.load_digits()
    model = fl.MLP(64, hidden, 10, dtype="float64")
    total = 0
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        rows = rng.choice(len(data.labels), size=batch, replace=False)
        features = data.features[rows].astype(np.float64)
        gradient = model.grad(model.init(rng), features, data.labels[rows])
        errors = recover_rows(model.layout, gradient).errors(features)
        total += int((errors < 1e-12).sum())
    return total / draws


def test_a_wider_layer_helps_the_attacker_and_a_larger_batch_the_client() -> None:
    # Published plan of the lesson: 2.7, 4.3 and 7.3 of 8 rows for 32, 64 and 256 units.
    narrow, middle, wide = (recovered_of(8, hidden) for hidden in (32, 64, 256))
    assert narrow < middle < wide
    assert wide > 5
    assert recovered_of(32, 64) / 32 < 0.5 * middle / 8


@given(SEEDS)
def test_what_is_confirmed_is_a_row_of_the_batch(seed: int) -> None:
    model = fl.MLP(5, 24, 3, dtype="float64")
    theta, features, labels = case(model, 4, seed)
    found = recover_rows(model.layout, model.grad(theta, features, labels))
    for row in found.confirmed:
        assert ((features - row) ** 2).mean(axis=1).min() < 1e-10


def test_with_two_classes_a_mixture_is_found_by_several_units_too() -> None:
    model = fl.MLP(5, 64, 2, dtype="float64")
    gradient = model.grad(*case(model, 3, seed=0))
    _, features, _ = case(model, 3, seed=0)
    found = recover_rows(model.layout, gradient)
    distances = [((features - row) ** 2).mean(axis=1).min() for row in found.confirmed]
    assert max(distances) > 0.01  # a stored counterexample: it is no row of the batch


@given(SEEDS, st.integers(2, 6))
def test_a_class_with_a_negative_entry_is_in_the_batch(seed: int, batch: int) -> None:
    model = fl.SoftmaxRegression(4, 5, dtype="float64")
    theta, features, labels = case(model, batch, seed)
    gradient = model.grad(theta, features, labels)
    assert set(classes_present(model.layout, gradient)) <= set(labels)


@given(SEEDS, st.integers(1, 9))
def test_counts_are_exact_for_who_knows_the_mean_probabilities(seed: int, batch: int) -> None:
    model = fl.SoftmaxRegression(4, 5, dtype="float64")
    theta, features, labels = case(model, batch, seed)
    theta = theta + np.random.default_rng(seed).normal(size=theta.shape)
    gradient = model.grad(theta, features, labels)
    probabilities = model.predict_proba(theta, features).mean(axis=0)
    counts = label_counts(model.layout, gradient, probabilities, batch)
    np.testing.assert_array_equal(counts, np.bincount(labels, minlength=5))


@given(SEEDS, st.integers(1, 40))
def test_a_wrong_guess_still_counts_the_whole_batch(seed: int, batch: int) -> None:
    model = fl.SoftmaxRegression(4, 5, dtype="float64")
    theta, features, labels = case(model, batch, seed)
    gradient = model.grad(theta, features, labels)
    guess = np.random.default_rng(seed).dirichlet(np.ones(5))
    counts = label_counts(model.layout, gradient, guess, batch)
    assert counts.sum() == batch
    assert (counts >= 0).all()


def test_what_parallel_errors_confirm_is_no_row_of_the_batch() -> None:
    model = fl.SoftmaxRegression(4, 10, dtype="float64")  # at zeros each row has the same p
    features = np.random.default_rng(0).random((3, 4))
    found = recover_rows(model.layout, model.grad(np.zeros(50), features, np.array([0, 1, 2])))
    assert found.num_units.tolist() == [7, 1, 1, 1]  # seven classes are not in the batch
    np.testing.assert_allclose(found.confirmed, [features.mean(axis=0)])


BAD = st.sampled_from([np.nan, np.inf, -np.inf, 1e308, -1e308])


@given(SEEDS, st.lists(st.tuples(st.integers(0, 23), BAD), min_size=1, max_size=4))
def test_numbers_that_no_row_gives_are_left_out(seed: int, bad: list[tuple[int, float]]) -> None:
    rng = np.random.default_rng(seed)
    layout = ParamLayout({"W": (3, 6), "b": (6,)})
    row, errors = rng.normal(size=3), rng.uniform(1, 2, 6)
    gradient = np.append(np.outer(row, errors), errors)
    for place, number in bad:
        gradient[place] = number
    found = recover_rows(layout, gradient)
    assert np.isfinite(found.rows).all()
    spoilt = {place % 6 for place, _ in bad}  # columns of W and entries of b
    if not any(place >= 18 and abs(number) == 1e308 for place, number in bad):
        assert (found.errors(row[np.newaxis]) < 1e-18).all() or len(spoilt) == 6


def test_tiny_entries_of_the_bias_are_not_divided_by() -> None:
    layout = ParamLayout({"W": (1, 2), "b": (2,)})
    gradient = layout.pack({"W": np.array([[3.0, 5.0]]), "b": np.array([1.0, 1e-12])})
    assert recover_rows(layout, gradient).rows.tolist() == [[3.0]]


def test_bad_input_is_told() -> None:
    flat = ParamLayout({"W": (3,)})
    with pytest.raises(ValueError, match="layout must begin with weights"):
        recover_rows(flat, np.zeros(3))
    with pytest.raises(ValueError, match="layout must end with a bias of two classes or more"):
        label_of(fl.LogisticRegression(3).layout, np.zeros(4))
    softmax = fl.SoftmaxRegression(2, 3)
    with pytest.raises(ValueError, match="probabilities must have shape"):
        label_counts(softmax.layout, np.zeros(9), np.ones(2), 4)
    with pytest.raises(ValueError, match="learning_rate must be above 0"):
        gradient_of_update(np.zeros(3), 0.0)
    for bad in (np.full(9, np.nan), np.full(9, np.inf)):
        with pytest.raises(ValueError, match="probabilities must be finite"):
            label_counts(softmax.layout, bad, np.full(3, 1 / 3), 4)
    with pytest.raises(ValueError, match="labels must be 0 or 1, got -1 to 1"):
        missing_row(np.zeros(1), 0.0, np.ones((2, 1)), np.array([-1, 1]))


def test_what_an_answer_of_a_label_does_not_show() -> None:
    model = fl.SoftmaxRegression(2, 2, dtype="float64")
    rows = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    batch = model.grad(np.zeros(6), rows, np.array([0, 1, 1]))
    assert label_of(model.layout, batch) == 1  # of two classes one entry is negative
    assert label_of(model.layout, np.zeros(6)) is None


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(SEEDS, st.floats(0, 4))
def test_the_label_is_read_off_a_model_that_is_certain(
    dtype: str, seed: int, exponent: float
) -> None:
    model = fl.SoftmaxRegression(4, 5, dtype=dtype)
    theta, features, labels = case(model, 1, seed)
    theta = (np.random.default_rng(seed).normal(size=25) * 10**exponent).astype(dtype)
    gradient = model.grad(theta, features.astype(dtype), labels)
    bias = model.layout.views(gradient)["b"]
    is_lost = not (bias < 0).any() and (bias == 0).sum() > 1  # other probabilities are 0 too
    assert label_of(model.layout, gradient) == (None if is_lost else labels[0])


def test_images_without_a_range_have_no_ratio_of_signal_to_noise() -> None:
    found = Recovered(np.zeros((1, 4)), np.ones(1, np.int64))
    with pytest.raises(ValueError, match=r"value_range must be above 0, got 0\.0"):
        found.psnr(np.zeros((1, 4)), value_range=0.0)
    assert found.psnr(np.zeros((1, 4))).tolist() == [np.inf]
    assert Recovered(np.zeros((0, 4)), np.zeros(0, np.int64)).psnr(np.ones((1, 4))) == -np.inf


def test_a_batch_of_several_labels_is_not_taken_for_one_row() -> None:
    model = fl.SoftmaxRegression(2, 4, dtype="float64")
    gradient = model.grad(np.zeros(12), np.ones((2, 2)), np.array([0, 3]))
    assert label_of(model.layout, gradient) is None
    assert recover_rows(model.layout, np.zeros(12)).rows.shape == (0, 2)
    assert np.isinf(recover_rows(model.layout, np.zeros(12)).errors(np.ones((1, 2)))).all()


def test_recovered_images_are_drawn_beside_the_true_ones() -> None:
    pytest.importorskip("matplotlib.pyplot")
    found = Recovered(np.eye(4)[[1, 0]], np.array([3, 2]))
    axes = found.plot(np.eye(4)[:2], (2, 2))
    shown = [ax.get_images()[0].get_array().reshape(-1).tolist() for ax in axes]
    assert shown == [*np.eye(4)[:2].tolist(), *np.eye(4)[:2].tolist()]
    assert [ax.get_ylabel() for ax in axes] == ["true", "", "recovered", ""]


# ---- The last row of a logistic regression ------------------------------------------------------


def optimum(features: Any, labels: Any, strength: float) -> Any:
    """Newton's method on the sum of losses with a penalty on the weights alone."""
    n, p = features.shape
    X, theta = np.hstack([features, np.ones((n, 1))]), np.zeros(p + 1)
    penalty = np.diag([strength] * p + [0.0])
    for _ in range(60):
        q = sigmoid(X @ theta)
        hessian = (X * (q * (1 - q))[:, np.newaxis]).T @ X + penalty
        theta = theta - np.linalg.solve(hessian, X.T @ (q - labels) + penalty @ theta)
    return theta


@pytest.mark.parametrize("seed", range(20))
def test_the_missing_row_is_rebuilt(seed: int) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(100, 20))
    labels = (rng.random(100) < sigmoid(features @ rng.normal(size=20))).astype(float)
    theta = optimum(features, labels, strength=1.0)
    row = missing_row(theta[:-1], theta[-1], features[1:], labels[1:], strength=1.0)
    np.testing.assert_allclose(row.features, features[0], atol=1e-9)
    assert row.label == labels[0]
    assert row.residual < 1e-9
    forgotten = missing_row(theta[:-1], theta[-1], features[1:], labels[1:])
    assert np.abs(forgotten.features - features[0]).max() > 0.1
    assert forgotten.residual > row.residual


def test_nothing_left_over_is_told() -> None:
    with pytest.raises(ValueError, match=r"leave over must not be 0, got -?0.0; is a row missing"):
        missing_row(np.zeros(1), 0.0, np.array([[1.0], [-1.0]]), np.array([0, 1]))
