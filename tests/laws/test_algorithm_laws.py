"""Every algorithm obeys every law; a new one adds one row."""

import pytest

from pyfedlite.algorithms import (
    fedadagrad,
    fedadam,
    fedavg,
    fedavgm,
    fedprox,
    fedsgd,
    fedyogi,
)
from pyfedlite.models import MLP, LinearRegression, LogisticRegression, SoftmaxRegression
from pyfedlite.roles import Algorithm
from pyfedlite.testing import ALGORITHM_LAWS

SOFTMAX = SoftmaxRegression(3, 4)
ALGORITHMS = {
    "fedsgd": fedsgd(SOFTMAX),
    "fedavg": fedavg(SOFTMAX, local_epochs=2, batch_size=4),
    "fedavg-mlp": fedavg(MLP(3, 4, 4), local_epochs=2, batch_size=3),
    "fedavg-linear": fedavg(LinearRegression(3), learning_rate=0.01),
    "fedavg-all-rows": fedavg(LogisticRegression(3), batch_size=None),
    "fedavg-momentum-decay": fedavg(SOFTMAX, momentum=0.5, learning_rate_decay=0.9),
    "fedprox": fedprox(SOFTMAX, proximal_mu=0.5, local_epochs=2),
    "fedavgm": fedavgm(SOFTMAX),
    "fedadagrad": fedadagrad(SOFTMAX),
    "fedadam": fedadam(SOFTMAX),
    "fedyogi": fedyogi(SOFTMAX),
}


@pytest.mark.parametrize("law", ALGORITHM_LAWS)
@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=ALGORITHMS)
def test_algorithm_obeys_its_laws(algorithm: Algorithm, law: str) -> None:
    ALGORITHM_LAWS[law](algorithm)
