"""What a client checks in what the server tells it: each check stops the protocol.

Adversary: a server that leaves people out, invents some, or exchanges keys. Protected: a client
goes on only with distinct keys, its own among them unchanged, signed where the model asks for it,
and with enough others. Not protected: a server that exchanges the keys of others where nothing is
signed. For teaching and research: not audited.
"""

from collections.abc import Collection, Mapping

from pyfedlite.secagg import keys
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.messages import Advertise, Keys, Signatures
from pyfedlite.secagg.threshold import ThreatModel


def check_keys(config: Config, mine: Advertise, received: Keys) -> Mapping[int, Advertise]:
    """Return the peers' keys, after all the checks of round 1."""
    entries = {entry.sender: entry for entry in received.entries}
    check_alive(config, mine.sender, tuple(entries), None)
    if entries[mine.sender] != mine:
        abort(AbortCode.OWN_KEY_CHANGED, f"keys of client {mine.sender} must be as it sent them")
    public = [key for entry in entries.values() for key in (entry.cipher_key, entry.mask_key)]
    if len(set(public)) < len(public):
        abort(AbortCode.DUP_KEY, "public keys must be distinct, got one twice")
    if config.threat_model is ThreatModel.ACTIVE:
        for entry in entries.values():
            check_advertise(config, entry)
    return {v: entry for v, entry in entries.items() if v != mine.sender}


def check_advertise(config: Config, entry: Advertise) -> None:
    """Check the signature on a client's keys."""
    u = entry.sender
    signed = keys.advertised(config.context, u, entry.cipher_key, entry.mask_key)
    keys.verify(config.verify_keys[u], entry.signature, signed, u)


def check_alive(
    config: Config, me: int, named: tuple[int, ...], known: Collection[int] | None
) -> set[int]:
    """Return the clients that are `named`: the client itself, enough peers, nobody new.

    `known` is who was named the last time; ``None`` stands for the client's neighbours.
    """
    alive = set(named)
    allowed = {me, *config.neighbours[me]} if known is None else set(known)
    if me not in alive:
        abort(AbortCode.SELF_MISSING, f"client {me} must be among those named, got {sorted(alive)}")
    if not alive <= allowed:
        got = sorted(alive - allowed)
        abort(AbortCode.NOT_SUBSET, f"clients named must be known from the round before, got {got}")
    if not config.has_enough(me, alive):
        condition = f"clients named must be at least threshold={config.threshold}"
        abort(AbortCode.TOO_FEW, f"{condition}, got {sorted(alive)}")
    return alive


def check_signatures(config: Config, survivors: tuple[int, ...], received: Signatures) -> None:
    """Check that at least `threshold` survivors have signed this very list of survivors."""
    signers = {u for u, _ in received.entries}
    if not signers <= set(survivors):
        got = sorted(signers - set(survivors))
        abort(AbortCode.NOT_SUBSET, f"signers must be in the sum, got {got}")
    if len(signers) < config.threshold:
        condition = f"signers must be at least threshold={config.threshold}"
        abort(AbortCode.TOO_FEW, f"{condition}, got {sorted(signers)}")
    for u, signature in received.entries:
        message = keys.consistency(config.context, survivors)
        keys.verify(config.verify_keys[u], signature, message, u)
