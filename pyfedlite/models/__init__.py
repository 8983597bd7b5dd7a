"""Models as functions of theta: shapes and formulas, never weights."""

from pyfedlite.models.linear import LinearRegression
from pyfedlite.models.logistic import LogisticRegression
from pyfedlite.models.mlp import MLP
from pyfedlite.models.softmax import SoftmaxRegression

__all__ = ["MLP", "LinearRegression", "LogisticRegression", "SoftmaxRegression"]
