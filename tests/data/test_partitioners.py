import numpy as np
import pytest

from pyfedlite.data import (
    Dataset,
    dirichlet,
    iid,
    natural,
    parse_partitioner,
    partition,
    quantity_skew,
    shards,
)
from pyfedlite.roles import Partitioner

X = np.zeros((10, 1))
DATA = Dataset(X, [0] * 5 + [1] * 5, X, [0] * 10, num_classes=2, name="ten")
TARGETS = Dataset(X, np.arange(10.0), X, np.zeros(10), num_classes=None, name="targets")
GROUPED = Dataset(X, [0] * 10, X, [0] * 10, 2, "grouped", groups=[0] * 9 + [1])


def test_mnist_for_a_hundred_clients_makes_200_shards_of_300(mnist: Dataset) -> None:
    clients = partition(mnist, shards(2), num_clients=100, seed=0)
    assert set(clients.sizes) == {600}
    # Sorted labels of 5421 rows or more: a shard of 300 meets at most one border between labels.
    assert max(len(np.unique(client.labels)) for client in clients) <= 4
    # 200 shards and 9 borders; McMahan et al.: "most clients will only have examples of two digits"
    assert np.mean([len(np.unique(client.labels)) <= 2 for client in clients]) > 0.8


def test_shards_shuffle_rows_of_one_label() -> None:
    numbered = Dataset(np.arange(100.0)[:, None], [0] * 100, X, [0] * 10, 2, "numbered")
    rows = partition(numbered, shards(1), num_clients=2, seed=0)[0].features.ravel()
    assert rows.tolist() not in (list(range(50)), list(range(50, 100)))


@pytest.mark.parametrize(
    ("partitioner", "num_clients", "sentence"),
    [
        (iid(), None, r"num_clients must be given for iid\(\), got None; try num_clients=10"),
        (
            iid(),
            11,
            "num_clients must be at most 10 for 10 rows, 1 or more for each client, got 11",
        ),
        (iid(min_examples=4), 3, "num_clients must be at most 2 for 10 rows, 4 or more for each"),
        (shards(2), None, r"num_clients must be given for shards\(\)"),
        (
            shards(4),
            3,
            "num_clients x per_client must be at most the number of rows, "
            "got 3 clients x 4 shards for 10 rows",
        ),
        (
            shards(3, min_examples=4),
            2,
            "min_examples must be at most 3, 3 of the smallest of 6 shards, got 4; take fewer",
        ),
        (dirichlet(1.0), 11, "num_clients must be at most 10"),
        (quantity_skew(1.0, min_examples=6), 2, "num_clients must be at most 1 for 10 rows"),
        (
            natural(),
            None,
            r"dataset must have groups for natural\(\), got none in 'ten'; take iid\(\)",
        ),
    ],
)
def test_what_cannot_be_divided_is_said(
    partitioner: Partitioner, num_clients: int | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        partition(DATA, partitioner, num_clients=num_clients, seed=0)


def test_natural_takes_its_number_from_the_groups() -> None:
    with pytest.raises(ValueError, match="num_clients must be 2, got 3; leave it out"):
        partition(GROUPED, natural(), num_clients=3, seed=0)


def test_natural_accepts_the_number_that_it_has() -> None:
    assert partition(GROUPED, natural(), num_clients=2, seed=0).sizes.tolist() == [9, 1]


def test_natural_names_the_group_that_is_too_small() -> None:
    with pytest.raises(ValueError, match="min_examples must be at most 1, the size of group 1"):
        partition(GROUPED, natural(min_examples=2), seed=0)


@pytest.mark.parametrize("partitioner", [shards(2), dirichlet(0.3)])
def test_a_regression_has_no_labels_to_divide_by(partitioner: Partitioner) -> None:
    with pytest.raises(ValueError, match=r"dataset must have classes for .* take iid"):
        partition(TARGETS, partitioner, num_clients=2, seed=0)


@pytest.mark.parametrize("partitioner", [iid(), quantity_skew(1.0)])
def test_a_regression_can_be_divided_without_labels(partitioner: Partitioner) -> None:
    assert partition(TARGETS, partitioner, num_clients=2, seed=0).sizes.sum() == 10


@pytest.mark.parametrize("build", [dirichlet, quantity_skew])
@pytest.mark.parametrize("alpha", [0, -1.0])
def test_alpha_is_above_zero(build: type, alpha: float) -> None:
    with pytest.raises(ValueError, match=r"alpha must be above 0, got .*; small values make"):
        build(alpha)


@pytest.mark.parametrize("build", [dirichlet, quantity_skew])
def test_alpha_has_an_upper_end(build: type) -> None:
    with pytest.raises(ValueError, match=r"alpha must be at most 1e\+09, .*; iid\(\) is its limit"):
        build(1e10)


def test_shards_are_counted_from_one() -> None:
    with pytest.raises(ValueError, match="per_client must be at least 1, got 0"):
        shards(0)


@pytest.mark.parametrize("build", [iid, shards, natural])
def test_a_client_has_at_least_one_row(build: type) -> None:
    with pytest.raises(ValueError, match="min_examples must be at least 1, got 0"):
        build(min_examples=0)


@pytest.mark.parametrize(
    ("text", "partitioner"),
    [
        ("iid", iid()),
        ("shards:2", shards(2)),
        ("dirichlet:0.3", dirichlet(0.3)),
        ("quantity:1.2", quantity_skew(1.2)),
        ("natural", natural()),
    ],
)
def test_every_partitioner_can_be_spelled(text: str, partitioner: Partitioner) -> None:
    assert parse_partitioner(text) == partitioner


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("dirichelt:0.3", "partition must be one of iid, .*; did you mean 'dirichlet'?"),
        ("dirichlet", "partition must be dirichlet: and a number, as in dirichlet:0.5, got"),
        ("dirichlet:x", "partition must be dirichlet: and a number, as in dirichlet:0.5, got"),
        ("shards:2.5", "partition must be shards: and a whole number, as in shards:2, got"),
        ("iid:3", "partition must be iid without a number, got 'iid:3'"),
        ("dirichlet:0", "alpha must be above 0, got 0.0"),
        ("dirichlet:nan", "alpha must be finite, got nan"),
    ],
)
def test_a_misspelled_partitioner_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        parse_partitioner(text)
