"""The private mean: clipped updates, Gaussian noise, and a divisor that says nothing.

    delta = (sum_u w_u min(1, C / |delta_u|) delta_u + N(0, (z C)^2 I)) / (q N_0)

The sum is over the cohort that came, which may be empty: then noise alone is released, for to say
nothing would tell that nobody came. N_0 is a *declared* number of clients, a constant that the
caller hands in, and q the probability with which each takes part. It decides the server's step, not
the privacy, so that a guess will do. To divide by the true number, by the size of the cohort or by
the sum of the weights is a leak that no accountant counts: the scale of the noise then tells how
many clients there are.

Adversary: everybody who sees the models of all rounds, and what `simulate` records of them.
Protected: one client with all its data, as far as (epsilon, delta) of the accountant says, for the
neighbouring relation that is declared. Not protected: anything against the server, which sees every
update before it clips; and anything, if somebody knows the noise. It is floating-point noise: the
mathematical epsilon, not a guarantee about real hardware (Mironov 2012).
For teaching and research: not audited.

References
----------
H. B. McMahan, D. Ramage, K. Talwar and L. Zhang, "Learning Differentially Private Recurrent
Language Models", ICLR 2018, Algorithm 1 with the estimator f_f, https://arxiv.org/abs/1710.06963

I. Mironov, "On Significance of the Least Significant Bits for Differential Privacy", CCS 2012,
https://doi.org/10.1145/2382196.2382264
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check, kernels
from pyfedlite._typing import Matrix, Vector
from pyfedlite.aggregation.mean import chunk_size
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import check_max_norm, norms, shortened
from pyfedlite.privacy.adaptive_clipping import next_clip, noise_of_sum
from pyfedlite.privacy.neighbouring import Neighbouring
from pyfedlite.seeds import Role
from pyfedlite.state import Aggregate, Population, RoundContext

CLIP = "private_mean.clip"
"""The slot of the server in which the norm of adaptive clipping is carried to the next round."""

BITS_PER_NOISE = 20.0
"""sigma_b is q N_0 over this, unless it is given: the choice of Andrew et al. 2021."""


@dataclass(frozen=True)
class PrivateMean:
    """The mean of clipped updates with Gaussian noise, over a declared number of clients.

    Parameters
    ----------
    clip : float
        C, at least 1e-300. With a `quantile` it is where C starts.
    noise_multiplier : float
        z, at least 0: the deviation of the noise on the sum in units of C. 0 is no privacy.
    population : int
        N_0, the declared number of clients, at least 1.
    sampling_rate : float, optional
        q, above 0 and at most 1. By default the one that the sampler declares; where both are
        there, they have to be equal.
    relation : {"add_or_remove", "zero_out", "replace"}
        Which two worlds have to look alike; see `Neighbouring`.
    weights : {"uniform", "examples"}
        w_u: 1 for everybody, or min(1, n_u / W_0).
    max_examples : int, optional
        W_0, a declared constant; for the weights "examples", and for these alone.
    quantile : float, optional
        gamma, in [0, 1]: C then follows this quantile of the norms (Andrew et al. 2021).
    clip_learning_rate : float
        eta of C, above 0.
    bit_noise : float, optional
        sigma_b, the deviation of the noise on the sum of the clipping bits, above z / 2; by default
        q N_0 / 20.

    Raises
    ------
    ValueError
        When it is called and what the sampler declares is not what the mechanism counts on.

    Examples
    --------
    Without noise, of two clients of which three were declared: (1 + (-0.5)) / 3.

    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in enumerate([9.0, -0.5])]
    >>> PrivateMean(1.0, 0.0, population=3, sampling_rate=1.0)(updates, context).delta.round(6)
    array([0.166667])
    """

    clip: float
    noise_multiplier: float
    population: int
    sampling_rate: float | None = None
    relation: str = Neighbouring.ADD_OR_REMOVE
    weights: str = "uniform"
    max_examples: int | None = None
    quantile: float | None = None
    clip_learning_rate: float = 0.2
    bit_noise: float | None = None

    private = True  # what a run records of a round is then what this releases, and nothing else

    def __post_init__(self) -> None:
        check_max_norm("clip", self.clip)
        _check.non_negative("noise_multiplier", self.noise_multiplier)
        hint = "declare a number: a guess will do, the true one is private"
        _check.integer("population", self.population, minimum=1, hint=hint)
        if self.sampling_rate is not None:
            _check_rate(self.sampling_rate)
        _check.one_of("relation", self.relation, [*Neighbouring])
        object.__setattr__(self, "relation", Neighbouring(self.relation))  # the class is frozen
        _check_weights(self.weights, self.max_examples)
        if self.quantile is not None:
            _check.fraction("quantile", self.quantile)
        _check.positive("clip_learning_rate", self.clip_learning_rate)
        if self.bit_noise is not None:
            if self.quantile is None:
                _check.fail("bit_noise", "be left out unless quantile is given", self.bit_noise)
            noise_of_sum(self.noise_multiplier, self.bit_noise)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the noisy mean of `updates`, float64, shape (num_params,); also of nobody."""
        divisor = self._rate(context.population) * self.population  # q N_0
        clip = float(context.slots[CLIP][0]) if CLIP in context.slots else self.clip
        std = self._noise_of_sum(divisor) * clip
        rng = context.seed.rng(Role.AGGREGATE)
        total, bits = self._sums(updates, context.theta, clip)
        total += rng.normal(scale=std, size=total.shape)
        metrics: dict[str, float | int | None] = {"dp_noise": std / divisor}
        if self.quantile is None:
            return Aggregate(total / divisor, metrics=metrics)
        bits += rng.normal(scale=self._bit_noise(divisor))
        eta = self.clip_learning_rate
        moved = next_clip(clip, bits, divisor, quantile=self.quantile, learning_rate=eta)
        metrics["dp_clip"] = clip
        return Aggregate(total / divisor, metrics=metrics, slots={CLIP: np.array([moved])})

    def accounted_rate(self, population: Population | None) -> float:
        """Return the sampling rate that an accountant may count on, given a sampler's law.

        It is the probability q under Poisson sampling. For a fixed number of clients it is 1: no
        amplification is claimed. Together with `noise_multiplier`, `relation` and the number of
        rounds it is all that the accountant needs; a round whose cohort is empty counts, too.

        Raises
        ------
        ValueError
            If no epsilon can be stated: the sentence says why.

        Examples
        --------
        >>> mean = PrivateMean(1.0, 1.1, population=1000)
        >>> mean.accounted_rate(Population(990, "poisson", 0.05))
        0.05
        """
        rate = self._rate(population)
        if population is None or population.sampling == "other":
            hint = "take poisson(rate), without availability"
            _check.fail("sampler", "declare its law for an epsilon to be stated", "none", hint)
        if population.sampling == "fixed":
            return 1.0
        if self.relation == Neighbouring.REPLACE and rate < 1.0:
            hint = "take every client in every round, or another relation"
            _check.fail("sampling_rate", 'be 1 for relation="replace"', rate, hint)
        return rate

    def _rate(self, population: Population | None) -> float:
        """Return q; refuse a sampler that does something else."""
        declared = None if population is None else population.rate
        rate = declared if self.sampling_rate is None else self.sampling_rate
        if rate is None:
            hint = "take poisson(rate), or give sampling_rate"
            _check.fail("sampling_rate", "be declared by the sampler or given", "neither", hint)
        if declared is not None and rate != declared:
            _check.fail("sampling_rate", f"be {declared:g}, as the sampler declares", rate)
        fixed = population is not None and population.sampling == "fixed"
        if fixed and self.relation == Neighbouring.ADD_OR_REMOVE:
            hint = 'take poisson(rate), or relation="zero_out", under which the number is public'
            condition = "draw each client on its own where the number of clients is private"
            _check.fail("sampler", condition, "one that draws a fixed number", hint)
        return _check_rate(rate)

    def _noise_of_sum(self, divisor: float) -> float:
        """Return the deviation of the noise on the sum, in units of C."""
        if self.quantile is None:
            return self.noise_multiplier
        return noise_of_sum(self.noise_multiplier, self._bit_noise(divisor))

    def _bit_noise(self, divisor: float) -> float:
        return divisor / BITS_PER_NOISE if self.bit_noise is None else self.bit_noise

    def _sums(
        self, updates: Iterable[ClientUpdate], theta: Vector, clip: float
    ) -> tuple[NDArray[np.float64], float]:
        """Return the sum of the clipped updates, and that of the clipping bits."""
        total, bits = np.zeros(theta.shape), 0.0
        for chunk in _chunks(updates, chunk_size(8 * theta.size)):
            rows = np.stack([update.delta for update in chunk]).astype(np.float64, copy=False)
            weights = [self._weight(update.num_examples) for update in chunk]
            kernels.weighted_sum(shortened(rows, clip), weights, into=total)
            if self.quantile is not None:
                bits += shifted_bits(rows, clip)
        return total, bits

    def _weight(self, num_examples: int) -> float:
        """Return w_u, in [0, 1]."""
        if self.max_examples is None:
            return 1.0
        return min(1.0, max(0, num_examples) / self.max_examples)


def shifted_bits(rows: Matrix, clip: float) -> float:
    """Return the sum over clients of b - 1/2, where b is 1 for a row no longer than C.

    A row that is not finite counts as a message of zeros: it adds nothing, neither 1/2 nor -1/2.

    Examples
    --------
    >>> shifted_bits(np.array([[0.5], [2.0], [0.1], [np.nan]]), 1.0)
    0.5
    """
    is_finite = np.isfinite(rows).all(axis=1)
    not_clipped = norms(rows) <= clip
    return float(np.where(is_finite, not_clipped - 0.5, 0.0).sum())


def _chunks(updates: Iterable[ClientUpdate], size: int) -> Iterator[Sequence[ClientUpdate]]:
    stream = iter(updates)
    while chunk := list(islice(stream, size)):
        yield chunk


def _check_rate(rate: float) -> float:
    if _check.fraction("sampling_rate", rate) == 0.0:
        _check.fail("sampling_rate", "be above 0", rate, "with 0 nobody ever takes part")
    return rate


def _check_weights(weights: str, max_examples: int | None) -> None:
    _check.one_of("weights", weights, ("uniform", "examples"))
    if weights == "uniform":
        if max_examples is not None:
            condition = 'be left out unless weights is "examples"'
            _check.fail("max_examples", condition, max_examples)
    elif max_examples is None:
        hint = "a weight is min(1, n / max_examples): the true largest number is private"
        _check.fail("max_examples", 'be declared for weights="examples"', "none", hint)
    else:
        _check.integer("max_examples", max_examples, minimum=1)


def private_mean(
    clip: float,
    noise_multiplier: float,
    *,
    population: int,
    sampling_rate: float | None = None,
    relation: str = Neighbouring.ADD_OR_REMOVE.value,
    weights: str = "uniform",
    max_examples: int | None = None,
    quantile: float | None = None,
    clip_learning_rate: float = 0.2,
    bit_noise: float | None = None,
) -> PrivateMean:
    """Return the private mean; see `PrivateMean`, which says what it protects and what not.

    Parameters
    ----------
    clip, noise_multiplier : float
        C and z.
    population : int
        N_0, a declared number of clients.
    sampling_rate, relation, weights, max_examples, quantile, clip_learning_rate, bit_noise
        See `PrivateMean`.

    Examples
    --------
    >>> private_mean(1.0, 1.1, population=1000).noise_multiplier
    1.1
    """
    return PrivateMean(
        clip,
        noise_multiplier,
        population,
        sampling_rate,
        relation,
        weights,
        max_examples,
        quantile,
        clip_learning_rate,
        bit_noise,
    )
