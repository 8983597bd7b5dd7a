"""The private mean without a trusted server: noise in shares, under secure aggregation.

The private mean next door (``aggregation.private``) asks the clients to trust the server: it sees
every update and adds the noise. Here each client adds a part of the noise before its vector is
masked, and what the server opens is a noisy sum. ``noise`` is the codec, ``mean`` the protocol.

Adversary: the server within its threat model, and the corrupt clients who pool with it what they
know. Protected: the message of one honest client, up to epsilon and delta, from them and from all
who see the models; the relation is ``ZERO_OUT``, since the server sees who takes part, and no
sampling makes epsilon smaller. Not protected: who takes part, and which clients fail; the mean,
from clients who lie, or send no noise. For teaching and research: not audited.

References
----------
P. Kairouz, Z. Liu and T. Steinke, "The Distributed Discrete Gaussian Mechanism for Federated
Learning with Secure Aggregation", ICML 2021, https://arxiv.org/abs/2102.06387
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from pyfedlite import _check
from pyfedlite._typing import Metrics
from pyfedlite.aggregation.secure.mean import SecureMean, masked_mean
from pyfedlite.aggregation.secure.noise import NoiseOfRound, noise_of_round
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import check_max_norm
from pyfedlite.privacy.accounting import Composed
from pyfedlite.privacy.grid import choose_granularity
from pyfedlite.privacy.rotation import padded_length
from pyfedlite.secagg import ThreatModel
from pyfedlite.seeds import RoundSeed
from pyfedlite.sharing.randomness import Rand
from pyfedlite.state import Aggregate, RoundContext

COINS = "coins of the rotation"
NOISE = "noise of a client"
SILENT = ("secure_saturated", "secure_fraction_bits")
"""Metrics of the secure mean that are not told here."""


@dataclass(frozen=True)
class DistributedPrivateMean:
    """The mean of clipped updates, with discrete Gaussian noise that the clients add in shares.

    Every client of the cohort counts alike. In a simulation the keys of all clients' noise come, by
    SHA-256, from the secret of the run, 256 bits of the operating system; an ``insecure_seed``
    fixes them. Who calls this with a seed of his own knows the noise.

    Parameters
    ----------
    clip : float
        C, at least 1e-300: the largest norm of an update.
    noise_multiplier : float
        z, at least 0: the deviation of the noise in the sum, in units of the sensitivity, that is
        there for certain, when as many clients fail and are corrupt as the threshold allows. 0 is
        no privacy.
    granularity : float, optional
        gamma, above 0: the step of the grid. By default a power of two, so fine that rounding costs
        less than one part in a hundred.
    threat_model, graph, corrupt_fraction, dropout_fraction, min_honest
        See `SecureMean`. A larger `min_honest` needs less noise of each client, and lets fewer
        clients fail.

    Raises
    ------
    ValueError
        When it is called and no ring is large enough for the grid.
    AbortError
        When too few clients stay. The round counts as released nevertheless: their masked vectors
        were sent.

    Examples
    --------
    >>> mean = DistributedPrivateMean(clip=1.0, noise_multiplier=1.0)
    >>> mean.event(num_clients=100, num_params=650, num_rounds=3).parts[0][0].num_honest
    35
    """

    clip: float
    noise_multiplier: float
    granularity: float | None = None
    threat_model: str = ThreatModel.HONEST_BUT_CURIOUS.value
    graph: str = "complete"
    corrupt_fraction: float = 0.3
    dropout_fraction: float = 0.1
    min_honest: int | None = None

    sees_updates = False  # they arrive masked
    private = True  # what a run records of a round is then what this releases, and nothing else
    sees_cohort = True  # so that to draw it in secret would hide nothing

    def __post_init__(self) -> None:
        _check.keep(self, "clip", check_max_norm)
        _check.keep(self, "noise_multiplier", _check.non_negative)
        if self.granularity is not None:
            _check.keep(self, "granularity", _check.positive)
        protocol = self.protocol  # which checks its settings
        for name in ("threat_model", "graph", "corrupt_fraction", "dropout_fraction", "min_honest"):
            object.__setattr__(self, name, getattr(protocol, name))  # the class is frozen

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the noisy mean of `updates`, float64, shape (num_params,)."""
        if context.extras:
            hint = "their lengths are not bounded together with delta"
            _check.fail("extras", "be empty for noise of clients", context.extras, hint)
        coins = context.seed.key(COINS)  # a hash: what is public tells nothing of the secret
        num_clients, num_params = max(2, len(context.roster)), len(context.theta)
        codec = self.of_round(num_clients, num_params, coins)
        secret_of = partial(_secret_of, context.seed)
        aggregate = masked_mean(self.protocol, codec, updates, context, secret_of)
        return replace(aggregate, metrics=_metrics(aggregate, codec))

    @property
    def protocol(self) -> SecureMean:
        """The secure mean that sums are made by."""
        return SecureMean(
            threat_model=self.threat_model,
            graph=self.graph,
            corrupt_fraction=self.corrupt_fraction,
            dropout_fraction=self.dropout_fraction,
            min_honest=self.min_honest,
        )

    def of_round(self, num_clients: int, num_params: int, coins: bytes = bytes(32)) -> NoiseOfRound:
        """Return the codec for a cohort and a model; what it costs does not depend on the coins."""
        return noise_of_round(
            num_params,
            self.clip,
            self.noise_multiplier,
            self._granularity(num_clients, num_params),
            num_clients=num_clients,
            num_honest=self.protocol.honest_in_sum(num_clients),
            coins=coins,
        )

    def event(self, *, num_clients: int, num_params: int, num_rounds: int) -> Composed:
        """Return what so many rounds are to the accountant.

        Parameters
        ----------
        num_clients : int
            The size of each cohort.
        num_params : int
        num_rounds : int
            All rounds in which a masked vector was sent, failed ones among them.

        Examples
        --------
        >>> from pyfedlite.privacy import Neighbouring, account
        >>> mean = DistributedPrivateMean(clip=1.0, noise_multiplier=1.0)
        >>> event = mean.event(num_clients=100, num_params=650, num_rounds=1)
        >>> round(account(event, dp_delta=1e-5, relation=Neighbouring.ZERO_OUT).epsilon, 3)
        4.753
        """
        return Composed([(self.of_round(num_clients, num_params).event, num_rounds)])

    def _granularity(self, num_clients: int, num_params: int) -> float:
        if self.granularity is not None:
            return self.granularity
        own = self.noise_multiplier * self.clip / math.sqrt(num_clients)
        return choose_granularity(self.clip, own, padded_length(num_params))


def _secret_of(seed: RoundSeed, client_id: int) -> Rand:
    """Return a source of 32 bytes, the key of a client's noise in this round."""
    return lambda number: seed.key(NOISE, client_id)[:number]


def _metrics(aggregate: Aggregate, codec: NoiseOfRound) -> Metrics:
    """Return what the round cost, and the deviation of the noise on a coordinate of the mean."""
    kept = {name: value for name, value in aggregate.metrics.items() if name not in SILENT}
    survivors = aggregate.num_reports or 1
    deviation = math.sqrt(codec.variance / survivors) * codec.granularity
    return kept | {"dp_noise": deviation}


def distributed_private_mean(
    clip: float,
    noise_multiplier: float,
    *,
    granularity: float | None = None,
    threat_model: str = ThreatModel.HONEST_BUT_CURIOUS.value,
    graph: str = "complete",
    corrupt_fraction: float = 0.3,
    dropout_fraction: float = 0.1,
    min_honest: int | None = None,
) -> DistributedPrivateMean:
    """Return the private mean whose noise clients add; see `DistributedPrivateMean`.

    Parameters
    ----------
    clip, noise_multiplier : float
        C and z.
    granularity, threat_model, graph, corrupt_fraction, dropout_fraction, min_honest
        See `DistributedPrivateMean`.

    Examples
    --------
    >>> distributed_private_mean(1.0, 1.1).noise_multiplier
    1.1
    """
    return DistributedPrivateMean(
        clip,
        noise_multiplier,
        granularity,
        threat_model,
        graph,
        corrupt_fraction,
        dropout_fraction,
        min_honest,
    )
