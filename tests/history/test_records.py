import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.errors import FileFormatError
from pyfedlite.history.records import (
    RoundRecord,
    dumps,
    records_from_csv,
    records_from_json,
    records_to_csv,
    records_to_json,
)

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
RECORDS = st.lists(
    st.builds(
        RoundRecord,
        st.integers(1, 10**6),
        st.lists(st.integers(0, 10**6), unique=True).map(sorted).map(tuple),
        st.dictionaries(st.sampled_from(["train_loss", "test_auc", "bytes_up"]), FLOATS),
    ),
    max_size=5,
)


@given(RECORDS)
def test_records_come_back_from_csv_to_the_last_bit(records: list[RoundRecord]) -> None:
    assert records_from_csv(records_to_csv(records)) == records


@given(RECORDS)
def test_records_come_back_from_json_to_the_last_bit(records: list[RoundRecord]) -> None:
    assert records_from_json(json.loads(dumps(records_to_json(records)))) == records


def test_integers_stay_integers() -> None:
    [record] = records_from_csv(records_to_csv([RoundRecord(1, (0,), {"bytes_up": 12})]))
    assert isinstance(record.metrics["bytes_up"], int)


def test_metric_without_value_is_an_empty_cell() -> None:
    assert records_to_csv([RoundRecord(1, (2,), {"test_auc": None})]).endswith("\n1,2,\n")


def test_nan_is_not_written_as_json() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"x": float("nan")})


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "round,cohort,x\none,0,1\n", "round,cohort\n1\n"])
def test_csv_of_another_kind_is_refused(text: str) -> None:
    with pytest.raises(FileFormatError, match="history must be a table of rounds"):
        records_from_csv(text)


def test_json_of_another_kind_is_refused() -> None:
    with pytest.raises(FileFormatError, match="history must be a list of rounds"):
        records_from_json([{"round": 1}])
