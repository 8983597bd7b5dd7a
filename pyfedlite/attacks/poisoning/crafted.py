"""Vectors that attackers craft from what they know: ALIE, IPM, min-max, mimic.

Adversary: clients who work together; `colluding` and `omniscient` say what they know. Protected by:
robust rules, as far as each says; momentum at the workers against those that hide in the noise. Not
protected: a mean. For teaching and research: not audited.

With m attackers of n clients, mu the mean and sigma the deviation of each parameter over the
updates that they know.

References
----------
M. Baruch, G. Baruch and Y. Goldberg, "A Little Is Enough: Circumventing Defenses For Distributed
Learning", NeurIPS 2019, https://arxiv.org/abs/1902.06156

C. Xie, O. Koyejo and I. Gupta, "Fall of Empires: Breaking Byzantine-tolerant SGD by Inner Product
Manipulation", UAI 2019, https://arxiv.org/abs/1903.03936

V. Shejwalkar and A. Houmansadr, "Manipulating the Byzantine: Optimizing Model Poisoning Attacks and
Defenses for Federated Learning", NDSS 2021, https://doi.org/10.14722/ndss.2021.24498
"""

from dataclasses import dataclass
from statistics import NormalDist
from typing import ClassVar

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.attacks.poisoning.cohort import View

BISECTIONS = 40
"""Halvings of the interval in which `MinMax` looks: 1e-12 of it is left."""


def alie_strength(num_clients: int, num_byzantine: int) -> float:
    """Return z, so that a majority with the attackers is on the far side of mu - z sigma.

    The attackers need s = floor(n / 2 + 1) - m honest clients on their side, and
    z = Phi^-1((n - m - s) / (n - m)) is where so many are expected beyond.

    Raises
    ------
    ValueError
        If the quotient does not lie between 0 and 1.

    Examples
    --------
    >>> round(alie_strength(25, 5), 4)  # s = 8: the quantile of 12 / 20
    0.2533
    """
    n, m = num_clients, num_byzantine
    supporters = n // 2 + 1 - m
    if not 0 < supporters < n - m:
        condition = f"leave a majority open among {n} clients"
        _check.fail("the number of attackers", condition, m, "give z, or other numbers of clients")
    return NormalDist().inv_cdf((n - m - supporters) / (n - m))


@dataclass(frozen=True)
class ALIE:
    """A little is enough: mu - z sigma, a lie that is smaller than the noise of honest clients.

    Parameters
    ----------
    z : float, optional
        Of either sign; by default `alie_strength`.
    """

    z: float | None = None

    def __post_init__(self) -> None:
        if self.z is not None:
            _check.keep(self, "z", _check.real)

    def __call__(self, view: View) -> Vector:
        """Return mu - z sigma."""
        z = alie_strength(view.num_clients, len(view.own)) if self.z is None else self.z
        return view.mean - z * view.deviation


@dataclass(frozen=True)
class IPM:
    """Inner-product manipulation: - epsilon mu.

    A mean turns round where epsilon > (n - m) / m; a small epsilon is meant for robust rules.

    Parameters
    ----------
    strength : float
        epsilon, above 0.
    """

    strength: float = 0.5

    def __post_init__(self) -> None:
        _check.keep(self, "strength", _check.positive)

    def __call__(self, view: View) -> Vector:
        """Return - epsilon mu."""
        return -self.strength * view.mean


@dataclass(frozen=True)
class MinMax:
    """The farthest mu - lambda sigma that is no farther from any vector than two honest ones are.

    The largest lambda is found by bisection.
    """

    needs_honest: ClassVar[bool] = True

    def __call__(self, view: View) -> Vector:
        """Return mu - lambda sigma."""
        vectors, mean, deviation = view.vectors, view.mean, view.deviation
        widest = max(_farthest(vectors, vector) for vector in vectors)
        length = float(np.linalg.norm(deviation))
        low, high = 0.0, 2 * widest / length if length > 0 else 0.0
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            is_near = _farthest(vectors, mean - middle * deviation) <= widest
            low, high = (middle, high) if is_near else (low, middle)
        return mean - low * deviation


def _farthest(vectors: Vector, point: Vector) -> float:
    return float(np.linalg.norm(vectors - point, axis=1).max())


@dataclass(frozen=True)
class Mimic:
    """A copy of one honest client, that of the lowest id: it is heard too often, others less."""

    needs_honest: ClassVar[bool] = True

    def __call__(self, view: View) -> Vector:
        """Return the update of the first honest client."""
        first: Vector = view.vectors[0]
        return first


def alie(z: float | None = None) -> ALIE:
    """Return the attack within the noise; see `ALIE`."""
    return ALIE(z)


def ipm(strength: float = 0.5) -> IPM:
    """Return the attack by the inner product; see `IPM`."""
    return IPM(strength)


def flip_mean(scale: float = 1.0) -> IPM:
    """Return the attack - scale mu: `IPM` with a strength that is meant to break a mean.

    Examples
    --------
    >>> flip_mean(10.0)
    IPM(strength=10.0)
    """
    return IPM(scale)


def min_max() -> MinMax:
    """Return the attack within the honest distances; see `MinMax`."""
    return MinMax()


def mimic() -> Mimic:
    """Return the attack that copies; see `Mimic`."""
    return Mimic()
