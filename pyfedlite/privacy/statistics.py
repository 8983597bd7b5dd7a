"""Statistics over clients with noise: sums, counts, histograms, means and quantiles.

Each client gives one value, or one vector. The server adds them up and adds Gaussian noise, so that
all who see the answer learn little about any one client. Every answer is post-processing of a noisy
sum of vectors no longer than C, and says its event: `account` adds up several,
``account(Composed([(a.event, 1), (b.event, 1)]), dp_delta=...)``.

Adversary: everybody who sees the answers, with unlimited computation, who knows all other values.
Protected: whether one client gave a value, up to (epsilon, delta), for the relation
``ADD_OR_REMOVE``: the number of clients is private. Not protected: anything against the server,
which sees every value (``local_reports`` has answers that protect from it, too); what all values
say together; bounds and bins that were chosen by a look at the values; and anything, if the noise
is known. It is floating-point noise: the mathematical epsilon, not a guarantee about real hardware
(Mironov 2012). For teaching and research: not audited.

References
----------
C. Dwork and A. Roth, "The Algorithmic Foundations of Differential Privacy", Foundations and Trends
in Theoretical Computer Science 9, 2014, https://doi.org/10.1561/0400000042

I. Mironov, "On Significance of the Least Significant Bits for Differential Privacy", CCS 2012,
https://doi.org/10.1145/2382196.2382264
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pyfedlite import _check
from pyfedlite.norms import check_max_norm, shortened
from pyfedlite.privacy._secret import secret_generator
from pyfedlite.privacy.accounting.events import Composed, Event, Gaussian
from pyfedlite.privacy.accounting.gaussian import gaussian_noise

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PrivateAnswer:
    """An answer with noise, and what it cost.

    Parameters
    ----------
    value : ndarray of float64
        Of shape () where the answer is one number.
    noise : float
        The deviation of the noise on each sum that was asked for.
    event : Event
        What was done, for `account`.
    """

    value: Numbers
    noise: float
    event: Event


def private_sum(
    vectors: ArrayLike,
    *,
    clip: float,
    epsilon: float,
    dp_delta: float,
    rng: np.random.Generator | None = None,
) -> PrivateAnswer:
    """Return the sum of one vector from each client, with noise.

    Parameters
    ----------
    vectors : array_like of shape (num_clients, d)
        A longer one is shortened to C; one that is not finite counts as 0.
    clip : float
        C, above 0, chosen without a look at the vectors.
    epsilon, dp_delta : float
        What this answer may cost: above 0, and in (0, 1).
    rng : Generator, optional
        For tests and lessons: noise that somebody can draw again is none.

    Examples
    --------
    With hardly any noise, the first of three vectors cut to a length of 5:

    >>> vectors = [[6.0, 8.0], [1.0, 0.0], [np.nan, 0.0]]
    >>> private_sum(vectors, clip=5.0, epsilon=1e6, dp_delta=0.5).value.round(1)
    array([4., 4.])
    """
    rows = np.asarray(vectors, np.float64)
    _check.ndim("vectors", rows, 2)
    z = _multiplier(epsilon, dp_delta)
    return PrivateAnswer(_noisy_sum(rows, clip, z, secret_generator(rng)), z * clip, Gaussian(z))


def private_count(
    flags: ArrayLike, *, epsilon: float, dp_delta: float, rng: np.random.Generator | None = None
) -> PrivateAnswer:
    """Return how many clients say yes, with noise; it may be negative and no whole number.

    Parameters
    ----------
    flags : array_like of bool, shape (num_clients,)
    epsilon, dp_delta, rng
        As for `private_sum`.

    Examples
    --------
    >>> float(private_count([True, False, True], epsilon=1e6, dp_delta=0.5).value.round(1))
    2.0
    """
    rows = np.asarray(flags, np.bool_).astype(np.float64)[:, np.newaxis]
    answer = private_sum(rows, clip=1.0, epsilon=epsilon, dp_delta=dp_delta, rng=rng)
    return PrivateAnswer(np.array(answer.value[0]), answer.noise, answer.event)


def private_histogram(
    bins: ArrayLike,
    num_bins: int,
    *,
    epsilon: float,
    dp_delta: float,
    rng: np.random.Generator | None = None,
) -> PrivateAnswer:
    """Return how many clients are in each bin, with noise: one client is in one bin.

    Parameters
    ----------
    bins : array_like of int, shape (num_clients,)
        From 0 to num_bins - 1.
    num_bins : int
        At least 1.
    epsilon, dp_delta, rng
        As for `private_sum`.

    Examples
    --------
    >>> private_histogram([0, 2, 2], 3, epsilon=1e6, dp_delta=0.5).value.round(1) + 0.0
    array([1., 0., 2.])
    """
    chosen = np.asarray(bins)
    _check.integer("num_bins", num_bins, minimum=1)
    if len(chosen) and not np.isin(chosen, np.arange(num_bins)).all():
        _check.fail("bins", f"be whole numbers from 0 to {num_bins - 1}", chosen[:8].tolist())
    rows = np.eye(num_bins)[chosen.astype(np.intp)]
    return private_sum(rows, clip=1.0, epsilon=epsilon, dp_delta=dp_delta, rng=rng)


def private_average(
    values: ArrayLike,
    *,
    low: float,
    high: float,
    epsilon: float,
    dp_delta: float,
    rng: np.random.Generator | None = None,
) -> PrivateAnswer:
    """Return the mean of one number from each client: a noisy sum over a noisy count.

    A client gives (1, u), with u in [-1, 1] for its number in [low, high]: a vector no longer than
    sqrt(2). The mean is that of the u, taken back to [low, high]; where the noise has left no
    client it is the middle.

    Parameters
    ----------
    values : array_like of shape (num_clients,)
        What is outside of [low, high] counts as the nearer end; NaN as no client.
    low, high : float
        Chosen without a look at the values, low < high.
    epsilon, dp_delta, rng
        As for `private_sum`.

    Returns
    -------
    PrivateAnswer
        Its `noise` is that of sum and count, in units of half of the range for the sum.

    Examples
    --------
    >>> answer = private_average([2.0, 3.0, 99.0], low=0.0, high=4.0, epsilon=1e6, dp_delta=0.5)
    >>> float(answer.value.round(2))  # (2 + 3 + 4) / 3
    3.0
    """
    middle, half = _interval(low, high)
    u = np.clip((np.asarray(values, np.float64) - middle) / half, -1.0, 1.0)
    rows = np.column_stack([np.ones(len(u)), u])
    answer = private_sum(rows, clip=math.sqrt(2), epsilon=epsilon, dp_delta=dp_delta, rng=rng)
    count, total = answer.value
    mean = np.clip(total / count, -1.0, 1.0) if count > 0 else np.float64(0.0)
    return PrivateAnswer(np.array(middle + half * mean), answer.noise, answer.event)


def private_quantile(
    values: ArrayLike,
    q: float,
    *,
    low: float,
    high: float,
    steps: int,
    epsilon: float,
    dp_delta: float,
    rng: np.random.Generator | None = None,
) -> PrivateAnswer:
    """Return a number below which about a share q of the clients' numbers lies.

    The interval is halved so many times, by the sign of sum_k (1[v_k <= t] - q), of which one
    client changes max(q, 1 - q): the number of clients is not needed. Each step spends a part of
    the budget. More steps are finer and noisier.

    Parameters
    ----------
    values : array_like of shape (num_clients,)
        NaN counts as no client.
    q : float
        In [0, 1].
    low, high : float
        Where it is searched, low < high, chosen without a look at the values.
    steps : int
        At least 1: the last interval is (high - low) / 2^steps wide, and its middle is returned.
    epsilon, dp_delta, rng
        As for `private_sum`, for all steps together.

    Examples
    --------
    The median of 1, 2, 3 in [0, 4]: it is not above 2, then above 1, 1.5 and 1.75.

    >>> settings = {"low": 0.0, "high": 4.0, "epsilon": 1e6, "dp_delta": 0.5}
    >>> float(private_quantile([1.0, 2.0, 3.0], 0.5, steps=4, **settings).value)
    1.875
    """
    numbers, share = np.asarray(values, np.float64), _check.fraction("q", q)
    _interval(low, high)
    source, clip = secret_generator(rng), max(share, 1 - share)
    z = _multiplier(epsilon, dp_delta, _check.integer("steps", steps, minimum=1))
    a, b = float(low), float(high)
    for _ in range(steps):
        t = (a + b) / 2
        rows = np.where(np.isnan(numbers), 0.0, (numbers <= t) - share)[:, np.newaxis]
        a, b = (a, t) if _noisy_sum(rows, clip, z, source)[0] >= 0 else (t, b)
    return PrivateAnswer(np.array((a + b) / 2), z * clip, Composed([(Gaussian(z), steps)]))


def _multiplier(epsilon: float, dp_delta: float, steps: int = 1) -> float:
    return gaussian_noise(_check.positive("epsilon", epsilon), dp_delta, steps)


def _noisy_sum(rows: Numbers, clip: float, z: float, rng: np.random.Generator) -> Numbers:
    """Return the sum of the rows, each no longer than C, and N(0, (z C)^2 I)."""
    check_max_norm("clip", clip)
    total: Numbers = shortened(rows, clip).sum(axis=0)
    return total + rng.normal(scale=z * clip, size=total.shape)


def _interval(low: float, high: float) -> tuple[float, float]:
    """Return middle and half of the length of an interval."""
    a, b = _check.real("low", low), _check.real("high", high)
    if not a < b:
        _check.fail("high", f"be above low, {a:g}", b)
    return a + (b - a) / 2, (b - a) / 2
