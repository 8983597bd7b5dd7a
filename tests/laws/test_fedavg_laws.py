"""What federated averaging has to be equal to: one page of NumPy, and centralised training."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyfedlite import plain
from pyfedlite.algorithms import fedavg, fedprox, fedsgd
from pyfedlite.algorithms.fedavg import FedAvg
from pyfedlite.clients import Client, Participant
from pyfedlite.data import Dataset, FederatedDataset, dirichlet, load_digits, partition
from pyfedlite.local import LocalSGD
from pyfedlite.models import MLP, SoftmaxRegression
from pyfedlite.roles import Model
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.simulation import simulate
from pyfedlite.state import State
from pyfedlite.testing.strategies import participants, seeds

# Two float64 computations of the same numbers in another order. A round adds up at most a few
# hundred numbers of size 1, each rounded to 2^-53; five rounds at rates below 1 do not amplify
# differences by more than about 100.
FLOAT64 = 1e-11

PAIRS = {
    "softmax": (plain.SoftmaxRegression(3, 4), SoftmaxRegression(3, 4, dtype="float64")),
    "mlp": (plain.MLP(3, 6, 5, 4), MLP(3, 6, 5, 4, dtype="float64")),
}


def federated(cohort: list[Participant]) -> FederatedDataset:
    features = np.concatenate([p.client.features for p in cohort])
    labels = np.concatenate([p.client.labels for p in cohort])
    owner = np.repeat(np.arange(len(cohort)), [p.client.num_examples for p in cohort])
    data = Dataset(features, labels, features[:1], labels[:1], num_classes=4, name="drawn")
    return FederatedDataset(data, owner)


@pytest.mark.parametrize("pair", PAIRS)
@settings(max_examples=15, deadline=None)
@given(
    cohort=participants(SoftmaxRegression(3, 4)),
    seed=seeds(),
    fraction=st.sampled_from([0.0, 0.3, 0.5, 1.0]),
    local_epochs=st.integers(1, 3),
    batch_size=st.integers(1, 13),
)
def test_library_computes_what_the_plain_page_computes(
    pair: str,
    cohort: list[Participant],
    seed: int,
    fraction: float,
    local_epochs: int,
    batch_size: int,
) -> None:
    plain_model, model = PAIRS[pair]
    pairs = [(p.client.features, p.client.labels) for p in cohort]
    settings = {"C": fraction, "E": local_epochs, "B": batch_size, "eta": 0.1, "seed": seed}
    *_, (_, w) = plain.federated_averaging(plain_model, pairs, 3, **settings)
    algorithm = fedavg(model, local_epochs=local_epochs, batch_size=batch_size, learning_rate=0.1)
    history = simulate(
        algorithm, federated(cohort), num_rounds=3, client_fraction=fraction, seed=seed
    )
    np.testing.assert_allclose(history.theta, w, rtol=0, atol=FLOAT64)


@pytest.mark.parametrize("pair", ["softmax", "mlp"])
def test_library_and_plain_page_agree_on_digits(pair: str) -> None:
    clients = partition(load_digits(), dirichlet(alpha=0.3), num_clients=20, seed=3)
    plain_model, model = {
        "softmax": (plain.SoftmaxRegression(64, 10), SoftmaxRegression(64, 10, dtype="float64")),
        "mlp": (plain.MLP(64, 32, 10), MLP(64, 32, 10, dtype="float64")),
    }[pair]
    rows = [(c.features.astype(np.float64), c.labels) for c in clients]
    *_, (_, w) = plain.federated_averaging(plain_model, rows, 5, C=0.3, E=2, B=10, eta=0.1, seed=7)
    algorithm = fedavg(model, local_epochs=2, batch_size=10, learning_rate=0.1)
    history = simulate(algorithm, clients, num_rounds=5, client_fraction=0.3, seed=7)
    np.testing.assert_allclose(history.theta, w, rtol=0, atol=FLOAT64)


def one_round(algorithm: FedAvg, cohort: list[Participant], seed: int) -> tuple[State, State]:
    start = algorithm.init(RoundSeed(seed).rng(Role.INIT))
    after, _ = algorithm.round(start, cohort, RoundSeed(seed, 1))
    return start, after


MODELS = [SoftmaxRegression(3, 4, dtype="float64"), MLP(3, 4, 4, dtype="float64", l2=0.1)]


@pytest.mark.parametrize("model", MODELS, ids=["softmax", "mlp"])
@given(cohort=participants(SoftmaxRegression(3, 4)), seed=seeds())
def test_fedsgd_with_everyone_is_one_step_of_centralised_gradient_descent(
    model: Model, cohort: list[Participant], seed: int
) -> None:
    start, after = one_round(fedsgd(model, learning_rate=0.5), cohort, seed)
    features = np.concatenate([p.client.features for p in cohort])
    labels = np.concatenate([p.client.labels for p in cohort])
    expected = start.theta - 0.5 * model.grad(start.theta, features, labels)
    np.testing.assert_allclose(after.theta, expected, rtol=0, atol=FLOAT64)


@pytest.mark.parametrize("model", MODELS, ids=["softmax", "mlp"])
@given(cohort=participants(SoftmaxRegression(3, 4), max_clients=1), seed=seeds())
def test_fedavg_with_one_client_is_centralised_sgd(
    model: Model, cohort: list[Participant], seed: int
) -> None:
    algorithm = fedavg(model, local_epochs=2, batch_size=3, learning_rate=0.1)
    start, after = one_round(algorithm, cohort, seed)
    theta, client = start.theta, cohort[0].client
    rng = RoundSeed(seed, 1).rng(Role.BATCHES, client.client_id)
    for _ in range(2):
        order = rng.permutation(client.num_examples)
        for first in range(0, client.num_examples, 3):
            batch = order[first : first + 3]
            theta = theta - 0.1 * model.grad(theta, client.features[batch], client.labels[batch])
    np.testing.assert_allclose(after.theta, theta, rtol=0, atol=FLOAT64)


@given(cohort=participants(SoftmaxRegression(3, 4)), seed=seeds())
def test_fedprox_without_pull_is_fedavg(cohort: list[Participant], seed: int) -> None:
    model = SoftmaxRegression(3, 4)
    _, prox = one_round(fedprox(model, proximal_mu=0.0, local_epochs=3), cohort, seed)
    _, avg = one_round(fedavg(model, local_epochs=3), cohort, seed)
    np.testing.assert_array_equal(prox.theta, avg.theta)


@given(
    cohort=participants(SoftmaxRegression(3, 4), max_clients=1),
    seed=seeds(),
    mu=st.floats(0.1, 5),
)
def test_pull_of_fedprox_adds_mu_times_the_distance_to_the_gradient(
    cohort: list[Participant], seed: int, mu: float
) -> None:
    model = SoftmaxRegression(3, 4, dtype="float64")
    local = LocalSGD(local_epochs=2, batch_size=None, learning_rate=0.1, proximal_mu=mu)
    start, after = one_round(FedAvg(model, local), cohort, seed)
    rows = (cohort[0].client.features, cohort[0].client.labels)
    first = start.theta - 0.1 * model.grad(start.theta, *rows)  # the pull is 0 at the start
    pull = mu * (first - start.theta)
    second = first - 0.1 * (model.grad(first, *rows) + pull)
    np.testing.assert_allclose(after.theta, second, rtol=0, atol=FLOAT64)


@given(seed=seeds(), num_clients=st.integers(1, 6), local_epochs=st.integers(1, 4))
@example(seed=0, num_clients=3, local_epochs=1)
def test_equal_clients_do_as_one_of_them_with_all_rows_in_a_batch(
    seed: int, num_clients: int, local_epochs: int
) -> None:
    rng = np.random.default_rng(seed)
    features, labels = rng.normal(size=(5, 3)), rng.integers(4, size=5)
    cohort = [Participant(Client(k, features, labels)) for k in range(num_clients)]
    model = MLP(3, 4, 4, dtype="float64")
    algorithm = fedavg(model, local_epochs=local_epochs, batch_size=None, learning_rate=0.1)
    _, together = one_round(algorithm, cohort, seed)
    _, alone = one_round(algorithm, cohort[:1], seed)
    np.testing.assert_allclose(together.theta, alone.theta, rtol=0, atol=FLOAT64)
