import json

import numpy as np

from pyfedlite.data import Dataset, FederatedDataset, load_digits, natural, partition, shards

X = np.zeros((4, 1))
TINY = Dataset(X, [0, 0, 0, 1], X, [0] * 4, 2, "tiny", groups=[0, 0, 1, 1], group_names=("a", "b"))
HALVES = FederatedDataset(TINY, [0, 0, 1, 1]).report()
TARGETS = Dataset(X, [0.1, 0.2, 0.3, 0.4], X, [0.0] * 4, None, "targets")


def test_label_counts_by_hand() -> None:
    assert HALVES.label_counts.tolist() == [[2, 0], [1, 1]]


def test_label_entropy_by_hand() -> None:
    # one label: 0 bits; two of equal number: log2(2) = 1 bit
    assert HALVES.label_entropy.tolist() == [0.0, 1.0]


def test_the_entropy_of_one_label_has_no_minus_sign() -> None:
    assert not np.signbit(HALVES.label_entropy).any()


def test_distance_by_hand() -> None:
    # the whole has shares (3/4, 1/4); client 0 (1, 0): (1/4 + 1/4) / 2; client 1 (1/2, 1/2): same
    assert HALVES.distance.tolist() == [0.25, 0.25]


def test_counts_add_up_to_sizes() -> None:
    report = partition(load_digits(), shards(2), num_clients=20, seed=0).report()
    np.testing.assert_array_equal(report.label_counts.sum(axis=1), report.sizes)


def test_one_client_is_at_no_distance() -> None:
    assert FederatedDataset(TINY, [0] * 4).report().distance.tolist() == [0.0]


def test_natural_clients_are_called_by_name() -> None:
    assert "0 a" in partition(TINY, natural(), seed=0).report().table()


def test_clients_that_are_no_groups_have_no_names() -> None:
    assert FederatedDataset(TINY, [0, 1, 0, 1]).report().client_names is None


def test_a_long_table_can_be_cut_short() -> None:
    report = partition(load_digits(), shards(2), num_clients=50, seed=0).report()
    lines = report.table(limit=3).splitlines()
    assert len(lines) == 5  # a heading, three clients, and what is left out
    assert lines[-1] == "and 47 more clients"


def test_it_goes_into_json() -> None:
    back = json.loads(json.dumps(HALVES.to_dict()))
    assert back["sizes"] == [2, 2]
    assert back["distance"] == [0.25, 0.25]


def test_a_regression_is_reported_by_size_alone() -> None:
    report = FederatedDataset(TARGETS, [0, 1, 1, 1]).report()
    assert str(report).splitlines() == [
        "targets: 4 rows, 2 clients, 1 to 3 rows each",
        "client  rows",
        "     0     1",
        "     1     3",
    ]
    assert "distance" not in report.to_dict()
