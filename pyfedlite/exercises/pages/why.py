"""Exercises of page 01, why federated learning."""

import numpy as np
from hypothesis import strategies as st

from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.exercises.pages.draws import COUNTS, rows, vectors
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mean import weighted_mean


@st.composite
def _agreeing(draw: st.DrawFn) -> Case:
    cohort = draw(st.integers(1, 3))
    delta = draw(vectors(draw(st.integers(1, 2))))
    counts = draw(st.lists(st.integers(1, 9), min_size=cohort, max_size=cohort))
    return {"deltas": np.tile(delta, (cohort, 1)), "num_examples": np.array(counts)}


@st.composite
def _any(draw: st.DrawFn) -> Case:
    deltas, counts = draw(rows(4, (1, 3), COUNTS))
    return {"deltas": deltas, "num_examples": counts}


WEIGHTED_MEAN = Exercise(
    name="weighted-mean-1",
    page="01",
    title="The mean of the updates",
    signature="weighted_mean(deltas, num_examples)",
    statement="Return sum_k (n_k / n) Delta_k, shape (num_params,): the rows of deltas, shape "
    "(cohort, num_params), are the updates Delta_k, and num_examples, shape (cohort,), holds n_k.",
    hints=(
        "A client with twice the examples counts twice. All weights together are 1.",
        "n is num_examples.sum(). To multiply each row by its weight, give the weights a second "
        "axis, weights[:, np.newaxis], or use weights @ deltas.",
        "First weights = num_examples / num_examples.sum(), then the product of weights and deltas "
        "summed over the clients, which is axis 0.",
    ),
    laws=(
        Law(
            "if all clients send the same update, the mean is that update",
            _agreeing(),
            lambda deltas, num_examples: deltas[0],
        ),
        Law("each client counts by its share of the examples, n_k / n", _any(), weighted_mean),
    ),
    mistakes=(
        Mistake(
            "That is the plain mean, in which a client with 1 example counts as much as one with "
            "1000. Weigh each update by n_k / n.",
            lambda deltas, num_examples: deltas.mean(axis=0),
        ),
        Mistake(
            "That is the weighted sum: it still has to be divided by n, the sum of num_examples.",
            lambda deltas, num_examples: num_examples @ deltas,
        ),
        Mistake(
            "That is the sum of all updates, without weights.",
            lambda deltas, num_examples: deltas.sum(axis=0),
        ),
        Mistake(
            "Each update is weighted by n_k, but the division is by the number of clients. Divide "
            "by n, the sum of num_examples.",
            lambda deltas, num_examples: num_examples @ deltas / len(deltas),
        ),
    ),
)
