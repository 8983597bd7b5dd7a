"""Views and pack are inverse to each other, and views are windows, not copies."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.params import ParamLayout


@st.composite
def layouts(draw: st.DrawFn) -> ParamLayout:
    shapes = draw(st.lists(hnp.array_shapes(min_dims=0, max_dims=3, max_side=4), min_size=1))
    return ParamLayout({f"p{i}": shape for i, shape in enumerate(shapes)})


BATCHES = hnp.array_shapes(min_dims=0, max_dims=2, max_side=3)


@given(layouts(), BATCHES, st.integers(0, 2**32 - 1))
def test_pack_undoes_views(layout: ParamLayout, batch: tuple[int, ...], seed: int) -> None:
    theta = np.random.default_rng(seed).normal(size=(*batch, layout.num_params))
    np.testing.assert_array_equal(layout.pack(layout.views(theta)), theta)


@given(layouts(), BATCHES)
def test_views_have_the_shapes_of_the_layout(layout: ParamLayout, batch: tuple[int, ...]) -> None:
    views = layout.views(np.zeros((*batch, layout.num_params)))
    assert {name: view.shape for name, view in views.items()} == {
        name: batch + shape for name, shape in layout.shapes
    }


@given(layouts(), BATCHES)
def test_views_share_the_memory_of_theta(layout: ParamLayout, batch: tuple[int, ...]) -> None:
    theta = np.zeros((*batch, layout.num_params))
    for view in layout.views(theta).values():
        view += 1
    np.testing.assert_array_equal(theta, np.ones_like(theta))


def test_theta_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="theta must have 6 parameters, got 5"):
        ParamLayout({"W": (2, 3)}).views(np.zeros(5))


def test_parts_of_another_name_are_refused() -> None:
    with pytest.raises(ValueError, match="parts must be named W, got V"):
        ParamLayout({"W": (2,)}).pack({"V": np.zeros(2)})


def test_part_of_another_shape_is_refused() -> None:
    layout = ParamLayout({"W": (2,), "b": (1,)})
    with pytest.raises(ValueError, match=r"b must have shape \(1,\), got \(2,\)"):
        layout.pack({"W": np.zeros(2), "b": np.zeros(2)})


def test_layouts_of_equal_shapes_are_equal() -> None:
    assert ParamLayout({"W": (2,)}) == ParamLayout({"W": (2,)})
    assert ParamLayout({"W": (2,)}) != ParamLayout({"V": (2,)})
