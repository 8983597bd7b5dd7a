import numpy as np
import pytest

from pyfedlite.data import make_synthetic, natural, partition
from pyfedlite.data.synthetic import NUM_FEATURES


def test_one_seed_is_one_dataset() -> None:
    a, b = (make_synthetic(1, 1, seed=3, num_clients=4) for _ in range(2))
    np.testing.assert_array_equal(a.features, b.features)
    np.testing.assert_array_equal(a.labels, b.labels)


def test_another_seed_is_another_dataset() -> None:
    a, b = (make_synthetic(1, 1, seed=seed, num_clients=1) for seed in (0, 1))
    assert a.features.shape != b.features.shape or (a.features != b.features).any()


def test_the_first_devices_do_not_depend_on_how_many_there_are() -> None:
    few, many = (make_synthetic(1, 1, seed=0, num_clients=n) for n in (2, 5))
    np.testing.assert_array_equal(many.features[many.groups < 2], few.features)
    np.testing.assert_array_equal(many.test_labels[many.test_groups < 2], few.test_labels)


def test_devices_have_at_least_50_rows_of_which_a_fifth_are_for_testing() -> None:
    data = make_synthetic(0.5, 0.5, seed=1)
    train, test = np.bincount(data.groups), np.bincount(data.test_groups)
    assert (train + test).min() >= 50
    np.testing.assert_array_equal(test, (2 * (train + test) + 5) // 10)


def test_devices_are_the_natural_clients() -> None:
    assert partition(make_synthetic(0, 0, seed=0), natural(), seed=0).num_clients == 30


def test_the_spread_of_feature_j_is_that_of_the_paper() -> None:
    # IID: x_j ~ N(0, j^-1.2). With n rows the sample variance has relative deviation sqrt(2 / n);
    # 60 features within 5 of them fail for fewer than 1 in 10^4 seeds.
    data = make_synthetic(0, 0, seed=0, num_clients=60, iid=True)
    n = data.num_examples
    variance = data.features.var(axis=0, dtype=np.float64) * np.arange(1, NUM_FEATURES + 1) ** 1.2
    np.testing.assert_allclose(variance, 1, rtol=0, atol=5 * np.sqrt(2 / n))


def test_iid_devices_share_one_labeller() -> None:
    # One linear rule fits all rows: least squares on the labels of one device then agrees with the
    # labels of another far better than under devices of their own (chance is 1 in 10).
    def agreement(iid: bool) -> float:
        data = make_synthetic(1, 0, seed=2, num_clients=2, iid=iid)
        a, b = data.groups == 0, data.groups == 1
        fit = np.linalg.lstsq(data.features[a], np.eye(10)[data.labels[a]], rcond=None)[0]
        return float(np.mean((data.features[b] @ fit).argmax(axis=1) == data.labels[b]))

    assert agreement(iid=True) > agreement(iid=False)


def test_large_beta_moves_the_inputs_of_devices_apart() -> None:
    def spread(beta: float) -> float:
        data = make_synthetic(0, beta, seed=0)
        return float(np.std([data.features[data.groups == k].mean() for k in range(30)]))

    # the mean of a device's inputs is N(0, beta^2) plus a part that does not depend on beta
    assert spread(0) < spread(1) < spread(10)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"alpha": -1, "beta": 0}, "alpha must be at least 0, got -1.0"),
        ({"alpha": 0, "beta": -1}, "beta must be at least 0, got -1.0"),
        ({"alpha": 0, "beta": 0, "num_clients": 0}, "num_clients must be at least 1, got 0"),
    ],
)
def test_bad_arguments_are_named(arguments: dict[str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make_synthetic(**arguments, seed=0)
