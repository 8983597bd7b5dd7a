from pathlib import Path

import numpy as np
import pytest

from pyfedlite.data import Dataset, load_breast_cancer, load_digits
from pyfedlite.data.builtin import FOLDER

LOADERS = pytest.mark.parametrize("load", [load_digits, load_breast_cancer])


def test_digits_are_1797_rows_of_64_points() -> None:
    data = load_digits()
    assert data.num_examples + len(data.test_labels) == 1797
    assert (data.num_features, data.num_classes) == (64, 10)


def test_digits_are_sixteenths_of_ink() -> None:
    features = load_digits().features
    assert features.dtype == np.float32
    assert set(np.unique(features * 16)) == set(range(17))


def test_212_of_569_tumours_are_malignant() -> None:  # UCI: 357 benign, 212 malignant
    data = load_breast_cancer()
    labels = np.concatenate([data.labels, data.test_labels])
    assert np.bincount(labels).tolist() == [357, 212]


def test_malignant_tumours_are_larger() -> None:  # which fixes what label 1 means
    data = load_breast_cancer()
    area = data.features[:, data.feature_names.index("mean area")]
    assert area[data.labels == 1].mean() > area[data.labels == 0].mean()


@LOADERS
def test_the_split_is_the_same_each_time(load: type[Dataset]) -> None:
    np.testing.assert_array_equal(load().test_features, load().test_features)


@LOADERS
def test_each_class_gives_a_fifth_to_testing(load: type[Dataset]) -> None:
    data = load()
    train, test = np.bincount(data.labels), np.bincount(data.test_labels)
    np.testing.assert_array_equal(test, (2 * (train + test) + 5) // 10)  # rounded half up


@LOADERS
def test_no_row_is_for_training_and_testing_at_once(load: type[Dataset]) -> None:
    data = load()
    train = {row.tobytes() for row in data.features}
    assert not any(row.tobytes() in train for row in data.test_features)


def test_the_first_test_digits_are_these_rows() -> None:
    # The raw words of PCG64 under a fixed key are NumPy's promise (NEP 19): this holds for ever.
    with np.load(FOLDER / "digits.npz") as file:
        features, labels = file["features"], file["labels"]
    key = np.random.SeedSequence(2017, spawn_key=(0, 8, 0))
    words = np.random.PCG64(key).random_raw(len(labels))
    zeros = np.flatnonzero(labels == 0)
    chosen = np.sort(zeros[np.argsort(words[zeros])[:36]])  # 178 zeros, a fifth is 35.6
    data = load_digits()
    np.testing.assert_array_equal(16 * data.test_features[data.test_labels == 0], features[chosen])


def test_the_files_are_what_scikit_learn_ships(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    from pyfedlite.data.builtin.export import export

    export(tmp_path)
    for name in ("digits.npz", "breast_cancer.npz"):
        with np.load(tmp_path / name) as fresh, np.load(FOLDER / name) as ours:
            assert set(fresh) == set(ours)
            for key in fresh:
                np.testing.assert_array_equal(fresh[key], ours[key])
