"""L-BFGS: a quasi-Newton search that keeps a few steps in place of a matrix.

The direction is the two-loop recursion of Nocedal; the step is halved until it descends enough
(Armijo). It is here for attacks that match gradients, whose functions are smooth and small. For
teaching and research: not audited.

References
----------
J. Nocedal, "Updating Quasi-Newton Matrices with Limited Storage", Mathematics of Computation 35,
1980, https://doi.org/10.1090/S0025-5718-1980-0572855-7
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector

ENOUGH = 1e-4  # of what the slope promises
HALVINGS = 40


def minimise(
    function: Callable[[Vector], tuple[float, Vector]],
    start: Vector,
    *,
    max_steps: int = 300,
    memory: int = 20,
    goal: float = 0.0,
) -> tuple[Vector, float, int]:
    """Return a point where a function is small, its value there, and how many steps were taken.

    Parameters
    ----------
    function : callable
        From a point, shape (d,), to the value and the gradient, shape (d,).
    start : ndarray of shape (d,)
    max_steps, memory : int
        At least 1; how many steps to take and how many to remember.
    goal : float
        A value at which to stop.

    Examples
    --------
    >>> def bowl(x):
    ...     return float((x - 3) @ (x - 3)), 2 * (x - 3)
    >>> point, value, steps = minimise(bowl, np.zeros(2))
    >>> point.round(6), round(value, 9)
    (array([3., 3.]), 0.0)
    """
    _check.integer("max_steps", max_steps, minimum=1)
    kept: deque[tuple[Vector, Vector]] = deque(maxlen=_check.integer("memory", memory, minimum=1))
    x, (value, gradient) = start, function(start)
    for step in range(max_steps):
        direction = _direction(gradient, kept)
        slope = float(gradient @ direction)
        if value <= goal or slope >= 0:
            return x, value, step
        length = 1.0 if kept else min(1.0, 1.0 / float(np.linalg.norm(gradient)))
        for _ in range(HALVINGS):
            new_value, new_gradient = function(x + length * direction)
            if new_value <= value + ENOUGH * length * slope:
                break
            length /= 2
        else:
            return x, value, step
        s, y = length * direction, new_gradient - gradient
        if s @ y > 1e-12 * np.linalg.norm(s) * np.linalg.norm(y):  # curvature that bends upwards
            kept.append((s, y))
        x, value, gradient = x + s, new_value, new_gradient
    return x, value, max_steps


def _direction(gradient: Vector, kept: deque[tuple[Vector, Vector]]) -> Vector:
    """Return minus the inverse Hessian, as the kept steps tell it, times the gradient."""
    q, shares = gradient.copy(), []
    for s, y in reversed(kept):
        shares.append((s @ q) / (s @ y))
        q -= shares[-1] * y
    if kept:
        s, y = kept[-1]
        q *= (s @ y) / (y @ y)
    for (s, y), share in zip(kept, reversed(shares), strict=True):
        q += (share - (y @ q) / (s @ y)) * s
    return -q
