"""Models as functions of theta: they hold shapes and formulas, never weights.

Left neighbour: ``params`` gives names to the parts of theta. Right neighbour: ``local`` takes
gradients, and ``evaluation`` predictions.
"""

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
