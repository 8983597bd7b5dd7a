"""Exercises of page 04 about what the server does."""

from hypothesis import strategies as st

from pyfedlite._typing import Integers, Matrix, Vector
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.exercises.pages.draws import COUNTS, rows, vectors
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mean import weighted_mean

FRACTIONS = st.sampled_from([0.0, 0.1, 0.2, 0.29, 0.3, 0.5, 0.58, 0.9, 1.0]) | st.integers(
    0, 100
).map(lambda percent: percent / 100)


def _cohort_size(client_fraction: float, num_clients: int) -> int:
    return max(round(client_fraction * num_clients), 1)


def _sizes(fractions: st.SearchStrategy[float]) -> st.SearchStrategy[Case]:
    clients = st.integers(1, 100) | st.integers(1, 10_000)
    return st.fixed_dictionaries({"client_fraction": fractions, "num_clients": clients})


COHORT_SIZE = Exercise(
    name="cohort-size-1",
    page="04",
    title="How many clients take part",
    signature="cohort_size(client_fraction, num_clients)",
    statement="Return m = max(C K, 1), with C K rounded to the nearest whole number as Python's "
    "round does it. C is client_fraction, in [0, 1], and K is num_clients. The result is an int.",
    hints=(
        "There are three cases in one line: C K whole, C K between two whole numbers, and C K "
        "nearly 0.",
        "int() cuts off: int(0.29 * 100) is 28, because 0.29 * 100 is 28.999999999999996. round() "
        "goes to the nearest; max(..., 1) keeps at least one client.",
        "The larger of 1 and the rounded product of the two arguments.",
    ),
    laws=(
        Law("everybody takes part for C = 1", _sizes(st.just(1.0)), _cohort_size),
        Law("at least one client takes part, also for C = 0", _sizes(st.just(0.0)), _cohort_size),
        Law("m is C K, rounded to the nearest whole number", _sizes(FRACTIONS), _cohort_size),
    ),
    mistakes=(
        Mistake(
            "Nobody would take part in the round: m is at least 1.",
            lambda client_fraction, num_clients: round(client_fraction * num_clients),
        ),
        Mistake(
            "int() and // cut off what comes after the point, and 0.29 * 100 is a little below "
            "29: take round().",
            lambda client_fraction, num_clients: max(int(client_fraction * num_clients), 1),
        ),
    ),
)


SERVER_RATES = st.sampled_from([1.0, 0.5, 0.1, 0.01, 2.0])


@st.composite
def _server(draw: st.DrawFn) -> Case:
    deltas, counts = draw(rows(4, (1, 3), COUNTS))
    return {
        "theta": draw(vectors(3))[: deltas.shape[1]],
        "deltas": deltas,
        "num_examples": counts,
        "learning_rate": draw(SERVER_RATES),
    }


def _server_step(
    theta: Vector, deltas: Matrix, num_examples: Integers, learning_rate: float
) -> Vector:
    return theta + learning_rate * weighted_mean(deltas, num_examples)


SERVER_AVERAGE = Exercise(
    name="server-average-1",
    page="04",
    title="The server moves along the mean",
    signature="server_step(theta, deltas, num_examples, learning_rate)",
    statement="Return the next global model: theta plus learning_rate times sum_k (n_k / n) "
    "Delta_k. The rows of deltas, shape (cohort, num_params), are the updates; num_examples holds "
    "n_k, and n is their sum over the cohort.",
    hints=(
        "With learning_rate 1 the new model is the weighted mean of the clients' models, because "
        "Delta_k = theta_k - theta.",
        "The mean is that of weighted-mean-1. Delta already points from the old model to the new "
        "one, so it is added.",
        "Add learning_rate times the weighted mean of the rows of deltas to theta.",
    ),
    laws=(Law("theta moves along the weighted mean of the updates", _server(), _server_step),),
    mistakes=(
        Mistake(
            "The server walks backwards: Delta_k is no gradient, it is already the way that the "
            "client went, so add it.",
            lambda theta, deltas, num_examples, learning_rate: (
                2 * theta - _server_step(theta, deltas, num_examples, learning_rate)
            ),
        ),
        Mistake(
            "That is the step alone; add it to theta.",
            lambda theta, deltas, num_examples, learning_rate: (
                _server_step(theta, deltas, num_examples, learning_rate) - theta
            ),
        ),
        Mistake(
            "The plain mean is taken: weigh each update by n_k / n.",
            lambda theta, deltas, num_examples, learning_rate: (
                theta + learning_rate * deltas.mean(axis=0)
            ),
        ),
        Mistake(
            "The learning rate of the server is left out.",
            lambda theta, deltas, num_examples, learning_rate: _server_step(
                theta, deltas, num_examples, 1.0
            ),
        ),
    ),
)
