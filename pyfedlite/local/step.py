"""One gradient step of local training, for one client or a stack of them.

In the letters of the papers, with g the gradient of the loss on a batch::

    g <- g + mu (theta_k - theta)        FedProx, Li et al. 2020, equation 2
    g <- g + correction                  SCAFFOLD, FedDyn
    v <- momentum v + g                  v = 0 at the start of a round
    theta_k <- theta_k - rate v

References
----------
T. Li et al., "Federated Optimization in Heterogeneous Networks", MLSys 2020,
https://arxiv.org/abs/1812.06127
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeGuard, runtime_checkable

from pyfedlite._typing import Labels, Matrix, Vector
from pyfedlite.roles import Model

Step = Callable[[Vector, Matrix, Labels, Vector | None], None]
"""(theta_k, features, labels, weights): writes the new parameters into theta_k, (..., d)."""


@runtime_checkable
class InPlace(Model, Protocol):
    """A model that can take a step without a gradient of its own: faster for a large one."""

    def descend(
        self,
        theta: Vector,
        features: Matrix,
        labels: Labels,
        rate: float,
        weights: Vector | None = None,
    ) -> None:
        """Take the step theta <- theta - rate * grad, in place: `theta` is written to."""
        ...


@runtime_checkable
class BatchesInPlace(InPlace, Protocol):
    """A model that can take the steps of one batch after another faster than by `descend`."""

    def descend_batches(
        self, theta: Vector, features: Matrix, labels: Labels, rate: float, batch_size: int
    ) -> None:
        """Take one step for each batch of consecutive rows, as `descend` does up to rounding.

        Parameters
        ----------
        theta : ndarray of shape (num_params,)
            Written to.
        features : ndarray of shape (n, num_features)
        labels : ndarray of shape (n,)
        rate : float
        batch_size : int
            At least 1; the last batch may be smaller.
        """
        ...


def stepper(
    model: Model,
    theta: Vector,
    rate: float,
    *,
    momentum: float = 0.0,
    proximal_mu: float = 0.0,
    correction: Vector | None = None,
) -> Step:
    """Return the function that takes one step.

    Parameters
    ----------
    model : Model
    theta : ndarray of shape (num_params,)
        The global model, which the proximal term pulls towards.
    rate : float
        The learning rate of the round.
    momentum, proximal_mu : float
    correction : ndarray of shape (..., num_params), optional
        Added to every gradient.

    Returns
    -------
    Step

    Examples
    --------
    The loss of y = wx + b at 0 is y^2 / 2; on the row x = 2, y = 3 its gradient is (-6, -3):

    >>> import numpy as np
    >>> from pyfedlite.models import LinearRegression
    >>> theta = np.zeros(2)
    >>> step = stepper(LinearRegression(1, dtype="float64"), theta.copy(), rate=0.5)
    >>> step(theta, np.array([[2.0]]), np.array([3.0]), None)
    >>> theta
    array([3. , 1.5])
    """
    if momentum or proximal_mu or correction is not None or not _is_in_place(model):
        return _Full(model, theta, rate, momentum, proximal_mu, correction)
    return _Plain(model, rate)


def _is_in_place(model: Model) -> TypeGuard[InPlace]:
    """Return ``isinstance(model, InPlace)``, which on a protocol looks at every member."""
    return hasattr(model, "descend")


def takes_batches(model: Model) -> TypeGuard[BatchesInPlace]:
    """Return ``isinstance(model, BatchesInPlace)``, without looking at every member."""
    return hasattr(model, "descend_batches")


@dataclass(frozen=True, eq=False)
class _Plain:
    """theta_k <- theta_k - rate g, in one go."""

    model: InPlace
    rate: float

    def __call__(
        self, theta_k: Vector, features: Matrix, labels: Labels, weights: Vector | None
    ) -> None:
        self.model.descend(theta_k, features, labels, self.rate, weights)


@dataclass(eq=False)
class _Full:
    """The step with all its terms.

    A stack whose clients finish one after the other hands in a prefix of itself.
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
