"""One gradient step of a stack of clients, in place.

A room for speed: `Plain` takes the step without a gradient in memory (``models.fast.descend``), and
`Full` has the terms of ``sgd`` again, for a stack whose clients finish one after the other. The law
that compares both with `LocalSGD.train` is in ``tests/laws/test_together_laws.py``.

Left neighbour: ``together`` asks for the step. Right neighbour: ``stack`` takes it for each batch.
"""

from collections.abc import Callable
from dataclasses import dataclass

from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.local.sgd import LocalSGD
from pyfedlite.models.fast.descend import Descends, can_descend, descend
from pyfedlite.roles import Model

Step = Callable[[Vector, Matrix, Labels, Vector | None], None]
"""(theta_k, features, labels, weights): writes the new parameters into theta_k, (..., d)."""


def takes_plain_steps(local: LocalSGD) -> bool:
    """Return whether a step is theta_k <- theta_k - eta g, with no term added to g."""
    return not (local.momentum or local.proximal_mu) and local.correction is None


def step_of(
    local: LocalSGD, model: Model, theta: Vector, round: int, correction: Vector | None = None
) -> Step:
    """Return the function that takes the steps of `round`.

    Parameters
    ----------
    local : LocalSGD
        Its momentum, proximal term and learning rate.
    model : Model
    theta : ndarray of shape (num_params,)
        The global model, which the proximal term pulls towards.
    round : int
        From 1.
    correction : ndarray of shape (..., num_params), optional
        Those of the clients, where `local` has a correction.

    Returns
    -------
    Step

    Examples
    --------
    The loss of y = wx + b at 0 is y^2 / 2; on the row x = 2, y = 3 its gradient is (-6, -3):

    >>> import numpy as np
    >>> from pyfedlite.models import LinearRegression
    >>> model, theta = LinearRegression(1, dtype="float64"), np.zeros(2)
    >>> step = step_of(LocalSGD(learning_rate=0.5), model, theta.copy(), round=1)
    >>> step(theta, np.array([[2.0]]), np.array([3.0]), None)
    >>> theta
    array([3. , 1.5])
    """
    if takes_plain_steps(local) and can_descend(model):
        return Plain(model, local.rate(round))
    rate, mu = local.rate(round), local.proximal_mu
    return Full(model, theta, rate, local.momentum, mu, correction)


@dataclass(frozen=True, eq=False)
class Plain:
    """theta_k <- theta_k - rate g, without a gradient in memory."""

    model: Descends
    rate: float

    def __call__(
        self, theta_k: Vector, features: Matrix, labels: Labels, weights: Vector | None
    ) -> None:
        """Take the step."""
        descend(self.model, theta_k, features, labels, self.rate, weights)


@dataclass(eq=False)
class Full:
    """The step with all its terms.

    When some clients of a stack have finished, `theta_k` has only the first rows of the stack: the
    clients that are still training.
    """

    model: Model
    theta: Vector  # (num_params,)
    rate: float
    momentum: float
    proximal_mu: float
    correction: Vector | None  # (..., num_params)
    v: Vector | None = None  # (..., num_params)

    def __call__(
        self, theta_k: Vector, features: Matrix, labels: Labels, weights: Vector | None
    ) -> None:
        """Take the step."""
        g = self.model.grad(theta_k, features, labels, weights)
        if self.proximal_mu:
            g += self.proximal_mu * (theta_k - self.theta)
        if self.correction is not None:
            g += self.correction[: len(theta_k)]
        if self.momentum:
            if self.v is not None:
                g += self.momentum * self.v[: len(theta_k)]
            self.v = g
        theta_k -= self.rate * g
