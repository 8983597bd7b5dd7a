"""The client's half of the protocol: five pure functions, each from one state to the next.

==========================  ===============================  ========================
round                       function                         state after it
==========================  ===============================  ========================
0 advertise keys            `client_advertise`               `Advertised`
1 share keys                `client_share`                   `Shared`
2 masked input              `client_mask`                    `HasMasked`
3 consistency               `client_sign`                    `HasSigned`
4 unmasking                 `client_unmask`                  `Done`
==========================  ===============================  ========================

Adversary: the server, and other clients who may pool what they see with it (`ThreatModel`).
Protected: this client's vector, of which the server learns sums over at least t - n_c honest
clients (on the k-regular graph: the least number of survivors, less n_c). Two things together do
it. For each peer a client hands out one kind of share, of the seed of its self-mask or of its mask
key, never both; and against a server that lies it hands out any only for a list of survivors that t
clients have signed, each after the same keys (round 3). The first alone is not enough. Not
protected: what the sum gives away, lies of other clients about their inputs, side channels. For
teaching and research: not audited.

Round 3 is for the semi-malicious and the active model; the honest-but-curious one skips it.

A state may be used once; `pyfedlite.secagg.Client` sees to it. `rand` is ``os.urandom``, or fixed
bytes in a lesson. The symbols are those of the paper: see ``keys``.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, Figure 4, https://eprint.iacr.org/2017/281
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pyfedlite import _check, kernels
from pyfedlite.errors import ShareError
from pyfedlite.secagg import keys
from pyfedlite.secagg.checks import (
    Signed,
    check_alive,
    check_keys,
    check_signatures,
    check_survivors,
    what_is_signed,
)
from pyfedlite.secagg.codec import encode, receive
from pyfedlite.secagg.codes import AbortCode, abort
from pyfedlite.secagg.config import Config
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
from pyfedlite.secagg.threshold import ThreatModel
from pyfedlite.sharing.field import PRIME
from pyfedlite.sharing.fixed_point import Ring, ring_dtype
from pyfedlite.sharing.randomness import Rand, random_bytes
from pyfedlite.sharing.shamir import SHARE_BYTES, split

SHARE_PAIR = struct.Struct(f"<II{SHARE_BYTES}s{SHARE_BYTES}s")
"""What is encrypted for a peer: from whom, for whom, a share of s_u, a share of b_u."""


@dataclass(frozen=True)
class Advertised:
    """After round 0: two pairs of keys, c for the shares and s for the masks."""

    config: Config = field(repr=False)
    me: int
    cipher_private: bytes = field(repr=False)
    mask_private: bytes = field(repr=False)
    mine: Advertise
    sign_key: bytes | None = field(repr=False)


@dataclass(frozen=True)
class Shared:
    """After round 1: the seed b of the self-mask, and keys with every peer."""

    config: Config = field(repr=False)
    me: int
    mask_private: bytes = field(repr=False)
    mine: Advertise
    sign_key: bytes | None = field(repr=False)
    peers: Mapping[int, Advertise] = field(repr=False)
    secrets: Mapping[int, bytes] = field(repr=False)  # X25519 of c_u and C_v
    seed: bytes = field(repr=False)
    own_seed_share: int = field(repr=False)


@dataclass(frozen=True)
class HasMasked:
    """After round 2: the peers' shares, still encrypted. The mask key is forgotten."""

    config: Config = field(repr=False)
    me: int
    mine: Advertise
    sign_key: bytes | None = field(repr=False)
    peers: Mapping[int, Advertise] = field(repr=False)
    secrets: Mapping[int, bytes] = field(repr=False)
    own_seed_share: int = field(repr=False)
    alive: frozenset[int]  # U2, as far as this client knows
    ciphertexts: Mapping[int, bytes] = field(repr=False)


@dataclass(frozen=True)
class HasSigned:
    """After round 3: this client has signed who is in the sum, and signs nothing else."""

    masked: HasMasked
    survivors: tuple[int, ...]  # U3


@dataclass(frozen=True)
class Done:
    """After round 4: the client has answered, and never answers again."""

    me: int


def client_advertise(
    config: Config, me: int, rand: Rand, sign_key: bytes | None = None
) -> tuple[Advertised, bytes]:
    """Round 0: draw two pairs of keys and advertise the public halves.

    Parameters
    ----------
    config : Config
        Built by this client from what it was told.
    me : int
        Its id on the roster.
    rand : callable
    sign_key : bytes of length 32, optional
        Its Ed25519 private key; needed in the active model. In the semi-malicious model a fresh one
        is drawn, for this run alone.
    """
    if me not in config.places:
        _check.fail("me", "be a client of the roster", me)
    cipher_private, mask_private = random_bytes(rand, 32), random_bytes(rand, 32)
    cipher_key, mask_key = keys.public_key(cipher_private), keys.public_key(mask_private)
    mine = Advertise(me, cipher_key, mask_key)
    if config.threat_model is ThreatModel.SEMI_MALICIOUS:
        sign_key = random_bytes(rand, 32)
        mine = replace(mine, verify_key=keys.verify_key(sign_key))
    elif config.threat_model is ThreatModel.ACTIVE:
        if sign_key is None or keys.verify_key(sign_key) != config.verify_keys[me]:
            _check.fail("sign_key", f"be the private key of client {me}", "another one, or none")
        signed = keys.advertised(config.context, me, cipher_key, mask_key)
        mine = replace(mine, signature=keys.sign(sign_key, signed))
    state = Advertised(config, me, cipher_private, mask_private, mine, sign_key)
    return state, encode(config, mine)


def client_share(state: Advertised, data: bytes, rand: Rand) -> tuple[Shared, bytes]:
    """Round 1: check everybody's keys, then share s_u and b_u among the peers."""
    config, me = state.config, state.me
    peers = check_keys(config, state.mine, receive(config, data, Keys))
    seed = random_bytes(rand, 32)
    holders = sorted([me, *peers])
    places = [config.places[v] for v in holders]
    key_shares = split(state.mask_private, threshold=config.threshold, places=places, rand=rand)
    seed_shares = split(seed, threshold=config.threshold, places=places, rand=rand)
    agreed = keys.agree_all(state.cipher_private, [peer.cipher_key for peer in peers.values()])
    secrets, ciphertexts = dict(zip(peers, agreed, strict=True)), []
    for v, key_share, seed_share in zip(holders, key_shares, seed_shares, strict=True):
        if v == me:
            own_seed_share = seed_share.y  # of its own mask key a client needs no share
            continue
        pair = SHARE_PAIR.pack(
            me, v, *(s.y.to_bytes(33, "little") for s in (key_share, seed_share))
        )
        key = keys.share_key(
            config.context, secrets[v], me, state.mine.cipher_key, v, peers[v].cipher_key
        )
        ciphertexts.append((v, keys.seal(key, config.context, me, v, pair)))
    committed = keys.commitment(config.context, seed, me)
    shared = Shared(
        config, me, state.mask_private, state.mine, state.sign_key, peers, secrets, seed,
        own_seed_share,
    )  # fmt: skip
    return shared, encode(config, Shares(me, tuple(ciphertexts), committed))


def client_mask(state: Shared, data: bytes, vector: Ring) -> tuple[HasMasked, bytes]:
    """Round 2: send the vector under a mask of its own and one with every peer who has shared.

    y_u = x_u + mask(B_u) + sum over v < u of mask(K_uv) - sum over v > u of mask(K_uv), modulo 2^R.

    The peers' shares are kept encrypted: that one of them cannot be read is no reason to stop here,
    or any peer could shut this client out.

    Parameters
    ----------
    vector : ndarray of shape (length,), uint32 or uint64
        x_u, ring elements.
    """
    config, me = state.config, state.me
    delivery = receive(config, data, Delivery)
    alive = check_alive(config, me, delivery.alive, {me, *state.peers})
    if {v for v, _ in delivery.ciphertexts} != alive - {me}:
        abort(AbortCode.NOT_SUBSET, "shares must come from each who has shared, got others")
    masked = _checked_vector(config, vector).copy()
    ctx, own_key = config.context, state.mine.mask_key
    peers = {v: state.peers[v].mask_key for v in sorted(alive - {me})}
    mask_keys = [keys.self_mask_key(ctx, state.seed, me)]
    mask_keys += keys.pair_mask_keys(ctx, me, state.mask_private, own_key, peers)
    signs = [1, *(mask_sign(me, v) for v in peers)]
    kernels.mask_accumulate(masked, mask_keys, signs)
    after = HasMasked(
        config, me, state.mine, state.sign_key, state.peers, state.secrets, state.own_seed_share,
        frozenset(alive), dict(delivery.ciphertexts),
    )  # fmt: skip
    return after, encode(config, Masked(me, masked))


def mask_sign(u: int, v: int) -> int:
    """Return the sign with which u adds its mask with v; v adds it with the other sign."""
    return 1 if u > v else -1


def client_sign(state: HasMasked, data: bytes) -> tuple[HasSigned, bytes]:
    """Round 3: sign whose inputs are in the sum, and which keys this client has received."""
    config, me = state.config, state.me
    if state.sign_key is None or not config.threat_model.is_signed:
        abort(AbortCode.REPLAY, f"nothing must be signed under {config.threat_model}, got a list")
    survivors = receive(config, data, Survivors).alive
    check_survivors(config, me, survivors, state.alive)
    signature = keys.sign(state.sign_key, _to_sign(state, survivors).text)
    return HasSigned(state, survivors), encode(config, Consistency(me, signature))


def _to_sign(state: HasMasked, survivors: tuple[int, ...]) -> Signed:
    return what_is_signed(state.config, [state.mine, *state.peers.values()], survivors)


def client_unmask(state: HasMasked | HasSigned, data: bytes) -> tuple[Done, bytes]:
    """Round 4: for each peer in the sum a share of its seed, for each other one of its mask key.

    The server names the survivors alone. Who dropped out the client works out by itself, so nobody
    can be both. Shares that cannot be read are reported, and not sent.
    """
    if isinstance(state, HasSigned):
        masked, survivors = state.masked, state.survivors
        signatures = receive(masked.config, data, Signatures)
        check_signatures(masked.config, survivors, _to_sign(masked, survivors), signatures)
    else:
        masked = state
        if masked.config.threat_model.is_signed:
            abort(AbortCode.REPLAY, "survivors must be signed before unmasking, got no signature")
        survivors = receive(masked.config, data, Survivors).alive
        check_survivors(masked.config, masked.me, survivors, masked.alive)
    return Done(masked.me), encode(masked.config, answer(masked, set(survivors)))


def answer(state: HasMasked, survivors: set[int]) -> Unmask:
    """Return one kind of share for each peer, never both.

    Nothing is checked here: by itself this is the client of the weak variants in ``attacks``.
    """
    seed_shares = [(state.me, state.own_seed_share)]
    key_shares, unavailable = [], []
    for v in sorted(state.alive - {state.me}):
        try:
            key_share, seed_share = open_pair(state, v)
        except ShareError:
            unavailable.append(v)
            continue
        if v in survivors:
            seed_shares.append((v, seed_share))
        else:
            key_shares.append((v, key_share))
    return Unmask(state.me, tuple(sorted(seed_shares)), tuple(key_shares), tuple(unavailable))


def open_pair(state: HasMasked, v: int) -> tuple[int, int]:
    """Return the shares of s_v and b_v that v made for this client.

    A number above p is no share: sent on, it would make the whole answer unreadable.
    """
    ctx, me = state.config.context, state.me
    theirs, mine = state.peers[v].cipher_key, state.mine.cipher_key
    key = keys.share_key(ctx, state.secrets[v], v, theirs, me, mine)
    pair = keys.unseal(key, ctx, v, me, state.ciphertexts[v])
    sender, receiver, *shares = SHARE_PAIR.unpack(pair)
    if (sender, receiver) != (v, me):
        raise ShareError(f"shares must be from {v} for {me}, got from {sender} for {receiver}")
    key_share, seed_share = (int.from_bytes(share, "little") for share in shares)
    if max(key_share, seed_share) >= PRIME:
        raise ShareError(f"shares of client {v} must lie in 0..p-1, got a larger number")
    return key_share, seed_share


def _checked_vector(config: Config, vector: Ring) -> Ring:
    dtype = ring_dtype(config.ring_bits)
    if not isinstance(vector, np.ndarray):
        _check.fail_type("vector", "be an array", vector)
    if vector.dtype != dtype or vector.shape != (config.length,):
        got = f"{vector.dtype} of shape {vector.shape}"
        _check.fail("vector", f"be {dtype.__name__} of shape ({config.length},)", got)
    return vector
