"""What a client does with the model it receives, and how that was got wrong.

Right is ClientUpdate of McMahan et al. 2017, Algorithm 1, with the proximal term of FedProx
(Li et al. 2020, equation 2): mu (theta_k - theta) is added to each gradient.
"""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Vector
from pyfedlite.clients import Client, Fate, Participant
from pyfedlite.local import LocalSGD
from pyfedlite.models import LinearRegression
from pyfedlite.roles import Model
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject
from pyfedlite.testing.strategies import generators, seeds

MODEL = LinearRegression(1, dtype="float64")
Pull = Callable[[Vector, Vector, float], Vector]
"""The proximal term's gradient, of theta_k, theta and mu."""


def client_update(
    local: LocalSGD, model: Model, theta: Vector, client: Client, seed: int
) -> Vector:
    """Return Delta_k = theta_k - theta after local training."""
    rng = np.random.default_rng(seed)
    return local.train(model, theta, Participant(client), rng, round=1).delta


def _toward_global(theta_k: Vector, theta: Vector, mu: float) -> Vector:
    pull: Vector = mu * (theta_k - theta)
    return pull


def _nothing(theta_k: Vector, theta: Vector, mu: float) -> Vector:
    return np.zeros_like(theta)


def _of_unit_length(theta_k: Vector, theta: Vector, mu: float) -> Vector:
    distance = np.linalg.norm(theta_k - theta)
    return np.zeros_like(theta) if distance == 0 else mu / 2 * (theta_k - theta) / distance


def _overwritten(theta_k: Vector, theta: Vector, mu: float) -> Vector:
    pull: Vector = -mu * theta
    return pull


def _mutated(pull: Pull = _toward_global, *, keep_last: bool = True) -> Callable[..., Vector]:
    """Return local training with another pull, or without the last, smaller batch."""

    def train(local: LocalSGD, model: Model, theta: Vector, client: Client, seed: int) -> Vector:
        theta_k, size = theta, local.batch_size or client.num_examples
        for order in local.orders(client.num_examples, Fate(), np.random.default_rng(seed)):
            end = len(order) if keep_last else len(order) - len(order) % size
            for start in range(0, end, size):
                rows = order[start : start + size]
                g = model.grad(theta_k, client.features[rows], client.labels[rows])
                g = g + pull(theta_k, theta, local.proximal_mu)
                theta_k = theta_k - local.learning_rate * g
        return theta_k - theta

    return train


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    rng = draw(generators())
    n = draw(st.integers(1, 6))
    features, labels = rng.integers(-3, 4, size=(n, 1)), rng.integers(-3, 4, size=n)
    local = LocalSGD(
        local_epochs=draw(st.integers(1, 2)),
        batch_size=draw(st.integers(1, 4) | st.none()),
        learning_rate=0.1,
        proximal_mu=draw(st.sampled_from([0.0, 0.5])),
    )
    return {
        "local": local,
        "model": MODEL,
        "theta": rng.integers(-3, 4, size=2).astype(float),
        "client": Client(0, features.astype(float), labels.astype(float)),
        "seed": draw(seeds()),
    }


LOCAL_TRAINING = Subject(
    name="client_update",
    says="client_update(local, model, theta, client, seed) returns theta_k - theta",
    implementation=client_update,
    cases=_cases(),
    arguments={
        "local": "a LocalSGD: local_epochs, batch_size, learning_rate, proximal_mu",
        "model": "a LinearRegression",
        "theta": "the global model, shape (2,)",
        "client": "client.features and client.labels",
        "seed": "the order of the rows",
    },
    mutants=(
        Mutant(
            "last-batch-dropped",
            _mutated(keep_last=False),
            "alibaba/FederatedScope#123",
            "Rows that do not fill a batch are left out; a client with fewer rows than one batch "
            "does not train at all.",
        ),
        Mutant(
            "proximal-term-zero",
            _mutated(_nothing),
            "flwrlabs/flower PR #1654, securefederatedai/openfl PR #1634",
            "The distance to the global model is taken to a reference that moves along, so it is "
            "always 0 and FedProx is FedAvg.",
        ),
        Mutant(
            "proximal-term-not-squared",
            _mutated(_of_unit_length),
            "flwrlabs/flower PR #2210",
            "The term is mu / 2 times the norm instead of its square: the pull has the same "
            "strength near and far.",
        ),
        Mutant(
            "proximal-term-overwritten",
            _mutated(_overwritten),
            "alpemreacar/FedDyn#1",
            "The second half of the term is assigned instead of added, and the first half is lost.",
        ),
    ),
)
