"""Every partitioner obeys every law; a new one adds one row. Below: laws of one of them alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.data import (
    Dataset,
    FederatedDataset,
    dirichlet,
    iid,
    natural,
    partition,
    quantity_skew,
    shards,
)
from pyfedlite.data._apportion import apportion, raise_to_minimum, stratified_test_rows
from pyfedlite.roles import Partitioner
from pyfedlite.testing import PARTITIONER_LAWS
from pyfedlite.testing._data_strategies import assignments, datasets
from pyfedlite.testing.strategies import generators, seeds

PARTITIONERS = {
    "iid": iid(),
    "iid, 3 each": iid(min_examples=3),
    "shards": shards(2),
    "one shard": shards(1, min_examples=4),
    "dirichlet": dirichlet(0.3),
    "dirichlet, hardly any alpha": dirichlet(1e-300, min_examples=2),
    "dirichlet, large alpha": dirichlet(1e9),
    "quantity": quantity_skew(0.5, min_examples=3),
    "natural": natural(),
}


@pytest.mark.parametrize("law", PARTITIONER_LAWS)
@pytest.mark.parametrize("partitioner", PARTITIONERS.values(), ids=PARTITIONERS)
def test_partitioner_obeys_its_laws(partitioner: Partitioner, law: str) -> None:
    PARTITIONER_LAWS[law](partitioner)


# ---- a partition as clients --------------------------------------------------------------------


@st.composite
def divided(draw: st.DrawFn) -> tuple[Dataset, FederatedDataset]:
    dataset = draw(datasets())
    return dataset, FederatedDataset(dataset, draw(assignments(dataset.num_examples)))


@given(divided())
def test_clients_together_hold_each_row_once(pair: tuple[Dataset, FederatedDataset]) -> None:
    dataset, clients = pair
    rows = np.concatenate([client.features[:, 0] for client in clients])  # the rows' numbers
    assert sorted(rows) == list(range(dataset.num_examples))


@given(divided())
def test_a_client_holds_what_the_assignment_says(pair: tuple[Dataset, FederatedDataset]) -> None:
    dataset, clients = pair
    for k, client in enumerate(clients):
        owned = clients.assignment == k
        np.testing.assert_array_equal(client.features, dataset.features[owned])
        np.testing.assert_array_equal(client.labels, dataset.labels[owned])


@given(divided())
def test_a_client_is_a_slice_of_rows_stored_once(pair: tuple[Dataset, FederatedDataset]) -> None:
    _, clients = pair
    for client in clients:
        assert np.shares_memory(client.features, clients.pooled.features)
        assert not client.features.flags.writeable


@given(divided())
def test_other_columns_keep_rows_with_their_clients(
    pair: tuple[Dataset, FederatedDataset],
) -> None:
    _, clients = pair
    moved = clients.with_features(10 * clients.pooled.features, clients.test_features)
    for before, after in zip(clients, moved, strict=True):
        np.testing.assert_array_equal(after.features, 10 * before.features)
        np.testing.assert_array_equal(after.labels, before.labels)


# ---- what each partitioner is for --------------------------------------------------------------


@given(datasets(min_examples=8), st.integers(1, 8), seeds())
def test_iid_sizes_differ_by_at_most_one(data: Dataset, num_clients: int, seed: int) -> None:
    sizes = partition(data, iid(), num_clients=num_clients, seed=seed).sizes
    assert sizes.max() - sizes.min() <= 1


@given(datasets(min_examples=12), st.integers(1, 4), st.integers(1, 3), seeds())
def test_shards_cut_the_sorted_labels_no_more_than_they_must(
    data: Dataset, num_clients: int, per_client: int, seed: int
) -> None:
    clients = partition(data, shards(per_client), num_clients=num_clients, seed=seed)
    labels_seen = sum(len(np.unique(client.labels)) for client in clients)
    # S shards of a sorted row of labels meet its C - 1 borders between labels at most once each.
    assert labels_seen <= num_clients * per_client + len(np.unique(data.labels)) - 1


@given(datasets(min_examples=12), st.integers(1, 4), st.integers(1, 3), seeds())
def test_shards_have_sizes_that_differ_by_at_most_one_each(
    data: Dataset, num_clients: int, per_client: int, seed: int
) -> None:
    sizes = partition(data, shards(per_client), num_clients=num_clients, seed=seed).sizes
    assert sizes.max() - sizes.min() <= per_client


@given(datasets(min_examples=40), st.integers(1, 10), st.integers(1, 4), seeds())
def test_quantity_skew_sizes_add_up_above_the_minimum(
    data: Dataset, num_clients: int, minimum: int, seed: int
) -> None:
    divide = quantity_skew(0.1, min_examples=minimum)
    sizes = partition(data, divide, num_clients=num_clients, seed=seed).sizes
    assert sizes.sum() == data.num_examples
    assert sizes.min() >= minimum


@given(datasets(), seeds())
def test_natural_is_the_groups(data: Dataset, seed: int) -> None:
    np.testing.assert_array_equal(partition(data, natural(), seed=seed).assignment, data.groups)


def labelled(counts: list[int]) -> Dataset:
    labels = np.repeat(np.arange(len(counts)), counts)
    x = np.zeros((len(labels), 1))
    return Dataset(x, labels, x[:1], labels[:1], num_classes=len(counts), name="labelled")


@pytest.mark.parametrize("seed", range(5))
def test_dirichlet_with_large_alpha_gives_everybody_the_whole(seed: int) -> None:
    data = labelled([1000, 3000, 500])
    report = partition(data, dirichlet(1e8), num_clients=10, seed=seed).report()
    # A share has mean 1/10 and variance below 1e-9 / 10, by Chebyshev within 1e-3 of 1/10 but for
    # a probability of 1e-4; times at most 3000 rows that is 3 rows, and rounding moves 1 more.
    assert np.abs(report.label_counts - [100, 300, 50]).max() <= 4


@pytest.mark.parametrize("seed", range(5))
def test_dirichlet_with_hardly_any_alpha_gives_a_class_to_one_client(seed: int) -> None:
    data = labelled([200, 200, 200])
    report = partition(data, dirichlet(1e-12), num_clients=3, seed=seed).report()
    largest = report.label_counts.max(axis=0)
    assert (largest >= 200 - 3).all()  # but for the row that each of 3 clients is promised


def test_dirichlet_shares_vary_as_its_alpha_says() -> None:
    # Var of a share of Dir(alpha, ..., alpha) over K is (1/K)(1 - 1/K) / (K alpha + 1): here
    # 0.16 / 2.5 = 0.064. The mean squared deviation of one class lies in [0, 0.16]; by Hoeffding
    # that of 500 classes errs by 0.018 for fewer than 1 in 10^5 seeds.
    data = labelled([1000] * 500)
    owner = dirichlet(0.3)(data, 5, np.random.default_rng(0))
    shares = np.zeros((5, 500))
    np.add.at(shares, (owner, data.labels), 1e-3)
    assert np.mean((shares - 0.2) ** 2) == pytest.approx(0.064, abs=0.018)


@pytest.mark.parametrize(("smaller", "larger"), [(0.05, 0.5), (0.5, 5.0), (5.0, 500.0)])
def test_smaller_alpha_means_clients_that_differ_more(smaller: float, larger: float) -> None:
    data = labelled([500] * 10)

    def mean_distance(alpha: float) -> float:
        report = partition(data, dirichlet(alpha), num_clients=20, seed=0).report()
        return float(np.average(report.distance, weights=report.sizes))

    assert mean_distance(smaller) > mean_distance(larger)


# ---- whole numbers -----------------------------------------------------------------------------


@given(
    st.integers(0, 1000),
    st.lists(st.floats(0, 1), min_size=1, max_size=10).filter(lambda shares: sum(shares) > 0),
)
def test_apportion_gives_out_all_within_one_of_the_shares(total: int, raw: list[float]) -> None:
    shares = np.array(raw) / sum(raw)
    counts = apportion(total, shares)
    assert counts.sum() == total
    assert (np.abs(counts - total * shares) < 1 + 1e-9).all()  # total * shares is rounded too


@given(st.data(), st.integers(1, 6), st.integers(1, 4), generators())
def test_raising_to_a_minimum_takes_only_what_is_needed(
    data: st.DataObject, num_clients: int, minimum: int, rng: np.random.Generator
) -> None:
    rows = st.integers(num_clients * minimum, 40)
    owner = rng.integers(num_clients, size=data.draw(rows))
    before = np.bincount(owner, minlength=num_clients)
    raised = raise_to_minimum(owner, num_clients, minimum, rng)
    after = np.bincount(raised, minlength=num_clients)
    assert after.min() >= minimum
    assert np.count_nonzero(raised != owner) == np.maximum(minimum - before, 0).sum()


@given(st.lists(st.integers(0, 4), min_size=1, max_size=100))
def test_the_test_rows_are_a_fifth_of_each_stratum(strata: list[int]) -> None:
    strata_array = np.array(strata)
    is_test = stratified_test_rows(strata_array)
    for stratum in np.unique(strata_array):
        size = np.count_nonzero(strata_array == stratum)
        number = np.count_nonzero(is_test[strata_array == stratum])
        assert number == min((2 * size + 5) // 10, size - 1)  # 0.2 size, rounded half up
