"""A model with its parameters, as it is used after a run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.roles import Classifier, Model


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A model with its parameters, ready to predict new rows.

    Parameters
    ----------
    model : Model
    theta : array of shape (num_params,)
    mean, std : array of shape (num_features,), optional
        The mean and deviation that standardised the training rows; new rows are standardised by
        them too.
    feature_names, class_names : tuple of str, optional

    Raises
    ------
    ValueError
        If a length does not fit the model, or a number is not finite.

    Examples
    --------
    >>> from pyfedlite.models import LogisticRegression
    >>> model = LogisticRegression(1, dtype="float64")
    >>> trained = TrainedModel(model, [1.0, 0.0], mean=[5.0], std=[2.0])
    >>> trained.predict([[4.0], [6.0]]).tolist()  # (4 - 5) / 2 < 0 < (6 - 5) / 2
    [0, 1]
    """

    model: Model
    theta: Vector
    mean: NDArray[np.float64] | None = None
    std: NDArray[np.float64] | None = None
    feature_names: tuple[str, ...] | None = None
    class_names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        model = self.model
        self._set("theta", model.layout.num_params, model.dtype)
        if (self.mean is None) != (self.std is None):
            _check.fail("mean and std", "come together", "one of them")
        if self.mean is not None and self.std is not None:
            self._set("mean", model.num_features, "float64")
            self._set("std", model.num_features, "float64")
            if not (self.std > 0).all():
                _check.fail("std", "be above 0", self.std.min(), "take 1 for a constant column")
        self._set_names("feature_names", self.feature_names, model.num_features)
        self._set_names("class_names", self.class_names, model.num_classes)

    def predict(self, features: ArrayLike) -> Labels:
        """Return the class of each row, or its value for a regression, shape (n,).

        Parameters
        ----------
        features : array of shape (n, num_features)
            In the units of the training data.
        """
        return self.model.predict(self.theta, self._scaled(features))

    def predict_proba(self, features: ArrayLike) -> Vector:
        """Return the probability of each class, shape (n, num_classes).

        Raises
        ------
        ValueError
            If the model is a regression.
        """
        if not isinstance(self.model, Classifier):
            _check.fail("model", "tell classes apart", self.model, "a regression has predict alone")
        return self.model.predict_proba(self.theta, self._scaled(features))

    def _scaled(self, features: ArrayLike) -> Matrix:
        rows = np.asarray(features)
        _check.ndim("features", rows, 2)
        if rows.shape[1] != self.model.num_features:
            condition = f"have {self.model.num_features} columns, as the model has"
            _check.fail("features", condition, rows.shape[1])
        _check.finite("features", rows, "fill or drop missing values first")
        if self.mean is not None and self.std is not None:
            # via float32, as in training, so that a row gives the same bits here as there
            rows = ((rows - self.mean) / self.std).astype(np.float32)
        return rows.astype(self.model.dtype, copy=False)

    def _set(self, name: str, length: int, dtype: str) -> None:
        array = np.asarray(getattr(self, name), dtype=dtype)
        if array.shape != (length,):
            _check.fail(name, f"have shape ({length},), as the model has", array.shape)
        _check.finite(name, array)
        object.__setattr__(self, name, _check.read_only(array))

    def _set_names(self, name: str, names: tuple[str, ...] | None, number: int | None) -> None:
        if names is None:
            return
        if len(names) != number:
            _check.fail(name, f"have {number} entries, as the model has", len(names))
        object.__setattr__(self, name, tuple(str(each) for each in names))
