"""The geometric median: the point whose distances to all vectors have the smallest sum (RFA).

Adversary: up to f clients who know everything and send what they like. Protected: the result is at
most 2 (n - f) / (n - 2 f) times as far from any point c as the farthest honest vector is, if
n > 2 f, up to the smoothing and the tolerance of the steps. Not protected: what liars can do within
that ball; and the privacy of the clients. For teaching and research: not audited.

Its kappa is 4 (1 + r)^2 with r = f / (n - 2 f). Let z be the result and m the mean of a choice S of
n - f vectors. The sum of distances at z is not larger than at m. For each x of S,
|x - z| >= |z - m| - |x - m|; for each of the f others, |x - z| >= |x - m| - |z - m|. Together
(n - 2 f) |z - m| <= 2 sum over S of |x - m|, and the square of a mean is at most the mean of the
squares. The constant is that of Allouah et al. 2023.

References
----------
K. Pillutla, S. M. Kakade and Z. Harchaoui, "Robust Aggregation for Federated Learning", IEEE
Transactions on Signal Processing 70, 2022, https://arxiv.org/abs/1912.13445

Y. Allouah et al., "Fixing by Mixing: A Recipe for Optimal Byzantine ML under Heterogeneity",
AISTATS 2023, https://arxiv.org/abs/2302.01772
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pyfedlite import _check, kernels
from pyfedlite._typing import Matrix, Vector
from pyfedlite.aggregation.robust.arrivals import Arrivals, answer, check_settings, require
from pyfedlite.aggregation.robust.distances import mean_drawn_towards
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import norm, norms
from pyfedlite.state import Aggregate, RoundContext


def weiszfeld(
    vectors: Matrix, *, smoothing: float = 1e-6, tolerance: float = 1e-9, max_steps: int = 1000
) -> tuple[Vector, int]:
    """Return the geometric median by Weiszfeld's steps, and how many were taken.

    Parameters
    ----------
    vectors : ndarray of shape (n, num_params)
    smoothing : float
        nu, above 0: a distance below it counts as nu, so that a step may start at a vector.
    tolerance : float
        Above 0: a step shorter than this part of the median distance is the last.
    max_steps : int

    Examples
    --------
    >>> corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1e6, 1e6]])
    >>> weiszfeld(corners)[0].round(6)  # of four corners: where the diagonals cross
    array([0.5, 0.5])
    """
    centre = _start(vectors)
    for step in range(1, max_steps + 1):
        distances = np.maximum(norms(vectors, centre), smoothing)
        weights = distances.min() / distances  # 1 / distances, in a scale that never vanishes
        moved = kernels.weighted_sum(vectors, weights) / weights.sum()
        length = norm(moved - centre)
        centre = moved
        if length <= tolerance * np.median(distances):
            return centre, step
    return centre, max_steps


def _start(vectors: Matrix) -> Vector:
    """Return a point between the vectors that f < n / 2 liars cannot choose.

    From the mean, f liars at 1e300 would cost the server hundreds of steps: each shortens the way
    by a factor of about f / (n - f). The median itself will not do, since it can be one of the
    vectors, and steps away from a vector are short.
    """
    median = kernels.trimmed_mean(vectors, (len(vectors) - 1) // 2)
    radius = float(np.median(norms(vectors, median)))
    return mean_drawn_towards(vectors, radius, median)


@dataclass(frozen=True)
class GeometricMedian:
    """The point with the smallest sum of distances to the vectors, every client counting once.

    Needs n > 2 f, breaks down at f = n / 2, costs n d a step, and has kappa = 4 (1 + r)^2 up to
    smoothing and tolerance.

    Parameters
    ----------
    num_byzantine : int
        f, at least 0. It moves nothing here: it is what the clients have to be enough for.
    smoothing, tolerance : float
    max_steps : int
        See `weiszfeld`; the metric ``weiszfeld_steps`` says how many were taken.
    on_nonfinite : {"reject", "raise"}

    Raises
    ------
    RoundFailed
        If n > 2 f does not hold.

    Examples
    --------
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(2), seed=RoundSeed(0, 1))
    >>> corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1e6, 1e6]])
    >>> updates = [ClientUpdate(k, corner, 1, 1, 0.0) for k, corner in enumerate(corners)]
    >>> GeometricMedian(num_byzantine=1)(updates, context).delta.round(6)
    array([0.5, 0.5])
    """

    num_byzantine: int
    smoothing: float = 1e-6
    tolerance: float = 1e-9
    max_steps: int = 1000
    on_nonfinite: str = "reject"

    def __post_init__(self) -> None:
        check_settings(self)
        _check.keep(self, "smoothing", _check.positive)
        _check.keep(self, "tolerance", _check.positive)
        _check.keep(self, "max_steps", _check.integer, minimum=1)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the geometric median of `updates`."""
        return answer(self.combine, updates, context, self.on_nonfinite)

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return the geometric median of the vectors that have arrived."""
        n, f = len(arrivals.sent), self.num_byzantine
        require(n > 2 * f, "geometric_median", "n > 2 f", n, f)
        settings = {"smoothing": self.smoothing, "tolerance": self.tolerance}
        centre, steps = weiszfeld(arrivals.sent, max_steps=self.max_steps, **settings)
        return Aggregate(centre, metrics={"weiszfeld_steps": steps})

    def kappa(self, n: int) -> float:
        """Return the constant of the bound for n vectors."""
        f = self.num_byzantine
        require(n > 2 * f, "geometric_median", "n > 2 f", n, f)
        return 4 * (1 + f / (n - 2 * f)) ** 2


def geometric_median(
    *,
    num_byzantine: int,
    smoothing: float = 1e-6,
    tolerance: float = 1e-9,
    max_steps: int = 1000,
    on_nonfinite: str = "reject",
) -> GeometricMedian:
    """Return the rule of the smallest sum of distances; see `GeometricMedian`.

    Examples
    --------
    >>> geometric_median(num_byzantine=2).kappa(n=6)  # r = 1: 4 * 2^2
    16.0
    """
    return GeometricMedian(num_byzantine, smoothing, tolerance, max_steps, on_nonfinite)
