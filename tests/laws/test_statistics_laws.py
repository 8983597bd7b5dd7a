"""What clients tell the server in sums is what the pooled rows would have said."""

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from pyfedlite.data import Dataset, FederatedDataset
from pyfedlite.statistics import (
    federated_counts,
    federated_mean,
    federated_variance,
    standardisation,
    standardise,
)
from pyfedlite.testing._data_strategies import assignments
from pyfedlite.testing.strategies import generators

EPS = np.finfo(np.float64).eps
MOST_ROWS = 40


@st.composite
def federations(draw: st.DrawFn, *, shift: float | None = None) -> FederatedDataset:
    """Rows in general position about a mean that may be large against their spread."""
    rng = draw(generators())
    n = draw(st.integers(2, MOST_ROWS))
    shift = draw(st.sampled_from([0.0, 1.0, 1e4, 1e8])) if shift is None else shift
    x = shift + rng.normal(size=(n, 3))
    data = Dataset(x, rng.integers(4, size=n), x[:2], [0, 1], num_classes=4, name="drawn")
    return FederatedDataset(data, draw(assignments(n)))


def pooled(clients: FederatedDataset) -> np.ndarray:
    return np.concatenate([client.features for client in clients])


@given(federations())
def test_counts_are_those_of_the_pooled_rows(clients: FederatedDataset) -> None:
    counts = federated_counts(clients, num_classes=4)
    np.testing.assert_array_equal(counts, np.bincount(clients.pooled.labels, minlength=4))


@given(federations())
def test_mean_is_that_of_the_pooled_rows(clients: FederatedDataset) -> None:
    x = pooled(clients)
    # Adding n numbers in whatever order errs by at most n eps times the sum of their sizes.
    tolerance = 2 * len(x) * EPS * np.abs(x).mean(axis=0)
    assert (np.abs(federated_mean(clients) - x.mean(axis=0)) <= tolerance).all()


@given(federations())
def test_variance_is_that_of_the_pooled_rows(clients: FederatedDataset) -> None:
    x = pooled(clients)
    ours = federated_variance(clients, federated_mean(clients))
    # x - mean errs by 2 eps |mean| for rounding, times n for the mean's own; its square by twice
    # that times the spread. n eps |mean| < 1e-6 here even at a mean of 1e8.
    tolerance = 8 * len(x) * EPS * (1 + np.abs(x.mean(axis=0))) * (1 + np.abs(x).std(axis=0)) ** 2
    assert (np.abs(ours - x.var(axis=0)) <= tolerance).all()


@given(federations(), generators())
def test_order_of_clients_does_not_matter(
    clients: FederatedDataset, rng: np.random.Generator
) -> None:
    shuffled = [clients[k] for k in rng.permutation(clients.num_clients)]
    mean = federated_mean(clients)
    tolerance = 2 * MOST_ROWS * EPS * np.abs(pooled(clients)).mean(axis=0)
    assert (np.abs(federated_mean(shuffled) - mean) <= tolerance).all()


@given(federations(shift=5.0))
def test_how_rows_are_divided_does_not_matter(clients: FederatedDataset) -> None:
    alone = FederatedDataset(clients.pooled, np.zeros(len(clients.assignment), dtype=np.int64))
    ours, whole = standardisation(clients), standardisation(alone)
    # Below 40 rows of size about 5: 40 * 10 eps for the mean, the same again for the deviation.
    np.testing.assert_allclose(ours.mean, whole.mean, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours.std, whole.std, rtol=0, atol=1e-12)


@given(federations(shift=5.0))
def test_standardised_columns_have_mean_0_and_deviation_1(clients: FederatedDataset) -> None:
    x = pooled(standardise(clients)).astype(np.float64)
    # float32 features: each errs by 6e-8 of its size, and below 40 rows none exceeds sqrt(40).
    np.testing.assert_allclose(x.mean(axis=0), 0, rtol=0, atol=1e-6)
    np.testing.assert_allclose(x.std(axis=0), 1, rtol=0, atol=1e-6)


@given(federations(shift=5.0))
def test_standardising_twice_changes_nothing_more(clients: FederatedDataset) -> None:
    once = standardise(clients)
    twice = standardise(once)
    # as above, and the second time shifts and scales by no more than those 1e-6
    np.testing.assert_allclose(pooled(twice), pooled(once), rtol=0, atol=2e-5)


@given(federations())
def test_labels_stay_with_their_rows(clients: FederatedDataset) -> None:
    for before, after in zip(clients, standardise(clients), strict=True):
        np.testing.assert_array_equal(after.labels, before.labels)


@given(st.floats(-1e150, 1e150), st.integers(1, MOST_ROWS))
@example(0.1, 3)  # three times 0.1 is not 0.3
@example(0.0, 2)
def test_a_constant_column_has_variance_0_and_becomes_0(value: float, n: int) -> None:
    x = np.full((n, 1), value)
    data = Dataset(x, [0] * n, x[:1], [0], num_classes=2, name="constant")
    clients = FederatedDataset(data, np.arange(n) % 3 if n >= 3 else [0] * n)
    scale = standardisation(clients)
    assert scale.std.tolist() == [1.0]
    # mean - value is the rounding of the sum, below n eps |value|
    assert np.abs(x - scale.mean).max() <= n * EPS * abs(value)
