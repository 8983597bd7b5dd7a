"""The real clients, with their real messages, under a server that tells each something else.

Adversary: the server with corrupt clients, in one run or in several at once. It shows each client
keys, sharers and survivors of its own choice (``game.View``), collects the shares, opens the seeds
and mask keys that it has enough of, and takes away every mask that it can compute. Where the rows
that are left hold no unknown mask, it reads their sum (`Haul.read`). For teaching and research: not
audited.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, section 6, https://eprint.iacr.org/2017/281
"""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pyfedlite import kernels
from pyfedlite.attacks.secure_aggregation.game import (
    Agreement,
    Instance,
    Rules,
    Strategy,
    rows_of,
    unmasking,
)
from pyfedlite.attacks.secure_aggregation.knowledge import MaskedRow, free_sums
from pyfedlite.errors import AbortError
from pyfedlite.secagg import Config, ThreatModel, client, codec, keys
from pyfedlite.secagg.checks import what_is_signed
from pyfedlite.secagg.messages import (
    Advertise,
    Delivery,
    Keys,
    Signatures,
    Survivors,
    Unmask,
)
from pyfedlite.sharing.fixed_point import Ring
from pyfedlite.sharing.shamir import Share, reconstruct


@dataclass(frozen=True)
class Haul:
    """What the server holds at the end.

    Parameters
    ----------
    rows : list of MaskedRow
        What it knows of the masked vectors, in the order of `instances`.
    instances : list of (run, client id)
    vectors : list of ndarray of shape (length,)
        The masked vectors, less every mask that the server could compute.
    answered : set of (run, client id)
        Who unmasked.
    """

    rows: list[MaskedRow]
    instances: list[Instance]
    vectors: list[Ring]
    answered: set[Instance]

    def read(self) -> tuple[tuple[int, ...], Ring] | None:
        """Return the sum over the fewest clients that the server can read, and over whom it is."""
        sums = free_sums(self.rows)
        if not sums:
            return None
        rows = min(sums, key=lambda group: len({self.rows[i].client_id for i in group}))
        total = np.zeros_like(self.vectors[0])
        for i in rows:
            total += self.vectors[i]
        return tuple(self.rows[i].client_id for i in rows), total


def play_views(
    config: Config,
    strategy: Strategy,
    vectors: Mapping[int, Ring],
    *,
    sign_keys: Mapping[int, bytes] | None = None,
    corrupt: Sequence[int] = (),
    agreement: Agreement = Agreement.ALL_KEYS,
) -> Haul:
    """Play `strategy` against the real clients, or against a weak variant of them.

    Parameters
    ----------
    config : Config
        One for all runs: a server may repeat it whole.
    strategy : mapping of (run, client id) to View
    vectors : mapping of int to ndarray of shape (length,)
    sign_keys : mapping of int to bytes
        In the active model.
    corrupt : sequence of int
        Clients whose secrets the server knows.
    agreement : Agreement
        `ALL_KEYS` is the real client, from its first message to its last.
    """
    table = _Table(config, strategy, sign_keys or {}, frozenset(corrupt))
    table.share()
    masked = table.mask(vectors)
    answers = table.answers(agreement)
    seeds, mask_keys = table.opened(answers)
    rows = rows_of({i: strategy[i] for i in masked}, corrupt, seeds, mask_keys)
    instances = list(masked)
    left = [table.strip(i, masked[i], seeds, mask_keys) for i in instances]
    return Haul(rows, instances, left, set(answers))


class _Table:
    """The clients of all runs, and what the server sees of them."""

    def __init__(
        self,
        config: Config,
        strategy: Strategy,
        sign_keys: Mapping[int, bytes],
        corrupt: frozenset[int],
    ) -> None:
        self.config, self.strategy, self.corrupt = config, strategy, corrupt
        active = config.threat_model is ThreatModel.ACTIVE
        self.rules = Rules(config.threshold, corrupt, directory=active)
        runs = {run for run, _ in strategy}
        runs |= {run for view in strategy.values() for run in view.keys.values()}
        self.states: dict[Instance, Any] = {}
        for run in runs:
            for u in config.client_ids:
                self.states[run, u], _ = client.client_advertise(
                    config, u, os.urandom, sign_keys.get(u)
                )
        self.first = dict(self.states)
        self.adverts: dict[Instance, Advertise] = {i: s.mine for i, s in self.states.items()}
        self.sealed: dict[Instance, Mapping[int, bytes]] = {}
        self.commitments: dict[Instance, bytes] = {}

    def keys_shown(self, instance: Instance) -> list[Advertise]:
        """Return the keys that a client is shown, its own among them."""
        shown = {instance[1]: instance[0], **self.strategy[instance].keys}
        return [self.adverts[run, v] for v, run in sorted(shown.items())]

    def share(self) -> None:
        """Show each client its list of keys, and keep what it encrypts for its peers."""
        for instance in list(self.strategy):
            data = codec.encode(self.config, Keys(tuple(self.keys_shown(instance))))
            try:
                state, sent = client.client_share(self.states[instance], data, os.urandom)
            except AbortError:
                continue
            self.states[instance] = state
            message: Any = codec.decode(self.config, sent)
            self.sealed[instance] = dict(message.ciphertexts)
            self.commitments[instance] = message.commitment

    def mask(self, vectors: Mapping[int, Ring]) -> dict[Instance, Ring]:
        """Show each client who has shared, and return the masked vectors."""
        masked: dict[Instance, Ring] = {}
        for instance in self.sealed:
            me, view = instance[1], self.strategy[instance]
            sealed = tuple((v, self.ciphertext(instance, v)) for v in sorted(view.shared - {me}))
            data = codec.encode(self.config, Delivery(tuple(sorted(view.shared)), sealed))
            try:
                state, sent = client.client_mask(self.states[instance], data, vectors[me])
            except AbortError:
                continue
            self.states[instance] = state
            message: Any = codec.decode(self.config, sent)
            masked[instance] = message.vector
        return masked

    def ciphertext(self, instance: Instance, v: int) -> bytes:
        """Return what the peer that a client was told of has encrypted for a client of its id."""
        peer = (self.strategy[instance].keys.get(v, 0), v)
        return self.sealed.get(peer, {}).get(instance[1], bytes(codec.CIPHERTEXT_BYTES))

    def answers(self, agreement: Agreement) -> dict[Instance, Unmask]:
        """Return the answers of round 4 that the server can get."""
        waiting = [i for i, s in self.states.items() if isinstance(s, client.HasMasked)]
        if agreement is Agreement.ALL_KEYS and self.config.threat_model.is_signed:
            return self._real_answers(waiting)
        rules = Rules(self.rules.threshold, self.corrupt, agreement, directory=self.rules.directory)
        return {
            i: client.answer(self.states[i], set(self.strategy[i].survivors))
            for i in unmasking(rules, self.strategy)
            if i in waiting
        }

    def _real_answers(self, waiting: Sequence[Instance]) -> dict[Instance, Unmask]:
        signatures: dict[tuple[bytes, bytes], bytes] = {}  # by signature key and text
        for instance in waiting:
            data = codec.encode(self.config, Survivors(self._survivors(instance)))
            try:
                self.states[instance], sent = client.client_sign(self.states[instance], data)
            except AbortError:
                continue
            message: Any = codec.decode(self.config, sent)
            signed = self._signed(instance)
            signatures[signed.verify_keys[instance[1]], signed.text] = message.signature
        answers = {}
        for instance in waiting:
            if not isinstance(self.states[instance], client.HasSigned):
                continue
            data = codec.encode(self.config, Signatures(self._collect(instance, signatures)))
            try:
                _, sent = client.client_unmask(self.states[instance], data)
            except AbortError:
                continue
            found: Any = codec.decode(self.config, sent)
            answers[instance] = found
        return answers

    def _survivors(self, instance: Instance) -> tuple[int, ...]:
        return tuple(sorted(self.strategy[instance].survivors))

    def _signed(self, instance: Instance) -> Any:
        return what_is_signed(self.config, self.keys_shown(instance), self._survivors(instance))

    def _collect(
        self, instance: Instance, signatures: Mapping[tuple[bytes, bytes], bytes]
    ) -> tuple[tuple[int, bytes], ...]:
        """Return the signatures that fit a client's list; the corrupt sign anything."""
        signed, view, found = self._signed(instance), self.strategy[instance], []
        for v in self._survivors(instance):
            if v in self.corrupt:
                secret = self.first[view.keys[v], v].sign_key
                found.append((v, keys.sign(secret, signed.text)))
            elif (signed.verify_keys[v], signed.text) in signatures:
                found.append((v, signatures[signed.verify_keys[v], signed.text]))
        return tuple(found)

    def opened(
        self, answers: Mapping[Instance, Unmask]
    ) -> tuple[dict[Instance, bytes], dict[Instance, bytes]]:
        """Return the seeds and mask keys that enough shares have opened, checked."""
        seeds: dict[Instance, list[Share]] = defaultdict(list)
        mask_keys: dict[Instance, list[Share]] = defaultdict(list)
        for holder, answer in answers.items():
            place = self.config.places[holder[1]]
            for shares, kept in ((answer.seed_shares, seeds), (answer.key_shares, mask_keys)):
                for v, y in shares:
                    owner = holder if v == holder[1] else (self.strategy[holder].keys[v], v)
                    kept[owner].append(Share(place, y))
        for owner in self.sealed:
            for w in self.corrupt & set(self.strategy[owner].keys):
                key_share, seed_share = self._read_as_corrupt(owner, w)
                seeds[owner].append(Share(self.config.places[w], seed_share))
                mask_keys[owner].append(Share(self.config.places[w], key_share))
        t = self.config.threshold
        return (
            {i: reconstruct(found[:t], t) for i, found in seeds.items() if len(found) >= t},
            {i: reconstruct(found[:t], t) for i, found in mask_keys.items() if len(found) >= t},
        )

    def _read_as_corrupt(self, owner: Instance, w: int) -> tuple[int, int]:
        holder = (self.strategy[owner].keys[w], w)
        secret = keys.agree(self.first[holder].cipher_private, self.adverts[owner].cipher_key)
        theirs, mine = self.adverts[owner].cipher_key, self.adverts[holder].cipher_key
        ctx = self.config.context
        key = keys.share_key(ctx, secret, owner[1], theirs, w, mine)
        pair = keys.unseal(key, ctx, owner[1], w, self.sealed[owner][w])
        _, _, *shares = client.SHARE_PAIR.unpack(pair)
        return int.from_bytes(shares[0], "little"), int.from_bytes(shares[1], "little")

    def strip(
        self,
        instance: Instance,
        masked: Ring,
        seeds: Mapping[Instance, bytes],
        mask_keys: Mapping[Instance, bytes],
    ) -> Ring:
        """Return a masked vector less every mask whose key is known."""
        ctx, me, view = self.config.context, instance[1], self.strategy[instance]
        left, mine = masked.copy(), self.adverts[instance].mask_key
        if instance in seeds:
            kernels.mask_accumulate(left, [keys.self_mask_key(ctx, seeds[instance], me)], [-1])
        for v in view.shared - {me}:
            peer = (view.keys[v], v)
            theirs = self.adverts[peer].mask_key
            if instance in mask_keys:
                key = keys.pair_mask_key(ctx, me, mask_keys[instance], mine, v, theirs)
            elif v in self.corrupt:
                secret = self.first[peer].mask_private
                key = keys.pair_mask_key(ctx, v, secret, theirs, me, mine)
            elif peer in mask_keys:
                key = keys.pair_mask_key(ctx, v, mask_keys[peer], theirs, me, mine)
            else:
                continue
            kernels.mask_accumulate(left, [key], [-client.mask_sign(me, v)])
        return left
