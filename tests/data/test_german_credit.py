import numpy as np
import pytest

from pyfedlite.data import Dataset
from pyfedlite.data.german_credit import canonical, parse_rows

LINE = b"A11 6 A34 A43 1169 A65 A75 4 A93 A101 4 A121 67 A143 A152 2 A173 1 A192 A201 1\n"


def test_300_of_1000_credits_are_bad(german_credit: Dataset) -> None:
    labels = np.concatenate([german_credit.labels, german_credit.test_labels])
    assert np.bincount(labels).tolist() == [700, 300]
    assert german_credit.class_names == ("good", "bad")


def test_the_test_rows_are_a_fifth_of_good_and_bad(german_credit: Dataset) -> None:
    assert np.bincount(german_credit.test_labels).tolist() == [140, 60]


def test_there_are_7_numbers_and_54_codes(german_credit: Dataset) -> None:
    assert german_credit.num_features == 61
    assert sum("=" in name for name in german_credit.feature_names) == 54


def test_every_row_has_one_code_for_each_of_13_attributes(german_credit: Dataset) -> None:
    codes = [i for i, name in enumerate(german_credit.feature_names) if "=" in name]
    assert set(german_credit.features[:, codes].sum(axis=1)) == {13}


def test_white_space_does_not_change_the_checksum() -> None:
    assert canonical(LINE.replace(b" ", b"  ").replace(b"\n", b" \r\n\n")) == canonical(LINE)


def test_a_short_row_is_named() -> None:
    with pytest.raises(ValueError, match="row 2 must have 21 fields, got 20"):
        parse_rows(LINE + LINE.replace(b"A11 ", b""))
