"""What one round under secure aggregation hands to the protocol, and what it reports.

Adversary and promises are those of ``secure``. For teaching and research: not audited.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pyfedlite import _check
from pyfedlite._typing import Metrics, Vector
from pyfedlite.clients import ClientUpdate
from pyfedlite.secagg import Config, Outcome, encode_update
from pyfedlite.seeds import Role
from pyfedlite.sharing.fixed_point import Ring
from pyfedlite.state import RoundContext

logger = logging.getLogger(__name__)


@dataclass
class Arriving:
    """Hands the protocol each client's vector, and the round all updates there are.

    The vector is delta, and after it the second vectors in the order of ``context.extras``.
    """

    updates: Iterable[ClientUpdate]
    config: Config
    context: RoundContext
    weights: str = "examples"
    early: dict[int, ClientUpdate] = field(default_factory=dict)
    saturated: int = 0

    def __post_init__(self) -> None:
        self.stream: Iterator[ClientUpdate] = iter(self.updates)

    def vector(self, client_id: int) -> Ring:
        """Return the ring vector of a client, as soon as its update is there."""
        while client_id not in self.early:
            update = next(self.stream, None)
            if update is None:
                _check.fail("updates", f"hold one of client {client_id}", "none")
            self.early[update.client_id] = update
        update = self.early.pop(client_id)
        weight = update.num_examples if self.weights == "examples" else 1
        try:
            vector = self._joined(update)
            clipped = np.abs(vector) > self.config.quantiser.clip
            self.saturated += int(np.count_nonzero(clipped))
            words = self._words(client_id, len(vector))
            return encode_update(self.config, vector, weight, words)
        except ValueError as error:
            raise ValueError(f"update of client {client_id}: {error}") from error

    def finish(self) -> None:
        """Let the rest of the stream pass, for what is read off it on the way."""
        for _ in self.stream:
            pass

    def _joined(self, update: ClientUpdate) -> Vector:
        """Return delta and the second vectors, one after the other."""
        shape = self.context.theta.shape
        for name in self.context.extras:
            if update.extra[name].shape != shape:
                _check.fail(f"extra {name!r}", f"have shape {shape}", update.extra[name].shape)
        return np.concatenate([update.delta, *(update.extra[n] for n in self.context.extras)])

    def _words(self, client_id: int, length: int) -> NDArray[np.uint64] | None:
        if self.config.quantiser.rounding == "nearest":
            return None
        rng = self.context.seed.rng(Role.AGGREGATE, client_id)
        return rng.integers(0, 2**64, length, dtype=np.uint64)


def metrics_of(
    config: Config, outcome: Outcome, arriving: Arriving, context: RoundContext
) -> Metrics:
    """Return what the round cost, and how precise it was."""
    if arriving.saturated:
        logger.warning(
            "round %d: %d coordinates were clipped to %g; try a larger clip of the aggregator",
            context.round,
            arriving.saturated,
            config.quantiser.clip,
        )
    up, down = zip(*outcome.transcript.bytes_by_round().values(), strict=True)
    return {
        "bytes_up": sum(up),
        "bytes_down": sum(down) + config.num_clients * context.theta.nbytes,
        "secure_survivors": len(outcome.survivors),
        "secure_threshold": config.threshold,
        "secure_saturated": arriving.saturated,
        "secure_ring_bits": config.ring_bits,
        "secure_fraction_bits": config.quantiser.fraction_bits,
    }


def describe(config: Config) -> str:
    """Return the ring, the precision and the threshold in words.

    Examples
    --------
    >>> from pyfedlite.secagg import Member, Quantiser
    >>> roster = tuple(Member(u) for u in range(4))
    >>> print(describe(Config(bytes(32), 1, roster, 3, 9, Quantiser(8, 4.0), bytes(32))))
    secure mean over 4 clients, honest-but-curious, threshold 3: sums modulo 2^32, steps of 2^-8,
    clip 4, weights up to 1
    """
    quantiser = config.quantiser
    peers = "" if config.degree is None else f" of {config.degree} neighbours"
    return (
        f"secure mean over {config.num_clients} clients, {config.threat_model}, "
        f"threshold {config.threshold}{peers}: sums modulo 2^{config.ring_bits}, "
        f"steps of 2^-{quantiser.fraction_bits}, clip {quantiser.clip:g}, "
        f"weights up to {quantiser.max_weight}"
    )
