"""Two small data sets that are part of the package; the README here names their authors."""

from pathlib import Path

import numpy as np

from pyfedlite.data._apportion import stratified_test_rows
from pyfedlite.data.dataset import Dataset

FOLDER = Path(__file__).parent


def load_digits() -> Dataset:
    """Load 1797 handwritten digits of 8 x 8 points.

    A fifth of each digit is for testing; the choice of these rows never changes.

    Returns
    -------
    Dataset
        1438 training and 359 test rows of 64 features, float32: the amount of ink at each point,
        from 0 to 1 in steps of 1/16. Ten classes, the digits.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
    Repository, 1998, https://doi.org/10.24432/C50P49 (the test part, as scikit-learn ships it).

    Examples
    --------
    >>> data = load_digits()
    >>> data.num_examples + len(data.test_labels), data.num_features
    (1797, 64)
    """
    with np.load(FOLDER / "digits.npz", allow_pickle=False) as file:
        features = file["features"].astype(np.float32) / np.float32(16)
        labels = file["labels"].astype(np.int64)
    test = stratified_test_rows(labels)
    return Dataset(features[~test], labels[~test], features[test], labels[test], 10, "digits")


def load_breast_cancer() -> Dataset:
    """Load 569 tumours, each measured 30 times under the microscope.

    Label 1 is malignant (212 of 569), because a test for cancer is positive when it finds cancer;
    in scikit-learn's copy malignant is 0. A fifth of each class is for testing; the choice of these
    rows never changes.

    Returns
    -------
    Dataset
        456 training and 113 test rows of 30 features, float64, in the units of the source: apply
        ``standardise`` after `partition`. Two classes.

    References
    ----------
    W. Wolberg, O. Mangasarian, N. Street and W. Street, "Breast Cancer Wisconsin (Diagnostic)",
    UCI Machine Learning Repository, 1993, https://doi.org/10.24432/C5DW2B.

    Examples
    --------
    >>> data = load_breast_cancer()
    >>> int(data.labels.sum() + data.test_labels.sum()), data.class_names
    (212, ('benign', 'malignant'))
    """
    with np.load(FOLDER / "breast_cancer.npz", allow_pickle=False) as file:
        features, names = file["features"], tuple(file["feature_names"].tolist())
        labels = file["labels"].astype(np.int64)
    test = stratified_test_rows(labels)
    return Dataset(
        features[~test],
        labels[~test],
        features[test],
        labels[test],
        2,
        "breast_cancer",
        feature_names=names,
        class_names=("benign", "malignant"),
    )
