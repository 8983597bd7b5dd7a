"""Robust rules from a file, from flags, and back into a file."""

from typing import Any

import pytest

from pyfedlite.aggregation.robust import bucketing, krum, median, nnm, pre_aggregated
from pyfedlite.experiments.settings import override, resolve
from pyfedlite.experiments.writing import tables


@pytest.mark.parametrize(
    "settings",
    [
        {"run": {"aggregate": "nnm+median:num_byzantine=2"}},
        {"aggregate": {"rule": "nnm+median:num_byzantine=2"}},
        {"aggregate": {"rule": "nnm+median", "num_byzantine": 2}},
        {"run": {"aggregate": "nnm + median"}, "aggregate": {"num_byzantine": 2}},
    ],
)
def test_a_rule_is_named_in_either_place(settings: dict[str, Any]) -> None:
    assert resolve(settings).aggregate == pre_aggregated(nnm(), median(num_byzantine=2))


@pytest.mark.parametrize(
    "text", ["krum:num_byzantine=1", "arc+bucketing:3+multi_krum:num_byzantine=1,num_selected=2"]
)
def test_what_is_written_into_a_file_is_the_same_run(text: str) -> None:
    config = resolve({"run": {"aggregate": text}})
    assert resolve(tables(config)) == config


def test_another_rule_drops_what_a_file_says_about_the_old_one() -> None:
    file = {"aggregate": {"rule": "krum", "num_byzantine": 3}}
    changed = override(file, {"run": {"aggregate": "bucketing:2+median:num_byzantine=1"}})
    assert resolve(changed).aggregate == pre_aggregated(bucketing(2), median(num_byzantine=1))
    same = override(file, {"aggregate": {"num_byzantine": 4}})
    assert resolve(same).aggregate == krum(num_byzantine=4)


@pytest.mark.parametrize(
    ("table", "error", "sentence"),
    [
        ({"rule": "krum"}, ValueError, "krum with a whole number for num_byzantine"),
        ({"rule": "nnm+krum", "size": 2}, ValueError, r"setting of nnm\+krum \(num_byzantine"),
        ({"rule": "krum", "num_byzantine": 0.2}, TypeError, "aggregate.num_byzantine must be an"),
        ({"rule": "nnm+mean"}, TypeError, "rule must have a num_byzantine, got WeightedMean"),
    ],
)
def test_a_bad_table_is_told(table: dict[str, Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        resolve({"aggregate": table})
