"""A server that lies, with corrupt clients, knows no sum over fewer honest clients than promised.

The machine below plays the server and the corrupt clients against honest ones: it shows each what
it likes, in any order, as often as it likes, and keeps the shares that it gets. Linear algebra says
what it knows then (``attacks.secure_aggregation.knowledge``). That it never opens both secrets of
one client is checked too; by itself that is not enough.
"""

import os
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

pytest.importorskip("cryptography")

from pyfedlite.attacks.secure_aggregation.game import View, rows_of
from pyfedlite.attacks.secure_aggregation.knowledge import smallest_sum
from pyfedlite.errors import AbortError, DecodeError
from pyfedlite.secagg import Client, Config, ThreatModel, client, codec, keys
from pyfedlite.secagg.checks import what_is_signed
from pyfedlite.secagg.messages import Delivery, Keys, Signatures, Survivors
from pyfedlite.testing.protocol import make_config, make_vectors

NUM_CLIENTS, NUM_CORRUPT, THRESHOLD = 6, 1, 4  # 2 * 4 > 6 + 1
IDS = tuple(3 * index for index in range(NUM_CLIENTS))
CORRUPT, HONEST = IDS[:NUM_CORRUPT], IDS[NUM_CORRUPT:]
SOME = st.sets(st.sampled_from(IDS), min_size=THRESHOLD - 1)


class Counts:
    """Whose shares have been seen: of seeds and of mask keys, by owner."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.seeds: dict[int, set[int]] = defaultdict(set)
        self.mask_keys: dict[int, set[int]] = defaultdict(set)

    def corrupt(self, owner: int, peers: Any) -> None:
        """A corrupt client reads both shares that `owner` made for it."""
        self.seeds[owner] |= set(peers) & set(CORRUPT)
        self.mask_keys[owner] |= set(peers) & set(CORRUPT)

    def answer(self, data: bytes) -> None:
        message = codec.decode(self.config, data)
        for collected, shares in (
            (self.seeds, message.seed_shares),
            (self.mask_keys, message.key_shares),
        ):
            for owner, _ in shares:
                collected[owner].add(message.sender)

    def reached(self, *kinds: Any) -> list[set[tuple[int, int]]]:
        """Return for each kind of share: of whom there are enough, in run 0."""
        enough = self.config.threshold
        return [{(0, v) for v in HONEST if len(kind[v]) >= enough} for kind in kinds]

    def opened(self) -> list[int]:
        enough = self.config.threshold
        return [
            v for v in HONEST if len(self.seeds[v]) >= enough and len(self.mask_keys[v]) >= enough
        ]


class LyingServer(RuleBasedStateMachine):
    """Everything that a server with corrupt clients can send to honest ones."""

    model = ThreatModel.SEMI_MALICIOUS

    @initialize()
    def advertise(self) -> None:
        self.config, self.sign_keys = make_config(
            NUM_CLIENTS, THRESHOLD, threat_model=self.model, num_corrupt=NUM_CORRUPT
        )
        assert self.config.client_ids == IDS
        self.vectors = make_vectors(self.config)
        self.counts = Counts(self.config)
        self.parties = {
            u: Client(self.config, u, sign_key=self.sign_keys[u]) for u in self.config.client_ids
        }
        sent = {u: party.advertise() for u, party in self.parties.items()}
        self.adverts = {u: codec.decode(self.config, data) for u, data in sent.items()}
        self.shares: dict[int, Any] = {}
        self.signatures: dict[bytes, dict[int, bytes]] = defaultdict(dict)
        self.signed: dict[int, tuple[int, ...]] = {}
        self.old: list[tuple[str, bytes]] = []
        self.answered: dict[int, int] = defaultdict(int)
        self.views: dict[tuple[int, int], View] = {}  # of those who have masked
        self.keys_shown: dict[int, bytes] = {}
        for u in CORRUPT:  # they share as honest clients do; their secrets are the adversary's
            self.push(u, "share", self.keys_of(IDS))

    def keys_of(self, named: Any) -> bytes:
        entries = tuple(self.adverts[v] for v in sorted(named))
        return codec.encode(self.config, Keys(entries))

    def push(self, u: int, step: str, data: bytes) -> None:
        """Send `data` to client u, whatever becomes of it."""
        self.old.append((step, data))
        party = self.parties[u]
        more = [self.vectors[u]] if step == "mask" else []
        try:
            message = getattr(party, step)(data, *more)
        except (AbortError, DecodeError):
            assert party.stage in {"Stopped", "Done"}
            return
        if step == "mask":
            self.note_view(u, codec.decode(self.config, data).alive)
        if step == "share":
            self.keys_shown[u] = data
            self.shares[u] = codec.decode(self.config, message)
            self.counts.corrupt(u, [v for v, _ in self.shares[u].ciphertexts])
        if step == "sign":
            survivors = codec.decode(self.config, data).alive
            self.signatures[self.text(u, survivors)][u] = codec.decode(
                self.config, message
            ).signature
        if step == "unmask":
            self.answered[u] += 1
            self.counts.answer(message)

    def text(self, u: int, survivors: tuple[int, ...]) -> bytes:
        """Return what client u signs and expects others to have signed."""
        self.signed[u] = survivors
        entries = codec.decode(self.config, self.keys_shown[u]).entries
        return what_is_signed(self.config, entries, survivors).text

    def note_view(self, u: int, shared: tuple[int, ...]) -> None:
        """Write down with whom an honest client has masked."""
        if u in HONEST:
            named = codec.decode(self.config, self.keys_shown[u]).entries
            keys_of = {entry.sender: 0 for entry in named if entry.sender != u}
            self.views[0, u] = View(keys_of, frozenset(shared), frozenset())

    @rule(u=st.sampled_from(HONEST), named=st.one_of(st.just(set(IDS)), SOME))
    def send_keys(self, u: int, named: set[int]) -> None:
        if self.parties[u].stage == "Advertised":
            self.push(u, "share", self.keys_of(named | {u}))

    @rule(u=st.sampled_from(HONEST), named=st.one_of(st.just(set(IDS)), SOME))
    def send_shares(self, u: int, named: set[int]) -> None:
        if self.parties[u].stage == "Shared":
            alive = sorted(v for v in named | {u} if v == u or v in self.shares)
            sealed = tuple(
                (v, dict(self.shares[v].ciphertexts).get(u, bytes(90))) for v in alive if v != u
            )
            self.push(u, "mask", codec.encode(self.config, Delivery(tuple(alive), sealed)))

    @rule(u=st.sampled_from(HONEST), named=SOME)
    def send_survivors(self, u: int, named: set[int]) -> None:
        if self.parties[u].stage == "HasMasked":
            survivors = Survivors(tuple(sorted(named | {u})))
            self.push(u, "sign", codec.encode(self.config, survivors))

    @rule(u=st.sampled_from(HONEST), others=st.booleans())
    def send_signatures(self, u: int, others: bool) -> None:
        if self.parties[u].stage == "HasSigned":
            mine = self.text(u, self.signed[u])
            texts = [text for text in self.signatures if (text == mine) != others]
            if texts:
                signed = dict(self.signatures[texts[-1]])
                for v in set(CORRUPT) & set(self.signed[u]):  # they sign what is asked for
                    signed[v] = keys.sign(self.parties[v]._state.sign_key, mine)
                data = codec.encode(self.config, Signatures(tuple(sorted(signed.items()))))
                self.push(u, "unmask", data)

    @rule(u=st.sampled_from(HONEST), which=st.integers(0, 10**6))
    def replay(self, u: int, which: int) -> None:
        if self.old and self.parties[u].stage == "Done":  # elsewhere it only stops the client
            self.push(u, *self.old[which % len(self.old)])

    @invariant()
    def no_client_is_open(self) -> None:
        if hasattr(self, "counts"):
            assert self.counts.opened() == []
            seeds, mask_keys = self.counts.reached(self.counts.seeds, self.counts.mask_keys)
            known = smallest_sum(rows_of(self.views, CORRUPT, seeds, mask_keys))
            assert not known or len(known) >= THRESHOLD - NUM_CORRUPT
            assert all(number <= 1 for number in self.answered.values())


class ActiveServer(LyingServer):
    """The same against clients who sign."""

    model = ThreatModel.ACTIVE


def short(machine: type[RuleBasedStateMachine]) -> Any:
    case = machine.TestCase
    sequences = max(40, settings().max_examples // 5)  # 2000 under the nightly profile
    case.settings = settings(max_examples=sequences, stateful_step_count=50, deadline=None)
    return case


TestALyingServerOpensNobody = short(LyingServer)
TestAnActiveServerOpensNobody = short(ActiveServer)


def split_attack(threshold: int) -> list[int]:
    """Show half of the clients a list with the victim, the other half one without it."""
    config, _ = make_config(
        NUM_CLIENTS, THRESHOLD, threat_model=ThreatModel.SEMI_MALICIOUS, num_corrupt=NUM_CORRUPT
    )
    object.__setattr__(config, "threshold", threshold)  # past the check of the configuration
    vectors, counts = make_vectors(config), Counts(config)
    parties = {u: Client(config, u, rand=os.urandom) for u in IDS}
    adverts = {u: codec.decode(config, party.advertise()) for u, party in parties.items()}
    keyed = codec.encode(config, Keys(tuple(adverts.values())))
    shares = {u: codec.decode(config, party.share(keyed)) for u, party in parties.items()}
    victim = HONEST[0]
    for u, party in parties.items():
        counts.corrupt(u, [v for v, _ in shares[u].ciphertexts])
        sealed = tuple((v, dict(shares[v].ciphertexts)[u]) for v in IDS if v != u)
        party.mask(codec.encode(config, Delivery(IDS, sealed)), vectors[u])
    for u in HONEST:  # a client that asks for no signatures, which is what counting is about
        told = IDS if u in HONEST[:2] else tuple(v for v in IDS if v != victim)
        answer = client.answer(parties[u]._state, set(told))
        counts.answer(codec.encode(config, answer))
    return counts.opened()


def test_by_counting_alone_a_threshold_one_too_low_lets_a_lying_server_open_a_client() -> None:
    assert split_attack(THRESHOLD - 1) == [HONEST[0]]  # 3 seed shares and 3 key shares and more
    assert split_attack(THRESHOLD) == []
