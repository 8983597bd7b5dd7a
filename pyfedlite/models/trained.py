"""A model with its parameters, as it is used after a run."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._role_checks import checked
from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.data.inputs import Inputs, Standardisation, Step
from pyfedlite.roles import Classifier, Model

_NOTHING = Inputs()


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
    inputs : Inputs, optional
        All that stands between rows as they come and the features of the model, in place of the
        four arguments above: ``clients.inputs``.

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
    inputs: Inputs = _NOTHING

    def __post_init__(self) -> None:
        hint = "the model comes first, and then theta"
        model = checked("model", self.model, "model", needs=("layout",), hint=hint)
        self._set("theta", model.layout.num_params, model.dtype)
        if self.inputs is not _NOTHING:
            self._take(self.inputs)
        if (self.mean is None) != (self.std is None):
            _check.fail("mean and std", "come together", "one of them")
        if self.mean is not None and self.std is not None:
            self._set("mean", model.num_features, "float64")
            self._set("std", model.num_features, "float64")
            if not (self.std > 0).all():
                _check.fail("std", "be above 0", self.std.min(), "take 1 for a constant column")
        self._set_names("feature_names", self.feature_names, model.num_features)
        self._set_names("class_names", self.class_names, model.num_classes)
        if self.inputs is _NOTHING:
            steps: tuple[Step, ...] = ()
            if self.mean is not None and self.std is not None:
                steps = (Standardisation(self.mean, self.std),)
            inputs = Inputs(None, self.feature_names, self.class_names, steps)
            object.__setattr__(self, "inputs", inputs)

    def predict(self, features: Any) -> Labels:
        """Return the class of each row, or its value for a regression, shape (n,).

        Parameters
        ----------
        features : array of shape (n, num_features), data frame, or path of a CSV or NPZ file
            In the units of the training data. Of a table the columns are taken by their names, and
            missing values are filled as in training, if they were filled there.
        """
        return self.model.predict(self.theta, self._features(features))

    def predict_proba(self, features: Any) -> Vector:
        """Return the probability of each class, shape (n, num_classes).

        Raises
        ------
        ValueError
            If the model is a regression.
        """
        if not isinstance(self.model, Classifier):
            _check.fail("model", "tell classes apart", self.model, "a regression has predict alone")
        return self.model.predict_proba(self.theta, self._features(features))

    def _features(self, rows: Any) -> Matrix:
        features = self.inputs.features(rows, self.model.num_features)
        return features.astype(self.model.dtype, copy=False)

    def _take(self, inputs: Inputs) -> None:
        """Show what is in `inputs` under the names that a reader looks for."""
        for name in ("mean", "std", "feature_names", "class_names"):
            if getattr(self, name) is not None:
                _check.fail(name, "be left out where inputs is given", "both")
        for step in inputs.steps:
            width = next((len(v) for v in vars(step).values()), self.model.num_features)
            if width != self.model.num_features:
                _check.fail("inputs", f"have {self.model.num_features} columns", width)
        scale = inputs.scale
        if scale is not None:
            object.__setattr__(self, "mean", scale.mean)  # the class is frozen
            object.__setattr__(self, "std", scale.std)
        object.__setattr__(self, "feature_names", inputs.names)
        object.__setattr__(self, "class_names", inputs.class_names)

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
