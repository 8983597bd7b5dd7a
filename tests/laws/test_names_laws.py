"""What a table of names writes, it reads: for every part of every family."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.aggregation import (
    AGGREGATORS,
    distributed_private_mean,
    grouped_secure,
    private_mean,
    secure_groups,
    secure_mean,
    weighted_mean,
)
from pyfedlite.aggregation.robust import (
    arc,
    bucketing,
    bulyan,
    centred_clipping,
    geometric_median,
    krum,
    median,
    multi_krum,
    nnm,
    norm_clipping,
    pre_aggregated,
    trimmed_mean,
)
from pyfedlite.data import PARTITIONERS, dirichlet, iid, natural, quantity_skew, shards
from pyfedlite.models import (
    MLP,
    MODELS,
    LinearRegression,
    LogisticRegression,
    SoftmaxRegression,
)
from pyfedlite.models.activations import ACTIVATIONS
from pyfedlite.names import ChainedNames, Names
from pyfedlite.privacy import Neighbouring

counts = st.integers(1, 10**9)
sizes = st.integers(1, 9)
above_zero = st.floats(0, 1e9, exclude_min=True)
below_one = st.floats(0, 1, exclude_max=True)
of_models: dict[str, Any] = {
    "l2": st.floats(0, allow_infinity=False),
    "dtype": st.sampled_from(["float32", "float64"]),
}
policies = st.sampled_from(["reject", "raise"])
of_rules: dict[str, Any] = {"num_byzantine": st.integers(0, 99), "on_nonfinite": policies}
PARTS: list[tuple[Names[Any] | ChainedNames[Any], dict[str, st.SearchStrategy[Any]]]] = [
    (
        PARTITIONERS,
        {
            "iid": st.builds(iid, min_examples=counts),
            "shards": st.builds(shards, counts, min_examples=counts),
            "dirichlet": st.builds(dirichlet, above_zero, min_examples=counts),
            "quantity": st.builds(quantity_skew, above_zero, min_examples=counts),
            "natural": st.builds(natural, min_examples=counts),
        },
    ),
    (
        MODELS,
        {
            "mlp": st.builds(
                lambda layers, **settings: MLP(*layers, **settings),
                st.lists(sizes, min_size=2, max_size=4),
                activation=st.sampled_from(sorted(ACTIVATIONS)),
                **of_models,
            ),
            "softmax": st.builds(SoftmaxRegression, sizes, st.integers(2, 9), **of_models),
            "logistic": st.builds(LogisticRegression, sizes, **of_models),
            "linear": st.builds(LinearRegression, sizes, **of_models),
        },
    ),
    (
        AGGREGATORS,
        {
            "mean": st.builds(weighted_mean),
            "secure": st.builds(
                secure_mean,
                graph=st.sampled_from(["complete", "k-regular"]),
                corrupt_fraction=below_one,
                dropout_fraction=below_one,
                clip=above_zero,
                max_weight=st.none() | counts,
                ring_bits=st.sampled_from([None, 32, 64]),
                rounding=st.sampled_from(["stochastic", "nearest"]),
            ),
            "private": st.builds(
                private_mean,
                st.floats(1e-300, 1e9),
                st.floats(0, 1e9),
                population=counts,
                sampling_rate=st.none() | st.floats(0, 1, exclude_min=True),
                relation=st.sampled_from([each.value for each in Neighbouring]),
                quantile=st.none() | st.floats(0, 1),
                clip_learning_rate=above_zero,
            ),
            "distributed_private": st.builds(
                distributed_private_mean,
                st.floats(1e-300, 1e9),
                st.floats(0, 1e9),
                granularity=st.none() | above_zero,
                graph=st.sampled_from(["complete", "k-regular"]),
                corrupt_fraction=below_one,
                min_honest=st.none() | st.integers(2, 99),
            ),
            "median": st.builds(median, **of_rules),
            "trimmed_mean": st.builds(trimmed_mean, **of_rules),
            "krum": st.builds(krum, **of_rules),
            "multi_krum": st.builds(multi_krum, num_selected=st.none() | counts, **of_rules),
            "bulyan": st.builds(bulyan, **of_rules),
            "geometric_median": st.builds(
                geometric_median,
                smoothing=above_zero,
                tolerance=above_zero,
                max_steps=counts,
                **of_rules,
            ),
            "centred_clipping": st.builds(
                centred_clipping, above_zero, num_steps=counts, on_nonfinite=policies
            ),
            "norm_clipping": st.builds(norm_clipping, above_zero, on_nonfinite=policies),
        },
    ),
]
ROWS = [
    pytest.param(names, name, drawn, id=f"{names.family}-{name}")
    for names, parts in PARTS
    for name, drawn in parts.items()
]


@pytest.mark.parametrize(("names", "parts"), PARTS, ids=[names.family for names, _ in PARTS])
def test_no_part_of_a_family_is_forgotten_below(names: Names[Any], parts: dict[str, Any]) -> None:
    assert list(names) == list(parts)


@pytest.mark.parametrize(("names", "name", "drawn"), ROWS)
@given(data=st.data())
def test_what_is_written_is_read_as_it_was(
    names: Names[Any], name: str, drawn: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    part = data.draw(drawn)
    text = names.write(part)
    assert text.partition(":")[0] == name
    assert names.read(text) == part


@pytest.mark.parametrize(("names", "name", "drawn"), ROWS)
@given(data=st.data())
def test_a_spelling_and_the_settings_that_it_leaves_out_are_the_part(
    names: Names[Any], name: str, drawn: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    part = data.draw(drawn)
    text, others = names.split(part)
    spelled_name, spelled = names.parse(text)
    assert spelled_name == name
    assert not set(spelled) & set(others)
    assert names.make(name, {**spelled, **others}) == part
    assert names.make(*names.settings(part)) == part


firsts = st.builds(nnm) | st.builds(arc) | st.builds(bucketing, counts)
groups = st.builds(secure_groups, st.integers(3, 10**6), clip=above_zero, max_weight=counts)


@given(
    st.lists(firsts, min_size=1, max_size=3),
    st.builds(median, **of_rules) | st.builds(multi_krum, num_selected=counts, **of_rules),
    st.none() | groups,
)
def test_a_chain_is_read_as_it_was_written(before: list[Any], part: Any, groups: Any) -> None:
    for first in before:
        part = pre_aggregated(first, part)
    if groups is not None:
        part = grouped_secure(groups, part)
    assert AGGREGATORS.read(AGGREGATORS.write(part)) == part
    assert AGGREGATORS.make(*AGGREGATORS.settings(part)) == part
    text, others = AGGREGATORS.split(part)
    name, spelled = AGGREGATORS.parse(text)
    assert AGGREGATORS.make(name, {**spelled, **others}) == part


@dataclass(frozen=True)
class Everything:
    """A part with a setting of every kind; two have to be given, one of them with its key."""

    rate: float
    count: int = 3
    word: str = "none at all"
    is_on: bool = False
    limit: int | None = 7
    share: float | None = None


def everything(
    rate: float,
    count: int = 3,
    *,
    word: str,
    is_on: bool = False,
    limit: int | None = 7,
    share: float | None = None,
) -> Everything:
    return Everything(rate, count, word, is_on, limit, share)


EVERYTHING: Names[Everything] = Names("toy", {"everything": everything})
words = st.text().map(str.strip).filter(lambda word: not set(word) & set(",="))


@given(
    st.builds(
        everything,
        st.floats(allow_nan=False),
        st.integers(),
        word=words,
        is_on=st.booleans(),
        limit=st.none() | st.integers(),
        share=st.none() | st.floats(allow_nan=False),
    )
)
def test_a_setting_of_every_kind_is_read_as_it_was_written(part: Everything) -> None:
    assert EVERYTHING.read(EVERYTHING.write(part)) == part
    text, others = EVERYTHING.split(part)
    name, spelled = EVERYTHING.parse(text)
    assert set(spelled) == {"rate", "word"}  # what has to be given
    assert EVERYTHING.make(name, {**spelled, **others}) == part


# Pieces of spellings, put together in any order: most are wrong somewhere.
pieces = st.sampled_from(
    ["iid", "shards", "dirichlet", ":", ",", "=", "alpha", "min_examples", "2", "0.3", "-1", "x"]
)


@given(st.lists(pieces, max_size=8).map("".join) | st.text(max_size=8))
def test_whatever_is_read_is_a_part_or_a_sentence(text: str) -> None:
    sentence = ""
    try:
        part = PARTITIONERS.read(text)
    except ValueError as error:
        sentence = str(error)
    if sentence:
        assert " must " in sentence
    else:
        assert PARTITIONERS.read(PARTITIONERS.write(part)) == part
