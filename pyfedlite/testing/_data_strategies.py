"""Hypothesis strategies for data sets and the ways to divide them."""

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers
from pyfedlite.data import Dataset
from pyfedlite.testing.strategies import generators


@st.composite
def datasets(
    draw: st.DrawFn,
    *,
    min_examples: int = 1,
    max_examples: int = 60,
    num_classes: int | None = None,
) -> Dataset:
    """Small sets with classes and groups; the first feature is the row's number.

    Labels may be missing from the rows, unequally frequent and in any order.
    """
    rng = draw(generators())
    n = draw(st.integers(min_examples, max_examples))
    if num_classes is None:
        num_classes = draw(st.integers(2, 5))
    frequent = draw(st.integers(1, num_classes))  # classes that occur at all
    labels = rng.integers(frequent, size=n)
    num_groups = draw(st.integers(1, min(n, 6)))
    groups = rng.permutation(np.arange(n) % num_groups)
    features = np.column_stack([np.arange(n, dtype=np.float64), rng.normal(size=n)])
    test = rng.integers(n, size=3)
    return Dataset(
        features,
        labels,
        features[test],
        labels[test],
        num_classes=num_classes,
        name="drawn",
        groups=groups,
        test_groups=groups[test],
    )


@st.composite
def assignments(draw: st.DrawFn, num_rows: int, *, max_clients: int = 8) -> Integers:
    """Owners of `num_rows` rows: every client from 0 to the largest has one."""
    num_clients = draw(st.integers(1, min(max_clients, num_rows)))
    owners = draw(
        st.lists(
            st.integers(0, num_clients - 1),
            min_size=num_rows - num_clients,
            max_size=num_rows - num_clients,
        )
    )
    return np.array(draw(st.permutations([*range(num_clients), *owners])), dtype=np.int64)
