"""Data frames of polars, where it is installed."""

import pytest

from pyfedlite.data import load_frame
from pyfedlite.data.tables import Column

pl = pytest.importorskip("polars")
FRAME = {"code": ["1", "2", "1", "3"] * 5, "label": [0, 1, 1, 0] * 5}


@pytest.mark.parametrize("kind", ["Categorical", "Enum"])
def test_what_polars_calls_categories_are_categories(kind: str) -> None:
    wanted = pl.Categorical if kind == "Categorical" else pl.Enum(["1", "2", "3"])
    frame = pl.DataFrame(FRAME).with_columns(pl.col("code").cast(wanted))
    assert load_frame(frame).columns == (Column("code", ("1", "2", "3")),)


def test_a_lazy_frame_is_told_to_be_collected() -> None:
    with pytest.raises(TypeError, match=r"frame must hold rows, got LazyFrame; pass frame.coll"):
        load_frame(pl.LazyFrame(FRAME))
