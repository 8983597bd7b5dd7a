"""What one round under secure aggregation hands to the protocol, and what it reports.

Adversary and promises are those of ``secure``. For teaching and research: not audited.
"""

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pyfedlite import _check
from pyfedlite._typing import Metrics
from pyfedlite.aggregation.secure.codec import RoundCodec
from pyfedlite.clients import ClientUpdate
from pyfedlite.secagg import Config, Outcome
from pyfedlite.seeds import Role
from pyfedlite.sharing.fixed_point import Ring
from pyfedlite.sharing.randomness import Rand
from pyfedlite.state import RoundContext

logger = logging.getLogger(__name__)


def from_system(client_id: int) -> Rand:
    """Return the operating system as the source of a client's random bytes."""
    return os.urandom


@dataclass
class UpdateStream:
    """Hands the protocol each client's vector, as soon as its update is there.

    Parameters
    ----------
    updates : iterable of ClientUpdate
        Read once, in any order.
    codec : RoundCodec
    context : RoundContext
    secret_of : callable
        The source of a client's own random bytes, by client id.
    waiting : dict of int to ClientUpdate
        Updates that came before the protocol asked for them.
    num_clipped : int
        Coordinates that were clipped so far.
    """

    updates: Iterable[ClientUpdate]
    codec: RoundCodec
    context: RoundContext
    secret_of: Callable[[int], Rand] = from_system
    waiting: dict[int, ClientUpdate] = field(default_factory=dict)
    num_clipped: int = 0

    def __post_init__(self) -> None:
        self.stream: Iterator[ClientUpdate] = iter(self.updates)

    def vector(self, client_id: int) -> Ring:
        """Return the ring vector of a client."""
        while client_id not in self.waiting:
            update = next(self.stream, None)
            if update is None:
                _check.fail("updates", f"hold one of client {client_id}", "none")
            self.waiting[update.client_id] = update
        update = self.waiting.pop(client_id)
        rng = self.context.seed.rng(Role.ROUNDING, client_id)
        try:
            self.num_clipped += self.codec.num_clipped(update)
            return self.codec.encode(update, rng, self.secret_of(client_id))
        except ValueError as error:
            raise ValueError(f"update of client {client_id}: {error}") from error

    def finish(self) -> None:
        """Let the rest of the stream pass, for what is read off it on the way."""
        for _ in self.stream:
            pass


def metrics_of(
    config: Config, outcome: Outcome, stream: UpdateStream, context: RoundContext
) -> Metrics:
    """Return what the round cost, and how precise it was."""
    if stream.num_clipped:
        logger.warning(
            "round %d: %d coordinates were clipped to %g; try a larger clip of the aggregator",
            context.round,
            stream.num_clipped,
            config.quantiser.clip,
        )
    up, down = zip(*outcome.transcript.bytes_by_round().values(), strict=True)
    return {
        "bytes_up": sum(up),
        "bytes_down": sum(down) + config.num_clients * context.theta.nbytes,
        "secure_survivors": len(outcome.survivors),
        "secure_threshold": config.threshold,
        "secure_min_honest": config.min_honest,
        "secure_saturated": stream.num_clipped,
        "secure_ring_bits": config.ring_bits,
        "secure_fraction_bits": config.quantiser.fraction_bits,
    }


def describe(config: Config) -> str:
    """Return the ring, the precision, the threshold and the guarantee in words.

    Examples
    --------
    >>> from pyfedlite.secagg import Member, Quantiser
    >>> roster = tuple(Member(u) for u in range(4))
    >>> print(describe(Config(bytes(32), 1, roster, 3, 9, Quantiser(8, 4.0), bytes(32))))
    secure mean over 4 clients, honest-but-curious, threshold 3: the sum holds at least 3 honest
    clients if 0 are corrupt; sums modulo 2^32, steps of 2^-8, clip 4, weights up to 1
    """
    quantiser = config.quantiser
    peers = "" if config.degree is None else f" of {config.degree} neighbours"
    return (
        f"secure mean over {config.num_clients} clients, {config.threat_model}, "
        f"threshold {config.threshold}{peers}: the sum holds at least {config.min_honest} honest "
        f"clients if {config.num_corrupt} are corrupt; sums modulo 2^{config.ring_bits}, "
        f"steps of 2^-{quantiser.fraction_bits}, clip {quantiser.clip:g}, "
        f"weights up to {quantiser.max_weight}"
    )
