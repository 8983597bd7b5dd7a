"""Each method has a law of its paper that pins it down; these are they."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from attackers import ALittleIsEnough, SignFlip, largest_deviation
from availability_trace import Trace
from changed_rows import Drift, LabelFlip
from ditto import Ditto, V
from fedcm import fedcm
from feddyn import G, H, feddyn
from fednova import NormalisedMean
from hypothesis import given
from hypothesis import strategies as st
from krum import Krum
from noisy_mean import NoisyMean, PoissonSampler
from plateau import Plateau
from scaffold import C, scaffold
from top_k import RESIDUAL, TopK

import pyfedlite as fl
from pyfedlite.aggregation import weighted_mean
from pyfedlite.algorithms import FedAvg
from pyfedlite.clients import Client, ClientUpdate, Fate, Participant, Stage
from pyfedlite.errors import RoundFailed
from pyfedlite.local import LocalSGD
from pyfedlite.params import ParamLayout
from pyfedlite.roles import Vector
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.state import Population, RoundContext, RoundRecord, RoundView, State, Stop
from pyfedlite.testing.strategies import client_updates, vectors

MODEL = fl.SoftmaxRegression(2, 3, dtype="float64")
LINE = fl.LinearRegression(1, dtype="float64")
RNG = np.random.default_rng(0)


def cohort_of(sizes: Sequence[int], seed: int = 0) -> list[Participant]:
    rng = np.random.default_rng(seed)
    return [
        Participant(Client(k, rng.normal(size=(n, 2)), rng.integers(3, size=n)))
        for k, n in enumerate(sizes)
    ]


def with_one_row_each(rows: Sequence[tuple[float, float]]) -> list[Participant]:
    return [Participant(Client(k, np.array([[x]]), np.array([y]))) for k, (x, y) in enumerate(rows)]


def rounds(algorithm: FedAvg, cohorts: Sequence[Sequence[Participant]], num_clients: int) -> State:
    """Return the state after one round with each of `cohorts`."""
    state = algorithm.init(RoundSeed(0).rng(Role.INIT))
    for number, cohort in enumerate(cohorts, start=1):
        population = Population(num_clients)
        state, _ = algorithm.round(state, cohort, RoundSeed(0, number), population=population)
    return state


def context(length: int = 5, round: int = 1) -> RoundContext:
    return RoundContext(round, np.zeros(length), RoundSeed(0, round))


def update(k: int, delta: Any, num_steps: int = 1, num_examples: int = 1) -> ClientUpdate:
    return ClientUpdate(k, np.asarray(delta, float), num_examples, num_steps, 0.0)


def near(actual: Any, expected: Any, atol: float = 1e-12) -> None:
    np.testing.assert_allclose(actual, expected, rtol=0, atol=atol)


# ---- SCAFFOLD -----------------------------------------------------------------------------------


def test_scaffold_with_one_step_of_everybody_is_federated_sgd() -> None:
    """The corrections c - c_i sum to 0, and one step does not see them apart."""
    people = cohort_of([4, 7, 5])
    plain = fl.fedavg(MODEL, batch_size=None, aggregator=weighted_mean(weights="uniform"))
    three = [people] * 3
    near(rounds(scaffold(MODEL, batch_size=None), three, 3).theta, rounds(plain, three, 3).theta)


def test_scaffold_with_equal_clients_is_federated_averaging() -> None:
    """Then c_i is c, and nothing is corrected."""
    rows = cohort_of([6])[0].client
    people = [Participant(Client(k, rows.features, rows.labels)) for k in range(4)]
    settings: dict[str, Any] = {"batch_size": None, "local_epochs": 5}
    three = [people] * 3
    near(
        rounds(scaffold(MODEL, **settings), three, 4).theta,
        rounds(fl.fedavg(MODEL, **settings), three, 4).theta,
    )


def test_the_mean_of_all_control_variates_is_that_of_the_server() -> None:
    """Also where only some take part in a round: the server adds abs(S) / N of the mean."""
    people = cohort_of([4, 7, 5, 3])
    some = [people[:2], people[1:], [people[3]], people]
    state = rounds(scaffold(MODEL, local_epochs=3, batch_size=2), some, 4)
    assert np.abs(state.slots[C]).max() > 1e-3
    near(np.mean([state.memories[k][C] for k in range(4)], axis=0), state.slots[C])


def test_control_variate_of_one_step_is_the_gradient() -> None:
    """Option II with K = 1: c_i+ = c_i - c + (g + c - c_i)."""
    people = cohort_of([4, 7])
    algorithm = scaffold(MODEL, batch_size=None)
    before = rounds(algorithm, [people] * 2, 2)
    after, _ = algorithm.round(before, people, RoundSeed(0, 3), population=Population(2))
    for participant in people:
        client = participant.client
        gradient = MODEL.grad(before.theta, client.features, client.labels)
        near(after.memories[client.client_id][C], gradient)


def test_scaffold_ends_in_the_optimum_that_averaging_misses() -> None:
    """Theorem 3 needs no bound on how clients differ. Here F_1 = w^2 / 2, F_2 = 2 (w - 1)^2."""
    rows = [(1.0, 0.0), (2.0, 2.0)]  # y = w x with x = 1, y = 0 and x = 2, y = 2, without offset
    people = [
        Participant(Client(k, np.array([[x]]), np.array([y]))) for k, (x, y) in enumerate(rows)
    ]
    model = Slope()
    settings: dict[str, Any] = {"batch_size": None, "local_epochs": 10, "learning_rate": 0.05}
    optimum = 4 / 5  # w + 4 (w - 1) = 0
    near(rounds(scaffold(model, **settings), [people] * 100, 2).theta, [optimum], 1e-9)
    drifted = rounds(fl.fedavg(model, **settings), [people] * 100, 2).theta
    # The fixed point of averaging weighs optima 0 and 1 with 1 - 0.95^10 and 1 - 0.8^10.
    near(drifted, [(1 - 0.8**10) / (2 - 0.95**10 - 0.8**10)], 1e-9)


class Slope:
    """y = w x, without an offset: the smallest model that has an optimum."""

    layout, num_features, num_classes, dtype = ParamLayout({"w": (1,)}), 1, None, "float64"

    def init(self, rng: np.random.Generator) -> Vector:
        return np.zeros(1)

    def loss(self, theta: Vector, features: Vector, labels: Vector) -> Vector:
        return np.asarray(np.mean((features[:, 0] * theta[0] - labels) ** 2) / 2)

    def grad(self, theta: Vector, features: Vector, labels: Vector) -> Vector:
        x = features[:, 0]
        return np.array([np.mean((x * theta[0] - labels) * x)])

    def predict(self, theta: Vector, features: Vector) -> Vector:
        return np.asarray(features[:, 0] * theta[0])


# ---- FedNova ------------------------------------------------------------------------------------


@given(client_updates(), st.integers(1, 9))
def test_fednova_with_equal_steps_is_the_weighted_mean(
    updates: list[ClientUpdate], num_steps: int
) -> None:
    equal = [replace(u, num_steps=num_steps) for u in updates]
    expected = weighted_mean()(equal, context()).delta
    near(NormalisedMean()(equal, context()).delta, expected, 1e-10)


def test_fednova_by_hand() -> None:
    """Steps 1 and 3, equal weights: tau_eff = 2, and 2 (4 / 1 + 6 / 3) / 2 = 6."""
    aggregate = NormalisedMean()([update(0, [4.0]), update(1, [6.0], 3)], context(1))
    near(aggregate.delta, [6.0])
    assert aggregate.metrics["fednova_tau_eff"] == 2.0


def test_weight_of_steps_with_momentum_is_the_sum_of_its_coefficients() -> None:
    """Step j of tau is taken 1 + rho + ... + rho^(tau - j) times (section 4, local momentum)."""
    rho, tau = 0.7, 6
    coefficients = [sum(rho**i for i in range(tau - j)) for j in range(tau)]
    assert NormalisedMean(rho).norm(tau) == pytest.approx(sum(coefficients), rel=1e-12)


def test_fednova_finds_the_optimum_whatever_the_steps() -> None:
    """Objective (in)consistency, Theorem 1: F_k = (w - b_k)^2 / 2, with b = 0, 1 and steps 1, 8.

    One round moves client k by (1 - (1 - eta)^tau_k) (b_k - w). Averaging weighs that; FedNova
    divides it by tau_k, which makes the weights equal as eta tends to 0.
    """
    people = [
        Participant(Client(0, np.ones((1, 1)), np.zeros(1)), fate=Fate(local_steps=1)),
        Participant(Client(1, np.ones((1, 1)), np.ones(1)), fate=Fate(local_steps=8)),
    ]
    eta = 0.05
    moved = np.array([1 - (1 - eta) ** tau for tau in (1, 8)])
    per_step = moved / [1, 8]
    model, many = Slope(), [people] * 150
    averaged = rounds(fl.fedavg(model, learning_rate=eta), many, 2).theta
    nova = fl.fedavg(model, learning_rate=eta, aggregator=NormalisedMean())
    near(averaged, [moved[1] / moved.sum()], 1e-9)  # 0.87: far from 1/2
    near(rounds(nova, many, 2).theta, [per_step[1] / per_step.sum()], 1e-9)
    assert abs(per_step[1] / per_step.sum() - 0.5) < 0.05


# ---- FedDyn -------------------------------------------------------------------------------------


def test_feddyn_ends_in_the_stationary_point_of_the_mean_loss() -> None:
    """Of F_1 = w^2 / 2 and F_2 = 2 (w - 1)^2 that is 4 / 5; averaging many steps ends at 1/2."""
    rows = [(1.0, 0.0), (2.0, 2.0)]
    people = [
        Participant(Client(k, np.array([[x]]), np.array([y]))) for k, (x, y) in enumerate(rows)
    ]
    settings: dict[str, Any] = {"batch_size": None, "local_epochs": 200, "learning_rate": 0.1}
    state = rounds(feddyn(Slope(), alpha=1.0, **settings), [people] * 120, 2)
    near(state.theta, [4 / 5], 1e-9)
    for k, (x, y) in enumerate(rows):  # and each client's g_k is its gradient there
        near(state.memories[k][G], [(4 / 5 * x - y) * x], 1e-8)
    near(rounds(fl.fedavg(Slope(), **settings), [people] * 3, 2).theta, [1 / 2], 1e-6)


def test_h_of_feddyn_is_the_mean_of_the_clients_gradients() -> None:
    people = cohort_of([4, 7, 5, 3])
    some = [people[:2], people[1:], [people[3]]]
    state = rounds(feddyn(MODEL, alpha=0.5, local_epochs=2, batch_size=3), some, 4)
    near(np.mean([state.memories[k][G] for k in range(4)], axis=0), state.slots[H])


def test_first_local_steps_of_feddyn_are_those_of_fedprox() -> None:
    """g_k and h start at 0: only what the server does afterwards is different."""
    people = cohort_of([4, 7])
    settings: dict[str, Any] = {"local_epochs": 3, "batch_size": 2}
    mean = weighted_mean(weights="uniform")
    prox = fl.fedprox(MODEL, proximal_mu=0.5, aggregator=mean, **settings)
    start = MODEL.init(RoundSeed(0).rng(Role.INIT))
    delta = rounds(prox, [people], 2).theta - start
    # h = -alpha delta with everybody there, so the server moves by delta - h / alpha = 2 delta.
    near(rounds(feddyn(MODEL, alpha=0.5, **settings), [people], 2).theta - start, 2 * delta)


# ---- Ditto --------------------------------------------------------------------------------------


@pytest.mark.parametrize("pull", [0.0, 0.5, 100.0])
def test_global_model_of_ditto_is_that_of_its_solver(pull: float) -> None:
    people, local = cohort_of([4, 7, 5]), LocalSGD(2, 3, 0.001)
    plain = FedAvg(MODEL, local, one_at_a_time=True)
    expected = rounds(plain, [people] * 3, 3).theta
    theta = rounds(FedAvg(MODEL, Ditto(pull, local)), [people] * 3, 3).theta
    np.testing.assert_array_equal(theta, expected)


def test_personal_model_without_pull_is_trained_alone() -> None:
    """With all rows in a batch: the same steps as those of a lone client that averages nothing."""
    people, local = cohort_of([4, 7]), LocalSGD(3, None, 0.2)
    state = rounds(FedAvg(MODEL, Ditto(0.0, local)), [people] * 4, 2)
    for participant in people:
        alone = rounds(FedAvg(MODEL, local, one_at_a_time=True), [[participant]] * 4, 2)
        near(state.memories[participant.client.client_id][V], alone.theta)


def test_personal_model_lies_between_the_rows_and_the_global_model() -> None:
    """min (v - b)^2 / 2 + lambda (v - w)^2 / 2 is at (b + lambda w) / (1 + lambda)."""
    ditto = Ditto(3.0, LocalSGD(500, None, 0.1))
    lone = Participant(Client(0, np.ones((1, 1)), np.array([5.0])))
    v = ditto.personal(Slope(), np.array([1.0]), lone, RNG, 1)
    near(v, [(5.0 + 3.0 * 1.0) / 4.0])


# ---- FedCM --------------------------------------------------------------------------------------


def test_fedcm_with_one_step_of_everybody_is_momentum_at_the_server() -> None:
    """m <- alpha g + (1 - alpha) m and x <- x - eta_g m: ServerSGD with v = m / alpha."""
    people, alpha, eta_g = cohort_of([5, 5, 5]), 0.3, 0.2
    cm = fedcm(MODEL, alpha=alpha, batch_size=None, server_learning_rate=eta_g)
    rate = 0.1  # of one local step; the server divides by it
    momentum = fl.fedavgm(
        MODEL,
        batch_size=None,
        learning_rate=rate,
        server_learning_rate=eta_g * alpha / rate,
        server_momentum=1 - alpha,
    )
    near(rounds(cm, [people] * 5, 3).theta, rounds(momentum, [people] * 5, 3).theta)


def test_fedcm_without_momentum_is_federated_averaging() -> None:
    """alpha = 1 and eta_g = eta_l K."""
    people = cohort_of([6, 6])
    settings: dict[str, Any] = {"local_epochs": 2, "batch_size": 3, "learning_rate": 0.1}  # K = 4
    cm = fedcm(MODEL, alpha=1.0, server_learning_rate=0.4, **settings)
    plain = fl.fedavg(MODEL, **settings)
    near(rounds(cm, [people] * 3, 2).theta, rounds(plain, [people] * 3, 2).theta)


# ---- Krum ---------------------------------------------------------------------------------------


@given(client_updates(min_clients=5, max_clients=9))
def test_krum_returns_one_of_the_updates(updates: list[ClientUpdate]) -> None:
    chosen = Krum(1)(updates, context())
    by_id = {u.client_id: u.delta for u in updates}
    client_id = chosen.metrics["krum_client"]
    assert isinstance(client_id, int)
    np.testing.assert_array_equal(chosen.delta, by_id[client_id])


@given(
    st.integers(0, 3),
    st.lists(vectors(3, max_magnitude=1.0), min_size=9, max_size=9),
    st.data(),
)
def test_krum_ignores_f_who_are_far_away(
    f: int, near_by: list[Vector], data: st.DataObject
) -> None:
    """Together in one place they are f, and each needs n - f - 2 > f - 1 neighbours."""
    places = data.draw(st.permutations(range(9)))
    deltas = [np.full(3, 1e3) if place < f else near_by[place] for place in places]
    chosen = Krum(f)([update(k, delta) for k, delta in enumerate(deltas)], context(3))
    assert np.abs(chosen.delta).max() <= 1.0


def test_krum_by_hand() -> None:
    """n = 5, f = 1: two neighbours count. Of 0, 1, 2, 4, 9 the middle of 0, 1, 2 has score 2."""
    updates = [update(k, [x]) for k, x in enumerate([0.0, 1.0, 2.0, 4.0, 9.0])]
    near(Krum(1).scores(np.array([[0.0], [1.0], [2.0], [4.0], [9.0]])), [5, 2, 5, 13, 74])
    near(Krum(1)(updates, context(1)).delta, [1.0])


def test_krum_has_no_answer_to_too_few() -> None:
    with pytest.raises(RoundFailed, match=r"4 updates have arrived, Krum needs more than 2 \* 1"):
        Krum(1)([update(k, [0.0]) for k in range(4)], context(1))


def test_krum_refuses_second_vectors() -> None:
    two = replace(context(1), extras=("scaffold.c",))
    with pytest.raises(ValueError, match=r"extras must be empty, got scaffold\.c"):
        Krum(0)([update(k, [0.0]) for k in range(4)], two)


# ---- Attackers ----------------------------------------------------------------------------------


@given(st.integers(1, 9), st.integers(0, 9), st.floats(0, 5))
def test_sign_flips_shrink_the_mean_by_their_share(n: int, bad: int, factor: float) -> None:
    """Of n equal updates, m of them turned: (n - m - factor m) / n of it is left."""
    m = min(bad, n)
    flip, someone = SignFlip(frozenset(range(m)), factor), cohort_of([1])[0]
    sent = [flip(update(k, [1.0, -2.0]), someone, 1, RNG) for k in range(n)]
    left = (n - m - factor * m) / n
    near(weighted_mean()(sent, context(2)).delta, [left, -2 * left], 1e-12)


def test_deviation_of_the_papers_example() -> None:
    """50 clients, 24 of them malicious: s = 2 and Phi(z) = 24 / 26 (section 3.2)."""
    z = largest_deviation(50, 24)
    share = 0.5 * (1 + math.erf(z / 2**0.5))
    assert share == pytest.approx(24 / 26, abs=1e-12)


@given(client_updates(min_clients=4, max_clients=8), st.data())
def test_alie_stays_within_z_deviations_of_its_own_honest_updates(
    updates: list[ClientUpdate], data: st.DataObject
) -> None:
    ids = [u.client_id for u in updates]
    bad = frozenset(data.draw(st.sets(st.sampled_from(ids), min_size=1, max_size=len(ids) - 1)))
    sent = ALittleIsEnough(bad)(updates, context(), RNG)
    own = np.stack([u.delta for u in updates if u.client_id in bad])
    z = largest_deviation(len(updates), len(bad))
    assert [u.client_id for u in sent] == ids
    for before, after in zip(updates, sent, strict=True):
        if before.client_id in bad:
            near(after.delta, own.mean(axis=0) - z * own.std(axis=0), 1e-9)
            assert (np.abs(after.delta - own.mean(axis=0)) <= z * own.std(axis=0) + 1e-9).all()
        else:
            assert after is before


# ---- Clipping and noise -------------------------------------------------------------------------


@given(client_updates())
def test_without_noise_and_within_the_clip_it_is_the_plain_mean(
    updates: list[ClientUpdate],
) -> None:
    aggregate = NoisyMean(1e6, 0.0, len(updates))(updates, context())
    near(aggregate.delta, weighted_mean(weights="uniform")(updates, context()).delta, 1e-9)


@given(client_updates(min_clients=2), st.floats(0.01, 10))
def test_one_client_moves_the_noisy_mean_by_the_clip_at_most(
    updates: list[ClientUpdate], clip: float
) -> None:
    """The sensitivity that the noise is measured against: C / (q K), with the same noise."""
    rule = NoisyMean(clip, 1.0, 4.0)
    change = rule(updates, context()).delta - rule(updates[1:], context()).delta
    assert np.linalg.norm(change) <= clip / 4.0 * (1 + 1e-9) + 1e-9


def test_noise_has_the_deviation_that_is_promised() -> None:
    """100 000 draws: the deviation is within 1 %, four times what chance does."""
    noise = NoisyMean(2.0, 3.0, 4.0)([], context(100_000)).delta
    assert noise.std() == pytest.approx(2.0 * 3.0 / 4.0, rel=0.01)
    assert abs(noise.mean()) < 0.02


def test_noise_of_another_round_is_another() -> None:
    rule = NoisyMean(1.0, 1.0, 1.0)
    assert not np.array_equal(rule([], context(round=1)).delta, rule([], context(round=2)).delta)


def test_noise_is_released_also_when_nobody_comes() -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=4, seed=0)
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), aggregator=NoisyMean(1.0, 1.0, 1.0))
    sampler = PoissonSampler(0.0)
    history = fl.simulate(algorithm, clients, num_rounds=2, seed=0, sampler=sampler, min_reports=0)
    assert [record.cohort for record in history.records] == [(), ()]
    assert all(record.failure is None for record in history.records)
    assert all(record.metrics["train_loss"] is None for record in history.records)
    assert np.abs(history.theta).max() > 0.1


def test_poisson_sampler_takes_each_on_its_own() -> None:
    sampler, view = PoissonSampler(0.3), RoundView(1, np.ones(50, np.int64), lambda k: 0.0)
    sizes = [len(sampler(view, np.random.default_rng(seed))) for seed in range(2000)]
    # Mean q K, variance K q (1 - q) = 10.5: the mean of 2000 is off by 0.07, their variance by 3 %.
    assert np.mean(sizes) == pytest.approx(15, abs=0.3)
    assert np.var(sizes) == pytest.approx(10.5, rel=0.15)
    assert sampler.population(50) == Population(50, "poisson", 0.3)


# ---- Top-k --------------------------------------------------------------------------------------


@given(vectors(6), vectors(6), st.integers(0, 7))
def test_what_is_sent_and_what_waits_are_the_update_and_what_waited(
    delta: Vector, waited: Vector, k: int
) -> None:
    before = replace(update(0, delta), memory={RESIDUAL: waited, "other": np.ones(1)})
    after = TopK(k)(before, cohort_of([1])[0], 1, RNG)
    sent, left = after.delta, after.memory[RESIDUAL]
    np.testing.assert_array_equal(sent + left, delta + waited)
    assert np.count_nonzero(sent) <= k
    assert ((sent == 0) | (left == 0)).all()
    largest = np.sort(np.abs(delta + waited))[::-1][:k]
    np.testing.assert_array_equal(np.sort(np.abs(sent))[::-1][:k], largest)
    assert after.bytes_up == min(k, 6) * 12
    assert "other" in after.memory


def test_all_that_was_sent_and_what_is_left_is_all_there_was() -> None:
    deltas = np.random.default_rng(1).normal(size=(20, 30))
    memory: Mapping[str, Vector] = {}
    total = np.zeros(30)
    for number, delta in enumerate(deltas, start=1):
        before = replace(update(0, delta), memory=memory)
        after = TopK(3)(before, cohort_of([1])[0], number, RNG)
        memory, total = after.memory, total + after.delta
    near(total + memory[RESIDUAL], deltas.sum(axis=0), 1e-12)


def test_sparse_updates_are_counted_as_they_are() -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=4, seed=0)
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10), transforms=(TopK(50),))
    record = fl.simulate(algorithm, clients, num_rounds=1, seed=0).records[0]
    assert record.metrics["bytes_up"] == 4 * 50 * (4 + 4)


# ---- Rows ---------------------------------------------------------------------------------------


def test_labels_of_one_class_are_flipped_at_the_malicious_alone() -> None:
    flip = LabelFlip(frozenset({1}), source=2, target=0)
    labels = np.array([0, 1, 2, 2])
    honest, bad = (Client(k, np.zeros((4, 2)), labels) for k in (0, 1))
    assert flip(honest, 1, RNG) is honest
    assert flip(bad, 1, RNG).labels.tolist() == [0, 1, 0, 0]
    assert labels.tolist() == [0, 1, 2, 2]


def test_flipped_labels_are_trained_on() -> None:
    """A run with flipped labels is a run on rows that were flipped beforehand."""
    data = fl.load_digits()
    owner = np.arange(data.num_examples) % 3
    flipped = np.where((owner == 1) & (data.labels == 2), 0, data.labels)
    poisoned = fl.FederatedDataset(replace(data, labels=flipped), owner)
    model = fl.SoftmaxRegression(64, 10)
    attack = fl.fedavg(model, data_transforms=(LabelFlip(frozenset({1}), 2, 0),))
    attacked = fl.simulate(attack, fl.FederatedDataset(data, owner), num_rounds=2, seed=0)
    expected = fl.simulate(fl.fedavg(model), poisoned, num_rounds=2, seed=0)
    np.testing.assert_array_equal(attacked.theta, expected.theta)


def test_drift_grows_from_round_to_round() -> None:
    client = Client(0, np.ones((2, 2)), np.zeros(2))
    moved = [Drift(0.5)(client, t, RNG).features[0, 0] for t in (1, 2, 3)]
    assert moved == [1.0, 1.5, 2.0]


# ---- Plateau ------------------------------------------------------------------------------------


def test_plateau_waits_for_its_patience() -> None:
    losses = [3.0, 2.0, 2.5, None, 2.0, 1.9, 1.9, 1.95]
    records = [RoundRecord(t, (0,), {"test_loss": loss}) for t, loss in enumerate(losses, 1)]
    state = State(0, np.zeros(1))
    answers = [Plateau(2)(records[:t], state) for t in range(1, len(losses) + 1)]
    waited = [answer["plateau_waited"] for answer in answers[:4] if isinstance(answer, dict)]
    assert waited == [0, 0, 1, 1]  # the round that was not evaluated counts for nothing
    assert answers[4] == Stop("test_loss has not fallen for 2 rounds")
    assert Plateau(2)(records[-3:], state) == Stop("test_loss has not fallen for 2 rounds")
    assert Plateau(4)(records, state) == {"plateau_waited": 2}


# ---- A trace ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "arrive", "seconds"),
    [
        ([0, 1, 2, 3], [0, 1], [1.0, 2.0, 2.0, 2.0]),  # the goal of two closes the round
        ([2, 0, 3], [2, 0], [3.0, 1.0, 3.0]),  # in the order that was asked
        ([1, 3], [1], [2.0, 5.0]),  # the deadline closes it
        ([3], [], [5.0]),
    ],
)
def test_round_closes_at_the_goal_or_at_the_deadline(
    asked: list[int], arrive: list[int], seconds: list[float]
) -> None:
    trace = Trace(online=((0, 1, 2, 3),), seconds=(1.0, 2.0, 3.0, 9.0), goal=2, deadline=5.0)
    fates = trace(asked, RoundSeed(0, 1))
    assert [k for k, fate in zip(asked, fates, strict=True) if fate.arrives] == arrive
    assert [fate.seconds for fate in fates] == seconds
    assert all(fate.drops_at in (None, Stage.UPLOAD) for fate in fates)


def test_only_those_online_are_asked_and_the_clock_runs() -> None:
    trace = Trace(((0, 1), (2, 3)), seconds=(1.0, 2.0, 3.0, 9.0), goal=1, deadline=5.0)
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=4, seed=0)
    history = fl.simulate(
        fl.fedavg(fl.SoftmaxRegression(64, 10)),
        clients,
        num_rounds=4,
        seed=0,
        sampler=fl.sample_fixed(2),
        availability=trace,
    )
    assert [record.cohort for record in history.records] == [(0, 1), (2, 3), (0, 1), (2, 3)]
    assert [record.metrics["clock"] for record in history.records] == [1.0, 4.0, 5.0, 8.0]
    size = 4 * fl.SoftmaxRegression(64, 10).layout.num_params
    assert [record.metrics["bytes_up"] for record in history.records] == [size] * 4
