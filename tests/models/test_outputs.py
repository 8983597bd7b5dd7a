import numpy as np
import pytest

from pyfedlite.models import MLP
from pyfedlite.models.fast.classes import MANY_CLASSES
from pyfedlite.models.outputs import Identity, Logistic, Output, Softmax, sigmoid

OUTPUTS = {"identity": (Identity(), 1), "logistic": (Logistic(), 1), "softmax": (Softmax(), 4)}


@pytest.mark.parametrize(("output", "num_outputs"), OUTPUTS.values(), ids=OUTPUTS)
def test_layout_of_the_scores_in_memory_changes_nothing(output: Output, num_outputs: int) -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(5, 6, num_outputs))
    labels = rng.integers(min(num_outputs + 1, 4), size=(5, 6)) % 2
    other = np.asfortranarray(scores)
    for f in (output.loss, output.error):
        np.testing.assert_allclose(f(other, labels, None), f(scores, labels, None), rtol=1e-14)


def test_one_set_of_labels_serves_many_models() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(5, 6, 4)), rng.integers(4, size=6)
    stacked = Softmax().loss(scores, labels, None)
    expected = [Softmax().loss(one, labels, None) for one in scores]
    np.testing.assert_allclose(stacked, expected, rtol=1e-14)


def test_sigmoid_of_minus_z_is_the_rest_to_one() -> None:
    z = np.linspace(-50, 50, 101)
    np.testing.assert_allclose(sigmoid(z) + sigmoid(-z), 1, rtol=0, atol=2e-16)


@pytest.mark.parametrize(("output", "num_outputs"), list(OUTPUTS.values())[1:], ids=["2", "4"])
@pytest.mark.parametrize("wrong", [-1, 4, np.nan])
def test_label_that_is_no_class_is_refused(output: Output, num_outputs: int, wrong: float) -> None:
    scores, labels = np.zeros((3, num_outputs)), np.array([0, wrong, 1])
    with pytest.raises(ValueError, match=f"labels must be classes from 0 to [13], got {wrong}"):
        output.loss(scores, labels, None)


def test_class_of_an_example_is_an_integer() -> None:
    scores, labels = np.zeros((2, 4)), np.array([0.0, 1.0])
    for f in (Softmax().loss, Softmax().error):
        with pytest.raises(ValueError, match=r"labels must be integers, .* got dtype float64"):
            f(scores, labels, None)


def test_small_probabilities_keep_their_digits() -> None:
    z = np.array([[-80.0], [-20.0], [20.0], [80.0]], np.float32)
    p = Logistic().probabilities(z)
    expected = np.exp(-np.abs(z[:, 0].astype(float)))  # e^-|z| / (1 + e^-|z|), to 2e-9
    np.testing.assert_allclose(p.min(axis=1), expected, rtol=1e-5)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("num_classes", [2, MANY_CLASSES, MANY_CLASSES + 1])
@pytest.mark.parametrize("shape", [(3,), (2, 3)])
def test_error_of_softmax_is_probability_minus_one_hot(
    num_classes: int, shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(*shape, num_classes)), rng.integers(num_classes, size=shape)
    one_hot = labels[..., np.newaxis] == np.arange(num_classes)
    p = np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)
    error = Softmax().error(scores, labels, None)
    np.testing.assert_allclose(error, (p - one_hot) / shape[-1], rtol=0, atol=1e-15)


@pytest.mark.parametrize("num_classes", [4, MANY_CLASSES + 1])
def test_label_beyond_the_classes_is_refused_in_a_step_too(num_classes: int) -> None:
    scores = np.zeros((2, num_classes))
    with pytest.raises(IndexError, match="out of bounds"):
        Softmax().error(scores, np.array([0, num_classes]), None)


def test_scores_that_are_not_a_number_do_not_hide_behind_relu() -> None:
    model = MLP(2, 3, 2)
    theta = model.init(np.random.default_rng(0))
    assert np.isnan(model.grad(theta, np.full((1, 2), np.nan, np.float32), np.array([0]))).all()
