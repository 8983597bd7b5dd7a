"""Steps that the first layer takes late are the steps of one batch after another."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyfedlite.algorithms import fedavg
from pyfedlite.clients import Client, Participant, batches
from pyfedlite.local import LocalSGD
from pyfedlite.models import MLP
from pyfedlite.models.delayed import LEAST_BATCHES, ROWS, Delayed, rows_together
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.testing.strategies import generators, seeds

# Each number is a sum of at most ROWS products of numbers near 1.
FLOAT64 = 1e-12


@given(
    rng=generators(),
    num_features=st.integers(1, 6),
    units=st.integers(1, 5),
    num_examples=st.integers(1, 20),
    batch_size=st.integers(1, 8),
)
def test_scores_and_weights_are_those_of_steps_taken_at_once(
    rng: np.random.Generator, num_features: int, units: int, num_examples: int, batch_size: int
) -> None:
    W, b = rng.normal(size=(num_features, units)), rng.normal(size=units)
    X, dz = rng.normal(size=(num_examples, num_features)), rng.normal(size=(num_examples, units))
    late_W, late_b, rate = W.copy(), b.copy(), 0.1
    layer = Delayed.of(late_W, late_b, X)
    for batch in batches(num_examples, batch_size):
        np.testing.assert_allclose(layer.forward(batch), X[batch] @ W + b, rtol=0, atol=FLOAT64)
        layer.descend(batch, dz[batch], rate)
        W -= rate * X[batch].T @ dz[batch]
        b -= rate * dz[batch].sum(axis=0)
    layer.finish()
    np.testing.assert_allclose(late_W, W, rtol=0, atol=FLOAT64)
    np.testing.assert_allclose(late_b, b, rtol=0, atol=FLOAT64)


@given(batch_size=st.integers(1, 200))
def test_rows_that_wait_are_whole_batches_and_not_too_many(batch_size: int) -> None:
    rows = rows_together(batch_size)
    assert rows % batch_size == 0
    assert rows <= ROWS
    assert rows == 0 or rows >= LEAST_BATCHES * batch_size


def one_client(model: MLP, num_examples: int, seed: int) -> Participant:
    rng = np.random.default_rng(seed)
    features = rng.random((num_examples, model.num_features)).astype(model.dtype)
    return Participant(Client(0, features, rng.integers(model.num_classes, size=num_examples)))


def both_ways(model: MLP, local: LocalSGD, participant: Participant, seed: int) -> Any:
    """Return the delta of the reference, and that of the way a cohort takes."""
    theta, keys = model.init(np.random.default_rng(seed)), RoundSeed(seed, 1)
    one = local.train(model, theta, participant, keys.rng(Role.BATCHES), round=1)
    (other,) = local.train_cohort(model, theta, [participant], [keys.rng(Role.BATCHES)], round=1)
    assert (one.num_steps, one.train_loss) == (other.num_steps, other.train_loss)
    return one.delta, other.delta


# float32 keeps 7 digits; a delta here is below 1 and a sum of at most 100 steps.
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
@settings(max_examples=20, deadline=None)
@given(
    num_examples=st.integers(1, 200),
    batch_size=st.none() | st.integers(1, 30),
    local_epochs=st.integers(1, 2),
    seed=seeds(),
)
def test_a_client_trained_alone_is_trained_as_by_the_reference(
    dtype: str,
    tolerance: float,
    num_examples: int,
    batch_size: int | None,
    local_epochs: int,
    seed: int,
) -> None:
    model = MLP(20, 9, 7, 4, dtype=dtype)
    local = LocalSGD(local_epochs, batch_size, learning_rate=0.05)
    one, other = both_ways(model, local, one_client(model, num_examples, seed), seed)
    np.testing.assert_allclose(other, one, rtol=0, atol=tolerance)


@pytest.mark.parametrize(
    ("model", "local"),
    [
        (MLP(20, 9, 4, l2=0.1), LocalSGD(1, 5)),
        (MLP(20, 9, 4), LocalSGD(1, 5, momentum=0.5)),
        (MLP(20, 9, 4), LocalSGD(1, 5, proximal_mu=0.5)),
        (MLP(20, 9, 4), LocalSGD(1, 30)),
        (MLP(20, 9, 4), LocalSGD(1, None)),
    ],
    ids=["l2", "momentum", "proximal", "large batches", "one batch"],
)
def test_other_steps_are_taken_one_after_another(model: MLP, local: LocalSGD) -> None:
    one, other = both_ways(model, local, one_client(model, 60, 0), 0)
    np.testing.assert_array_equal(other, one)


def test_chunks_of_one_client_take_the_reference() -> None:
    model = MLP(20, 9, 4)
    algorithm = replace(fedavg(model, local_epochs=1, batch_size=5), chunk_size=1)
    participant, keys = one_client(model, 60, 0), RoundSeed(0, 1)
    state = algorithm.init(RoundSeed(0).rng(Role.INIT))
    (update,) = algorithm.client_updates(state.theta, keys, [participant])
    rng = keys.rng(Role.BATCHES)
    reference = algorithm.local.train(model, state.theta, participant, rng, round=1)
    np.testing.assert_array_equal(update.delta, reference.delta)
