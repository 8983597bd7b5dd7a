"""The nonlinearities of hidden layers, each with its derivative and the scale of first weights.

The derivative is a function of the *output* a = f(z), which the forward pass keeps.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pyfedlite._typing import Vector
from pyfedlite.models.outputs import sigmoid


@dataclass(frozen=True)
class Activation:
    """A nonlinearity f.

    Parameters
    ----------
    function : callable
        z -> a = f(z).
    derivative : callable
        a -> f'(z).
    init_std : callable
        (fan_in, fan_out) -> standard deviation of the first weights, so that activations have
        about the same scale in every layer.
    """

    function: Callable[[Vector], Vector]
    derivative: Callable[[Vector], Vector]
    init_std: Callable[[int, int], float]


def he_std(fan_in: int, fan_out: int) -> float:
    """Return sqrt(2 / fan_in): He, Zhang, Ren and Sun, ICCV 2015, equation 10, for ReLU."""
    return float(np.sqrt(2 / fan_in))


def glorot_std(fan_in: int, fan_out: int) -> float:
    """Return sqrt(2 / (fan_in + fan_out)): Glorot and Bengio, AISTATS 2010, equation 12."""
    return float(np.sqrt(2 / (fan_in + fan_out)))


def _relu(z: Vector) -> Vector:
    return np.maximum(z, 0)


def _relu_derivative(a: Vector) -> Vector:
    return np.sign(a)  # a is never below 0


def _tanh_derivative(a: Vector) -> Vector:
    return 1 - a * a


def _sigmoid_derivative(a: Vector) -> Vector:
    return a * (1 - a)


ACTIVATIONS = {
    "relu": Activation(_relu, _relu_derivative, he_std),
    "tanh": Activation(np.tanh, _tanh_derivative, glorot_std),
    "sigmoid": Activation(sigmoid, _sigmoid_derivative, glorot_std),
}
