"""The private mean for cohorts of a fixed size: no sampling, and noise that cancels itself.

    delta_t = (sum_u min(1, C / |delta_u|) delta_u + z C (C_T^-1 g)_t) / m       g ~ N(0, I)

The matrix C_T is that of ``privacy.toeplitz``: the noise of a round takes away a part of that of
the rounds before. Each client may take part *once* in all rounds; a second time is refused. The
cohort's size m, the number of rounds T and the schedule are public, and may not depend on the
data; who is asked and does not answer counts as 0, and the divisor stays m.

Adversary: everybody who sees the models of all rounds, knows the schedule and knows who was asked.
Protected: the message of one client, or with which data it was made, as far as (epsilon, delta) of
the accountant says. Not protected: whether a client was asked; anything against the server, which
sees every update before it clips; and anything, if somebody knows the noise. It is floating-point
noise: the mathematical epsilon, not a guarantee about real hardware (Mironov 2012).
For teaching and research: not audited.

Where the earlier noise is kept: nowhere. Whoever knows it sees the clients, so that a checkpoint
must not hold it. It is drawn again from the key of the run, once more in each round, which takes t
draws of theta's shape in round t. A private run that is resumed has another key, and the old noise
is lost: the mechanism then starts anew, with the first row of the matrix. That costs no privacy,
for no client is in both parts, and a little accuracy, for the old noise stays in the model. A slot
of the server holds a hash of the key, to notice it, and another the clients that were asked.

References
----------
H. Fichtenberger, M. Henzinger and J. Upadhyay, "Constant Matters: Fine-grained Error Bound on
Differentially Private Continual Observation", ICML 2023, https://arxiv.org/abs/2202.11205

I. Mironov, "On Significance of the Least Significant Bits for Differential Privacy", CCS 2012,
https://doi.org/10.1145/2382196.2382264
"""

import hashlib
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Integers, Metrics
from pyfedlite.aggregation.clipped_sum import clipped_sum
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import check_max_norm
from pyfedlite.privacy.accounting.account import account
from pyfedlite.privacy.accounting.conversion import check_delta
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.privacy.accounting.spent import PrivacySpent
from pyfedlite.privacy.accounting.zcdp import zcdp
from pyfedlite.privacy.toeplitz import inverse_coefficients, toeplitz_event
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.state import Aggregate, RoundContext

ASKED = "correlated_mean.asked"
"""The slot with the ids of all clients that were asked so far, ascending."""

STARTED = "correlated_mean.started"
"""The slot with the round in which the present key was new, and a hash of the key."""


ONCE = "no amplification is claimed: each user takes part once in all rounds, which is checked"
SCHEDULE = "who is asked in which round, and how many, was fixed without a look at the data"


@dataclass(frozen=True)
class CorrelatedMean:
    """The mean of clipped updates of a fixed cohort, with noise that cancels itself.

    Parameters
    ----------
    clip : float
        C, at least 1e-300.
    noise_multiplier : float
        z, at least 0: the deviation of the fresh noise of a round on the sum, in units of C. 0 is
        no privacy. ``privacy.toeplitz.toeplitz_noise`` gives it for an epsilon.
    cohort_size : int
        m, at least 1: what the sum is divided by, and the most that may be asked in a round.
    num_rounds : int
        T, at least 1: a later round is refused.
    dp_delta : float, optional
        delta, in (0, 1): each round then says in ``dp_epsilon`` what all T rounds spend.
    relation : {"zero_out", "replace"}
        Which two worlds have to look alike. The number of clients is public.

    Raises
    ------
    ValueError
        When it is called in a round after T, with a client that was asked before, or with more
        than m.

    Examples
    --------
    Without noise, the two of three who answered: (1 + (-0.5)) / 3.

    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in enumerate([9.0, -0.5])]
    >>> CorrelatedMean(1.0, 0.0, cohort_size=3, num_rounds=10)(updates, context).delta.round(6)
    array([0.166667])
    """

    clip: float
    noise_multiplier: float
    cohort_size: int
    num_rounds: int
    dp_delta: float | None = None
    relation: str = "zero_out"

    private = True  # what a run records of a round is then what this releases, and nothing else

    def __post_init__(self) -> None:
        _check.keep(self, "clip", check_max_norm)
        _check.keep(self, "noise_multiplier", _check.non_negative)
        _check.keep(self, "cohort_size", _check.integer, minimum=1)
        _check.keep(self, "num_rounds", _check.integer, minimum=1)
        if self.dp_delta is not None:
            object.__setattr__(self, "dp_delta", check_delta(self.dp_delta))
        _check.keep(self, "relation", _check.one_of, ("zero_out", "replace"))

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the noisy mean of `updates`, float64, shape (num_params,)."""
        if context.round > self.num_rounds:
            hint = "the noise was chosen for so many rounds"
            _check.fail("round", f"be at most num_rounds, {self.num_rounds}", context.round, hint)
        asked = {selected.client_id for selected in context.roster}
        started, tag = _start(context)
        total, _ = clipped_sum(_watched(updates, asked), len(context.theta), self.clip)
        std = self.noise_multiplier * self.clip
        noise, length = correlated_noise(context.seed, started, len(context.theta))
        metrics = self._epsilon() | {"dp_noise": std * length / self.cohort_size}
        slots = {ASKED: self._once(asked, context), STARTED: np.array([started, tag])}
        return Aggregate((total + std * noise) / self.cohort_size, metrics=metrics, slots=slots)

    @property
    def rho(self) -> float:
        """What all T rounds spend in zero-concentrated privacy: ``z^-2 |c|^2 / 2``."""
        event = toeplitz_event(self.noise_multiplier, self.num_rounds)
        return zcdp(event, Neighbouring(self.relation))

    def spent(self, *, dp_delta: float | None = None) -> PrivacySpent:
        """Return what all T rounds together spend.

        Parameters
        ----------
        dp_delta : float, optional
            By default that of the mechanism.

        Examples
        --------
        >>> mean = CorrelatedMean(1.0, 5.9355, cohort_size=10, num_rounds=100)
        >>> round(mean.spent(dp_delta=1e-5).tighter_epsilon, 4)
        1.0
        """
        delta = self.dp_delta if dp_delta is None else dp_delta
        if delta is None:
            _check.fail("dp_delta", "be given for an epsilon to be stated", "none")
        event = toeplitz_event(self.noise_multiplier, self.num_rounds)
        spent = account(event, dp_delta=delta, relation=Neighbouring(self.relation))
        return replace(spent, sampling=ONCE, assumptions=(*spent.assumptions, SCHEDULE))

    def _epsilon(self) -> Metrics:
        if self.dp_delta is None:
            return {}
        epsilon = self.spent().epsilon
        return {"dp_epsilon": epsilon if epsilon is not None and math.isfinite(epsilon) else None}

    def _once(self, asked: set[int], context: RoundContext) -> Integers:
        """Return all who were asked so far, if nobody was asked twice and no more than m now."""
        if len(asked) > self.cohort_size:
            _check.fail("cohort", f"be at most cohort_size, {self.cohort_size}", len(asked))
        before = context.slots.get(ASKED, np.empty(0)).astype(np.int64)
        again = asked.intersection(before.tolist())
        if again:
            hint = "take sampling.once(cohort_size)"
            _check.fail("cohort", "hold nobody who was asked before", sorted(again)[:8], hint)
        return np.sort(np.append(before, np.array(sorted(asked), np.int64)))


def correlated_noise(
    seed: RoundSeed, started: int, num_params: int
) -> tuple[NDArray[np.float64], float]:
    """Return row t of C^-1 g, and its deviation: g of the rounds since `started` is drawn again.

    Parameters
    ----------
    seed : RoundSeed
        Its round is t.
    started : int
        The round in which the noise began.
    num_params : int

    Examples
    --------
    The second row is the fresh noise minus half of that of the first round.

    >>> first, second = (RoundSeed(0, t).rng(Role.AGGREGATE).normal(size=3) for t in (1, 2))
    >>> row, deviation = correlated_noise(RoundSeed(0, 2), 1, 3)
    >>> bool((abs(row - (second - first / 2)) < 1e-12).all()), round(deviation**2, 12)
    (True, 1.25)
    """
    d = inverse_coefficients(seed.round - started + 1)
    row = np.zeros(num_params)
    for age, factor in enumerate(d):
        rng = RoundSeed(seed.seed, seed.round - age).rng(Role.AGGREGATE)
        row += factor * rng.normal(size=num_params)
    return row, math.sqrt(float(d @ d))


def _start(context: RoundContext) -> tuple[int, int]:
    """Return the round in which the present key was new, and the hash of the key."""
    digest = hashlib.sha256(b"correlated_mean" + str(context.seed.seed).encode()).digest()
    tag = int.from_bytes(digest[:6], "big")  # a float64 holds it too
    started, known = context.slots.get(STARTED, np.array([context.round, tag])).tolist()
    return (int(started) if int(known) == tag else context.round), tag


def _watched(updates: Iterable[ClientUpdate], asked: set[int]) -> Iterator[ClientUpdate]:
    """Yield the updates and note who sent them; twice in a round is more than once."""
    sent = set[int]()
    for update in updates:
        if update.client_id in sent:
            _check.fail("updates", "hold one of each client", f"two of {update.client_id}")
        sent.add(update.client_id)
        asked.add(update.client_id)
        yield update


def correlated_mean(
    clip: float,
    noise_multiplier: float,
    *,
    cohort_size: int,
    num_rounds: int,
    dp_delta: float | None = None,
    relation: str = "zero_out",
) -> CorrelatedMean:
    """Return the private mean for fixed cohorts, each client once; see `CorrelatedMean`.

    Examples
    --------
    >>> correlated_mean(1.0, 5.9, cohort_size=10, num_rounds=100).relation
    'zero_out'
    """
    return CorrelatedMean(clip, noise_multiplier, cohort_size, num_rounds, dp_delta, relation)
