"""The server's half of the protocol: what it does when it closes a round.

==========================  ===============================  ========================
round                       function                         state after it
==========================  ===============================  ========================
0 advertise keys            `server_close_advertise`         `HasKeys`
1 share keys                `server_close_share`             `HasShares`
2 masked input              `server_close_mask`              `HasSum`
3 consistency               `server_close_sign`              `HasSum`
4 unmasking                 `server_close_unmask`            `Opened`
==========================  ===============================  ========================

Each takes the messages that came in time and returns the next state and one message for each client
that is still there. When to close a round is decided outside: there are no clocks here. Adversary
of this half: clients who send nonsense. Protected: the sum is right, or there is none; a seed is
checked against its commitment, a mask key against the public one. Not protected: the sum against
clients who lie about their input. What comes late is not used: it would still be hidden by the
sender's self-mask. For teaching and research: not audited.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, Figure 4, https://eprint.iacr.org/2017/281
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from pyfedlite import kernels
from pyfedlite.secagg.arrivals import accept
from pyfedlite.secagg.checks import Signed, what_is_signed
from pyfedlite.secagg.codec import encode
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.graph import hang_together
from pyfedlite.secagg.messages import (
    Advertise,
    Consistency,
    Delivery,
    Keys,
    Masked,
    Shares,
    Signatures,
    Survivors,
    Unmask,
)
from pyfedlite.secagg.unmasking import collect_shares, masks_to_remove
from pyfedlite.sharing.fixed_point import Ring, ring_dtype

Outgoing = Mapping[int, bytes]
"""One message for each client."""


@dataclass(frozen=True)
class HasKeys:
    """After round 0: U1, and what each advertised."""

    config: Config = field(repr=False)
    advertised: Mapping[int, Advertise] = field(repr=False)  # U1


@dataclass(frozen=True)
class HasShares:
    """After round 1: U2, and what each committed to."""

    config: Config = field(repr=False)
    advertised: Mapping[int, Advertise] = field(repr=False)
    commitments: Mapping[int, bytes] = field(repr=False)  # U2


@dataclass(frozen=True, eq=False)
class HasSum:
    """After rounds 2 and 3: the sum of the masked vectors, U3, and who may still answer."""

    shares: HasShares
    survivors: tuple[int, ...]  # U3
    total: Ring = field(repr=False)
    signers: tuple[int, ...] | None = None  # U4, once they have signed

    @cached_property
    def signed(self) -> Signed:
        """What the signatures of round 3 have to fit."""
        entries = self.shares.advertised.values()
        return what_is_signed(self.shares.config, entries, self.survivors)

    @property
    def dropped(self) -> tuple[int, ...]:
        """U2 without U3: they share masks with the survivors and sent nothing."""
        return tuple(sorted(set(self.shares.commitments) - set(self.survivors)))


@dataclass(frozen=True, eq=False)
class Opened:
    """After round 4: the sum of the survivors' vectors, shape (length,), and nothing else."""

    total: Ring = field(repr=False)
    survivors: tuple[int, ...]  # U3
    helpers: tuple[int, ...]  # U5


def server_close_advertise(config: Config, arrived: Iterable[bytes]) -> tuple[HasKeys, Outgoing]:
    """Close round 0: tell each client the keys of its neighbours."""
    messages = {m.sender: m for m in accept(config, Advertise, arrived, config.client_ids)}
    _check_enough(config, messages, "have advertised keys")
    outgoing = {u: Keys(tuple(messages[v] for v in _near(config, u, messages))) for u in messages}
    return HasKeys(config, messages), {u: encode(config, m) for u, m in outgoing.items()}


def server_close_share(state: HasKeys, arrived: Iterable[bytes]) -> tuple[HasShares, Outgoing]:
    """Close round 1: hand each client the shares that its neighbours encrypted for it."""
    config = state.config
    messages = {m.sender: m for m in accept(config, Shares, arrived, state.advertised)}
    mailboxes: dict[int, dict[int, bytes]] = {u: {} for u in messages}
    for u, message in sorted(messages.items()):
        expected = set(_near(config, u, state.advertised)) - {u}
        if {v for v, _ in message.ciphertexts} != expected:
            abort(AbortCode.NOT_SUBSET, f"shares of client {u} must be for each of its peers")
        for v, ciphertext in message.ciphertexts:
            if v in mailboxes:
                mailboxes[v][u] = ciphertext
    _check_enough(config, messages, "have shared keys")
    commitments = {u: message.commitment for u, message in sorted(messages.items())}
    outgoing = {
        u: encode(config, Delivery(_near(config, u, messages), tuple(mailboxes[u].items())))
        for u in messages
    }
    return HasShares(config, state.advertised, commitments), outgoing


def server_close_mask(state: HasShares, arrived: Iterable[bytes]) -> tuple[HasSum, Outgoing]:
    """Close round 2: add up the masked vectors as they come, and name the survivors."""
    config = state.config
    total = np.zeros(config.length, ring_dtype(config.ring_bits))
    survivors = []
    for message in accept(config, Masked, arrived, state.commitments):
        total += message.vector  # modulo 2^R: the machine's own wrap-around
        survivors.append(message.sender)
    _check_enough(config, survivors, "have sent their masked vector", config.least_survivors)
    if config.degree is not None and not hang_together(survivors, config.neighbours):
        abort(AbortCode.TOO_FEW, "survivors must hang together on the graph, got separate islands")
    data = encode(config, Survivors(tuple(sorted(survivors))))
    return HasSum(state, tuple(sorted(survivors)), total), dict.fromkeys(survivors, data)


def server_close_sign(state: HasSum, arrived: Iterable[bytes]) -> tuple[HasSum, Outgoing]:
    """Close round 3: show each signer everybody's signatures."""
    config = state.shares.config
    messages = accept(config, Consistency, arrived, state.survivors, state.signed)
    entries = tuple(sorted((m.sender, m.signature) for m in messages))
    signers = tuple(u for u, _ in entries)
    _check_enough(config, signers, "have signed the survivors")
    data = encode(config, Signatures(entries))
    return replace(state, signers=signers), dict.fromkeys(signers, data)


def server_close_unmask(state: HasSum, arrived: Iterable[bytes]) -> Opened:
    """Close round 4: open seeds of survivors and mask keys of the dropped, and take masks away.

    z = sum of y_u - sum over survivors of mask(B_u) - sum over survivors u and their dropped
    neighbours v of sgn(u, v) mask(K_uv), modulo 2^R.
    """
    shares = state.shares
    config = shares.config
    if config.threat_model.is_signed and state.signers is None:
        abort(AbortCode.REPLAY, "survivors must be signed before unmasking, got no signature")
    expected = state.survivors if state.signers is None else state.signers
    answers = list(accept(config, Unmask, arrived, expected))
    _check_enough(config, answers, "have answered")
    seeds, mask_keys = collect_shares(config, answers, state.survivors, state.dropped)
    keys, signs = masks_to_remove(config, shares.advertised, shares.commitments, seeds, mask_keys)
    total = state.total.copy()
    kernels.mask_accumulate(total, keys, signs)
    return Opened(total, state.survivors, tuple(sorted(m.sender for m in answers)))


def _near(config: Config, u: int, alive: Iterable[int]) -> tuple[int, ...]:
    """Return u and those of its neighbours who are alive, ascending."""
    present = set(alive)
    return tuple(sorted(present & {u, *config.neighbours[u]}))


def _check_enough(
    config: Config, present: Iterable[object], what: str, least: int | None = None
) -> None:
    number, name = len(list(present)), "min_survivors"
    if least is None or least <= config.threshold:
        least, name = config.threshold, "threshold"
    if number < least:
        condition = f"clients who {what} must be at least {name}={least}"
        abort(AbortCode.TOO_FEW, f"{condition}, got {number} of {config.num_clients}")
