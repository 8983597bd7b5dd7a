"""The weighted mean under secure aggregation: the server learns a sum, and who took part.

Each round is one run of the protocol in ``secagg``, with all its messages, among the clients of the
cohort; those with ``drops_at`` fail before that round of the protocol. Adversary: the server, alone
or with a fraction of the clients (``threat_model``). Protected: each client's update; what the
server sees is a sum with at least ``min_honest`` inputs of honest clients, who were all told the
same model and plan. Not protected: what the sum itself gives away, and this simulation, in which
one process plays everybody. For teaching and research: not audited.

The result is the plain weighted mean of the clipped deltas to within 2^-f a coordinate, half of it
with ``rounding="nearest"``, and 2^-6 of that for float64. Keys are
drawn from the operating system, rounding from the keyed seed, so a run keeps its fingerprint.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, https://eprint.iacr.org/2017/281
"""

import hashlib
import logging
import math
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pyfedlite import _check
from pyfedlite.aggregation.secure.codec import Codec, MeanCodec, RoundCodec
from pyfedlite.aggregation.secure.round import UpdateStream, describe, from_system, metrics_of
from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import AbortError, RoundFailed
from pyfedlite.secagg import (
    AbortCode,
    Config,
    GraphChoice,
    Member,
    Policy,
    ThreatModel,
    choose_threshold,
    keys,
    run,
)
from pyfedlite.secagg.graph import smallest_graph
from pyfedlite.sharing.randomness import Rand
from pyfedlite.state import Aggregate, RoundContext

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SecureMean:
    """The mean of the deltas, weighted by the number of examples, of which only sums are seen.

    Parameters
    ----------
    threat_model : {"honest-but-curious", "semi-malicious", "active"}
    graph : {"complete", "k-regular"}
        Who masks with whom; the second is for large cohorts and a server that follows the protocol.
    corrupt_fraction, dropout_fraction : float
        Shares of the cohort, in [0, 1): who may pool what they see with the server, and whose loss
        a round must survive. They decide the threshold, and the degree of the graph.
    min_honest : int, optional
        How many inputs of honest clients any revealed sum holds at least, 2 or more; clients refuse
        a run that promises fewer. By default half of the honest clients of the cohort.
    clip : float
        c, above 0: coordinates of the deltas, and of the second vectors, are clipped to [-c, c].
    max_weight : int, optional
        W_max. By default the power of two at or above the largest client of the cohort, which
        tells everybody how large that one is, to a factor of two.
    ring_bits : {32, 64}, optional
        R. By default 32, unless fewer than 10 bits would be left for the fraction.
    rounding : {"stochastic", "nearest"}
    weights : {"examples", "uniform"}
        n_k, or 1 for every client.

    Raises
    ------
    ValueError
        When a value is not finite, a weight is out of range, or a sum could overflow.
    AbortError
        When too few clients stay; nothing is known of the sum then.

    Examples
    --------
    >>> updates = [ClientUpdate(0, np.array([1.0]), 1, 1, 0.0),
    ...            ClientUpdate(1, np.array([2.0]), 3, 1, 0.0)]
    >>> from pyfedlite.clients import Fate
    >>> from pyfedlite.seeds import RoundSeed
    >>> from pyfedlite.state import Selected
    >>> roster = (Selected(0, 1, Fate()), Selected(1, 3, Fate()))
    >>> context = RoundContext(1, np.zeros(1), RoundSeed(0, 1), roster=roster)
    >>> SecureMean()(updates, context).delta  # (1 * 1 + 3 * 2) / 4, on the grid of 2^-f
    array([1.75])
    """

    threat_model: str = ThreatModel.HONEST_BUT_CURIOUS.value
    graph: str = "complete"
    corrupt_fraction: float = 0.3
    dropout_fraction: float = 0.1
    clip: float = 4.0
    max_weight: int | None = None
    ring_bits: int | None = None
    rounding: str = "stochastic"
    min_honest: int | None = None
    weights: str = "examples"
    sees_updates: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _check.keep(self, "threat_model", _check.one_of, [model.value for model in ThreatModel])
        _check.keep(self, "graph", _check.one_of, ("complete", "k-regular"))
        if self.graph == "k-regular" and ThreatModel(self.threat_model).is_signed:
            hint = "a server that lies opens a client on a graph"
            _check.fail("graph", f"be complete under {self.threat_model}", self.graph, hint)
        _check.keep(self, "corrupt_fraction", _check.below_one)
        _check.keep(self, "dropout_fraction", _check.below_one)
        if self.min_honest is not None:
            _check.keep(self, "min_honest", _check.integer, minimum=2)
        codec = self.codec  # which checks its settings
        for name in ("clip", "max_weight", "ring_bits", "rounding", "weights"):
            object.__setattr__(self, name, getattr(codec, name))  # the class is frozen

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the mean of `updates`, float64, shape (num_params,), and of each second vector.

        The roster of `context` says who takes part, and what becomes of each.
        """
        codec = self.codec.of_round(context, len(_fates(context)))
        return masked_mean(self, codec, updates, context)

    @property
    def codec(self) -> Codec:
        """How updates become ring elements."""
        settings = (self.clip, self.max_weight, self.ring_bits, self.rounding, self.weights)
        return MeanCodec(*settings)

    def remedy(self) -> str:
        """Return what to try when too few have stayed."""
        if self.graph == "k-regular":
            more = "which gives each client more neighbours"
            return f"try fewer dropouts, or a larger dropout_fraction of the aggregator, {more}"
        lower = "a smaller min_honest or corrupt_fraction of the aggregator: a lower threshold"
        return f"try fewer dropouts, a larger cohort, or {lower}"

    def configure(
        self, codec: RoundCodec, context: RoundContext
    ) -> tuple[Config, dict[int, bytes]]:
        """Return the configuration of this round, and the signature keys of the active model."""
        ids, model = list(_fates(context)), ThreatModel(self.threat_model)
        sign_keys = {u: os.urandom(32) for u in ids if model is ThreatModel.ACTIVE}
        choice = self.choice(len(ids))
        complete = choice.degree is None
        config = Config(
            session_id=os.urandom(32),
            round=context.round,
            roster=tuple(
                Member(u, keys.verify_key(sign_keys[u])) if sign_keys else Member(u) for u in ids
            ),
            threshold=choice.threshold,
            length=codec.length,
            quantiser=codec.quantiser,
            parameters_hash=hashlib.sha256(context.theta.tobytes()).digest(),
            ring_bits=codec.ring_bits,
            threat_model=model,
            num_corrupt=choice.num_corrupt,
            degree=choice.degree,
            coin=b"" if complete else os.urandom(32),
            min_survivors=None if complete else len(ids) - self._num_drop(len(ids)),
            plan_hash=_hash_plan(context.plan, codec.text),
        )
        if context.round == 1:
            logger.info("%s", describe(config))
        return config, sign_keys

    def choice(self, num_clients: int) -> GraphChoice:
        """Return degree, threshold and number of corrupt clients for a cohort of this size."""
        model = ThreatModel(self.threat_model)
        num_corrupt = math.floor(self.corrupt_fraction * num_clients)
        num_drop = self._num_drop(num_clients)
        least = self.least_honest(num_clients)
        if self.graph == "k-regular":
            promised = num_clients - num_drop - num_corrupt
            if promised < least:
                condition = f"leave min_honest={least} honest clients in the sum"
                _check.fail("dropout_fraction", condition, f"{promised} of {num_clients}")
            found = smallest_graph(num_clients, num_corrupt, num_drop)
            if found is not None:
                return found
        threshold = choose_threshold(num_clients, num_corrupt, num_drop, model, least)
        return GraphChoice(None, threshold, num_corrupt)

    def least_honest(self, num_clients: int) -> int:
        """Return how many honest inputs a sum over a cohort of this size has to hold.

        Examples
        --------
        >>> SecureMean(corrupt_fraction=0.3).least_honest(10)  # half of the seven honest, upwards
        4
        """
        num_honest = num_clients - math.floor(self.corrupt_fraction * num_clients)
        return self.min_honest or max(2, (num_honest + 1) // 2)

    def honest_in_sum(self, num_clients: int) -> int:
        """Return how many honest inputs any sum over a cohort of this size holds for certain.

        It is the `min_honest` of the configuration: t - n_c on the complete graph, and on the other
        the smallest number of survivors less n_c.

        Examples
        --------
        >>> SecureMean(corrupt_fraction=0.3).honest_in_sum(10)  # t = 7, and 3 are corrupt
        4
        """
        choice = self.choice(num_clients)
        if choice.degree is None:
            return choice.threshold - choice.num_corrupt
        return num_clients - self._num_drop(num_clients) - choice.num_corrupt

    def _num_drop(self, num_clients: int) -> int:
        return math.floor(self.dropout_fraction * num_clients)


def masked_mean(
    protocol: SecureMean,
    codec: RoundCodec,
    updates: Iterable[ClientUpdate],
    context: RoundContext,
    secret_of: Callable[[int], Rand] = from_system,
) -> Aggregate:
    """Run the protocol over what `codec` makes of the updates, and return the mean of its sum.

    `secret_of` gives each client its source of random bytes for what it encodes; masks and keys are
    always drawn from the operating system.
    """
    fates = _fates(context)
    config, sign_keys = protocol.configure(codec, context)
    stream = UpdateStream(updates, codec, context, secret_of)
    try:
        outcome = run(
            config, stream.vector, drops_at=fates, sign_keys=sign_keys, policy=policy_of(config)
        )
        means = codec.decode(outcome.total, len(outcome.survivors))
    except AbortError as error:
        hint = f"; {protocol.remedy()}" if error.code == AbortCode.TOO_FEW else ""
        where = f"in round {context.round} of training, {error.reason}{hint}"
        raise AbortError(error.code, where) from error
    stream.finish()
    delta, *others = np.split(means, 1 + len(context.extras))
    extra = dict(zip(context.extras, others, strict=True))
    metrics = metrics_of(config, outcome, stream, context)
    return Aggregate(delta, extra, len(outcome.survivors), metrics)


def policy_of(config: Config) -> Policy:
    """Return the policy of clients who want no less than what was chosen.

    In this simulation one process chooses and accepts; with a real server every client brings a
    policy of its own.
    """
    active = config.threat_model is ThreatModel.ACTIVE
    return Policy(
        weakest_model=config.threat_model,
        min_corrupt=config.num_corrupt,
        min_honest=config.min_honest,
        min_survivors=max(config.least_survivors, 2),
        verify_keys=config.verify_keys if active else None,
    )


def _fates(context: RoundContext) -> dict[int, int | None]:
    """Return the cohort in ascending id, and before which round of the protocol each fails."""
    if not context.roster:
        raise RoundFailed("no client takes part in the round")
    cohort = sorted(context.roster, key=lambda selected: selected.client_id)
    return {selected.client_id: selected.fate.drops_at for selected in cohort}


def _hash_plan(plan: bytes, text: bytes) -> bytes:
    """Return the hash of all that clients are told beside the model, the codec's settings too."""
    return hashlib.sha256(len(plan).to_bytes(8, "little") + plan + text).digest()


def secure_mean(
    *,
    threat_model: str = ThreatModel.HONEST_BUT_CURIOUS.value,
    graph: str = "complete",
    corrupt_fraction: float = 0.3,
    dropout_fraction: float = 0.1,
    clip: float = 4.0,
    max_weight: int | None = None,
    ring_bits: int | None = None,
    rounding: str = "stochastic",
    min_honest: int | None = None,
    weights: str = "examples",
) -> SecureMean:
    """Return the weighted mean under secure aggregation; see `SecureMean`.

    Examples
    --------
    >>> secure_mean(clip=1.0).clip
    1.0
    """
    return SecureMean(
        threat_model=threat_model,
        graph=graph,
        corrupt_fraction=corrupt_fraction,
        dropout_fraction=dropout_fraction,
        clip=clip,
        max_weight=max_weight,
        ring_bits=ring_bits,
        rounding=rounding,
        min_honest=min_honest,
        weights=weights,
    )
