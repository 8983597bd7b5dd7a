"""What the laws of the side rooms draw: numbers with a point too, small whole ones first."""

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Matrix, Vector
from pyfedlite.exercises.pages.draws import FAR

NUMBERS = st.one_of(st.integers(-9, 9).map(float), st.sampled_from([0.5, -1.5, 2.25, *FAR]))


def lists(length: int) -> st.SearchStrategy[Vector]:
    """Vectors of `NUMBERS`."""
    return st.lists(NUMBERS, min_size=length, max_size=length).map(np.array)


def tables(rows: int, columns: int) -> st.SearchStrategy[Matrix]:
    """Matrices of `NUMBERS`, with at least one row."""
    return st.lists(lists(columns), min_size=rows, max_size=rows).map(np.stack)
