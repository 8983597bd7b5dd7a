"""What the server looks at when a message arrives, before it is used.

Adversary: clients and strangers who send nonsense, other people's messages, or the same twice.
Protected: what is used is of this run, of this round, of a client whose turn it is, and once. A
transport that wants to outlive nonsense calls `accept_one` as each message arrives and leaves out
what raises. For teaching and research: not audited.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import TypeVar

from pyfedlite.secagg import keys
from pyfedlite.secagg.checks import check_advertise
from pyfedlite.secagg.codec import receive
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.messages import Advertise, Consistency, Masked, Shares, Unmask
from pyfedlite.secagg.threshold import ThreatModel

M = TypeVar("M", Advertise, Shares, Masked, Consistency, Unmask)


def accept(
    config: Config,
    kind: type[M],
    arrived: Iterable[bytes],
    expected: Collection[int],
    survivors: tuple[int, ...] = (),
) -> Iterator[M]:
    """Yield the messages that `arrived`, each checked, one from each sender."""
    seen: set[int] = set()
    for data in arrived:
        message = accept_one(config, kind, data, expected, survivors)
        if message.sender in seen:
            abort(AbortCode.DUP_MESSAGE, f"client {message.sender} must send one message, got two")
        seen.add(message.sender)
        yield message


def accept_one(
    config: Config,
    kind: type[M],
    data: bytes,
    expected: Collection[int],
    survivors: tuple[int, ...] = (),
) -> M:
    """Return the message of `data`, or raise `DecodeError` or `AbortError` with the reason."""
    message = receive(config, data, kind)
    if message.sender not in expected:
        abort(AbortCode.NOT_SUBSET, f"sender must be one whose turn it is, got {message.sender}")
    if isinstance(message, Advertise) and config.threat_model is ThreatModel.ACTIVE:
        check_advertise(config, message)
    if isinstance(message, Consistency):
        u, signed = message.sender, keys.consistency(config.context, survivors)
        keys.verify(config.verify_keys[u], message.signature, signed, u)
    return message
