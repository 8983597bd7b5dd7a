"""Spellings of parts, and the sentences about bad ones."""

import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.aggregation import AGGREGATORS, SecureMean, WeightedMean
from pyfedlite.aggregation.robust import (
    arc,
    bucketing,
    krum,
    median,
    nnm,
    norm_clipping,
    pre_aggregated,
)
from pyfedlite.algorithms import ALGORITHMS
from pyfedlite.cli.flags import GROUPS
from pyfedlite.data import PARTITIONERS
from pyfedlite.experiments.settings import resolve
from pyfedlite.models import MODELS
from pyfedlite.names import Names


@pytest.mark.parametrize(
    ("names", "text", "part"),
    [
        (PARTITIONERS, "iid", fl.iid()),
        (PARTITIONERS, "iid:min_examples=3", fl.iid(min_examples=3)),
        (PARTITIONERS, "shards:2", fl.shards(2)),
        (PARTITIONERS, "dirichlet:0.3", fl.dirichlet(0.3)),
        (PARTITIONERS, "dirichlet:0.3,min_examples=5", fl.dirichlet(0.3, min_examples=5)),
        (PARTITIONERS, "quantity:1.2", fl.quantity_skew(1.2)),
        (PARTITIONERS, "natural", fl.natural()),
        (MODELS, "mlp:64,32,10", fl.MLP(64, 32, 10)),
        (MODELS, "mlp:64,32,1,activation=tanh", fl.MLP(64, 32, 1, activation="tanh")),
        (MODELS, "softmax:4,3,l2=0.5", fl.SoftmaxRegression(4, 3, l2=0.5)),
        (MODELS, "logistic:4,dtype=float64", fl.LogisticRegression(4, dtype="float64")),
        (MODELS, "linear:4", fl.LinearRegression(4)),
        (AGGREGATORS, "mean", WeightedMean()),
        (AGGREGATORS, "secure", SecureMean()),
        (AGGREGATORS, "secure:clip=2.0,ring_bits=64", SecureMean(clip=2.0, ring_bits=64)),
        (AGGREGATORS, "krum:num_byzantine=5", krum(num_byzantine=5)),
        (AGGREGATORS, "norm_clipping:1e+20", norm_clipping(1e20)),
        (AGGREGATORS, "nnm+median:num_byzantine=5", pre_aggregated(nnm(), median(num_byzantine=5))),
        (
            AGGREGATORS,
            "arc+bucketing:3+krum:num_byzantine=1,on_nonfinite=raise",
            pre_aggregated(
                arc(),
                pre_aggregated(bucketing(3), krum(num_byzantine=1, on_nonfinite="raise")),
            ),
        ),
    ],
)
def test_a_part_has_one_shortest_spelling(names: Names[Any], text: str, part: object) -> None:
    assert names.read(text) == part
    assert names.write(part) == text


@pytest.mark.parametrize(
    ("text", "partitioner"),
    [
        ("shards", fl.shards()),
        ("shards:per_client=3", fl.shards(3)),
        ("dirichlet:alpha=1", fl.dirichlet(1.0)),
        (" dirichlet : 0.3 , min_examples = 2 ", fl.dirichlet(0.3, min_examples=2)),
        ("dirichlet:min_examples=2,0.3", fl.dirichlet(0.3, min_examples=2)),
    ],
)
def test_other_spellings_are_read_too(text: str, partitioner: object) -> None:
    assert PARTITIONERS.read(text) == partitioner


def test_an_algorithm_is_read_for_a_model() -> None:
    model = fl.SoftmaxRegression(4, 3)
    read = ALGORITHMS.read("fedavgm:server_momentum=0.5", model)
    assert read == fl.fedavgm(model, server_momentum=0.5)


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    assert PARTITIONERS.write(fl.dirichlet(np.float64(0.5))) == "dirichlet:0.5"
    assert PARTITIONERS.write(fl.shards(np.int64(3))) == "shards:3"


@pytest.mark.parametrize(
    ("names", "text", "sentence"),
    [
        (PARTITIONERS, "dirichlet:0.3,0.5", "be dirichlet without more numbers, .* alpha=…"),
        (PARTITIONERS, "dirichlet:0.3,", "partition must be dirichlet without more numbers"),
        (PARTITIONERS, "dirichlet:0.3,alpha=1", "partition must say alpha once, got"),
        (PARTITIONERS, "iid:3", "iid without a number, got 'iid:3'; .* key: min_examples=…"),
        (PARTITIONERS, "shards:per_clint=2", "partition key must be .* mean 'per_client'"),
        (
            PARTITIONERS,
            "iid:min_examples=few",
            "partition must be iid with a whole number for min_examples, as in iid:min_examples=2",
        ),
        (MODELS, "softmax:4", "softmax with a whole number for num_classes, .*'softmax:num_f.*=4'"),
        (MODELS, "linear:4,dtype=float16", "dtype must be"),
        (
            AGGREGATORS,
            "mean:3",
            "aggregate must be mean without a number, got .mean:3.; .* weights=",
        ),
        (AGGREGATORS, "mean:clip=3", r"aggregate key must be a setting of mean \(weights\)"),
        (AGGREGATORS, "secure:clp=3", "aggregate key must be .* did you mean 'clip'"),
        (AGGREGATORS, "krum", "aggregate must be krum with a whole number for num_byzantine"),
        (AGGREGATORS, "krum:5", "aggregate must be krum without a number, .* num_byzantine=…"),
        (AGGREGATORS, "nmn+krum:num_byzantine=1", "pre-aggregation must be .* did you mean 'nnm'"),
        (AGGREGATORS, "nnm+krm:num_byzantine=1", "aggregate must be one of .* did you mean 'krum'"),
        (AGGREGATORS, "nnm:2+krum:num_byzantine=1", "pre-aggregation must be nnm without"),
        (ALGORITHMS, "fedprx", "algorithm must be one of .* did you mean 'fedprox'"),
        (ALGORITHMS, "fedprox:prox_mu=1", "algorithm key must be .* did you mean 'proximal_mu'"),
        (ALGORITHMS, "fedavg:aggregator=mean", "algorithm key must be a setting of fedavg"),
    ],
)
def test_a_bad_spelling_is_told_in_a_sentence(names: Names[Any], text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        names.read(text, *([fl.LinearRegression(1)] if names is ALGORITHMS else []))


def test_a_part_of_another_family_is_refused() -> None:
    with pytest.raises(TypeError, match=r"partition must be of one of the classes IID, .* got MLP"):
        PARTITIONERS.write(fl.MLP(2, 3, 4))  # type: ignore[arg-type]  # what is tested


def test_algorithms_of_one_class_do_not_tell_their_name() -> None:
    algorithm = fl.fedprox(fl.LinearRegression(1))
    with pytest.raises(TypeError, match=r"of a class with one name, got FedAvg; .* fedsgd, fedavg"):
        ALGORITHMS.write(algorithm)


@dataclass(frozen=True)
class Wrapped:
    """A part with a setting that no word says."""

    inside: object = None
    word: str = ""


@pytest.mark.parametrize("part", [Wrapped(inside=[1]), Wrapped(word="a,b"), Wrapped(word=" a")])
def test_a_setting_that_no_word_says_is_not_lost(part: Wrapped) -> None:
    with pytest.raises(TypeError, match="must be a number or a word without commas"):
        Names("toy", {"wrapped": Wrapped}).write(part)


def test_secure_aggregation_is_imported_when_it_is_asked_for() -> None:
    code = """
import sys
from pyfedlite.aggregation import AGGREGATORS
assert "secure" in AGGREGATORS
assert AGGREGATORS.write(AGGREGATORS.read("mean")) == "mean"
assert "pyfedlite.secagg" not in sys.modules
assert AGGREGATORS.write(AGGREGATORS.read("secure")) == "secure"
assert "pyfedlite.secagg" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_help_names_the_family() -> None:
    assert PARTITIONERS.__doc__ == (
        "The names of the family ``partition``: iid, shards, dirichlet, quantity, natural."
    )
    assert "``aggregate``: mean, secure, private, distributed_private, median, " in (
        AGGREGATORS.__doc__ or ""
    )
    assert (AGGREGATORS.__doc__ or "").endswith(
        "with a plus sign: nnm, bucketing, arc, secure_groups."
    )


def test_a_rule_without_a_number_of_attackers_has_nothing_before_it() -> None:
    with pytest.raises(TypeError, match=r"must have a num_byzantine, got WeightedMean; a pre-"):
        AGGREGATORS.read("nnm+mean")


def test_a_table_of_a_file_has_the_settings_of_the_rule() -> None:
    part = pre_aggregated(bucketing(3), median(num_byzantine=5))
    text, others = AGGREGATORS.split(part)
    assert (text, others) == ("bucketing:3+median:num_byzantine=5", {"on_nonfinite": "reject"})
    tables = {"aggregate": {"rule": "bucketing:3+median", "num_byzantine": 5}}
    assert resolve(tables).aggregate == part


@pytest.mark.parametrize(
    ("flag", "names"),
    [
        ("partition", PARTITIONERS),
        ("model", [*MODELS, "auto"]),
        ("algorithm", ALGORITHMS),
        ("aggregate", AGGREGATORS),
    ],
)
def test_the_flag_of_a_family_names_all_of_it(flag: str, names: Iterable[str]) -> None:
    # The help cannot ask the tables: it is shown before NumPy is loaded.
    texts = {name: text for group in GROUPS.values() for name, *_, text in group}
    listed = re.sub(r" \(.*?\)|:[\d.]+|: masked.*", "", texts[flag])
    assert set(re.split(r",? or |, ", listed)) == set(names)
