"""Models as functions of theta: shapes and formulas, never weights."""

from pyfedlite.models.files import load_model, save_model
from pyfedlite.models.linear import LinearRegression
from pyfedlite.models.logistic import LogisticRegression
from pyfedlite.models.mlp import MLP
from pyfedlite.models.named import MODELS
from pyfedlite.models.softmax import SoftmaxRegression
from pyfedlite.models.trained import TrainedModel

__all__ = [
    "MLP",
    "MODELS",
    "LinearRegression",
    "LogisticRegression",
    "SoftmaxRegression",
    "TrainedModel",
    "load_model",
    "save_model",
]
