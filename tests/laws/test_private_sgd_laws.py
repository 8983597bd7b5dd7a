"""DP-SGD: plain descent where there is no noise, and what one row can change."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.clients import Client, Participant
from pyfedlite.local import LocalSGD, PrivateSGD
from pyfedlite.local.private import clipped_gradients, example_gradients
from pyfedlite.models import MLP, LinearRegression, LogisticRegression, SoftmaxRegression
from pyfedlite.norms import norm

MODELS = [
    LinearRegression(3, l2=0.7, dtype="float64"),
    LogisticRegression(3, dtype="float64"),
    SoftmaxRegression(3, 2, dtype="float64"),
    MLP(3, 4, 2, dtype="float64"),
]
NO_CLIP = 1e300
ROWS = hnp.arrays(np.float64, (6, 3), elements=st.floats(-5, 5))
LABELS = hnp.arrays(np.int64, 6, elements=st.integers(0, 1))
models = st.sampled_from(MODELS)
seeds = st.integers(0, 2**32)


class WithoutAxes:
    """A model as a third party writes it, for one data set at a time."""

    def __init__(self, model):
        self.grad = model.grad


def train(sgd, model, theta, x, y, seed):
    participant = Participant(Client(0, x, y))
    return sgd.train(model, theta, participant, np.random.default_rng(seed), round=1)


@given(models, ROWS, LABELS, seeds)
def test_gradients_of_single_rows_are_those_of_data_sets_of_one_row(model, x, y, seed):
    theta = np.random.default_rng(seed).normal(size=model.layout.num_params)
    together = example_gradients(model, theta, x, y)
    alone = example_gradients(WithoutAxes(model), theta, x, y)
    np.testing.assert_allclose(together, alone, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(together.mean(axis=0), model.grad(theta, x, y), atol=1e-11)


@given(models, ROWS, LABELS, seeds, st.integers(1, 4))
def test_without_noise_and_sampling_it_is_gradient_descent(model, x, y, seed, steps):
    theta = np.random.default_rng(seed).normal(size=model.layout.num_params)
    plain = LocalSGD(local_epochs=steps, batch_size=None, learning_rate=0.1)
    private = PrivateSGD(steps, 0.1, NO_CLIP, 0.0, sampling_rate=1.0, population=6)
    expected = train(plain, model, theta, x, y, seed).delta
    np.testing.assert_allclose(train(private, model, theta, x, y, seed).delta, expected, atol=1e-9)


@given(models, ROWS, LABELS, seeds, st.floats(0.1, 0.9), st.integers(1, 20))
def test_without_noise_it_is_sgd_on_the_same_samples(model, x, y, seed, rate, population):
    theta, rng = np.zeros(model.layout.num_params), np.random.default_rng(seed)
    expected = theta.copy()
    for _ in range(3):
        sample = rng.random(6) < rate
        if sample.any():  # the mean over the sample, for the declared size in its place
            share = sample.sum() / (rate * population)
            expected -= 0.1 * share * model.grad(expected, x[sample], y[sample])
        rng.normal(size=len(theta))  # the noise, which is multiplied by 0
    private = PrivateSGD(3, 0.1, NO_CLIP, 0.0, sampling_rate=rate, population=population)
    delta = train(private, model, theta, x, y, seed).delta
    np.testing.assert_allclose(delta, expected, rtol=1e-9, atol=1e-9)


ANYTHING = hnp.arrays(np.float64, (5, 3), elements=st.floats(allow_nan=True, allow_infinity=True))


@given(models, ANYTHING, LABELS, st.integers(0, 4), st.sampled_from([1e-3, 1.0, 50.0]))
def test_one_row_moves_the_sum_by_c_at_most_whatever_it_holds(model, x, y, k, clip):
    theta = np.linspace(-1, 1, model.layout.num_params)
    with np.errstate(all="ignore"):
        whole = clipped_gradients(model, theta, x, y[:5], clip)
        rest = np.delete(x, k, axis=0), np.delete(y[:5], k)
        without = clipped_gradients(model, theta, *rest, clip)
    assert np.isfinite(whole).all()
    assert norm(whole - without) <= clip * (1 + 5 * 6 * 2.0**-52 * len(theta))


@given(models, ROWS, LABELS, seeds, st.integers(1, 9))
def test_what_leaves_the_device_counts_no_rows(model, x, y, seed, population):
    sgd = PrivateSGD(2, 0.1, 1.0, 1.0, sampling_rate=0.5, population=population)
    theta = np.zeros(model.layout.num_params)
    for number in (0, 1, 6):
        update = train(sgd, model, theta, x[:number], y[:number], seed)
        assert (update.num_examples, update.num_steps) == (population, 2)
        assert np.isnan(update.train_loss)
