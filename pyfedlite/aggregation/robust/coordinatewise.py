"""Median and trimmed mean: each parameter on its own, without the extreme values.

Adversary: up to f clients who know everything and send what they like. Protected: each parameter
of the result lies between the lowest and the highest honest value, if n > 2 f. Not protected: what
liars can do within that range, which is wide where honest clients differ; and the privacy of the
clients. For teaching and research: not audited.

Let r = f / (n - 2 f). For every choice S of n - f vectors with mean m and mean squared distance V
from it, the result is at most sqrt(kappa V) away from m:

- Median: kappa = 4 (1 + r)^2. It minimises a sum of distances, so the proof is the one in
  ``geometric_median``, parameter by parameter.
- Trimmed mean: kappa = 6 r (1 + r). Of a parameter let q values outside S be kept; then f + q of S
  are cut, at least q at either end. A kept liar lies between one cut on the left and one cut on the
  right, so its square about m is at most the sum of theirs. The error is a sum of these f + 2 q
  terms over n - 2 f; by Cauchy-Schwarz its square is at most 3 f * 2 (n - f) V / (n - 2 f)^2.

Both constants are those of Allouah et al. 2023; the derivation is repeated here in our words.

References
----------
D. Yin et al., "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates", ICML
2018, https://arxiv.org/abs/1803.01498

Y. Allouah et al., "Fixing by Mixing: A Recipe for Optimal Byzantine ML under Heterogeneity",
AISTATS 2023, https://arxiv.org/abs/2302.01772
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pyfedlite import kernels
from pyfedlite._typing import Matrix
from pyfedlite.aggregation.robust.arrivals import Arrivals, answer, check_settings, require
from pyfedlite.clients import ClientUpdate
from pyfedlite.state import Aggregate, RoundContext


@dataclass(frozen=True)
class Median:
    """The median of each parameter; of an even number of values the mean of the middle two.

    Needs n > 2 f, breaks down at f = n / 2, costs n d, and has kappa = 4 (1 + r)^2.

    Parameters
    ----------
    num_byzantine : int
        f, at least 0. It moves nothing here: it is what the clients have to be enough for.
    on_nonfinite : {"reject", "raise"}

    Raises
    ------
    RoundFailed
        If n > 2 f does not hold.

    Examples
    --------
    >>> import numpy as np
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in enumerate([1.0, 2.0, 1e9])]
    >>> Median(num_byzantine=1)(updates, context).delta
    array([2.])
    """

    num_byzantine: int
    on_nonfinite: str = "reject"

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the median of `updates`."""
        return answer(self.combine, updates, context, self.on_nonfinite)

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return the median of the vectors that have arrived."""
        n, f = len(arrivals.sent), self.num_byzantine
        require(n > 2 * f, "median", "n > 2 f", n, f)
        return Aggregate(kernels.trimmed_mean(arrivals.sent, (n - 1) // 2))

    def kept(self, vectors: Matrix) -> NDArray[np.float64]:
        """Return of each of n vectors the share of its values that are in the middle."""
        return _kept(vectors, (len(vectors) - 1) // 2)

    def kappa(self, n: int) -> float:
        """Return the constant of the bound for n vectors."""
        return 4 * (1 + _ratio(n, self.num_byzantine)) ** 2


@dataclass(frozen=True)
class TrimmedMean:
    """The mean of each parameter without its f lowest and f highest values.

    Needs n > 2 f, breaks down at f + 1 attackers, costs n d log n, and has kappa = 6 r (1 + r).

    Parameters
    ----------
    num_byzantine : int
        f, at least 0; 0 gives the mean, every client counting once.
    on_nonfinite : {"reject", "raise"}

    Raises
    ------
    RoundFailed
        If n > 2 f does not hold.

    Examples
    --------
    >>> import numpy as np
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> sent = enumerate([1.0, -1e9, 2.0, 1e9, 6.0])
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in sent]
    >>> TrimmedMean(num_byzantine=1)(updates, context).delta  # (1 + 2 + 6) / 3
    array([3.])
    """

    num_byzantine: int
    on_nonfinite: str = "reject"

    def __post_init__(self) -> None:
        check_settings(self)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the trimmed mean of `updates`."""
        return answer(self.combine, updates, context, self.on_nonfinite)

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return the trimmed mean of the vectors that have arrived."""
        n, f = len(arrivals.sent), self.num_byzantine
        require(n > 2 * f, "trimmed_mean", "n > 2 f", n, f)
        return Aggregate(kernels.trimmed_mean(arrivals.sent, f))

    def kept(self, vectors: Matrix) -> NDArray[np.float64]:
        """Return of each of n vectors the share of its values that are not cut."""
        return _kept(vectors, self.num_byzantine)

    def kappa(self, n: int) -> float:
        """Return the constant of the bound for n vectors."""
        r = _ratio(n, self.num_byzantine)
        return 6 * r * (1 + r)


def _kept(vectors: Matrix, trim: int) -> NDArray[np.float64]:
    """Return the shares of values that are left without `trim` at each end; of equals the first."""
    order = np.argsort(vectors, axis=0, kind="stable")[trim : len(vectors) - trim]
    counts = np.bincount(order.ravel(), minlength=len(vectors))
    shares: NDArray[np.float64] = counts / max(vectors.shape[1], 1)
    return shares


def _ratio(n: int, f: int) -> float:
    """Return r = f / (n - 2 f); no rule has a smaller kappa."""
    require(n > 2 * f, "kappa", "n > 2 f", n, f)
    return f / (n - 2 * f)


def median(*, num_byzantine: int, on_nonfinite: str = "reject") -> Median:
    """Return the coordinate-wise median; see `Median`.

    Examples
    --------
    >>> median(num_byzantine=2)
    Median(num_byzantine=2, on_nonfinite='reject')
    """
    return Median(num_byzantine, on_nonfinite)


def trimmed_mean(*, num_byzantine: int, on_nonfinite: str = "reject") -> TrimmedMean:
    """Return the mean without the extremes of each parameter; see `TrimmedMean`.

    Examples
    --------
    >>> trimmed_mean(num_byzantine=2).kappa(n=7)  # r = 2 / 3, and 6 * 2 / 3 * 5 / 3
    6.666666666666666
    """
    return TrimmedMean(num_byzantine, on_nonfinite)
