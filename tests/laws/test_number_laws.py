"""NumPy's scalars and Python's numbers count as the same, in every part of every family."""

import pickle
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite import _canonical
from pyfedlite.aggregation import AGGREGATORS
from pyfedlite.aggregation.correlated import correlated_mean
from pyfedlite.aggregation.named import PRE_AGGREGATIONS
from pyfedlite.aggregation.secure.codec import MeanCodec
from pyfedlite.algorithms import ALGORITHMS
from pyfedlite.attacks import poisoning
from pyfedlite.clients import Fate, Stage
from pyfedlite.data import PARTITIONERS
from pyfedlite.experiments import ModelConfig
from pyfedlite.local import LocalSGD, PrivateSGD
from pyfedlite.models import MODELS
from pyfedlite.sampling import Dropouts, dropouts, once, poisson, reachable
from pyfedlite.seeds import RoundSeed
from pyfedlite.server import ServerAdagrad, ServerAdam, ServerSGD, ServerYogi
from pyfedlite.state import Population
from pyfedlite.transforms import clip_update, only_for, worker_momentum

MODEL = fl.SoftmaxRegression(64, 10)
SPELLED: list[tuple[Any, str]] = [
    *((PARTITIONERS, text) for text in ("iid:min_examples=2", "shards:3,min_examples=2")),
    *((PARTITIONERS, text) for text in ("dirichlet:0.3,min_examples=2", "quantity:1.5")),
    (PARTITIONERS, "natural:min_examples=2"),
    (MODELS, "mlp:64,32,10,activation=tanh,l2=0.5,dtype=float64"),
    (MODELS, "softmax:64,10,l2=0.5,dtype=float64"),
    *((MODELS, f"{name}:64,l2=0.5,dtype=float64") for name in ("logistic", "linear")),
    (AGGREGATORS, "mean:weights=uniform"),
    (AGGREGATORS, "secure:graph=k-regular,clip=0.5,max_weight=9,ring_bits=32,min_honest=3"),
    (AGGREGATORS, "private:0.5,2.5,population=9,sampling_rate=0.5,weights=examples,max_examples=4"),
    (AGGREGATORS, "private:0.5,2.5,population=9,quantile=0.5,bit_noise=4.5"),
    (AGGREGATORS, "distributed_private:0.5,2.5,granularity=0.25,min_honest=3"),
    *((AGGREGATORS, f"{name}:num_byzantine=1") for name in ("median", "trimmed_mean", "krum")),
    (AGGREGATORS, "multi_krum:num_byzantine=1,num_selected=2,on_nonfinite=raise"),
    (AGGREGATORS, "bulyan:num_byzantine=1"),
    (AGGREGATORS, "geometric_median:num_byzantine=1,smoothing=0.5,tolerance=0.5,max_steps=9"),
    (AGGREGATORS, "centred_clipping:0.5,num_steps=2"),
    (AGGREGATORS, "norm_clipping:0.5,on_nonfinite=raise"),
    *((PRE_AGGREGATIONS, text) for text in ("nnm", "bucketing:2", "arc", "secure_groups:2")),
]
PARTS: list[Any] = [
    *(names.read(text) for names, text in SPELLED),
    LocalSGD(2, 3, 0.5, 0.5, 0.5, 0.5),
    LocalSGD(batch_size=None),
    ServerSGD(0.5, 0.5),
    ServerAdagrad(0.5, 0.5, 0.5),
    ServerAdam(0.5, 0.5, 0.5, 0.5),
    ServerYogi(0.5, 0.5, 0.5, 0.5),
    fl.sample_fraction(0.5),
    fl.sample_fixed(3),
    dropouts(0.5),
    Dropouts((0.0, 0.5, 0.0, 0.25, 0.0)),
    reachable(0.5),
    Fate(Stage.UPLOAD, local_epochs=2, seconds=0.5),
    Fate(local_steps=2),
    Population(9, "fixed", 0.5),
    RoundSeed(3, 4),
    MeanCodec(0.5, 9, 32, "nearest", "uniform"),
    worker_momentum(0.5),
    clip_update(0.5),
    poisson(0.5),
    once(3, order_seed=2),
    correlated_mean(0.5, 2.5, cohort_size=3, num_rounds=4),
    PrivateSGD(2, 0.5, 0.25, 2.5, 0.5, 9),
    only_for({1, 2}, poisoning.flip_sign(0.5)),
    poisoning.flip_sign(0.5),
    poisoning.gaussian(0.5),
    poisoning.constant(0.5),
    poisoning.false_count(3),
    poisoning.flip_labels(10),
    poisoning.relabel(1, 2),
    poisoning.alie(0.5),
    poisoning.ipm(0.5),
    poisoning.Trigger((1, 2), 0.5),
    poisoning.plant_trigger(poisoning.Trigger((1, 2)), 3, 0.5),
    poisoning.model_replacement(0.5, max_norm=0.5),
    ModelConfig("mlp", (3, 4), "tanh", 0.5, "float64"),
]


def small(value: Any) -> Any:
    """The value in a small dtype, if that holds it exactly."""
    kind = {bool: np.bool_, int: np.int16, float: np.float32}[type(value)]
    return kind(value) if kind(value).item() == value else np.array(value)[()]


SCALARS: dict[str, Callable[[Any], Any]] = {
    "scalars": lambda value: np.array(value)[()],
    "arrays without axes": np.array,
    "small scalars": small,
}


def made_anew(part: Any, number: Callable[[Any], Any]) -> Any:
    """The same part, made from other kinds of numbers."""

    def other(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(map(other, value))
        if isinstance(value, Stage):
            return value
        if isinstance(value, str):  # a word is never an array without axes
            return np.str_(value)
        return number(value) if isinstance(value, bool | int | float) else value

    given = {f.name: other(getattr(part, f.name)) for f in fields(part) if f.init}
    if isinstance(part, fl.MLP):
        given = {key: given[key] for key in ("sizes", "activation", "l2", "dtype")}
    return type(part)(*given.pop("sizes", ()), **given)


@pytest.mark.parametrize("kind", SCALARS)
@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_a_part_made_from_numpy_scalars_is_the_one_made_from_python_numbers(
    part: Any, kind: str
) -> None:
    other = made_anew(part, SCALARS[kind])
    assert other == part
    assert repr(other) == repr(part)
    assert hash(other) == hash(part)
    assert _canonical.canonical(other) == _canonical.canonical(part)
    assert pickle.dumps(other) == pickle.dumps(made_anew(part, lambda value: value))


@pytest.mark.parametrize("part", PARTS, ids=lambda part: type(part).__name__)
def test_a_whole_number_does_for_a_float(part: Any) -> None:
    whole = made_anew(part, lambda value: int(value) if value in (0.0, 1.0) else value)
    assert repr(whole) == repr(part)
    assert _canonical.canonical(whole) == _canonical.canonical(part)


@pytest.mark.parametrize(("names", "text"), SPELLED)
@pytest.mark.parametrize("kind", SCALARS)
def test_a_part_made_from_numpy_scalars_is_spelled_as_before(
    names: Any, text: str, kind: str
) -> None:
    part = names.read(text)
    assert names.write(made_anew(part, SCALARS[kind])) == names.write(part) == text


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("kind", SCALARS)
def test_an_algorithm_made_from_numpy_scalars_is_the_one_made_from_python_numbers(
    name: str, kind: str
) -> None:
    own = [key for key in ALGORITHMS.keys_of(name) if key.startswith(("server_", "beta", "tau"))]
    numbers: dict[str, Any] = {"learning_rate": 0.5, "momentum": 0.5, "one_at_a_time": True}
    numbers |= dict.fromkeys(own, 0.5)
    as_numpy = {key: SCALARS[kind](value) for key, value in numbers.items()}
    sends = {"server.m": SCALARS[kind](0.5)}
    plain = ALGORITHMS[name](MODEL, **numbers, sends={"server.m": 0.5})
    other = ALGORITHMS[name](MODEL, **as_numpy, sends=sends)
    assert other == plain
    assert repr(other) == repr(plain)
    assert _canonical.canonical(other) == _canonical.canonical(plain)
    assert other.plan == plain.plan


def test_no_name_of_a_family_is_forgotten_above() -> None:
    for names in (PARTITIONERS, MODELS, AGGREGATORS, PRE_AGGREGATIONS):
        named = {text.partition(":")[0] for table, text in SPELLED if table is names}
        assert named == set(names)


NO_PARTS = (poisoning.View, poisoning.Liars)
"""What an attack is shown and who lies: nothing that a run is made of."""


def test_no_attack_is_forgotten_above() -> None:
    tested = {type(part) for part in PARTS}
    made = {getattr(poisoning, name) for name in poisoning.__all__}
    with_numbers = {
        each
        for each in made
        if isinstance(each, type) and is_dataclass(each) and each not in NO_PARTS
        if any(f.type in ("int", "float", int, float) for f in fields(each))
    }
    assert with_numbers <= tested
