"""Logistic regression for two classes: P(y = 1 | x) = 1 / (1 + e^-(x'W + b))."""

from dataclasses import dataclass, field
from typing import ClassVar

from pyfedlite._typing import Matrix, Vector
from pyfedlite.models.affine import AffineModel
from pyfedlite.models.outputs import Logistic
from pyfedlite.params import ParamLayout


@dataclass(frozen=True)
class LogisticRegression(AffineModel):
    """Logistic regression on labels 0 and 1.

    Parameters
    ----------
    num_features : int
    l2 : float
        Strength of the penalty (l2 / 2) ||W||^2, at least 0.
    dtype : {"float32", "float64"}
        The dtype of theta and of what is computed from it.

    Examples
    --------
    At theta = 0 each class has probability 1/2, so the loss is log 2 for any data:

    >>> import numpy as np
    >>> model = LogisticRegression(1, dtype="float64")
    >>> X, y = np.array([[1.0], [3.0]]), np.array([0, 1])
    >>> round(float(model.loss(np.zeros(2), X, y)), 4)
    0.6931

    and dz = (1/2, -1/2) / 2, so the gradient is ((1 - 3)/4, 0):

    >>> model.grad(np.zeros(2), X, y)
    array([-0.5,  0. ])
    """

    num_features: int
    l2: float = 0.0
    dtype: str = "float32"
    layout: ParamLayout = field(init=False, repr=False, compare=False)
    num_classes: ClassVar[int] = 2
    output: ClassVar[Logistic] = Logistic()

    def predict_proba(self, theta: Vector, features: Matrix) -> Vector:
        """Return P(y = 0) and P(y = 1), shape (..., n, 2)."""
        return self.output.probabilities(self.scores(theta, features))
