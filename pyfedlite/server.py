"""The server's step: from the aggregated delta to the next theta.

Left neighbour: ``aggregation`` makes one delta of many. Right neighbour: ``simulation`` starts the
next round from the new `State`. With x_t for theta and Delta_t for delta, the adaptive steps are
Algorithm 2 of Reddi et al.::

    m_t = beta1 m_{t-1} + (1 - beta1) Delta_t
    v_t = v_{t-1} + Delta_t^2                                             FedAdagrad
    v_t = v_{t-1} - (1 - beta2) Delta_t^2 sign(v_{t-1} - Delta_t^2)       FedYogi
    v_t = beta2 v_{t-1} + (1 - beta2) Delta_t^2                           FedAdam
    x_{t+1} = x_t + eta m_t / (sqrt(v_t) + tau)

with m_0 = 0 and v_0 = tau^2. Arithmetic is float64; theta keeps its dtype.

References
----------
S. J. Reddi et al., "Adaptive Federated Optimization", ICLR 2021, Algorithm 2,
https://arxiv.org/abs/2003.00295

T.-M. H. Hsu, H. Qi and M. Brown, "Measuring the Effects of Non-Identical Data Distribution for
Federated Visual Classification", 2019, section 4.3 (FedAvgM), https://arxiv.org/abs/1909.06335
"""

from dataclasses import dataclass, replace

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.state import Aggregate, Population, State


@dataclass(frozen=True)
class ServerSGD:
    """theta <- theta + learning_rate * v, with v <- momentum * v + delta.

    With the defaults this is w_{t+1} = sum_k (n_k / n) w^k of FedAvg.

    Parameters
    ----------
    learning_rate : float
        eta_s, above 0.
    momentum : float
        In [0, 1); above 0 it is FedAvgM.

    Examples
    --------
    >>> step = ServerSGD(learning_rate=1.0, momentum=0.5)
    >>> state = step(State(0, np.zeros(1)), Aggregate(np.ones(1)))
    >>> step(state, Aggregate(np.ones(1))).theta  # 1, then v = 0.5 + 1
    array([2.5])
    """

    learning_rate: float = 1.0
    momentum: float = 0.0

    def __post_init__(self) -> None:
        _check.keep(self, "learning_rate", _check.positive)
        _check.keep(self, "momentum", _check.below_one)

    def __call__(
        self, state: State, aggregate: Aggregate, population: Population | None = None
    ) -> State:
        """Return the state after the step along the delta of `aggregate`."""
        delta = aggregate.delta
        if not self.momentum:
            return _moved(state, self.learning_rate * delta.astype(np.float64), {})
        v = self.momentum * _slot(state, "server.v", 0.0) + delta
        return _moved(state, self.learning_rate * v, {"server.v": v})


@dataclass(frozen=True)
class ServerAdagrad:
    """FedAdagrad: the steps shrink where the deltas have been large.

    Parameters
    ----------
    learning_rate : float
        eta_s, above 0.
    beta1 : float
        In [0, 1).
    tau : float
        The degree of adaptivity, above 0.

    Examples
    --------
    m = 3, v = 4^2 + 3^2 = 5^2, and the step is 3 / (5 + 4):

    >>> step = ServerAdagrad(learning_rate=1.0, tau=4.0)
    >>> (9 * step(State(0, np.zeros(1)), Aggregate(np.array([3.0]))).theta).round(12)
    array([3.])
    """

    learning_rate: float = 0.1
    beta1: float = 0.0
    tau: float = 1e-3

    def __post_init__(self) -> None:
        _check_adaptive(self)

    def __call__(
        self, state: State, aggregate: Aggregate, population: Population | None = None
    ) -> State:
        """Return the state after the step along the delta of `aggregate`."""
        delta = aggregate.delta
        v = _slot(state, "server.v", self.tau**2) + np.square(delta, dtype=np.float64)
        return _adaptive(state, delta, v, self.learning_rate, self.beta1, self.tau)


@dataclass(frozen=True)
class ServerAdam:
    """FedAdam: the second moment is a moving average. The paper has no bias correction.

    Parameters
    ----------
    learning_rate : float
        eta_s, above 0.
    beta1, beta2 : float
        In [0, 1).
    tau : float
        The degree of adaptivity, above 0.

    Examples
    --------
    m = 3 / 2, v = 1 / 2 + 9 / 2 * 7 / 9 = 4, and the step is 1.5 / (2 + 1):

    >>> step = ServerAdam(learning_rate=1.0, beta1=0.5, beta2=0.5, tau=1.0)
    >>> step(State(0, np.zeros(1)), Aggregate(np.array([7**0.5]))).theta * 6 / 7**0.5
    array([1.])
    """

    learning_rate: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.99
    tau: float = 1e-3

    def __post_init__(self) -> None:
        _check_adaptive(self)
        _check.keep(self, "beta2", _check.below_one)

    def __call__(
        self, state: State, aggregate: Aggregate, population: Population | None = None
    ) -> State:
        """Return the state after the step along the delta of `aggregate`."""
        delta = aggregate.delta
        square = np.square(delta, dtype=np.float64)
        v = self.beta2 * _slot(state, "server.v", self.tau**2) + (1 - self.beta2) * square
        return _adaptive(state, delta, v, self.learning_rate, self.beta1, self.tau)


@dataclass(frozen=True)
class ServerYogi:
    """FedYogi: the second moment moves towards delta^2 by a step that does not depend on itself.

    Parameters
    ----------
    learning_rate : float
        eta_s, above 0.
    beta1, beta2 : float
        In [0, 1).
    tau : float
        The degree of adaptivity, above 0.

    Examples
    --------
    v = 1 - 6 / 2 * sign(1 - 6) = 4, m = sqrt(6) / 2, and the step is m / (2 + 1):

    >>> step = ServerYogi(learning_rate=1.0, beta1=0.5, beta2=0.5, tau=1.0)
    >>> (step(State(0, np.zeros(1)), Aggregate(np.array([6**0.5]))).theta * 6 / 6**0.5).round(12)
    array([1.])
    """

    learning_rate: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.99
    tau: float = 1e-3

    def __post_init__(self) -> None:
        _check_adaptive(self)
        _check.keep(self, "beta2", _check.below_one)

    def __call__(
        self, state: State, aggregate: Aggregate, population: Population | None = None
    ) -> State:
        """Return the state after the step along the delta of `aggregate`."""
        delta = aggregate.delta
        square = np.square(delta, dtype=np.float64)
        before = _slot(state, "server.v", self.tau**2)
        v = before - (1 - self.beta2) * square * np.sign(before - square)
        return _adaptive(state, delta, v, self.learning_rate, self.beta1, self.tau)


def _adaptive(
    state: State, delta: Vector, v: Vector, learning_rate: float, beta1: float, tau: float
) -> State:
    """Return the state after x + eta m / (sqrt(v) + tau)."""
    m = beta1 * _slot(state, "server.m", 0.0) + (1 - beta1) * delta.astype(np.float64)
    step = learning_rate * m / (np.sqrt(v) + tau)
    return _moved(state, step, {"server.m": m, "server.v": v})


def _slot(state: State, name: str, initial: float) -> Vector:
    """Return a named vector of the server, or its initial value before the first round."""
    if name in state.slots:
        return state.slots[name]
    return np.full(state.theta.shape, initial)


def _moved(state: State, step: Vector, slots: dict[str, Vector]) -> State:
    theta = (state.theta + step).astype(state.theta.dtype)  # float64 until here
    return replace(state, theta=theta, slots={**state.slots, **slots})


def _check_adaptive(step: object) -> None:
    _check.keep(step, "learning_rate", _check.positive)
    _check.keep(step, "beta1", _check.below_one)
    _check.keep(step, "tau", _check.positive)
