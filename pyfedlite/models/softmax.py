"""Softmax regression: P(y = c | x) is proportional to e^(x'W_c + b_c)."""

from dataclasses import dataclass, field
from typing import ClassVar

from pyfedlite import _check
from pyfedlite._typing import Matrix, Vector
from pyfedlite.models.affine import AffineModel
from pyfedlite.models.outputs import Softmax
from pyfedlite.params import ParamLayout


@dataclass(frozen=True)
class SoftmaxRegression(AffineModel):
    """Softmax (multinomial logistic) regression on labels 0 to num_classes - 1.

    Parameters
    ----------
    num_features : int
    num_classes : int
        At least 2.
    l2 : float
        Strength of the penalty (l2 / 2) ||W||^2, at least 0.
    dtype : {"float32", "float64"}
        The dtype of theta and of what is computed from it.

    Examples
    --------
    At theta = 0 each of three classes has probability 1/3. One example x = 2 of class 0 then
    gives dz = (-2/3, 1/3, 1/3), and the gradient is x dz for W, dz for b:

    >>> import numpy as np
    >>> model = SoftmaxRegression(1, 3, dtype="float64")
    >>> gradient = model.grad(np.zeros(6), np.array([[2.0]]), np.array([0]))
    >>> (3 * gradient).round(12)
    array([-4.,  2.,  2., -2.,  1.,  1.])
    """

    num_features: int
    num_classes: int
    l2: float = 0.0
    dtype: str = "float32"
    layout: ParamLayout = field(init=False, repr=False, compare=False)
    output: ClassVar[Softmax] = Softmax()

    def __post_init__(self) -> None:
        _check.keep(self, "num_classes", _check.integer, minimum=2)
        AffineModel.__post_init__(self)

    @property
    def num_outputs(self) -> int:
        """Columns of W: a score for each class."""
        return self.num_classes

    def predict_proba(self, theta: Vector, features: Matrix) -> Vector:
        """Return the probability of each class, shape (..., n, num_classes)."""
        return self.output.probabilities(self.scores(theta, features))
