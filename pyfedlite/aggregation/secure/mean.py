"""The weighted mean under secure aggregation: the server learns the sum and nothing else.

Each round is one run of the protocol in ``secagg``, with all its messages, among the clients of the
cohort; those with ``drops_at`` fail before that round of the protocol. Adversary: the server, alone
or with a fraction of the clients (``threat_model``). Protected: each client's update; what the
server sees is the sum over those who stayed. Not protected: what the sum itself gives away, and
this simulation, in which one process plays everybody. For teaching and research: not audited.

The result is the plain weighted mean of the clipped deltas to within 2^-f a coordinate. Keys are
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
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite.aggregation.secure.round import Arriving, describe, metrics_of
from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import AbortError, RoundFailed
from pyfedlite.secagg import (
    AbortCode,
    Config,
    GraphChoice,
    Member,
    Quantiser,
    ThreatModel,
    choose_graph,
    choose_threshold,
    decode_sum,
    keys,
    run,
)
from pyfedlite.sharing import choose_fraction_bits
from pyfedlite.state import Aggregate, RoundContext, Selected

logger = logging.getLogger(__name__)

COARSE = 10
"""Fewer fraction bits than this in the small ring, and the large one is taken."""


@dataclass(frozen=True)
class SecureMean:
    """The mean of the deltas, and of the second vectors, of which only sums are seen.

    Parameters
    ----------
    threat_model : {"honest-but-curious", "semi-malicious", "active"}
    graph : {"complete", "k-regular"}
        Who masks with whom; the second is for large cohorts, and not for the active model.
    corrupt_fraction, dropout_fraction : float
        Shares of the cohort, in [0, 1): who may pool what they see with the server, and whose loss
        a round must survive. They decide the threshold, and the degree of the graph.
    clip : float
        c, above 0: coordinates of the deltas, and of the second vectors, are clipped to [-c, c].
    max_weight : int, optional
        W_max. By default the power of two at or above the largest client of the cohort, which
        tells everybody how large that one is, to a factor of two.
    ring_bits : {32, 64}, optional
        R. By default 32, unless fewer than 10 bits would be left for the fraction.
    rounding : {"stochastic", "nearest"}
    weights : {"examples", "uniform"}
        n_k, as in FedAvg, or 1 for every client; the second tells nothing about n_k.

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
    weights: str = "examples"

    def __post_init__(self) -> None:
        _check.one_of("threat_model", self.threat_model, [model.value for model in ThreatModel])
        _check.one_of("graph", self.graph, ("complete", "k-regular"))
        if self.graph == "k-regular" and self.threat_model == ThreatModel.ACTIVE:
            _check.fail("graph", f"be complete under {self.threat_model}", self.graph)
        _check.below_one("corrupt_fraction", self.corrupt_fraction)
        _check.below_one("dropout_fraction", self.dropout_fraction)
        _check.positive("clip", self.clip)
        _check.one_of("rounding", self.rounding, ("stochastic", "nearest"))
        _check.one_of("weights", self.weights, ("examples", "uniform"))
        if self.max_weight is not None:
            _check.integer("max_weight", self.max_weight, minimum=1)
        if self.ring_bits not in (None, 32, 64):
            _check.fail("ring_bits", "be 32, 64 or None", self.ring_bits)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the mean of `updates`, float64, shape (num_params,), and of each second vector.

        The roster of `context` says who takes part, and what becomes of each.
        """
        if not context.roster:
            raise RoundFailed("no client takes part in the round")
        cohort = sorted(context.roster, key=lambda selected: selected.client_id)
        config, sign_keys = self.configure(cohort, context)
        arriving = Arriving(updates, config, context, self.weights)
        try:
            outcome = run(
                config,
                arriving.vector,
                drops_at={p.client_id: p.fate.drops_at for p in cohort},
                sign_keys=sign_keys,
            )
            means, _ = decode_sum(config, outcome.total, len(outcome.survivors))
        except AbortError as error:
            hint = f"; {self._remedy()}" if error.code == AbortCode.TOO_FEW else ""
            where = f"in round {context.round} of training, {error.reason}{hint}"
            raise AbortError(error.code, where) from error
        arriving.finish()
        delta, *others = np.split(means, 1 + len(context.extras))
        extra = dict(zip(context.extras, others, strict=True))
        metrics = metrics_of(config, outcome, arriving, context)
        return Aggregate(delta, extra, len(outcome.survivors), metrics)

    def _remedy(self) -> str:
        """Return what to try when too few have stayed."""
        if self.graph == "k-regular":
            more = "which gives each client more neighbours"
            return f"try fewer dropouts, or a larger dropout_fraction of the aggregator, {more}"
        lower = "a smaller corrupt_fraction of the aggregator, which lowers the threshold"
        return f"try fewer dropouts, a larger cohort, or {lower}"

    def configure(
        self, cohort: Sequence[Selected], context: RoundContext
    ) -> tuple[Config, dict[int, bytes]]:
        """Return the configuration of this round, and the signature keys of the active model."""
        ids = [selected.client_id for selected in cohort]
        model = ThreatModel(self.threat_model)
        sign_keys = {u: os.urandom(32) for u in ids if model is ThreatModel.ACTIVE}
        choice = self.choice(len(ids))
        ring_bits, quantiser = self.precision(cohort)
        config = Config(
            session_id=os.urandom(32),
            round=context.round,
            roster=tuple(
                Member(u, keys.verify_key(sign_keys[u])) if sign_keys else Member(u) for u in ids
            ),
            threshold=choice.threshold,
            length=(1 + len(context.extras)) * len(context.theta) + 1,
            quantiser=quantiser,
            parameters_hash=hashlib.sha256(context.theta.tobytes()).digest(),
            ring_bits=ring_bits,
            threat_model=model,
            num_corrupt=choice.num_corrupt,
            degree=choice.degree,
            coin=b"" if choice.degree is None else os.urandom(32),
        )
        if context.round == 1:
            logger.info("%s", describe(config))
        return config, sign_keys

    def choice(self, num_clients: int) -> GraphChoice:
        """Return degree, threshold and number of corrupt clients for a cohort of this size."""
        model = ThreatModel(self.threat_model)
        if self.graph == "k-regular":
            return choose_graph(
                num_clients,
                corrupt_fraction=self.corrupt_fraction,
                dropout_fraction=self.dropout_fraction,
                threat_model=model,
            )
        num_corrupt = math.floor(self.corrupt_fraction * num_clients)
        num_drop = math.floor(self.dropout_fraction * num_clients)
        threshold = choose_threshold(num_clients, num_corrupt, num_drop, model)
        return GraphChoice(None, threshold, num_corrupt)

    def precision(self, cohort: Sequence[Selected]) -> tuple[int, Quantiser]:
        """Return ring width and quantiser, by rule where they are not set."""
        uniform = self.weights == "uniform"
        largest = 1 if uniform else max(selected.num_examples for selected in cohort)
        max_weight = self.max_weight or 1 << (largest - 1).bit_length()

        def bits(ring_bits: int) -> int:
            return choose_fraction_bits(
                ring_bits=ring_bits,
                num_clients=len(cohort),
                max_weight=max_weight,
                clip=self.clip,
            )

        if self.ring_bits is not None:
            ring_bits, fraction_bits = self.ring_bits, bits(self.ring_bits)
        else:
            room = 2**31 / (len(cohort) * max_weight * self.clip)
            ring_bits = 32 if room > 2**COARSE else 64
            fraction_bits = bits(ring_bits)
        return ring_bits, Quantiser(fraction_bits, self.clip, max_weight, self.rounding)


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
        weights=weights,
    )
