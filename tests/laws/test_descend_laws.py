"""A step without a gradient in memory is the step along the gradient."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyfedlite.clients import batches
from pyfedlite.models import MLP, LinearRegression, LogisticRegression, SoftmaxRegression
from pyfedlite.models.fast.descend import Descends, can_descend, descend, descend_epoch
from pyfedlite.testing.strategies import ModelCase, generators, model_cases

# Sums of up to 6 examples through 3 layers in float64, of numbers up to about 100; or of 150 steps
# at a rate of 0.05 on numbers near 1.
EXACT = 1e-10
MODELS: dict[str, Descends] = {
    "linear": LinearRegression(3, dtype="float64"),
    "linear, l2": LinearRegression(3, l2=0.1, dtype="float64"),
    "logistic": LogisticRegression(3, l2=0.1, dtype="float64"),
    "softmax": SoftmaxRegression(3, 4, l2=0.1, dtype="float64"),
    "mlp": MLP(3, 5, 4, dtype="float64"),
    "mlp, l2": MLP(3, 5, 4, 1, activation="tanh", l2=0.1, dtype="float64"),
}
every_model = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def close(actual: np.ndarray, expected: np.ndarray) -> None:
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(actual, expected, rtol=0, atol=EXACT * scale)


@every_model
@pytest.mark.parametrize("batch", [(), (3,)], ids=["one client", "a stack"])
@settings(max_examples=10)
@given(data=st.data(), rate=st.floats(0.01, 1), weighted=st.booleans())
def test_a_step_in_place_goes_down_the_gradient(
    model: Descends, batch: tuple[int, ...], data: st.DataObject, rate: float, weighted: bool
) -> None:
    case: ModelCase = data.draw(model_cases(model, batch=batch))
    every = 1.0 + np.arange(case.labels.size).reshape(case.labels.shape) % 3
    weights = every if weighted else None
    rows = (case.features, case.labels)
    expected = case.theta - rate * model.grad(case.theta, *rows, weights)
    theta = case.theta.copy()
    descend(model, theta, *rows, rate, weights)
    close(theta, expected)


@every_model
@settings(max_examples=15)
@given(rng=generators(), num_examples=st.integers(1, 150), batch_size=st.integers(1, 30))
def test_an_epoch_is_one_step_after_another(
    model: Descends, rng: np.random.Generator, num_examples: int, batch_size: int
) -> None:
    # Drawn from a generator, because Hypothesis likes zeros: at a score of exactly 0, rounding
    # decides on which side of a ReLU's kink one is.
    features = rng.normal(size=(num_examples, model.num_features))
    labels = rng.integers(model.num_classes or 1, size=num_examples)
    together = model.init(rng).astype(np.float64)
    expected = together.copy()
    for b in batches(num_examples, batch_size):
        descend(model, expected, features[b], labels[b], 0.05)
    descend_epoch(model, together, features, labels, 0.05, batch_size)
    close(together, expected)


def test_a_subclass_with_formulas_of_its_own_takes_its_own_steps() -> None:
    class Flat(MLP):
        def grad(self, theta: np.ndarray, *_: object) -> np.ndarray:
            return np.zeros_like(theta)

    assert can_descend(MLP(3, 2))
    assert not can_descend(Flat(3, 2))
