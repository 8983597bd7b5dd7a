"""Steps that the first layer takes late are the steps of one batch after another."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyfedlite.algorithms.round import ClientSide
from pyfedlite.clients import Client, Participant, batches
from pyfedlite.errors import DivergedError
from pyfedlite.local import LocalSGD, together
from pyfedlite.local.together import train_all
from pyfedlite.models import MLP
from pyfedlite.models.fast.delayed import MAX_ROWS, MIN_BATCHES, Delayed, rows_together
from pyfedlite.models.fast.descend import descend_epoch
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.testing.strategies import generators, seeds

# Each number is a sum of at most 20 products of numbers near 1.
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
    W, b = rng.normal(size=(num_features, units)), rng.normal(size=(1, units))
    X, dz = rng.normal(size=(num_examples, num_features)), rng.normal(size=(num_examples, units))
    late_W, late_b, rate = W.copy(), b.copy(), 0.1
    layer = Delayed.of(late_W, late_b, X)
    for batch in batches(num_examples, batch_size):
        np.testing.assert_allclose(layer.forward(batch), X[batch] @ W + b, rtol=0, atol=FLOAT64)
        layer.descend(batch, rate * dz[batch])
        W -= rate * X[batch].T @ dz[batch]
        b -= rate * dz[batch].sum(axis=0)
    layer.finish()
    np.testing.assert_allclose(late_W, W, rtol=0, atol=FLOAT64)
    np.testing.assert_allclose(late_b, b, rtol=0, atol=FLOAT64)


@given(batch_size=st.integers(1, 200), num_examples=st.integers(1, 400))
def test_rows_that_wait_are_whole_batches_and_not_too_many(
    batch_size: int, num_examples: int
) -> None:
    rows = rows_together(batch_size, num_examples)
    assert rows % batch_size == 0
    assert rows <= MAX_ROWS
    assert rows == 0 or rows >= MIN_BATCHES * batch_size
    enough = num_examples > (MIN_BATCHES - 1) * batch_size  # more than two batches
    assert (rows > 0) == (enough and MIN_BATCHES * batch_size <= MAX_ROWS)


def test_small_whole_numbers_do_not_wrap_around() -> None:
    rows, labels = np.full((30, 5), 100, np.int8), np.zeros(30, int)  # 5 * 100 * 100 > 127
    model, rate = MLP(5, 3, dtype="float64"), 1e-6
    theta = model.init(np.random.default_rng(0))
    expected = theta.copy()
    descend_epoch(model, theta, rows, labels, rate, 5)
    descend_epoch(model, expected, rows.astype(np.float64), labels, rate, 5)
    np.testing.assert_array_equal(theta, expected)


def test_rows_of_another_width_are_refused() -> None:
    model = MLP(5, 3)
    theta = model.init(np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"features must have shape \(..., n, 5\), got \(30, 4\)"):
        descend_epoch(model, theta, np.zeros((30, 4), np.float32), np.zeros(30, int), 0.1, 5)


def one_client(model: MLP, num_examples: int, seed: int) -> Participant:
    rng = np.random.default_rng(seed)
    features = rng.random((num_examples, model.num_features)).astype(model.dtype)
    return Participant(Client(0, features, rng.integers(model.num_classes, size=num_examples)))


def both_ways(model: MLP, local: LocalSGD, participant: Participant, seed: int) -> Any:
    """Return the delta of the reference, and that of the way a cohort takes."""
    theta, keys = model.init(np.random.default_rng(seed)), RoundSeed(seed, 1)
    one = local.train(model, theta, participant, keys.rng(Role.BATCHES), round=1)
    (other,) = train_all(local, model, theta, [participant], [keys.rng(Role.BATCHES)], round=1)
    assert (one.num_steps, one.train_loss) == (other.num_steps, other.train_loss)
    return one.delta, other.delta


# float32 keeps 7 digits, and a delta here is below 1, the sum of at most 400 steps. tanh has no
# kink: where a score of a ReLU is 0 but for rounding, the two ways may part.
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
    model = MLP(20, 9, 7, 4, activation="tanh", dtype=dtype)
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
    ],
    ids=["l2", "momentum", "proximal", "large batches"],
)
def test_other_steps_are_taken_one_after_another(model: MLP, local: LocalSGD) -> None:
    one, other = both_ways(model, local, one_client(model, 60, 0), 0)
    np.testing.assert_allclose(other, one, rtol=0, atol=1e-5)  # float32, 12 steps


def test_one_at_a_time_is_the_reference() -> None:
    model = MLP(20, 9, 4)
    local, theta = LocalSGD(1, 5), model.init(np.random.default_rng(0))
    participant, seed = one_client(model, 60, 0), RoundSeed(0, 1)
    side = ClientSide(model, local, one_at_a_time=True)
    (update,) = side.updates(theta, {}, [participant], seed, map)
    reference = local.train(model, theta, participant, seed.rng(Role.BATCHES), round=1)
    np.testing.assert_array_equal(update.delta, reference.delta)


@pytest.mark.parametrize(
    ("local", "corrected", "epochs"),
    [
        (LocalSGD(3, 5), False, 3),
        (LocalSGD(3, 5), True, 0),
        (LocalSGD(3, 5, momentum=0.5), False, 0),
        (LocalSGD(3, 5, proximal_mu=0.5), False, 0),
    ],
    ids=["plain", "corrected", "momentum", "proximal"],
)
def test_epochs_are_taken_as_one_where_steps_are_plain(
    local: LocalSGD, corrected: bool, epochs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[int] = []
    monkeypatch.setattr(together, "descend_epoch", lambda *_: taken.append(1))
    model = MLP(20, 9, 4)
    theta, cohort = model.init(np.random.default_rng(0)), [one_client(model, 60, 0)]
    local = replace(local, correction=lambda _, theta: theta) if corrected else local
    rngs = RoundSeed(0, 1).rngs(Role.BATCHES, [0])
    train_all(local, model, theta, cohort, rngs, round=1)
    assert len(taken) == epochs


def test_steps_of_the_first_layer_wait_for_six_batches_of_ten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[int] = []
    finish = Delayed.finish

    def watched(layer: Delayed) -> None:
        waited.append(len(layer.features))
        finish(layer)

    monkeypatch.setattr(Delayed, "finish", watched)
    model = MLP(20, 9, 4)
    both_ways(model, LocalSGD(1, 10), one_client(model, 130, 0), 0)
    assert waited == [60, 60, 10]


def test_client_that_diverges_in_steps_taken_together_is_named() -> None:
    model = MLP(20, 9, 4)
    local = LocalSGD(20, 5, learning_rate=1e20)
    theta, rngs = model.init(np.random.default_rng(0)), RoundSeed(0, 1).rngs(Role.BATCHES, [0])
    with pytest.raises(DivergedError, match="theta of client 0 must stay finite"):
        train_all(local, model, theta, [one_client(model, 60, 0)], rngs, round=1)
