"""The server's steps: what their formulas imply, and each formula once more, coordinate by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite._typing import Vector
from pyfedlite.roles import ServerOptimizer
from pyfedlite.server import ServerAdagrad, ServerAdam, ServerSGD, ServerYogi
from pyfedlite.state import Aggregate, State
from pyfedlite.testing.strategies import vectors

OPTIMIZERS: dict[str, ServerOptimizer] = {
    "sgd": ServerSGD(0.5),
    "momentum": ServerSGD(0.5, momentum=0.9),
    "adagrad": ServerAdagrad(0.1, beta1=0.5),
    "adam": ServerAdam(0.1),
    "yogi": ServerYogi(0.1),
}
each_optimizer = pytest.mark.parametrize("step", OPTIMIZERS.values(), ids=OPTIMIZERS)
DELTAS = st.lists(vectors(3), min_size=1, max_size=4)


def after(step: ServerOptimizer, deltas: list[Vector], dtype: type = np.float64) -> State:
    state = State(0, np.zeros(3, dtype))
    for delta in deltas:
        state = step(state, Aggregate(delta))
    return state


@each_optimizer
@given(deltas=DELTAS)
def test_step_leaves_the_round_and_its_arguments_alone(
    step: ServerOptimizer, deltas: list[Vector]
) -> None:
    state = after(step, deltas)
    for array in [state.theta, *state.slots.values(), *deltas]:
        array.flags.writeable = False  # a write now raises
    assert step(state, Aggregate(deltas[0])).round == state.round


@each_optimizer
def test_zero_updates_from_the_start_move_nothing(step: ServerOptimizer) -> None:
    np.testing.assert_array_equal(after(step, [np.zeros(3)] * 3).theta, np.zeros(3))


@each_optimizer
@given(delta=vectors(3))
def test_first_step_goes_along_the_update(step: ServerOptimizer, delta: Vector) -> None:
    assert (after(step, [delta]).theta * delta >= 0).all()


@each_optimizer
@given(deltas=DELTAS)
def test_theta_keeps_its_dtype_and_slots_are_float64(
    step: ServerOptimizer, deltas: list[Vector]
) -> None:
    state = after(step, deltas, np.float32)
    assert state.theta.dtype == np.float32
    assert all(slot.dtype == np.float64 for slot in state.slots.values())
    assert all(name.startswith("server.") for name in state.slots)


@each_optimizer
@given(deltas=DELTAS)
def test_coordinates_do_not_mix(step: ServerOptimizer, deltas: list[Vector]) -> None:
    swapped = after(step, [delta[::-1] for delta in deltas]).theta
    np.testing.assert_array_equal(swapped[::-1], after(step, deltas).theta)


@given(deltas=DELTAS)
def test_second_moment_of_adaptive_steps_stays_positive(deltas: list[Vector]) -> None:
    for name in ("adagrad", "adam", "yogi"):
        assert (after(OPTIMIZERS[name], deltas).slots["server.v"] > 0).all()


@given(deltas=DELTAS)
def test_momentum_zero_is_plain_fedavg(deltas: list[Vector]) -> None:
    plain = after(ServerSGD(1.0), deltas).theta
    np.testing.assert_allclose(plain, sum(deltas), rtol=0, atol=1e-11)  # 4 numbers up to 1000


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=5))
def test_steps_follow_algorithm_2_of_reddi_et_al(deltas: list[float]) -> None:
    eta, beta1, beta2, tau = 0.1, 0.9, 0.99, 1e-3
    second_moment = {
        ServerAdagrad(eta, beta1, tau): lambda v, d: v + d**2,
        ServerAdam(eta, beta1, beta2, tau): lambda v, d: beta2 * v + (1 - beta2) * d**2,
        ServerYogi(eta, beta1, beta2, tau): lambda v, d: v - (1 - beta2) * d**2 * np.sign(v - d**2),
    }
    for step, next_v in second_moment.items():
        x, m, v = 0.0, 0.0, tau**2
        state = State(0, np.zeros(1))
        for delta in deltas:
            m = beta1 * m + (1 - beta1) * delta
            v = next_v(v, delta)
            x = x + eta * m / (math.sqrt(v) + tau)
            state = step(state, Aggregate(np.array([delta])))
        # Each of at most 5 steps rounds a handful of numbers of size x / (1 - beta2).
        np.testing.assert_allclose(state.theta[0], x, rtol=1e-11, atol=1e-12)


def test_slots_of_other_parts_are_kept() -> None:
    state = State(0, np.zeros(1), {"aggregator.norm": np.ones(1)})
    assert "aggregator.norm" in ServerAdam()(state, Aggregate(np.ones(1))).slots
    assert "aggregator.norm" in ServerSGD()(replace(state, round=1), Aggregate(np.ones(1))).slots


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: ServerSGD(0.0), r"learning_rate must be above 0, got 0\.0"),
        (lambda: ServerSGD(momentum=1.0), r"momentum must lie in \[0, 1\), got 1\.0"),
        (lambda: ServerAdam(beta2=1.5), r"beta2 must lie in \[0, 1\), got 1\.5"),
        (lambda: ServerYogi(tau=0.0), r"tau must be above 0, got 0\.0"),
        (lambda: ServerAdagrad(beta1=-0.1), r"beta1 must lie in \[0, 1\), got -0\.1"),
        (lambda: ServerSGD(float("nan")), "learning_rate must be finite, got nan"),
    ],
)
def test_setting_out_of_range_is_refused(make: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()  # type: ignore[operator]
