"""Exercises of page 17, from NumPy to Rust."""

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Matrix
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.exercises.pages.tables import tables
from pyfedlite.testing.counterexample import Case


def _one_pass(rows: Matrix, t: int) -> Matrix:
    result = rows.copy()
    above, below = result[t % 2 : -1 : 2], result[t % 2 + 1 :: 2]
    above[:], below[:] = np.minimum(above, below), np.maximum(above, below)
    return result


def _one_after_another(rows: Matrix, t: int) -> Matrix:
    result = rows.copy()
    for i in range(len(rows) - 1):
        result[i : i + 2] = np.sort(result[i : i + 2], axis=0)
    return result


def _largest_first(rows: Matrix, t: int) -> Matrix:
    return -_one_pass(-rows, t)


@st.composite
def _rows(draw: st.DrawFn) -> Case:
    return {
        "rows": draw(tables(draw(st.integers(1, 5)), draw(st.integers(1, 2)))),
        "t": draw(st.integers(0, 5)),
    }


SORT_PASS = Exercise(
    name="sort-pass-1",
    page="17",
    title="One pass of a sorting network",
    signature="sort_pass(rows, t)",
    statement="Return the rows, shape (n, d), after pass t of the network that compares "
    "neighbours: in each column the rows 0 and 1, 2 and 3, ... where t is even, the rows 1 and 2, "
    "3 and 4, ... where it is odd. The smaller number goes to the first row of a pair. The rows "
    "that came in must stay as they were.",
    hints=(
        "No pair of a pass shares a row with another pair, so all pairs can be compared at once.",
        "rows[t % 2 : -1 : 2] are the first rows of the pairs, rows[t % 2 + 1 :: 2] the second "
        "ones. np.minimum and np.maximum compare number by number.",
        "Make result = rows.copy(), take both slices of rows, and write np.minimum of them into "
        "the first slice of result and np.maximum into the second one.",
    ),
    laws=(Law("in each pair the smaller number goes to the first row", _rows(), _one_pass),),
    mistakes=(
        Mistake(
            "Every pass compares the same pairs. In odd passes the pairs begin with row 1.",
            lambda rows, t: _one_pass(rows, 0),
        ),
        Mistake(
            "Even and odd passes are exchanged: in even ones the pairs begin with row 0.",
            lambda rows, t: _one_pass(rows, t + 1),
        ),
        Mistake("The larger number goes to the first row of each pair.", _largest_first),
        Mistake(
            "The pairs overlap: a number can travel through many rows in one pass. Lanes that "
            "work in step cannot do that.",
            _one_after_another,
        ),
        Mistake(
            "That is sorted completely. One pass compares each row with one neighbour at most.",
            lambda rows, t: np.sort(rows, axis=0),
        ),
    ),
)
