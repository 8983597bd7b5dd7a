"""The smallest object of each role, read from the docstrings of ``roles``, fills its role."""

import inspect
import re
from dataclasses import replace
from textwrap import dedent
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite import roles
from pyfedlite.algorithms import FedAvg
from pyfedlite.clients import ClientUpdate, Fate
from pyfedlite.data import Dataset, FederatedDataset
from pyfedlite.errors import RoundFailed
from pyfedlite.params import ParamLayout
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Aggregate, RoundContext, RoundView
from pyfedlite.testing import AGGREGATOR_LAWS

NAMES = {
    "Aggregate": Aggregate,
    "ClientUpdate": ClientUpdate,
    "Fate": Fate,
    "ParamLayout": ParamLayout,
    "RoundFailed": RoundFailed,
    "np": np,
    "replace": replace,
}
"""What a reader of the docstrings has imported."""
WITHOUT = {"Algorithm", "Classifier"}
"""Roles that have no smallest object: a round of one's own, and a model with one method more."""


def smallest(role: str) -> Any:
    """Return the object that the docstring of a role gives as the smallest one."""
    words = inspect.getdoc(getattr(roles, role)) or ""
    _, found, after = words.partition("mallest one")
    assert found, f"the docstring of {role} has no smallest object"
    block = re.search(r"::\n\n((?: {4}.*\n|\n)+)", after + "\n")
    names = dict(NAMES)
    if block is None:
        inline = re.search(r"``(lambda .*?)``", after, re.S)
        assert inline is not None, after
        return eval(inline[1].replace("\n", " "), names)
    code = dedent(block[1]).strip()
    if code.startswith("lambda"):
        return eval(code, names)
    exec(code, names)
    made = next(value for name, value in names.items() if name not in {*NAMES, "__builtins__"})
    return made() if isinstance(made, type) else made


def tiny(*labels: list[float]) -> FederatedDataset:
    """Return a client for each list of labels, whose only feature is 1: a regression."""
    y = np.concatenate([np.array(own) for own in labels])
    owner = np.repeat(np.arange(len(labels)), [len(own) for own in labels])
    x = np.ones((len(y), 1))
    return FederatedDataset(Dataset(x, y, x, y, num_classes=None, name="tiny"), owner)


CLIENTS = tiny([1.0, 3.0], [8.0])  # the mean of all labels is 4, of the first client's 2
CONSTANT = smallest("Model")
SETTINGS: dict[str, Any] = {"batch_size": None, "learning_rate": 1.0}  # a step ends at the mean


def theta_of(*, num_rounds: int = 1, clients: Any = CLIENTS, **parts: Any) -> np.ndarray:
    algorithm = fl.fedavg(CONSTANT, **SETTINGS, **parts)
    return fl.simulate(algorithm, clients, num_rounds=num_rounds, seed=0).theta


def test_every_role_has_a_smallest_object() -> None:
    protocols = {
        name
        for name, value in vars(roles).items()
        if getattr(value, "_is_protocol", False) and value.__module__ == roles.__name__
    }
    assert protocols >= WITHOUT
    for role in protocols - WITHOUT:
        smallest(role)


def test_constant_is_a_model_and_learns_the_mean() -> None:
    assert isinstance(CONSTANT, roles.Model)
    np.testing.assert_allclose(theta_of(), [4.0])
    np.testing.assert_array_equal(CONSTANT.predict(np.array([4.0]), np.ones((2, 1))), [4.0, 4.0])


def test_noise_is_a_local_trainer() -> None:
    path = [np.zeros(1)]
    fl.simulate(
        FedAvg(CONSTANT, local=smallest("LocalTrainer")),
        tiny([0.0]),
        num_rounds=100,
        seed=0,
        callbacks=[lambda records, state: path.append(state.theta)],
    )
    steps = np.diff(np.concatenate(path))  # standard normal; five standard errors of each moment
    assert abs(steps.mean()) < 5 / np.sqrt(100)
    assert abs(steps.var() - 1) < 5 * np.sqrt(2 / 100)


def test_correction_pulls_towards_zero() -> None:
    correction = smallest("Correction")
    np.testing.assert_allclose(theta_of(correction=correction), [4.0])  # theta was 0
    # One client: the second gradient at its mean is 0, so that the step is -0.01 theta.
    alone = theta_of(clients=tiny([1.0, 7.0]), num_rounds=2, correction=correction)
    np.testing.assert_allclose(alone, [0.99 * 4.0])


@pytest.mark.parametrize(
    ("role", "setting"),
    [
        ("DataTransform", "data_transforms"),
        ("UpdateTransform", "transforms"),
        ("CohortTransform", "cohort_transforms"),
    ],
)
def test_transform_changes_nothing(role: str, setting: str) -> None:
    part = smallest(role)
    np.testing.assert_array_equal(theta_of(**{setting: (part,)}), theta_of())


def test_aggregator_goes_where_the_last_client_went() -> None:
    last = smallest("Aggregator")
    np.testing.assert_array_equal(theta_of(aggregator=last), [8.0])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_aggregator_returns_float64(dtype: str) -> None:
    updates = [ClientUpdate(k, np.array([k], dtype), 1, 1, 0.0) for k in (3, 5)]
    context = RoundContext(1, np.zeros(1, dtype), RoundSeed(0, 1))
    aggregate = smallest("Aggregator")(iter(updates), context)
    assert aggregate.delta.dtype == np.float64
    assert aggregate.delta == [5.0]


@pytest.mark.parametrize("law", sorted({*AGGREGATOR_LAWS} - {"arriving_order_does_not_matter"}))
def test_aggregator_obeys_all_laws_but_one(law: str) -> None:
    AGGREGATOR_LAWS[law](smallest("Aggregator"))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_server_step_is_the_sum_of_fedavg(dtype: str) -> None:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=3, seed=0)
    model = fl.SoftmaxRegression(64, 10, dtype=dtype)
    ends = [
        fl.simulate(algorithm, clients, num_rounds=2, seed=0).theta
        for algorithm in (fl.fedavg(model), fl.fedavg(model, server=smallest("ServerOptimizer")))
    ]
    assert ends[1].dtype == dtype
    np.testing.assert_array_equal(*ends)


def test_sampler_asks_everybody() -> None:
    sampler = smallest("Sampler")
    view = RoundView(1, np.array([3, 1, 2]), lambda k: 0.0)
    assert sampler(view, np.random.default_rng()) == [0, 1, 2]
    history = fl.simulate(
        fl.fedavg(CONSTANT, **SETTINGS), CLIENTS, num_rounds=1, seed=0, sampler=sampler
    )
    assert history.records[0].cohort == (0, 1)


def test_availability_lets_everybody_stay() -> None:
    availability = smallest("Availability")
    assert availability([4, 7], RoundSeed(0, 1)) == [Fate(), Fate()]
    algorithm = fl.fedavg(CONSTANT, **SETTINGS)
    history = fl.simulate(algorithm, CLIENTS, num_rounds=1, seed=0, availability=availability)
    np.testing.assert_array_equal(history.theta, theta_of())


def test_callback_prints_every_round(capsys: pytest.CaptureFixture[str]) -> None:
    algorithm = fl.fedavg(CONSTANT, **SETTINGS)
    fl.simulate(algorithm, CLIENTS, num_rounds=3, seed=0, callbacks=[smallest("Callback")])
    assert capsys.readouterr().out == "1\n2\n3\n"


def test_partitioner_deals_rows_in_turn() -> None:
    data = fl.load_digits()
    clients = fl.partition(data, smallest("Partitioner"), num_clients=3, seed=0)
    assert clients.assignment[:7].tolist() == [0, 1, 2, 0, 1, 2, 0]
