"""Every model obeys every law; a new model adds one row."""

import pytest

from pyfedlite.models import MLP, LinearRegression, LogisticRegression, SoftmaxRegression
from pyfedlite.roles import Model
from pyfedlite.testing import MODEL_LAWS

MODELS = {
    "linear": LinearRegression(3),
    "linear-l2": LinearRegression(3, l2=0.7),
    "logistic": LogisticRegression(3),
    "logistic-l2": LogisticRegression(3, l2=0.7),
    "softmax": SoftmaxRegression(3, 4),
    "softmax-l2": SoftmaxRegression(3, 4, l2=0.7),
    "mlp-relu": MLP(3, 5, 4, activation="relu"),
    "mlp-tanh": MLP(3, 5, 4, 3, activation="tanh"),
    "mlp-sigmoid-l2": MLP(3, 5, 4, activation="sigmoid", l2=0.7),
    "mlp-binary": MLP(3, 4, 1),
    "mlp-one-layer": MLP(3, 4),
    "mlp-float64": MLP(2, 3, 2, dtype="float64"),
}


@pytest.mark.parametrize("law", MODEL_LAWS)
@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_model_obeys_its_laws(model: Model, law: str) -> None:
    MODEL_LAWS[law](model)
