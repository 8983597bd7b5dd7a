"""What a client checks in what the server tells it: each check stops the protocol.

Adversary: a server that leaves people out, invents some, or exchanges keys. Protected: a client
goes on only with distinct keys, its own among them unchanged, signed where the model asks for it,
with enough others, and opens nothing but the one list of survivors that t of them have signed. Not
protected: in the semi-malicious model, a client whose peers' keys the server has made up. For
teaching and research: not audited.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from pyfedlite.secagg import keys
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
from pyfedlite.secagg.graph import hang_together
from pyfedlite.secagg.messages import Advertise, Keys, Signatures
from pyfedlite.secagg.threshold import ThreatModel


@dataclass(frozen=True)
class Signed:
    """What signatures of round 3 are checked against.

    Parameters
    ----------
    text : bytes
        Context, keys and survivors, as `keys.consistency` joins them.
    verify_keys : mapping of int to bytes
        The signature key of each client.
    """

    text: bytes
    verify_keys: Mapping[int, bytes]

    def check(self, signer: int, signature: bytes) -> None:
        """Stop unless `signature` is that of `signer`."""
        keys.verify(self.verify_keys[signer], signature, self.text, signer)


def what_is_signed(
    config: Config, entries: Iterable[Advertise], survivors: tuple[int, ...]
) -> Signed:
    """Return the text of round 3 for somebody who received the keys of `entries`."""
    entries = list(entries)
    keys_hash = keys.received((e.sender, e.cipher_key, e.mask_key, e.verify_key) for e in entries)
    text = keys.consistency(config.context, keys_hash, survivors)
    if config.threat_model is ThreatModel.ACTIVE:
        return Signed(text, config.verify_keys)
    return Signed(text, {e.sender: e.verify_key for e in entries})


def check_keys(config: Config, mine: Advertise, received: Keys) -> Mapping[int, Advertise]:
    """Return the peers' keys, after all the checks of round 1."""
    entries = {entry.sender: entry for entry in received.entries}
    check_alive(config, mine.sender, tuple(entries), None)
    if entries[mine.sender] != mine:
        abort(AbortCode.OWN_KEY_CHANGED, f"keys of client {mine.sender} must be as it sent them")
    check_distinct(key for entry in entries.values() for key in public_keys(entry))
    if config.threat_model is ThreatModel.ACTIVE:
        for entry in entries.values():
            check_advertise(config, entry)
    return {v: entry for v, entry in entries.items() if v != mine.sender}


def public_keys(entry: Advertise) -> list[bytes]:
    """Return the keys that a client has drawn for this run."""
    return [key for key in (entry.cipher_key, entry.mask_key, entry.verify_key) if key]


def check_distinct(public: Iterable[bytes], taken: Collection[bytes] = ()) -> None:
    """Check that no key stands twice, and none is among those `taken` already."""
    found = list(public)
    if len({*found, *taken}) < len(found) + len(set(taken)):
        abort(AbortCode.DUP_KEY, "public keys must be distinct, got one twice")


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


def check_survivors(
    config: Config, me: int, survivors: tuple[int, ...], known: Collection[int]
) -> None:
    """Check the whole list of survivors, of which the client knows `known`, its peers.

    On the k-regular graph it knows its neighbours alone; of the others it checks that they are
    enough, and that nobody forms an island whose sum could be read by itself.
    """
    near = {me, *config.neighbours[me]}
    check_alive(config, me, tuple(v for v in survivors if v in near), known)
    least = config.least_survivors
    if len(survivors) < least:
        condition = f"survivors must be at least min_survivors={least}"
        abort(AbortCode.TOO_FEW, f"{condition}, got {len(survivors)}")
    if config.degree is not None and not hang_together(survivors, config.neighbours):
        abort(AbortCode.TOO_FEW, "survivors must hang together on the graph, got separate islands")


def check_signatures(
    config: Config, survivors: tuple[int, ...], signed: Signed, received: Signatures
) -> None:
    """Check that `threshold` survivors have signed this very list, after these very keys."""
    signers = {u for u, _ in received.entries}
    if not signers <= set(survivors):
        got = sorted(signers - set(survivors))
        abort(AbortCode.NOT_SUBSET, f"signers must be in the sum, got {got}")
    if len(signers) < config.threshold:
        condition = f"signers must be at least threshold={config.threshold}"
        abort(AbortCode.TOO_FEW, f"{condition}, got {sorted(signers)}")
    for u, signature in received.entries:
        signed.check(u, signature)
