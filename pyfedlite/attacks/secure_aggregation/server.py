"""What a server that lies gets out of clients who do not check.

Adversary: the server. Each attack reads one client's vector from a weak variant of the protocol,
and stops at ours. For teaching and research: not audited.

- A vector that comes late, with pair masks alone: the server has already opened them.
- One client named both as a survivor and as dropped out: clients that answer two lists hand out
  both shares (flwrlabs/flower checks neither that they are disjoint nor what it knew before).
- Different models for different clients, so that only the victim's update is not zero.
- Different training plans: learning rate 0 for all but the victim, which comes to the same.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, section 6: why two masks, https://eprint.iacr.org/2017/281
D. Pasquini, D. Francati and G. Ateniese, "Eluding Secure Aggregation in Federated Learning via
Model Inconsistency", CCS 2022, https://arxiv.org/abs/2111.07380
"""

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyfedlite import kernels
from pyfedlite.errors import ShareError
from pyfedlite.secagg import Config, client, keys, server
from pyfedlite.secagg.client import HasMasked, Shared, mask_sign
from pyfedlite.secagg.messages import Unmask
from pyfedlite.secagg.terms import NO_PLAN
from pyfedlite.sharing.fixed_point import Ring
from pyfedlite.sharing.shamir import Share, reconstruct


def take_away_pair_masks(
    config: Config, victim: int, mask_key: bytes, masked: Ring, adverts: Mapping[int, Any]
) -> Ring:
    """Return a late vector without its pair masks, given the victim's opened mask key.

    Where clients add no mask of their own, this is the vector.

    Parameters
    ----------
    config : Config
    victim : int
    mask_key : bytes of length 32
        s_u, which the others' shares opened when the victim seemed to have dropped out.
    masked : ndarray of shape (length,)
        y_u, which arrives after all.
    adverts : mapping of int to Advertise
        Everybody's public keys.
    """
    left = masked.copy()
    public = keys.public_key(mask_key)
    for v in config.neighbours[victim]:
        theirs = adverts[v].mask_key
        key = keys.pair_mask_key(config.context, victim, mask_key, public, v, theirs)
        kernels.mask_accumulate(left, key, [-mask_sign(victim, v)])
    return left


def answer_any_lists(state: HasMasked, alive: Sequence[int], dropped: Sequence[int]) -> Unmask:
    """Return the answer of a client that believes two lists: the weak variant."""
    seed_shares, key_shares, unavailable = [], [], []
    for v in sorted({*alive, *dropped} - {state.me}):
        try:
            key_share, seed_share = client.open_pair(state, v)
        except ShareError:
            unavailable.append(v)
            continue
        if v in alive:
            seed_shares.append((v, seed_share))
        if v in dropped:
            key_shares.append((v, key_share))
    return Unmask(state.me, tuple(seed_shares), tuple(key_shares), tuple(unavailable))


def ask_for_both(config: Config, victim: int, answers: Sequence[Unmask]) -> tuple[bytes, bytes]:
    """Return the victim's seed and mask key from the clients' answers.

    Raises
    ------
    TooFewSharesError
        When the answers do not hold enough of both.
    """
    seeds = [
        Share(config.places[a.sender], y) for a in answers for v, y in a.seed_shares if v == victim
    ]
    mask_keys = [
        Share(config.places[a.sender], y) for a in answers for v, y in a.key_shares if v == victim
    ]
    threshold = config.threshold
    return reconstruct(seeds, threshold), reconstruct(mask_keys, threshold)


def isolate_by_model(
    config: Config, configs: Mapping[int, Config], vector_of: Callable[[int], Ring]
) -> Ring:
    """Return what the server gets as the sum when it tells clients different configurations.

    The server relays under `config` and rewrites the context in the headers, which nobody signs in
    this model; what it cannot rewrite is the context inside the keys.

    Parameters
    ----------
    config : Config
        What the server computes with.
    configs : mapping of int to Config
        What each client was told, for instance with the hash of another model.
    vector_of : callable of int to ndarray of shape (length,)

    Raises
    ------
    AbortError
        When the clients' shares do not fit together.
    """

    def to_server(steps: Mapping[int, tuple[Any, bytes]]) -> list[bytes]:
        return [_readdress(message, config) for _, message in steps.values()]

    def to_clients(mail: Mapping[int, bytes]) -> dict[int, bytes]:
        return {u: _readdress(data, configs[u]) for u, data in mail.items()}

    s: dict[int, tuple[Any, bytes]]
    s = {u: client.client_advertise(own, u, os.urandom) for u, own in configs.items()}
    keyed, mail = server.server_close_advertise(config, to_server(s))
    s = {u: client.client_share(s[u][0], m, os.urandom) for u, m in to_clients(mail).items()}
    shared, mail = server.server_close_share(keyed, to_server(s))
    s = {u: client.client_mask(s[u][0], m, vector_of(u)) for u, m in to_clients(mail).items()}
    summed, mail = server.server_close_mask(shared, to_server(s))
    s = {u: client.client_unmask(s[u][0], m) for u, m in to_clients(mail).items()}
    return server.server_close_unmask(summed, to_server(s)).total


def isolate_by_plan(
    config: Config,
    plans: Mapping[int, bytes],
    vector_of: Callable[[int], Ring],
    *,
    is_bound: bool = True,
) -> Ring:
    """Return what the server gets as the sum when it sends clients different training plans.

    The plan of the victim says what it should; that of the others says learning rate 0, so their
    updates are zero, and the sum is the victim's.

    Parameters
    ----------
    config : Config
    plans : mapping of int to bytes
        What each client is told to do beside the model.
    vector_of : callable of int to ndarray of shape (length,)
    is_bound : bool
        Whether clients put the hash of their plan into the context. False is the weak variant, in
        which the model alone is bound.
    """
    configs = {
        u: replace(config, plan_hash=hashlib.sha256(plan).digest() if is_bound else NO_PLAN)
        for u, plan in plans.items()
    }
    return isolate_by_model(replace(config, plan_hash=NO_PLAN), configs, vector_of)


def _readdress(data: bytes, config: Config) -> bytes:
    """Return a message with another context in its header."""
    return data[:6] + config.context[:16] + data[22:]


def without_self_mask(state: Shared, masked: Ring) -> Ring:
    """Return what a client of the weak variant would have sent: no mask of its own."""
    plain = masked.copy()
    own = keys.self_mask_key(state.config.context, state.seed, state.me)
    kernels.mask_accumulate(plain, own, [-1])
    return plain
