"""Exercises of the page that leads from TFF to pyfedlite."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from pyfedlite._typing import Matrix, Vector
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.exercises.pages.tables import lists, tables
from pyfedlite.testing.counterexample import Case

Next = Callable[[Vector, Vector], tuple[Vector, dict[str, float]]]


@dataclass(frozen=True)
class Process:
    """A process small enough to follow: each round moves the state towards its cohort.

    Parameters
    ----------
    rate : float
        The part of the way.

    Examples
    --------
    >>> import numpy as np
    >>> Process(0.5).next(np.array([0.0]), np.array([4.0]))
    (array([2.]), {'distance': 4.0})
    """

    rate: float

    def next(self, state: Vector, cohort: Vector) -> tuple[Vector, dict[str, float]]:
        """Return the state after a round, and its metrics."""
        way = cohort - state
        return state + self.rate * way, {"distance": float(abs(way).max())}


def _run(next_round: Next, state: Vector, cohorts: Matrix) -> Any:
    for cohort in cohorts:
        state, _ = next_round(state, cohort)
    return state


@st.composite
def _processes(draw: st.DrawFn) -> Case:
    length, num_rounds = draw(st.integers(1, 2)), draw(st.integers(1, 4))
    return {
        "next_round": Process(draw(st.sampled_from([0.5, 0.25, 1.0]))).next,
        "state": draw(lists(length)),
        "cohorts": draw(tables(num_rounds, length)),
    }


RUN_PROCESS = Exercise(
    name="run-process-1",
    page="from-tff",
    title="The loop around a process",
    signature="run_process(next_round, state, cohorts)",
    statement="Run one round for each row of cohorts, in order, and return the state after the "
    "last round. next_round(state, cohort) returns the pair (state, metrics), as process.next of "
    "TFF and algorithm.round do.",
    hints=(
        "Each round begins with the state that the round before it returned.",
        "next_round returns two things. `state, metrics = next_round(state, cohort)` gives the "
        "name state to the first of them, so that the next turn of the loop uses it.",
        "Loop over the rows of cohorts with that line as the body, and return state behind the "
        "loop.",
    ),
    laws=(Law("each round goes on from the state of the round before it", _processes(), _run),),
    mistakes=(
        Mistake(
            "Every round begins with the first state, so only the last round counts. Go on with "
            "the state that the round returned.",
            lambda next_round, state, cohorts: next_round(state, cohorts[-1])[0],
        ),
        Mistake(
            "That is the state after the first round alone. Is the return inside of the loop?",
            lambda next_round, state, cohorts: next_round(state, cohorts[0])[0],
        ),
        Mistake(
            "The last round is missing.",
            lambda next_round, state, cohorts: _run(next_round, state, cohorts[:-1]),
        ),
        Mistake(
            "The cohorts come in the reversed order.",
            lambda next_round, state, cohorts: _run(next_round, state, cohorts[::-1]),
        ),
        Mistake(
            "That is one round with the mean of all cohorts.",
            lambda next_round, state, cohorts: next_round(state, cohorts.mean(axis=0))[0],
        ),
    ),
)
