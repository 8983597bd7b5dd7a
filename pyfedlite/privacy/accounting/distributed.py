"""Rényi divergence of a sum to which every client has added discrete Gaussian noise.

A sum of n discrete Gaussians of parameter s is no discrete Gaussian of parameter s sqrt(n), but the
logarithm of their ratio is at most tau / 2 for each entry, with

    tau = 10 sum over k from 1 to n - 1 of e^(-2 pi^2 s^2 k / (k + 1)).

From s = 2 on that is below 1e-15. With the sensitivity D, l2 = D / (s sqrt(n)), and
l1 = l2 min(sqrt(d), D) (for integers the sum of |x| is at most that of x^2), the divergence of
order alpha is at most each of

    (alpha/2) l2^2 + (2 alpha - 1) / (2 alpha - 2) tau d,
    (alpha/2) (l2^2 + 2 l1 tau + tau^2 d),
    (alpha/2) (l2 + sqrt(d) tau)^2.

The second and the third are proposition 14 of Kairouz, Liu and Steinke 2021. The first is the
triangle inequality of Rényi divergences; the code of that paper has tau d there, which is less, and
tests/laws compares all with divergences of exact sums.

Left neighbour: ``events``. Right neighbour: ``rdp``.

References
----------
P. Kairouz, Z. Liu and T. Steinke, "The Distributed Discrete Gaussian Mechanism for Federated
Learning with Secure Aggregation", ICML 2021, https://arxiv.org/abs/2102.06387
"""

import math

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.privacy.accounting.events import DistributedDiscreteGaussian
from pyfedlite.privacy.accounting.relations import Neighbouring


def distributed_rdp(
    event: DistributedDiscreteGaussian, orders: tuple[float, ...], relation: Neighbouring
) -> Vector:
    """Return the divergence at each order, infinite without noise.

    Raises
    ------
    ValueError
        Under ``ADD_OR_REMOVE``: who takes part is no secret from the server.

    Examples
    --------
    >>> event = DistributedDiscreteGaussian(1000.635798, 100.0, 100, 1024)
    >>> distributed_rdp(event, (2.0,), Neighbouring.ZERO_OUT).round(6)
    array([1.001272])
    """
    if relation is Neighbouring.ADD_OR_REMOVE:
        hint = "the server sees who takes part"
        _check.fail("relation", "be ZERO_OUT or REPLACE for noise of clients", relation.name, hint)
    alpha = np.array(orders)
    if event.noise == 0:
        return np.full(alpha.shape, math.inf)
    longest = event.sensitivity * (2 if relation is Neighbouring.REPLACE else 1)
    root, tau = math.sqrt(event.length), excess(event.noise, event.num_honest)
    l2 = longest / (event.noise * math.sqrt(event.num_honest))
    l1 = l2 * min(root, longest)
    first = alpha / 2 * l2**2 + (2 * alpha - 1) / (2 * alpha - 2) * tau * event.length
    second = alpha / 2 * (l2**2 + 2 * l1 * tau + tau**2 * event.length)
    third = alpha / 2 * (l2 + root * tau) ** 2
    least: Vector = np.minimum(first, np.minimum(second, third))
    return least


def excess(noise: float, num_honest: int) -> float:
    """Return tau: how far a sum of discrete Gaussians is from one.

    Examples
    --------
    >>> excess(1.0, 100) < 1e-3, excess(3.0, 100) < 1e-30
    (True, True)
    """
    k = np.arange(1, num_honest)
    return float(10 * np.exp(-2 * math.pi**2 * noise**2 * k / (k + 1)).sum())
