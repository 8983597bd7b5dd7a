"""Training many clients at once is training them one by one."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pyfedlite._typing import Vector
from pyfedlite.algorithms import FedAvg, fedavg
from pyfedlite.clients import Client, Fate, Participant
from pyfedlite.errors import DivergedError
from pyfedlite.local import LocalSGD
from pyfedlite.local.together import stack_size, train_all
from pyfedlite.models import MLP, LinearRegression, LogisticRegression, SoftmaxRegression
from pyfedlite.roles import Model
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.testing.strategies import participants, seeds

# Products of at most 12 rows, added up in another order in float64; a dozen steps at rates of 0.1
# on losses with gradients below 100 enlarge the differences by less than 1000.
FLOAT64 = 1e-10
MODELS = {
    "linear": LinearRegression(3, dtype="float64"),
    "logistic": LogisticRegression(3, l2=0.1, dtype="float64"),
    "softmax": SoftmaxRegression(3, 4, dtype="float64"),
    "mlp": MLP(3, 5, 4, activation="tanh", dtype="float64"),
}
SETTINGS = st.builds(
    LocalSGD,
    local_epochs=st.integers(1, 3),
    batch_size=st.none() | st.integers(1, 13),
    learning_rate=st.just(0.05),
    momentum=st.sampled_from([0.0, 0.5]),
    proximal_mu=st.sampled_from([0.0, 0.3]),
    learning_rate_decay=st.sampled_from([1.0, 0.9]),
)


FATES = st.builds(Fate, local_epochs=st.none() | st.integers(1, 3)) | st.builds(
    Fate, local_steps=st.integers(1, 20)
)


def own_direction(participant: Participant, theta: Vector) -> Vector:
    """Return a correction of each client's own."""
    return np.random.default_rng(participant.client.client_id).normal(size=len(theta))


def generators(cohort: list[Participant], seed: int) -> list[np.random.Generator]:
    return [RoundSeed(seed, 2).rng(Role.BATCHES, p.client.client_id) for p in cohort]


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
@settings(max_examples=25, deadline=None)
@given(data=st.data(), local=SETTINGS, seed=seeds(), corrected=st.booleans())
def test_stacked_updates_are_the_updates_of_one_client_at_a_time(
    model: Model, data: st.DataObject, local: LocalSGD, seed: int, corrected: bool
) -> None:
    cohort = data.draw(participants(model))
    fates = data.draw(st.lists(FATES, min_size=5, max_size=5))
    cohort = [replace(p, fate=fate) for p, fate in zip(cohort, fates, strict=False)]
    theta = np.random.default_rng(seed).normal(size=model.layout.num_params)
    local = replace(local, correction=own_direction if corrected else None)
    together = train_all(
        local,
        model,
        theta,
        cohort,
        generators(cohort, seed),
        round=2,
    )
    alone = [
        local.train(model, theta, p, rng, round=2)
        for p, rng in zip(cohort, generators(cohort, seed), strict=True)
    ]
    for one, other in zip(together, alone, strict=True):
        np.testing.assert_allclose(one.delta, other.delta, rtol=0, atol=FLOAT64)
        np.testing.assert_allclose(one.train_loss, other.train_loss, rtol=1e-10)
        assert (one.client_id, one.num_steps) == (other.client_id, other.num_steps)
        assert one.num_examples == other.num_examples


@settings(max_examples=20)
@given(cohort=participants(SoftmaxRegression(3, 4)), seed=seeds())
def test_training_one_at_a_time_changes_rounding_only(cohort: list[Participant], seed: int) -> None:
    def theta(algorithm: FedAvg) -> Any:
        start = algorithm.init(RoundSeed(seed).rng(Role.INIT))
        return algorithm.round(start, cohort, RoundSeed(seed, 1))[0].theta

    algorithm = fedavg(MODELS["softmax"], local_epochs=2, batch_size=3)
    alone = replace(algorithm, one_at_a_time=True)
    np.testing.assert_allclose(theta(alone), theta(algorithm), rtol=0, atol=FLOAT64)


@pytest.mark.parametrize(("num_clients", "longest"), [(1, 1), (127, 1), (128, 2), (400, 6)])
def test_clients_one_at_a_time_share_tasks_where_many_are_left(
    num_clients: int, longest: int
) -> None:
    lengths = []

    def one_by_one(work: Callable[..., Any], tasks: Iterable[list[Participant]]) -> Iterator[Any]:
        for task in tasks:
            lengths.append(len(task))
            for participant in task:
                yield work([participant])

    rows = np.random.default_rng(0).normal(size=(num_clients, 5, 3))
    cohort = [Participant(Client(k, x, np.arange(5) % 4)) for k, x in enumerate(rows)]
    algorithm = fedavg(MODELS["softmax"], local_epochs=2, batch_size=3)
    algorithm = replace(algorithm, one_at_a_time=True)
    start = algorithm.init(RoundSeed(0).rng(Role.INIT))
    together, _ = algorithm.round(start, cohort, RoundSeed(0, 1))
    apart, _ = algorithm.round(start, cohort, RoundSeed(0, 1), map=one_by_one)
    assert together.theta.tobytes() == apart.theta.tobytes()
    assert max(lengths) == longest
    assert sum(lengths) == num_clients


def test_clients_of_a_large_model_are_tasks_of_their_own() -> None:
    lengths = []

    def counting(work: Callable[..., Any], tasks: Iterable[list[Participant]]) -> Iterator[Any]:
        for task in tasks:
            lengths.append(len(task))
            yield work(task)

    model = MLP(784, 100, 10)
    cohort = [Participant(Client(k, np.zeros((1, 784)), np.zeros(1, int))) for k in range(130)]
    algorithm = replace(fedavg(model), one_at_a_time=True)
    start = algorithm.init(RoundSeed(0).rng(Role.INIT))
    algorithm.round(start, cohort, RoundSeed(0, 1), map=counting)
    assert lengths == [1] * 130


def test_large_models_are_trained_one_client_at_a_time() -> None:
    assert stack_size(MLP(784, 200, 200, 10)) == 1
    assert stack_size(SoftmaxRegression(64, 10)) > 50


def test_dtype_counts_in_the_size_of_a_stack() -> None:
    single, double = SoftmaxRegression(64, 10), SoftmaxRegression(64, 10, dtype="float64")
    assert stack_size(single) == 2 * stack_size(double)


def test_one_diverging_client_of_a_stack_is_named() -> None:
    model = LinearRegression(1, dtype="float64")
    rng = np.random.default_rng(0)
    scale = {3: 1.0, 8: 1e4, 9: 1.0}
    cohort = [
        Participant(Client(k, s * rng.normal(size=(4, 1)), rng.normal(size=4)))
        for k, s in scale.items()
    ]
    local = LocalSGD(100, 2, learning_rate=0.1)
    with pytest.raises(DivergedError, match="theta of client 8 must stay finite"):
        train_all(local, model, np.zeros(2), cohort, generators(cohort, 0), round=2)
