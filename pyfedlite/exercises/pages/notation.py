"""Exercises of page 00, notation."""

import numpy as np
from hypothesis import strategies as st

from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.exercises.pages.draws import rows
from pyfedlite.testing.counterexample import Case


@st.composite
def _models(draw: st.DrawFn) -> Case:
    (pairs,) = draw(rows(3, (2, 2)))
    return {"theta_global": pairs[:, 0].copy(), "theta_local": pairs[:, 1].copy()}


DELTA = Exercise(
    name="delta-1",
    page="00",
    title="What leaves the device",
    signature="delta(theta_global, theta_local)",
    statement="Return the update of a client, Delta_k = theta_k - theta, shape (num_params,).",
    hints=(
        "The server computes theta + Delta and wants to arrive at theta_k.",
        "In the formula, theta_k is theta_local and theta is theta_global. NumPy subtracts arrays "
        "number by number.",
        "It is one line: return the local model minus the global one.",
    ),
    laws=(
        Law(
            "the update leads from the global model to the local one",
            _models(),
            lambda theta_global, theta_local: np.subtract(theta_local, theta_global),
        ),
    ),
    mistakes=(
        Mistake(
            "That is theta_global - theta_local: the server moves along Delta, and would walk "
            "backwards.",
            lambda theta_global, theta_local: theta_global - theta_local,
        ),
        Mistake(
            "That is the local model itself; what leaves the device is the change.",
            lambda theta_global, theta_local: theta_local,
        ),
    ),
)
