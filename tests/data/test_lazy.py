from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.clients import Client, Participant
from pyfedlite.data import Dataset
from pyfedlite.data.lazy import LazyClients, rows_of
from pyfedlite.local import LocalSGD
from pyfedlite.local.together import train_all
from pyfedlite.seeds import Role, RoundSeed

SIZES = np.array([3, 1, 5, 2])
W = np.random.default_rng(0).normal(size=(4, 3))


def rows(k: int) -> tuple[np.ndarray, np.ndarray]:
    x = RoundSeed(7).rng(Role.DATA, k).normal(size=(SIZES[k], 4))
    return x, (x @ W).argmax(axis=1)


TEST = Dataset(*rows(2), *rows(2), num_classes=3, name="lazy")


def test_lazy_clients_train_to_the_same_bits_as_stored_ones() -> None:
    made = [rows(k) for k in range(4)]
    features, labels = (np.concatenate(parts) for parts in zip(*made, strict=True))
    stored = Dataset(features, labels, *rows(2), num_classes=3, name="stored")
    clients = fl.FederatedDataset(stored, np.repeat(np.arange(4), SIZES))
    algorithm = fl.fedavg(fl.SoftmaxRegression(4, 3), batch_size=2)
    lazy = fl.simulate(algorithm, LazyClients(rows, SIZES, TEST), num_rounds=3, seed=0)
    np.testing.assert_array_equal(
        lazy.theta, fl.simulate(algorithm, clients, num_rounds=3, seed=0).theta
    )


def rows_together(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    features, labels = zip(*map(rows, ids), strict=True)
    return np.concatenate(features), np.concatenate(labels)


@pytest.mark.parametrize("where", [{}, {"workers": 2}])
@pytest.mark.parametrize("one_at_a_time", [False, True])
def test_clients_made_together_are_the_same_to_the_bit(
    one_at_a_time: bool, where: dict[str, int]
) -> None:
    algorithm = fl.fedavg(fl.SoftmaxRegression(4, 3), batch_size=2)
    algorithm = replace(algorithm, one_at_a_time=one_at_a_time)
    one_by_one = LazyClients(rows, SIZES, TEST)
    together = LazyClients(rows_together, SIZES, TEST, together=True)
    expected = fl.simulate(algorithm, one_by_one, num_rounds=2, seed=0)
    history = fl.simulate(algorithm, together, num_rounds=2, seed=0, **where)
    assert history.fingerprint == expected.fingerprint
    assert history.plan_fingerprint == expected.plan_fingerprint


def test_clients_of_a_stack_are_made_in_one_call() -> None:
    asked: list[list[int]] = []

    def watched(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(ids.tolist())
        return rows_together(ids)

    clients = LazyClients(watched, SIZES, TEST, together=True)
    algorithm = fl.fedavg(fl.SoftmaxRegression(4, 3), batch_size=2)
    fl.simulate(algorithm, clients, num_rounds=2, seed=0)
    assert asked == [[0, 1, 2, 3]] * 2


def test_client_made_alone_is_made_once() -> None:
    asked: list[list[int]] = []

    def watched(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.append(ids.tolist())
        return rows_together(ids)

    client = LazyClients(watched, SIZES, TEST, together=True).client(2)
    assert (len(client.features), len(client.labels)) == (5, 5)
    assert asked == [[2]]


def test_rows_may_come_as_lists() -> None:
    client = LazyClients(lambda k: ([[1, 2, 3, 4]], [2]), [1], TEST).client(0)
    np.testing.assert_array_equal(client.features, [[1, 2, 3, 4]])
    np.testing.assert_array_equal(client.labels, [2])


@given(ids=st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True))
def test_rows_made_together_come_in_the_order_that_was_asked_for(ids: list[int]) -> None:
    def ascending(asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        assert asked.tolist() == sorted(ids)
        return rows_together(asked)

    clients = LazyClients(ascending, SIZES, TEST, together=True)
    features, labels = rows_of([clients.client(k) for k in ids])
    expected = rows_together(np.array(ids))
    np.testing.assert_array_equal(features, expected[0])
    np.testing.assert_array_equal(labels, expected[1])


def test_clients_of_several_kinds_each_give_their_own_rows() -> None:
    lazy = LazyClients(rows, SIZES, TEST)
    other = LazyClients(
        lambda k: (np.full((SIZES[k], 4), 7.0), np.zeros(SIZES[k], int)), SIZES, TEST
    )
    stored = Client(0, np.full((2, 4), 9.0), np.zeros(2, int))
    mixed = [lazy.client(1), stored, other.client(3), lazy.client(2)]
    features, _ = rows_of(mixed)
    expected = [rows(1)[0], stored.features, np.full((2, 4), 7.0), rows(2)[0]]
    np.testing.assert_array_equal(features, np.concatenate(expected))


def test_training_does_not_keep_the_rows() -> None:
    client = LazyClients(rows, SIZES, TEST).client(2)
    model, rng = fl.SoftmaxRegression(4, 3), np.random.default_rng(0)
    train_all(LocalSGD(), model, model.init(rng), [Participant(client)], [rng], round=1)
    assert client._made is None


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (None, "make must return two arrays, features and labels, got NoneType"),
        (np.zeros((2, 4)), "make must return two arrays, features and labels, got ndarray"),
        (
            (np.zeros((1, 4)), ["a"]),
            "rows must be numbers, got dtypes float64 and <U1",
        ),
    ],
)
def test_what_is_not_rows_is_refused(made: object, sentence: str) -> None:
    clients = LazyClients(lambda k: made, [1], TEST)  # type: ignore[arg-type, return-value]
    with pytest.raises((TypeError, ValueError), match=sentence):
        clients.client(0).labels.sum()


def test_together_that_is_no_bool_is_refused() -> None:
    with pytest.raises(TypeError, match="together must be True or False, got str"):
        LazyClients(rows, SIZES, TEST, together="no")  # type: ignore[arg-type]


def test_rows_made_together_that_are_too_few_say_how_make_is_called() -> None:
    clients = LazyClients(lambda ids: rows(0), SIZES, TEST, together=True)
    made = [clients.client(k) for k in (2, 0)]
    sentence = (
        r"rows must have shapes \(8, 4\) and \(8,\), got \(3, 4\) and \(3,\) for 2 clients made "
        "together, the first of them 0; with together=True, make gets an array of client ids"
    )
    with pytest.raises(ValueError, match=sentence):
        rows_of(made)


@given(ids=st.permutations(range(4)), wrong=st.integers(0, 3), data=st.data())
def test_label_that_is_no_class_names_its_client_among_others(
    ids: list[int], wrong: int, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, int(SIZES[wrong]) - 1))

    def make(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        features, labels = zip(*map(rows, ids), strict=True)
        labels[ids.tolist().index(wrong)][row] = 3
        return np.concatenate(features), np.concatenate(labels)

    clients = LazyClients(make, SIZES, TEST, together=True)
    made = [clients.client(k) for k in ids]
    with pytest.raises(ValueError, match=f"labels must lie from 0 to 2, got 3 for client {wrong}"):
        rows_of(made)


def test_only_clients_of_the_cohort_are_made() -> None:
    asked: list[int] = []

    def watched(k: int) -> tuple[np.ndarray, np.ndarray]:
        asked.append(k)
        return rows(k)

    clients = LazyClients(watched, SIZES, TEST)
    algorithm = fl.fedavg(fl.SoftmaxRegression(4, 3))
    history = fl.simulate(algorithm, clients, num_rounds=1, client_fraction=0.5, seed=0)
    assert sorted(asked) == list(history.records[0].cohort)


def test_rows_of_another_shape_name_their_client() -> None:
    clients = LazyClients(lambda k: rows(0), SIZES, TEST)
    with pytest.raises(ValueError, match=r"rows must have shapes \(1, 4\) .* for client 1"):
        clients.client(1).features.sum()


@pytest.mark.parametrize(
    ("sizes", "sentence"),
    [
        ([], "sizes must hold at least one client, got none"),
        ([2, 0], "sizes must be at least 1, got 0 for client 1"),
        ([[1]], r"sizes must have 1 axis, got shape \(1, 1\)"),
    ],
)
def test_sizes_that_are_none_are_refused(sizes: list[int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        LazyClients(rows, sizes, TEST)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [3, 200])
def test_labels_that_are_nan_name_their_client(size: int) -> None:
    labels = np.zeros(size)
    labels[1] = np.nan
    clients = LazyClients(lambda k: (np.zeros((size, 4)), labels), [size], TEST)
    with pytest.raises(ValueError, match="labels must lie from 0 to 2, got nan for client 0"):
        clients.client(0).labels.sum()


@pytest.mark.parametrize("label", [-1, 3])
def test_labels_that_are_no_class_name_their_client(label: int) -> None:
    clients = LazyClients(lambda k: (rows(k)[0], np.full(SIZES[k], label)), SIZES, TEST)
    sentence = f"labels must lie from 0 to 2, got {label} for client 3"
    with pytest.raises(ValueError, match=sentence):
        clients.client(3).labels.sum()
