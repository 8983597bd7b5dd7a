"""What the server looks at when a message arrives, before it is used.

Adversary: clients and strangers who send nonsense, other people's messages, or the same twice.
Protected: what is used is of this run, of this round, of a client whose turn it is, and once. A
transport that wants to outlive nonsense calls `accept_one` as each message arrives and leaves out
what raises. For teaching and research: not audited.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from pyfedlite.secagg import keys
from pyfedlite.secagg.checks import Signed, check_advertise, check_distinct, public_keys
from pyfedlite.secagg.codec import receive
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.messages import Advertise, Consistency, Masked, Message, Shares, Unmask
from pyfedlite.secagg.threshold import ThreatModel

M = TypeVar("M", Advertise, Shares, Masked, Consistency, Unmask)


def accept(
    config: Config,
    kind: type[M],
    arrived: Iterable[bytes],
    expected: Collection[int],
    signed: Signed | None = None,
) -> Iterator[M]:
    """Yield the messages that `arrived`, each checked, one from each sender."""
    seen: set[int] = set()
    taken: dict[bytes, int] = {}
    for data in arrived:
        message = accept_one(config, kind, data, expected, signed, taken)
        if message.sender in seen:
            abort(AbortCode.DUP_MESSAGE, f"client {message.sender} must send one message, got two")
        seen.add(message.sender)
        taken.update(keys_in(message))
        yield message


def accept_one(
    config: Config,
    kind: type[M],
    data: bytes,
    expected: Collection[int],
    signed: Signed | None = None,
    taken: Mapping[bytes, int] | None = None,
) -> M:
    """Return the message of `data`, or raise `DecodeError` or `AbortError` with the reason.

    Parameters
    ----------
    signed : Signed, optional
        What the signatures of round 3 have to fit.
    taken : mapping of bytes to int, optional
        Whose the public keys are that have been advertised. A key of low order, or one of somebody
        else, would stop every client, so it is refused here, and its sender alone is left out.
    """
    message = receive(config, data, kind)
    if message.sender not in expected:
        abort(AbortCode.NOT_SUBSET, f"sender must be one whose turn it is, got {message.sender}")
    if isinstance(message, Advertise):
        for key in (message.cipher_key, message.mask_key):
            if keys.has_low_order(key):
                abort(AbortCode.BAD_KEY, f"public key must not be of low order, got {key.hex()}")
        if config.threat_model is ThreatModel.ACTIVE:
            check_advertise(config, message)
        others = [key for key, u in (taken or {}).items() if u != message.sender]
        check_distinct(public_keys(message), others)
    if isinstance(message, Consistency):
        if signed is None:
            abort(AbortCode.REPLAY, "survivors must be known before they are signed, got none")
        signed.check(message.sender, message.signature)
    return message


def keys_in(message: Message) -> dict[bytes, int]:
    """Return the public keys that a message brings, and whose they are."""
    if not isinstance(message, Advertise):
        return {}
    return dict.fromkeys(public_keys(message), message.sender)
