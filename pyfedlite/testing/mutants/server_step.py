"""The server's adaptive step, and how it was got wrong.

Right is FedAdam of Reddi et al. 2021, Algorithm 2.
"""

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Vector
from pyfedlite.server import ServerAdam
from pyfedlite.state import Aggregate, State
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject

ADAM = ServerAdam(learning_rate=1.0, beta1=0.5, beta2=0.5, tau=1.0)


def adam(state: State, delta: Vector) -> State:
    """Return the state after one step of FedAdam along delta."""
    return ADAM(state, Aggregate(delta))


def adam_without_momentum(state: State, delta: Vector) -> State:
    """Return the state after a step along the newest delta, where the paper has m_t."""
    moved = adam(state, delta)
    step = ADAM.learning_rate * delta / (np.sqrt(moved.slots["server.v"]) + ADAM.tau)
    return State(moved.round, state.theta + step, moved.slots, moved.memories)


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    number = st.integers(-9, 9).map(float)
    rows = st.lists(st.lists(number, min_size=2, max_size=2), min_size=1, max_size=3)
    return {"deltas": np.array(draw(rows))}


SERVER_STEP = Subject(
    name="server_step",
    says="step(state, delta) returns the state after one step of FedAdam with learning rate 1, "
    "beta1 = beta2 = 0.5 and tau = 1",
    implementation=adam,
    cases=_cases(),
    arguments={"deltas": "one delta a round, shape (num_rounds, 2)"},
    mutants=(
        Mutant(
            "delta-for-momentum",
            adam_without_momentum,
            "flwrlabs/flower PR #893",
            "The step uses Delta_t where the paper has the moving average m_t.",
        ),
    ),
)
