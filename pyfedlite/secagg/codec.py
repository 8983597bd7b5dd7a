"""The bytes of the messages: encoders, and decoders that are total.

Every message has a header: "PFSA", version, kind, the first 16 bytes of the context, the sender.
Numbers are little-endian, lists have their length before them and ascend by id, so a message has
one encoding. Adversary: whoever sends bytes. Protected: what is no message raises `DecodeError`,
and nothing else. Not protected: who really sent it; only signatures and the authenticated shares
say that. For teaching and research: not audited.
"""

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import TypeVar

import numpy as np

from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.messages import (
    Advertise,
    Consistency,
    Delivery,
    Entries,
    Keys,
    Masked,
    Message,
    ShareEntries,
    Shares,
    Signatures,
    Survivors,
    Unmask,
)
from pyfedlite.secagg.terms import SERVER, VERSION
from pyfedlite.secagg.threshold import ThreatModel
from pyfedlite.secagg.wire import U32, Reader, check_ascending, malformed
from pyfedlite.sharing.field import PRIME
from pyfedlite.sharing.fixed_point import ring_dtype
from pyfedlite.sharing.shamir import SHARE_BYTES

MAGIC = b"PFSA"
HEADER = struct.Struct("<4sBB16sI")
CIPHERTEXT_BYTES = 90
"""Two ids, two shares and the tag of the cipher: 4 + 4 + 33 + 33 + 16."""

SIGNATURE_BYTES = 64
M = TypeVar("M", bound=Message)


class Kind(IntEnum):
    """What a message is, in the order of the protocol."""

    ADVERTISE = 1
    KEYS = 2
    SHARES = 3
    DELIVERY = 4
    MASKED = 5
    SURVIVORS = 6
    CONSISTENCY = 7
    SIGNATURES = 8
    UNMASK = 9


def encode(config: Config, message: Message) -> bytes:
    """Return the bytes of `message`."""
    sender = getattr(message, "sender", SERVER)
    kind = KINDS[type(message)]
    head = HEADER.pack(MAGIC, VERSION, kind, config.context[:16], sender)
    return head + _body(message)


def decode(config: Config, data: bytes) -> Message:
    """Return the message of `data`, or raise `DecodeError`; the context is not looked at."""
    reader = Reader(data)
    magic, version, kind, _, sender = HEADER.unpack(reader.take(HEADER.size))
    if (magic, version) != (MAGIC, VERSION):
        malformed(f"begin with {MAGIC!r} and version {VERSION}", f"{magic!r}, {version}")
    if kind not in _DECODERS:
        malformed("be of a known kind", kind)
    from_server = kind in {Kind.KEYS, Kind.DELIVERY, Kind.SURVIVORS, Kind.SIGNATURES}
    if from_server != (sender == SERVER):
        malformed("come from the right side", f"kind {kind} of sender {sender}")
    if not from_server:
        _check_member(config, sender)
    message = _DECODERS[kind](config, reader, sender)
    reader.end()
    return message


def receive(config: Config, data: bytes, kind: type[M]) -> M:
    """Return the message of `data`, which has to be of this run, and the kind whose turn it is."""
    reader = Reader(data)
    context = HEADER.unpack(reader.take(HEADER.size))[3]
    if context != config.context[:16]:
        abort(AbortCode.WRONG_CTX, "message must belong to this run, got another context")
    message = decode(config, data)
    if not isinstance(message, kind):
        got = type(message).__name__
        abort(AbortCode.REPLAY, f"message must be {kind.__name__} in this round, got {got}")
    return message


def _body(message: Message) -> bytes:
    match message:
        case Advertise():
            return _keys_of(message)
        case Keys(entries):
            return U32.pack(len(entries)) + b"".join(
                U32.pack(e.sender) + _keys_of(e) for e in entries
            )
        case Shares(_, ciphertexts, commitment):
            return _entries(ciphertexts) + commitment
        case Delivery(alive, ciphertexts):
            return _ids(alive) + _entries(ciphertexts)
        case Masked(_, vector):
            return vector.astype(vector.dtype.newbyteorder("<"), copy=False).tobytes()
        case Survivors(alive):
            return _ids(alive)
        case Consistency(_, signature):
            return signature
        case Signatures(entries):
            return _entries(entries)
        case Unmask(_, seed_shares, key_shares, unavailable):
            return _shares(seed_shares) + _shares(key_shares) + _ids(unavailable)


def _keys_of(entry: Advertise) -> bytes:
    return entry.cipher_key + entry.mask_key + entry.verify_key + entry.signature


def _ids(ids: tuple[int, ...]) -> bytes:
    return U32.pack(len(ids)) + b"".join(map(U32.pack, ids))


def _entries(entries: Entries) -> bytes:
    return U32.pack(len(entries)) + b"".join(U32.pack(u) + part for u, part in entries)


def _shares(shares: ShareEntries) -> bytes:
    return _entries(tuple((u, y.to_bytes(SHARE_BYTES, "little")) for u, y in shares))


def _read_advertise(config: Config, reader: Reader, sender: int) -> Advertise:
    cipher_key, mask_key = reader.take(32), reader.take(32)
    match config.threat_model:
        case ThreatModel.SEMI_MALICIOUS:
            return Advertise(sender, cipher_key, mask_key, verify_key=reader.take(32))
        case ThreatModel.ACTIVE:
            return Advertise(sender, cipher_key, mask_key, reader.take(SIGNATURE_BYTES))
    return Advertise(sender, cipher_key, mask_key)


def _read_keys(config: Config, reader: Reader, _: int) -> Keys:
    entries = [
        _read_advertise(config, reader, _read_member(config, reader))
        for _ in range(reader.count(config.num_clients))
    ]
    check_ascending([entry.sender for entry in entries])
    return Keys(tuple(entries))


def _read_shares(config: Config, reader: Reader, sender: int) -> Shares:
    return Shares(sender, _read_entries(config, reader, CIPHERTEXT_BYTES), reader.take(32))


def _read_delivery(config: Config, reader: Reader, _: int) -> Delivery:
    return Delivery(_read_ids(config, reader), _read_entries(config, reader, CIPHERTEXT_BYTES))


def _read_masked(config: Config, reader: Reader, sender: int) -> Masked:
    dtype = np.dtype(ring_dtype(config.ring_bits))
    words = np.frombuffer(reader.take(config.length * dtype.itemsize), dtype.newbyteorder("<"))
    return Masked(sender, words.astype(dtype, copy=False))


def _read_survivors(config: Config, reader: Reader, _: int) -> Survivors:
    return Survivors(_read_ids(config, reader))


def _read_consistency(_: Config, reader: Reader, sender: int) -> Consistency:
    return Consistency(sender, reader.take(SIGNATURE_BYTES))


def _read_signatures(config: Config, reader: Reader, _: int) -> Signatures:
    return Signatures(_read_entries(config, reader, SIGNATURE_BYTES))


def _read_unmask(config: Config, reader: Reader, sender: int) -> Unmask:
    seeds, keys = _read_share_entries(config, reader), _read_share_entries(config, reader)
    return Unmask(sender, seeds, keys, _read_ids(config, reader))


def _read_share_entries(config: Config, reader: Reader) -> ShareEntries:
    entries = _read_entries(config, reader, SHARE_BYTES)
    shares = tuple((u, int.from_bytes(part, "little")) for u, part in entries)
    for u, y in shares:
        if y >= PRIME:
            malformed("hold shares below p", f"a larger one for client {u}")
    return shares


def _read_entries(config: Config, reader: Reader, length: int) -> Entries:
    number = reader.count(config.num_clients)
    entries = tuple((_read_member(config, reader), reader.take(length)) for _ in range(number))
    check_ascending([u for u, _ in entries])
    return entries


def _read_ids(config: Config, reader: Reader) -> tuple[int, ...]:
    ids = tuple(_read_member(config, reader) for _ in range(reader.count(config.num_clients)))
    check_ascending(ids)
    return ids


def _read_member(config: Config, reader: Reader) -> int:
    client_id = reader.u32()
    _check_member(config, client_id)
    return client_id


def _check_member(config: Config, client_id: int) -> None:
    if client_id not in config.places:
        malformed("name clients of the roster", client_id)


KINDS: dict[type, Kind] = {
    Advertise: Kind.ADVERTISE,
    Keys: Kind.KEYS,
    Shares: Kind.SHARES,
    Delivery: Kind.DELIVERY,
    Masked: Kind.MASKED,
    Survivors: Kind.SURVIVORS,
    Consistency: Kind.CONSISTENCY,
    Signatures: Kind.SIGNATURES,
    Unmask: Kind.UNMASK,
}

_DECODERS: dict[int, Callable[[Config, Reader, int], Message]] = {
    Kind.ADVERTISE: _read_advertise,
    Kind.KEYS: _read_keys,
    Kind.SHARES: _read_shares,
    Kind.DELIVERY: _read_delivery,
    Kind.MASKED: _read_masked,
    Kind.SURVIVORS: _read_survivors,
    Kind.CONSISTENCY: _read_consistency,
    Kind.SIGNATURES: _read_signatures,
    Kind.UNMASK: _read_unmask,
}
