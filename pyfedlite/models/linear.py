"""Linear regression: y = x'W + b, trained by half the mean squared error."""

from dataclasses import dataclass, field
from typing import ClassVar

from pyfedlite.models.affine import AffineModel
from pyfedlite.models.outputs import Identity
from pyfedlite.params import ParamLayout


@dataclass(frozen=True)
class LinearRegression(AffineModel):
    """Linear regression on real targets.

    Parameters
    ----------
    num_features : int
    l2 : float
        Strength of the penalty (l2 / 2) ||W||^2, at least 0.
    dtype : {"float32", "float64"}
        The dtype of theta and of what is computed from it.

    Examples
    --------
    At theta = 0 each prediction is 0, so the loss is the mean of y^2 / 2:

    >>> import numpy as np
    >>> model = LinearRegression(1, dtype="float64")
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 3.0])
    >>> float(model.loss(np.zeros(2), X, y))
    2.5

    and its gradient is (-(1*1 + 2*3)/2, -(1 + 3)/2):

    >>> model.grad(np.zeros(2), X, y)
    array([-3.5, -2. ])
    """

    num_features: int
    l2: float = 0.0
    dtype: str = "float32"
    layout: ParamLayout = field(init=False, repr=False, compare=False)
    num_classes: ClassVar[None] = None
    output: ClassVar[Identity] = Identity()
