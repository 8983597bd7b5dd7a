import pickle

import numpy as np
import pytest

from pyfedlite.data import Dataset, FederatedDataset, iid, natural, partition
from pyfedlite.seeds import Role, RoundSeed

X = np.arange(6.0).reshape(6, 1)
DATA = Dataset(X, [0, 1, 2, 0, 1, 2], X[:2], [0, 1], num_classes=3, name="six")
GROUPED = Dataset(
    X, [0, 1] * 3, X, [0, 1] * 3, 2, "grouped", groups=[0, 1, 1, 0, 1, 1], test_groups=[1] * 6
)


def test_rows_keep_their_order_within_a_client() -> None:
    clients = FederatedDataset(DATA, [1, 0, 1, 0, 0, 1])
    assert [client.features.ravel().tolist() for client in clients] == [[1, 3, 4], [0, 2, 5]]


def test_a_client_has_its_id_rows_and_labels() -> None:
    client = FederatedDataset(DATA, [1, 0, 1, 0, 0, 1]).client(1)
    assert client.client_id == 1
    assert client.num_examples == 3
    assert client.labels.tolist() == [0, 2, 2]


def test_it_is_a_sequence_of_clients() -> None:
    clients = FederatedDataset(DATA, [0, 0, 1, 1, 2, 2])
    assert len(clients) == clients.num_clients == 3
    assert [client.client_id for client in clients] == [0, 1, 2]
    assert clients[2].labels.tolist() == clients.client(2).labels.tolist()
    assert [clients.num_examples(k) for k in range(3)] == clients.sizes.tolist() == [2, 2, 2]


def test_it_tells_what_the_dataset_told() -> None:
    clients = FederatedDataset(DATA, [0] * 6)
    assert (clients.name, clients.num_classes, clients.num_features) == ("six", 3, 1)
    np.testing.assert_array_equal(clients.test_features, DATA.test_features)
    np.testing.assert_array_equal(clients.test_labels, DATA.test_labels)


def test_rows_in_order_are_not_copied() -> None:
    clients = FederatedDataset(DATA, [0, 0, 0, 1, 1, 1])
    assert np.shares_memory(clients[0].features, X)


def test_it_goes_through_a_pickle() -> None:
    clients = FederatedDataset(DATA, [1, 0, 1, 0, 0, 1])
    copy = pickle.loads(pickle.dumps(clients))
    assert copy[1].features.tolist() == clients[1].features.tolist()


def test_natural_clients_have_their_own_test_rows() -> None:
    clients = partition(GROUPED, natural(), seed=0)
    assert len(clients[0].test_labels) == 0
    assert len(clients[1].test_labels) == 6


def test_other_clients_have_no_test_rows_of_their_own() -> None:
    assert partition(GROUPED, iid(), num_clients=2, seed=0)[0].test_features is None


def test_partition_draws_under_its_own_key() -> None:
    drawn = iid()(DATA, 3, RoundSeed(7, 0).rng(Role.PARTITION))
    np.testing.assert_array_equal(partition(DATA, iid(), num_clients=3, seed=7).assignment, drawn)


def test_feature_names_survive_columns_of_the_same_number() -> None:
    named = Dataset(X, [0, 1] * 3, X, [0, 1] * 3, 2, "named", feature_names=("a",))
    clients = FederatedDataset(named, [0] * 6)
    assert clients.with_features(X, X).pooled.feature_names == ("a",)
    assert clients.with_features(np.ones((6, 2)), np.ones((6, 2))).pooled.feature_names is None


@pytest.mark.parametrize(
    ("assignment", "sentence"),
    [
        ([0, 0, 2, 2, 2, 2], "assignment must give every client a row, got none for 1; number"),
        ([0, 0, 0], r"assignment must have shape \(6,\), a client for each training row, got"),
        ([0, 0, 0, 0, 0, -1], "assignment must hold client ids from 0 to at most 5, got -1"),
        ([0, 0, 0, 0, 0, 9], "assignment must hold client ids from 0 to at most 5, got 9"),
    ],
)
def test_bad_assignments_are_named(assignment: list[int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        FederatedDataset(DATA, assignment)


def test_an_assignment_holds_integers() -> None:
    with pytest.raises(TypeError, match="assignment must hold integers, the client of each row"):
        FederatedDataset(DATA, [0.0] * 6)


@pytest.mark.parametrize("client_id", [-1, 2])
def test_an_unknown_client_is_named(client_id: int) -> None:
    clients = FederatedDataset(DATA, [0, 0, 0, 1, 1, 1])
    with pytest.raises(IndexError, match=f"client_id must lie from 0 to 1, got {client_id}"):
        clients.client(client_id)


def test_no_clients_is_no_partition() -> None:
    with pytest.raises(ValueError, match="num_clients must be at least 1, got 0"):
        partition(DATA, iid(), num_clients=0, seed=0)


# ---- the identity of the rows --------------------------------------------------------------------


def test_the_fingerprint_is_of_partition_and_rows() -> None:
    x, y, owner = np.arange(6.0).reshape(6, 1), [0, 1, 0, 1, 0, 1], [0, 0, 0, 1, 1, 1]

    def fingerprint(**changes: object) -> str:
        made = {"features": x, "labels": y, "test_features": x[:2], "test_labels": [0, 1]} | changes
        assignment = made.pop("assignment", owner)
        return FederatedDataset(Dataset(**made, num_classes=2, name="d"), assignment).fingerprint()

    changed = x.copy()
    changed[4] = np.nextafter(changed[4], 9)
    others = [
        fingerprint(features=changed),
        fingerprint(features=x.astype(np.float32)),
        fingerprint(labels=[1, 1, 0, 1, 0, 0]),
        fingerprint(test_features=x[1:3]),
        fingerprint(test_labels=[1, 1]),
        fingerprint(assignment=[0, 0, 1, 1, 0, 1]),
    ]
    assert len({fingerprint(), *others}) == 7
    assert fingerprint() == fingerprint(features=x.copy())
