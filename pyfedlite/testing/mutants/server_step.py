"""The server's adaptive step, and how it was got wrong.

Right is FedAdam of Reddi et al. 2021, Algorithm 2.
"""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Vector
from pyfedlite.server import ServerAdam
from pyfedlite.state import State
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject

STEP = ServerAdam(learning_rate=1.0, beta1=0.5, beta2=0.5, tau=1.0)


@dataclass(frozen=True)
class AdamWithoutMomentum:
    """FedAdam that steps along the newest delta where the paper has m_t."""

    right: ServerAdam

    def __call__(self, state: State, delta: Vector) -> State:
        """Return the state after the step."""
        moved = self.right(state, delta)
        v = moved.slots["server.v"]
        step = self.right.learning_rate * delta / (np.sqrt(v) + self.right.tau)
        return State(moved.round, state.theta + step, moved.slots, moved.clients)


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    number = st.integers(-9, 9).map(float)
    rows = st.lists(st.lists(number, min_size=2, max_size=2), min_size=1, max_size=3)
    return {"deltas": np.array(draw(rows))}


SERVER_STEP = Subject(
    name="server_step",
    says="step(state, delta) returns the state after one step of FedAdam with learning rate 1, "
    "beta1 = beta2 = 0.5 and tau = 1",
    implementation=STEP,
    cases=_cases(),
    arguments={"deltas": "one delta a round, shape (num_rounds, 2)"},
    mutants=(
        Mutant(
            "delta-for-momentum",
            AdamWithoutMomentum(STEP),
            "flwrlabs/flower PR #893",
            "The step uses Delta_t where the paper has the moving average m_t.",
        ),
    ),
)
