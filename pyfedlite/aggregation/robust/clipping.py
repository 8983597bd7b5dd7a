"""Clipping: nobody moves the mean by more than a radius.

Adversary: clients who know everything and send what they like. Protected: how far f of n of them
move the mean, 2 f C / n at most. Not protected: the direction in which they move it, round after
round; and the privacy of the clients. For teaching and research: not audited.

`NormClipping` clips about 0 and `CentredClipping` about the last aggregate. `ARC` is a
pre-aggregation: it clips the longest vectors to the length of the next one, and a rule follows.

References
----------
S. P. Karimireddy, L. He and M. Jaggi, "Learning from History for Byzantine Robust Optimization",
ICML 2021, https://arxiv.org/abs/2012.10333

Y. Allouah et al., "Adaptive Gradient Clipping for Robust Federated Learning", ICLR 2025,
https://arxiv.org/abs/2405.14432
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Matrix, Vector
from pyfedlite.aggregation.robust.arrivals import Arrivals, answer, check_settings, require
from pyfedlite.aggregation.robust.distances import mean_drawn_towards
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import norms, shortened
from pyfedlite.state import Aggregate, RoundContext

LAST = "centred_clipping.last"
"""The slot of the server in which the last aggregate is carried to the next round."""


@dataclass(frozen=True)
class NormClipping:
    """The mean of the vectors, each shortened to the length `clip`, every client counting once.

    Costs n d. One client moves the mean by at most 2 C / n; there is no number of attackers at
    which it breaks, and none below which it is exact.

    Parameters
    ----------
    clip : float
        C, above 0.
    on_nonfinite : {"reject", "raise"}

    Examples
    --------
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in enumerate([0.5, 1e9])]
    >>> NormClipping(clip=1.0)(updates, context).delta  # (0.5 + 1) / 2
    array([0.75])
    """

    clip: float
    on_nonfinite: str = "reject"

    def __post_init__(self) -> None:
        check_settings(self)
        _check.keep(self, "clip", _check.positive)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the mean of the clipped `updates`."""
        return answer(self.combine, updates, context, self.on_nonfinite)

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return the mean of the clipped vectors that have arrived."""
        centre = np.zeros(arrivals.sent.shape[1])
        return Aggregate(mean_drawn_towards(arrivals.sent, self.clip, centre))


def centred_clipping_step(vectors: Matrix, centre: Vector, radius: float) -> Vector:
    """Return v + mean of (x_i - v) min(1, tau / |x_i - v|).

    Examples
    --------
    >>> centred_clipping_step(np.array([[2.0], [-9.0], [0.5]]), np.array([1.0]), 1.0)
    array([0.83333333])
    """
    return mean_drawn_towards(vectors, radius, centre)


@dataclass(frozen=True)
class CentredClipping:
    """The mean of the vectors, each clipped to a ball about the last aggregate.

    Costs n d a step. A round moves by at most `num_steps` times `radius`; f attackers move one step
    by at most 2 f tau / n. The first round starts from 0.

    Parameters
    ----------
    radius : float
        tau, above 0.
    num_steps : int
        L, at least 1: each step clips about the result of the one before.
    on_nonfinite : {"reject", "raise"}

    Examples
    --------
    >>> from pyfedlite.seeds import RoundSeed
    >>> slots = {LAST: np.array([1.0])}
    >>> context = RoundContext(round=2, theta=np.zeros(1), seed=RoundSeed(0, 2), slots=slots)
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in enumerate([2.0, -9.0])]
    >>> CentredClipping(radius=1.0)(updates, context).delta  # 1 + (1 - 1) / 2
    array([1.])
    """

    radius: float
    num_steps: int = 1
    on_nonfinite: str = "reject"

    def __post_init__(self) -> None:
        check_settings(self)
        _check.keep(self, "radius", _check.positive)
        _check.keep(self, "num_steps", _check.integer, minimum=1)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the mean of `updates` clipped about the last aggregate, which is carried on."""
        return answer(self.combine, updates, context, self.on_nonfinite)

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return the mean of the vectors that have arrived, clipped about the last aggregate."""
        centre = context.slots.get(LAST, np.zeros(arrivals.sent.shape[1]))
        for _ in range(self.num_steps):
            centre = centred_clipping_step(arrivals.sent, centre, self.radius)
        return Aggregate(centre, slots={LAST: centre})


@dataclass(frozen=True)
class ARC:
    """Adaptive robust clipping: the longest vectors become as long as the next one.

    With k = floor(2 (f / n) (n - f)), the k longest of the n vectors are shortened to the length of
    the one after them. Costs n d. Before a rule with some kappa the two together have
    kappa + 2 f / (n - 2 f): a theorem of Allouah et al. 2025, quoted, not derived here.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> ARC()(np.array([[1.0], [-2.0], [3.0], [1e9]]), 1, rng)  # k = floor(2 / 4 * 3) = 1
    array([[ 1.],
           [-2.],
           [ 3.],
           [ 3.]])
    """

    def __call__(self, vectors: Matrix, num_byzantine: int, rng: np.random.Generator) -> Matrix:
        """Return the vectors after clipping, shape (n, num_params)."""
        n, f = len(vectors), num_byzantine
        require(n > 2 * f, "arc", "n > 2 f", n, f)
        number = 2 * f * (n - f) // n
        lengths = norms(vectors)
        radius = np.sort(lengths)[n - 1 - number]
        clipped, is_long = vectors.astype(np.float64), lengths > radius  # a copy
        clipped[is_long] = shortened(clipped[is_long], radius)
        return clipped

    def kappa(self, n: int, f: int, kappa: float) -> float:
        """Return the constant of the bound before a rule that has `kappa`."""
        return kappa + 2 * f / (n - 2 * f)


def norm_clipping(clip: float, *, on_nonfinite: str = "reject") -> NormClipping:
    """Return the mean of clipped vectors; see `NormClipping`.

    Examples
    --------
    >>> norm_clipping(2.0).clip
    2.0
    """
    return NormClipping(clip, on_nonfinite)


def centred_clipping(
    radius: float, *, num_steps: int = 1, on_nonfinite: str = "reject"
) -> CentredClipping:
    """Return the mean clipped about the last aggregate; see `CentredClipping`.

    Examples
    --------
    >>> centred_clipping(0.5, num_steps=3).num_steps
    3
    """
    return CentredClipping(radius, num_steps, on_nonfinite)


def arc() -> ARC:
    """Return adaptive robust clipping, to stand before a rule; see `ARC`.

    Examples
    --------
    >>> arc()
    ARC()
    """
    return ARC()
