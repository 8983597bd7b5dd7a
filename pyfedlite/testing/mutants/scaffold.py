"""The control variates of SCAFFOLD, and how they were got wrong.

Right is Algorithm 1 of Karimireddy et al. 2020 (https://arxiv.org/abs/1910.06378), option II, with
c the server's variate, c_k a client's, and Delta_k = theta_k - theta after K steps at rate eta:

    the correction, added to each gradient     c - c_k
    the client's next variate                  c_k - c - Delta_k / (K eta)
    the server's next variate                  c + (1 / N) sum over S of the changes of c_k
"""

import math

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Matrix, Vector
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject


def correction(c: Vector, c_k: Vector) -> Vector:
    """Return what is added to each gradient: c - c_k."""
    return c - c_k


def _wrong_sign(c: Vector, c_k: Vector) -> Vector:
    return c_k - c


def next_client_variate(
    c: Vector, c_k: Vector, delta: Vector, num_examples: int, batch_size: int, epochs: int
) -> Vector:
    """Return c_k - c - Delta_k / (K eta), with eta = 0.1 and K the number of batches."""
    num_steps = epochs * math.ceil(num_examples / batch_size)
    return c_k - c - delta / (num_steps * 0.1)


def _steps_are_examples(
    c: Vector, c_k: Vector, delta: Vector, num_examples: int, batch_size: int, epochs: int
) -> Vector:
    return c_k - c - delta / (epochs * num_examples * 0.1)


def _divided_by_epochs(
    c: Vector, c_k: Vector, delta: Vector, num_examples: int, batch_size: int, epochs: int
) -> Vector:
    return c_k - c - delta / epochs


def next_server_variate(c: Vector, before: Matrix, after: Matrix, num_clients: int) -> Vector:
    """Return c + (1 / N) sum_k (c_k after - c_k before), with N all clients."""
    change: Vector = (after - before).sum(axis=0) / num_clients
    return c + change


def _divided_by_cohort(c: Vector, before: Matrix, after: Matrix, num_clients: int) -> Vector:
    change: Vector = (after - before).mean(axis=0)
    return c + change


def _whole_variates(c: Vector, before: Matrix, after: Matrix, num_clients: int) -> Vector:
    change: Vector = after.sum(axis=0) / num_clients
    return c + change


NUMBER = st.integers(-9, 9).map(float)
VECTOR = st.lists(NUMBER, min_size=2, max_size=2).map(np.array)


@st.composite
def _server_cases(draw: st.DrawFn) -> Case:
    cohort = draw(st.integers(1, 3))
    rows = st.lists(VECTOR, min_size=cohort, max_size=cohort).map(np.stack)
    most = draw(st.integers(cohort, 9))
    return {"c": draw(VECTOR), "before": draw(rows), "after": draw(rows), "num_clients": most}


SCAFFOLD_CORRECTION = Subject(
    name="scaffold_correction",
    says="correction(c, c_k) returns what is added to each gradient of client k",
    implementation=correction,
    cases=st.fixed_dictionaries({"c": VECTOR, "c_k": VECTOR}),
    arguments={"c": "the server's variate, shape (2,)", "c_k": "the client's, shape (2,)"},
    mutants=(
        Mutant(
            "wrong-sign",
            _wrong_sign,
            "fedbiomed/fedbiomed#734",
            "The correction is subtracted where it has to be added: clients drift apart faster "
            "than without it, and training diverges.",
        ),
    ),
)

SCAFFOLD_CLIENT = Subject(
    name="scaffold_client_variate",
    says="next_client_variate(c, c_k, delta, num_examples, batch_size, epochs) returns "
    "c_k - c - Delta_k / (K eta), with eta = 0.1",
    implementation=next_client_variate,
    cases=st.fixed_dictionaries(
        {
            "c": VECTOR,
            "c_k": VECTOR,
            "delta": VECTOR,
            "num_examples": st.integers(1, 20),
            "batch_size": st.integers(1, 10),
            "epochs": st.integers(1, 5),
        }
    ),
    arguments={
        "c": "the server's variate, shape (2,)",
        "c_k": "the client's, shape (2,)",
        "delta": "theta_k - theta, shape (2,)",
        "num_examples": "n_k",
        "batch_size": "B; the last batch of an epoch may be smaller",
        "epochs": "E",
    },
    mutants=(
        Mutant(
            "steps-are-examples",
            _steps_are_examples,
            "VectorInstitute/FL4Health PR #64, ki-ljl/Scaffold-Federated-Learning#1",
            "The number of steps is taken to be the number of examples, not of batches.",
        ),
        Mutant(
            "divided-by-epochs",
            _divided_by_epochs,
            "TL-System/plato#382",
            "The division is by the number of epochs instead of K eta.",
        ),
    ),
)

SCAFFOLD_SERVER = Subject(
    name="scaffold_server_variate",
    says="next_server_variate(c, before, after, num_clients) returns c + (1 / N) times the sum "
    "of the cohort's changes",
    implementation=next_server_variate,
    cases=_server_cases(),
    arguments={
        "c": "the server's variate, shape (2,)",
        "before": "c_k of the cohort at the start of the round, shape (cohort, 2)",
        "after": "c_k of the cohort at its end, shape (cohort, 2)",
        "num_clients": "N, all clients",
    },
    mutants=(
        Mutant(
            "cohort-for-all",
            _divided_by_cohort,
            "Xtra-Computing/NIID-Bench#12",
            "The sum is divided by |S|, the clients of this round, instead of N, all clients.",
        ),
        Mutant(
            "whole-variates",
            _whole_variates,
            "TL-System/plato#382",
            "Clients send c_k where the server expects its change.",
        ),
    ),
)
