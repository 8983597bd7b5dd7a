"""Rényi differential privacy: what an event costs at each order, added up over the rounds.

A mechanism is (alpha, rho)-RDP if the Rényi divergence of order alpha between what it releases on
neighbouring data sets is at most rho. Costs of rounds add up, also of rounds with different noise,
and also where a round is chosen in the light of earlier ones (Mironov 2017, proposition 1).

Left neighbour: ``events``. Right neighbour: ``conversion``, which makes (epsilon, delta) of it.

References
----------
I. Mironov, "Rényi Differential Privacy", CSF 2017, https://arxiv.org/abs/1702.07476
"""

from collections.abc import Iterable

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.privacy.accounting.distributed import distributed_rdp
from pyfedlite.privacy.accounting.events import (
    Central,
    DistributedDiscreteGaussian,
    Event,
    steps_of,
)
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.privacy.accounting.subsampled import subsampled_rdp

INTEGER_ORDERS: tuple[float, ...] = tuple(float(alpha) for alpha in range(2, 257))
"""The orders that are tried unless others are given: 2, 3, …, 256."""

FINE_ORDERS: tuple[float, ...] = tuple(1 + k / 10 for k in range(1, 90)) + INTEGER_ORDERS[8:]
"""1.1, 1.2, …, 9.9, then 10, 11, …, 256: a smaller epsilon where there is little noise."""


def rdp(
    event: Event,
    orders: Iterable[float] = INTEGER_ORDERS,
    relation: Neighbouring = Neighbouring.ADD_OR_REMOVE,
) -> Vector:
    """Return the Rényi divergence of an event at each order.

    Parameters
    ----------
    event : Event
    orders : iterable of float
        alpha, each above 1 and at most 10^4.
    relation : Neighbouring
        Under ``REPLACE`` the sensitivity is 2 C, so that a multiplier counts half; an event with
        sampling is refused then, because no amplification can be claimed.

    Returns
    -------
    ndarray of float64, shape (number of orders,)
        Infinite where there is no noise.

    Raises
    ------
    ValueError
        If an order is out of range, or ``REPLACE`` meets a sampling rate below 1.

    Examples
    --------
    Ten rounds of alpha / (2 z^2) = alpha / 8:

    >>> from pyfedlite.privacy.accounting.events import Composed, Gaussian
    >>> rdp(Composed([(Gaussian(2.0), 10)]), [2.0, 4.0])
    array([2.5, 5. ])
    """
    checked = check_orders(orders)
    total = np.zeros(len(checked))
    for step, count in steps_of(event):
        if isinstance(step, DistributedDiscreteGaussian):
            total += count * distributed_rdp(step, checked, relation)
            continue
        z = effective_noise(step, relation)
        total += count * np.array(subsampled_rdp(step.sampling_rate, z, checked))
    return total


def effective_noise(step: Central, relation: Neighbouring) -> float:
    """Return the noise in units of the sensitivity: z, and z / 2 under ``REPLACE``.

    Raises
    ------
    ValueError
        Under ``REPLACE`` with a sampling rate below 1.
    """
    if relation is not Neighbouring.REPLACE:
        return step.noise_multiplier
    if step.sampling_rate < 1:
        hint = "no amplification by sampling is known for it here; try ADD_OR_REMOVE"
        _check.fail("sampling_rate", "be 1 under REPLACE", step.sampling_rate, hint)
    return step.noise_multiplier / 2


def check_orders(orders: Iterable[float]) -> tuple[float, ...]:
    """Return orders as a tuple of floats, each above 1 and at most 10^4, at least one."""
    checked = tuple(_check.real("orders", alpha) for alpha in orders)
    for alpha in checked:
        if not 1 < alpha <= 1e4:
            _check.fail("orders", "be above 1 and at most 10,000", alpha)
    if not checked:
        _check.fail("orders", "hold at least one number", "none")
    return checked
