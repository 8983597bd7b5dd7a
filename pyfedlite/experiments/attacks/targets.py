"""What the attacks on models and updates are tried on: rows in memory, and a trained model."""

from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.experiments.datasets import load_dataset
from pyfedlite.experiments.defaults import defaults
from pyfedlite.roles import Model

IMAGES = ("digits", "mnist")
"""The data sets whose rows are square images with values in [0, 1]."""


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of a data set with classes, in float64; columns standardised where `run` does it.

    Parameters
    ----------
    features, test_features : ndarray of shape (n, num_features)
    labels, test_labels : ndarray of shape (n,)
    num_classes : int
    image : tuple of int, optional
        Height and width, where a row is one.
    names : tuple of str
        Of the columns.
    """

    features: Matrix
    labels: Labels
    test_features: Matrix
    test_labels: Labels
    num_classes: int
    image: tuple[int, int] | None
    names: tuple[str, ...]

    @property
    def value_range(self) -> float:
        """The difference of the largest and the smallest value, for signal to noise ratios."""
        return float(self.features.max() - self.features.min())

    def column(self, name: str) -> int:
        """Return the place of a column by its name or its number.

        Raises
        ------
        ValueError
            If there is none; the sentence gives the nearest.
        """
        if name in self.names:
            return self.names.index(name)
        if name.isdecimal() and int(name) < len(self.names):
            return int(name)
        hint = _check.nearest(name, self.names) or f"columns are {', '.join(self.names[:5])}, …"
        condition = f"be a name or a number from 0 to {len(self.names) - 1}"
        _check.fail("column", condition, repr(name), hint)


def rows_of(dataset: str) -> Rows:
    """Return the rows of a data set.

    Raises
    ------
    ValueError
        If there is none of that name, it has no classes, or values are missing.

    Examples
    --------
    >>> rows_of("digits").image
    (8, 8)
    """
    data = load_dataset(dataset)
    if data.num_classes is None:
        _check.fail("dataset", "have classes", dataset, "take digits or breast_cancer")
    features, test = (np.asarray(x, np.float64) for x in (data.features, data.test_features))
    if np.isnan(features).any():
        hint = "take digits, mnist or breast_cancer"
        _check.fail("dataset", "have no missing values", dataset, hint)
    if defaults(dataset)["standardise"]:
        deviation = features.std(axis=0)
        scale = np.where(deviation > 0, deviation, 1.0)
        features, test = ((x - features.mean(axis=0)) / scale for x in (features, test))
    side = round(data.num_features**0.5)
    names = data.feature_names or tuple(str(j) for j in range(data.num_features))
    return Rows(
        features,
        data.labels,
        test,
        data.test_labels,
        data.num_classes,
        (side, side) if dataset in IMAGES else None,
        tuple(names),
    )


def descended(
    model: Model, features: Matrix, labels: Labels, *, num_steps: int, learning_rate: float
) -> Vector:
    """Return theta after steps on all rows, from zeros.

    It is what federated averaging gives over clients that each take one such step in a round.

    Raises
    ------
    ValueError
        If the learning rate is so large that theta does not stay finite.
    """
    theta: Vector = np.zeros(model.layout.num_params)
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(num_steps):
            theta = theta - learning_rate * model.grad(theta, features, labels)
    check_trained(theta, learning_rate)
    return theta


def check_trained(theta: Vector, learning_rate: float) -> None:
    """Refuse a model that is no model: an attack on it would be measured as if it were one."""
    if not np.isfinite(theta).all():
        condition, hint = "keep the model finite", "take a smaller one"
        _check.fail("learning_rate", condition, learning_rate, hint)
