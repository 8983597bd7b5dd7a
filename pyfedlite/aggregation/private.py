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
update before it clips; and anything, if somebody knows the noise. With ``noise="float"`` epsilon is
mathematical, and no guarantee about real hardware (Mironov 2012).
For teaching and research: not audited.

References
----------
H. B. McMahan, D. Ramage, K. Talwar and L. Zhang, "Learning Differentially Private Recurrent
Language Models", ICLR 2018, Algorithm 1 with the estimator f_f, https://arxiv.org/abs/1710.06963

I. Mironov, "On Significance of the Least Significant Bits for Differential Privacy", CCS 2012,
https://doi.org/10.1145/2382196.2382264
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Metrics
from pyfedlite.aggregation.clipped_sum import clipped_sum
from pyfedlite.aggregation.discrete_sum import noisy_discrete_sum
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import check_max_norm
from pyfedlite.privacy.accounting.account import REAL_NUMBERS, account
from pyfedlite.privacy.accounting.conversion import check_delta
from pyfedlite.privacy.accounting.events import rounds_of
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.privacy.accounting.spent import PrivacySpent
from pyfedlite.privacy.adaptive_clipping import next_clip, noise_of_sum
from pyfedlite.privacy.cohorts import accounted_rate, rate_of
from pyfedlite.seeds import Role
from pyfedlite.state import Aggregate, Population, RoundContext

CLIP = "private_mean.clip"
"""The slot of the server in which the norm of adaptive clipping is carried to the next round."""

WHOLE_NUMBERS = (
    "epsilon is proved for noise of whole numbers; mu, the curve and the tighter epsilon are those "
    "of continuous noise, and hold for it only approximately"
)
"""What has to be known of a discrete Gaussian: its Rényi divergences are bounded, not its curve."""

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
    dp_delta : float, optional
        delta, in (0, 1), usually below 1 / N_0: each round then says in ``dp_epsilon`` what it and
        all before it have spent, also those that were aborted.
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
    noise : {"float", "discrete"}
        In floating point, or whole numbers drawn exactly (``discrete_sum``): without a `quantile`,
        and no amplification by sampling is claimed.

    Raises
    ------
    ValueError
        When it is called and what the sampler declares is not what the mechanism counts on, or
        `dp_delta` asks for an epsilon where none can be stated.

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
    dp_delta: float | None = None
    relation: str = "add_or_remove"
    weights: str = "uniform"
    max_examples: int | None = None
    quantile: float | None = None
    clip_learning_rate: float = 0.2
    bit_noise: float | None = None
    noise: str = "float"

    private = True  # what a run records of a round is then what this releases, and nothing else

    def __post_init__(self) -> None:
        _check.keep(self, "clip", check_max_norm)
        _check.keep(self, "noise_multiplier", _check.non_negative)
        hint = "declare a number: a guess will do, the true one is private"
        _check.keep(self, "population", _check.integer, minimum=1, hint=hint)
        if self.sampling_rate is not None:
            _check.keep(self, "sampling_rate", _check.rate)
        if self.dp_delta is not None:
            object.__setattr__(self, "dp_delta", check_delta(self.dp_delta))
        _check.keep(self, "relation", _check.one_of, [each.value for each in Neighbouring])
        _check.keep(self, "weights", _check.one_of, ("uniform", "examples"))
        if self.max_examples is not None:
            _check.keep(self, "max_examples", _check.integer, minimum=1)
        _check_weights(self.weights, self.max_examples)
        if self.quantile is not None:
            _check.keep(self, "quantile", _check.fraction)
        _check.keep(self, "clip_learning_rate", _check.positive)
        if self.bit_noise is not None:
            if self.quantile is None:
                _check.fail("bit_noise", "be left out unless quantile is given", self.bit_noise)
            _check.keep(self, "bit_noise", _check.real)
            noise_of_sum(self.noise_multiplier, self.bit_noise)
        _check.keep(self, "noise", _check.one_of, ("float", "discrete"))
        if self.noise == "discrete" and self.quantile is not None:
            _check.fail("quantile", 'be left out for noise="discrete"', self.quantile)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the noisy mean of `updates`, float64, shape (num_params,); also of nobody."""
        rate = rate_of(self.sampling_rate, Neighbouring(self.relation), context.population)
        divisor = rate * self.population  # q N_0
        metrics = self._epsilon(context)
        if self.noise == "discrete":
            return self._discrete(updates, context, divisor, metrics)
        clip = float(context.slots[CLIP][0]) if CLIP in context.slots else self.clip
        std = self._noise_of_sum(divisor) * clip
        rng = context.seed.rng(Role.AGGREGATE)
        total, bits = clipped_sum(updates, len(context.theta), clip, self.max_examples)
        total += rng.normal(scale=std, size=total.shape)
        metrics["dp_noise"] = std / divisor
        if self.quantile is None:
            return Aggregate(total / divisor, metrics=metrics)
        bits += rng.normal(scale=self._bit_noise(divisor))
        eta = self.clip_learning_rate
        moved = next_clip(clip, bits, divisor, quantile=self.quantile, learning_rate=eta)
        metrics["dp_clip"] = clip
        return Aggregate(total / divisor, metrics=metrics, slots={CLIP: np.array([moved])})

    def _discrete(
        self,
        updates: Iterable[ClientUpdate],
        context: RoundContext,
        divisor: float,
        metrics: Metrics,
    ) -> Aggregate:
        """Return the mean with noise of whole numbers."""
        size, z = len(context.theta), self.noise_multiplier
        seed, most = context.seed, self.max_examples
        total, std = noisy_discrete_sum(updates, size, self.clip, z, seed, most)
        return Aggregate(total / divisor, metrics=metrics | {"dp_noise": std / divisor})

    def spent(
        self, rounds: int, population: Population | None, *, dp_delta: float | None = None
    ) -> PrivacySpent:
        """Return what a number of rounds spend, for all who see the models.

        Parameters
        ----------
        rounds : int
            All that were begun: an empty cohort and an aborted round count, too.
        population : Population or None
            What the sampler declares: ``poisson(0.05).population(1000)``.
        dp_delta : float, optional
            By default that of the mechanism.

        Examples
        --------
        >>> mean = PrivateMean(1.0, 1.1, population=1000)
        >>> spent = mean.spent(10_000, Population(1000, "poisson", 0.01), dp_delta=1e-5)
        >>> round(spent.epsilon, 6)
        5.654308
        """
        relation = Neighbouring(self.relation)
        delta = self.dp_delta if dp_delta is None else dp_delta
        if delta is None:
            _check.fail("dp_delta", "be given for an epsilon to be stated", "none")
        rate = rate_of(self.sampling_rate, relation, population)
        rate = accounted_rate(rate, relation, population)
        rate = 1.0 if self.noise == "discrete" else rate
        event = rounds_of(rate, self.noise_multiplier, rounds)
        spent = account(event, dp_delta=delta, relation=relation, population=population)
        return spent if self.noise == "float" else _of_whole_numbers(spent)

    def _epsilon(self, context: RoundContext) -> Metrics:
        """Return what has been spent after this round, if that is asked for."""
        if self.dp_delta is None:
            return {}
        spent = self.spent(context.round, context.population)
        if spent.epsilon is None:
            _check.fail("dp_delta", f"be left out, for {spent.reason}", self.dp_delta)
        return {"dp_epsilon": spent.epsilon if math.isfinite(spent.epsilon) else None}

    def _noise_of_sum(self, divisor: float) -> float:
        """Return the deviation of the noise on the sum, in units of C."""
        if self.quantile is None:
            return self.noise_multiplier
        return noise_of_sum(self.noise_multiplier, self._bit_noise(divisor))

    def _bit_noise(self, divisor: float) -> float:
        return divisor / BITS_PER_NOISE if self.bit_noise is None else self.bit_noise


def _of_whole_numbers(spent: PrivacySpent) -> PrivacySpent:
    """Return what was spent, with what is true of whole numbers in place of floating point."""
    said = [WHOLE_NUMBERS if each == REAL_NUMBERS else each for each in spent.assumptions]
    return replace(spent, assumptions=tuple(said))


def _check_weights(weights: str, max_examples: int | None) -> None:
    if weights == "uniform":
        if max_examples is not None:
            condition = 'be left out unless weights is "examples"'
            _check.fail("max_examples", condition, max_examples)
    elif max_examples is None:
        hint = "a weight is min(1, n / max_examples): the true largest number is private"
        _check.fail("max_examples", 'be declared for weights="examples"', "none", hint)


def private_mean(
    clip: float,
    noise_multiplier: float,
    *,
    population: int,
    sampling_rate: float | None = None,
    dp_delta: float | None = None,
    relation: str = "add_or_remove",
    weights: str = "uniform",
    max_examples: int | None = None,
    quantile: float | None = None,
    clip_learning_rate: float = 0.2,
    bit_noise: float | None = None,
    noise: str = "float",
) -> PrivateMean:
    """Return the private mean; see `PrivateMean`, which says what it protects and what not.

    Parameters
    ----------
    clip, noise_multiplier : float
        C and z.
    population : int
        N_0, a declared number of clients.
    sampling_rate, dp_delta, relation, weights, max_examples : optional
    quantile, clip_learning_rate, bit_noise, noise : optional
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
        dp_delta,
        relation,
        weights,
        max_examples,
        quantile,
        clip_learning_rate,
        bit_noise,
        noise,
    )
