"""The nine messages of the protocol, in the order in which they are sent.

A client sees what stands in the messages to it, the server what stands in all of them: so this file
says who learns what. The shares inside `Shares` and `Delivery` are encrypted. For teaching and
research: not audited.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

from pyfedlite.sharing.fixed_point import Ring

Entries: TypeAlias = tuple[tuple[int, bytes], ...]
"""(client id, bytes) in ascending id."""

ShareEntries: TypeAlias = tuple[tuple[int, int], ...]
"""(whose secret, value of the share) in ascending id."""


@dataclass(frozen=True)
class Advertise:
    """Round 0, client to server: its public keys.

    Against a server that lies a third one, for signatures, is drawn for this run; in the active
    model the first two are signed with a key of the directory instead.
    """

    sender: int
    cipher_key: bytes
    mask_key: bytes
    signature: bytes = b""
    verify_key: bytes = b""


@dataclass(frozen=True)
class Keys:
    """Round 1, server to client: what everybody it deals with has advertised."""

    entries: tuple[Advertise, ...]


@dataclass(frozen=True)
class Shares:
    """Round 1, client to server: shares of its secrets, encrypted for each peer."""

    sender: int
    ciphertexts: Entries
    commitment: bytes


@dataclass(frozen=True)
class Delivery:
    """Round 2, server to client: who has shared (itself among them), and what they sent it."""

    alive: tuple[int, ...]
    ciphertexts: Entries


@dataclass(frozen=True, eq=False)
class Masked:
    """Round 2, client to server: its masked vector, shape (length,)."""

    sender: int
    vector: Ring


@dataclass(frozen=True)
class Survivors:
    """Round 3 or 4, server to client: whose inputs are in the sum."""

    alive: tuple[int, ...]


@dataclass(frozen=True)
class Consistency:
    """Round 3, client to server: its signature on the survivors and the keys that it received."""

    sender: int
    signature: bytes


@dataclass(frozen=True)
class Signatures:
    """Round 4, server to client: everybody's signatures on the survivors."""

    entries: Entries


@dataclass(frozen=True)
class Unmask:
    """Round 4, client to server: one kind of share for each peer, and who could not be read."""

    sender: int
    seed_shares: ShareEntries = field(repr=False)
    key_shares: ShareEntries = field(repr=False)
    unavailable: tuple[int, ...] = ()


Message: TypeAlias = (
    Advertise | Keys | Shares | Delivery | Masked | Survivors | Consistency | Signatures | Unmask
)
