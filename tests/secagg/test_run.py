"""Whole runs: keys, orders, kernels, bytes, and what the transcript says of them."""

import itertools
import math
import os
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cryptography")

from pyfedlite import kernels
from pyfedlite.errors import AbortError
from pyfedlite.secagg import (
    Config,
    Member,
    Quantiser,
    ThreatModel,
    choose_graph,
    client,
    codec,
    decode_sum,
    encode_update,
    keys,
    run,
    server,
)
from pyfedlite.secagg.messages import Delivery, Keys
from pyfedlite.testing.protocol import make_config, make_graph_config, make_vectors, ring_sum

HBC, SEMI, ACTIVE = ThreatModel


@pytest.mark.parametrize(("n", "t", "degree"), [(7, 5, None), (12, 8, None), (12, 2, 10)])
@pytest.mark.parametrize("ring_bits", [32, 64])
def test_sampled_fates_of_larger_cohorts_give_the_sum_or_an_abort(
    n: int, t: int, degree: int | None, ring_bits: int
) -> None:
    rng = random.Random(n)
    config, _ = make_config(n, t, ring_bits=ring_bits)
    if degree is not None:
        config, _ = make_graph_config(n, 8, ring_bits=ring_bits)
        assert (config.degree, config.threshold) == (degree, t)
    vectors = make_vectors(config)
    summed = 0
    for _ in range(15):
        stages = [0, 1, 2, 4, *[None] * 8]
        fates = {u: rng.choice(stages) for u in config.client_ids}
        try:
            outcome = run(config, vectors.__getitem__, drops_at=fates)
        except AbortError as error:
            if error.code != "TOO_FEW":
                raise
            continue
        summed += 1
        expected = ring_sum(vectors, outcome.survivors)
        np.testing.assert_array_equal(outcome.total, expected)
    assert summed > 0


def first_rounds(n: int) -> tuple[Config, Any, dict[int, Any], dict[int, Any]]:
    config, _ = make_config(n, 2)
    vectors = make_vectors(config)
    steps: dict[int, Any] = {
        u: client.client_advertise(config, u, os.urandom) for u in config.client_ids
    }
    state, mail = server.server_close_advertise(config, [m for _, m in steps.values()])
    steps = {u: client.client_share(steps[u][0], mail[u], os.urandom) for u in mail}
    state, mail = server.server_close_share(state, [m for _, m in steps.values()])
    masked = {u: client.client_mask(steps[u][0], mail[u], vectors[u]) for u in mail}
    return config, (state, vectors), steps, masked


def test_the_order_in_which_messages_arrive_does_not_matter() -> None:
    _, (state, _), _, masked = first_rounds(3)
    totals = []
    for order in itertools.permutations(masked):
        summed, mail = server.server_close_mask(state, [masked[u][1] for u in order])
        answers = [client.client_unmask(masked[u][0], mail[u])[1] for u in order]
        totals.append(server.server_close_unmask(summed, answers).total)
    for total in totals[1:]:
        np.testing.assert_array_equal(total, totals[0])


def test_every_key_of_a_run_is_another() -> None:
    config, _ = make_config(4, 2)
    ctx, ids = config.context, config.client_ids
    private = {u: (os.urandom(32), os.urandom(32)) for u in ids}
    public = {u: tuple(map(keys.public_key, pair)) for u, pair in private.items()}
    made = []
    for u, v in itertools.combinations(ids, 2):
        made.append(keys.pair_mask_key(ctx, u, private[u][1], public[u][1], v, public[v][1]))
    for u, v in itertools.permutations(ids, 2):
        secret = keys.agree(private[u][0], public[v][0])
        made.append(keys.share_key(ctx, secret, u, public[u][0], v, public[v][0]))
    for u in ids:
        seed = os.urandom(32)
        made += [keys.self_mask_key(ctx, seed, u), keys.commitment(ctx, seed, u)]
    assert len(set(made)) == len(made) == 6 + 12 + 8


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_the_uses_of_one_secret_have_keys_of_their_own(ctx: bytes, seed: bytes) -> None:
    one = keys.public_key(b"\x01" * 32)
    made = {
        keys.self_mask_key(ctx, seed, 1),
        keys.self_mask_key(ctx, seed, 2),
        keys.commitment(ctx, seed, 1),
        keys.share_key(ctx, seed, 1, one, 2, one),
        keys.share_key(ctx, seed, 2, one, 1, one),
        keys.share_key(bytes(31) + b"\x01", seed, 1, one, 2, one),
    }
    assert len(made) == 6 - (ctx == bytes(31) + b"\x01")


def unmasked_by_hand(told: dict[int, Config], x: dict[int, Any]) -> np.ndarray:
    """The sum that a server gets which knows all self-masks, and checks nothing.

    It relays between clients who were told different things by rewriting the context in headers.
    """

    def relabelled(data: bytes, to: Config) -> bytes:
        return data[:6] + to.context[:16] + data[22:]

    steps: dict[int, Any] = {u: client.client_advertise(c, u, os.urandom) for u, c in told.items()}
    everybody = Keys(tuple(state.mine for state, _ in steps.values()))
    mail = {u: codec.encode(c, everybody) for u, c in told.items()}
    steps = {u: client.client_share(steps[u][0], mail[u], os.urandom) for u in told}
    sent = {u: codec.decode(told[u], relabelled(m, told[u])) for u, (_, m) in steps.items()}
    shared = {u: state for u, (state, _) in steps.items()}
    total = np.zeros_like(next(iter(x.values())))
    for u, config in told.items():
        sealed = tuple((v, dict(sent[v].ciphertexts)[u]) for v in told if v != u)
        delivery = codec.encode(config, Delivery(tuple(told), sealed))
        _, message = client.client_mask(shared[u], delivery, x[u])
        total += codec.decode(config, message).vector
        own = keys.self_mask_key(config.context, shared[u].seed, u)
        kernels.mask_accumulate(total, [own], [-1])
    return total


@pytest.mark.parametrize(
    "changes",
    [{}, {"parameters_hash": b"\x01" * 32}, {"round": 2}, {"session_id": b"\x02" * 32}],
)
def test_masks_of_clients_who_were_told_different_things_do_not_cancel(
    changes: dict[str, Any],
) -> None:
    config, _ = make_config(4, 2, quantiser=Quantiser(16, 1.0, max_weight=4), length=40)
    told = {u: replace(config, **changes) if u < 6 else config for u in config.client_ids}
    words = np.zeros(config.length - 1, np.uint64)
    x = {u: encode_update(config, np.full(39, 0.5), 1, words) for u in config.client_ids}
    total = unmasked_by_hand(told, x)
    if not changes:
        np.testing.assert_array_equal(total, ring_sum(x, config.client_ids))
        return
    assert (total != ring_sum(x, config.client_ids)).all()
    with pytest.raises(AbortError, match="OVERFLOW"):
        decode_sum(config, total, 4)


def test_a_late_vector_is_hidden_by_the_self_mask_alone() -> None:
    config, (_, vectors), steps, masked = first_rounds(3)
    late = masked[0][1]
    y = np.frombuffer(late[26:], "<u4").copy()
    # The server has opened the mask key of client 0, whom it took for dropped.
    shared = steps[0][0]
    for v, peer in shared.peers.items():
        key = keys.pair_mask_key(
            config.context, 0, shared.mask_private, shared.mine.mask_key, v, peer.mask_key
        )
        kernels.mask_accumulate(y, key, [-client.mask_sign(0, v)])
    own = np.zeros(config.length, np.uint32)
    kernels.mask_accumulate(own, keys.self_mask_key(config.context, shared.seed, 0), [1])
    np.testing.assert_array_equal(y - vectors[0], own)
    assert (y != vectors[0]).any()


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_masks_of_a_pair_have_opposite_signs(u: int, v: int) -> None:
    if u != v:
        assert client.mask_sign(u, v) + client.mask_sign(v, u) == 0


@given(st.data())
def test_the_weighted_mean_is_off_by_less_than_a_step(data: st.DataObject) -> None:
    n, d, f, clip = data.draw(st.integers(2, 6)), 5, 10, 2.0
    max_weight = data.draw(st.integers(1, 1000))
    rounding = data.draw(st.sampled_from(["stochastic", "nearest"]))
    config, _ = make_config(n, 2, length=d + 1, quantiser=Quantiser(f, clip, max_weight, rounding))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    deltas = rng.normal(scale=2, size=(n, d))
    weights = rng.integers(1, max_weight, size=n, endpoint=True)
    total = np.zeros(d + 1, np.uint32)
    for delta, weight in zip(deltas, weights, strict=True):
        words = rng.integers(0, 2**64, d, dtype=np.uint64) if rounding == "stochastic" else None
        total += encode_update(config, delta, int(weight), words)
    mean, weight = decode_sum(config, total, n)
    clipped = np.clip(deltas, -clip, clip)
    expected = [math.fsum(weights * column) / weights.sum() for column in clipped.T]
    assert weight == weights.sum()
    step = 2.0**-f if rounding == "stochastic" else 2.0 ** -(f + 1)
    assert (np.abs(mean - expected) <= step * (1 + 1e-9)).all()  # 1e-9: float64 in the oracle


# ----------------------------------------------------------------- bytes and words


def overhead(n: int, peers: int, helped: int) -> int:
    """Bytes that a client sends beside its vector, from the layout of the messages.

    Four headers of 26; two keys; a ciphertext of 90 for each peer with its id, their number, the
    commitment; shares of 33 with an id, and three numbers of entries.
    """
    assert peers < n
    return 4 * 26 + 2 * 32 + (4 + peers * (4 + 90) + 32) + (3 * 4 + helped * (4 + 33))


def test_bytes_on_the_wire_are_those_of_the_formula() -> None:
    config, _ = make_config(5, 3, length=100)
    vectors = make_vectors(config)
    outcome = run(config, vectors.__getitem__, drops_at={0: 2})
    for u in outcome.survivors:
        assert outcome.transcript.bytes_up(u) == 400 + overhead(5, 4, helped=5)
    up = sum(outcome.transcript.bytes_up(u) for u in config.client_ids)
    down = sum(outcome.transcript.bytes_down(u) for u in config.client_ids)
    by_round = outcome.transcript.bytes_by_round()
    assert sum(r[0] for r in by_round.values()) == up
    assert sum(r[1] for r in by_round.values()) == down


def test_a_hundred_clients_send_less_than_fourteen_kilobytes_beside_the_vector() -> None:
    assert overhead(100, 99, helped=100) < 14_000
    config, _ = make_config(100, 51, length=1)
    outcome = run(config, make_vectors(config).__getitem__)
    assert outcome.transcript.bytes_up(0) - 4 == overhead(100, 99, helped=100)


@pytest.mark.parametrize("model", [SEMI, ACTIVE])
def test_agreement_costs_a_key_and_two_messages_of_signatures(model: ThreatModel) -> None:
    n = 20
    curious, _ = make_config(n, 11, length=1)
    config, sign_keys = make_config(n, 11, length=1, threat_model=model)
    plain, signed = (
        run(c, make_vectors(c).__getitem__, sign_keys=sign_keys).transcript
        for c in (curious, config)
    )
    # Round 0 brings a key of 32 bytes, or a signature of 64, from each to each; round 3 a signature
    # up; the answer to it, a header, their number, and 68 bytes for each of n signers.
    key = 32 if model is SEMI else 64
    assert signed.bytes_up(0) - plain.bytes_up(0) == key + (26 + 64)
    assert signed.bytes_down(0) - plain.bytes_down(0) == n * key + (26 + 4 + n * 68)


def test_a_graph_sends_less() -> None:
    choice = choose_graph(100, corrupt_fraction=0.1, dropout_fraction=0.1)
    assert choice.degree is not None
    config, _ = make_graph_config(100, 10, 10, length=1)
    assert (config.degree, config.threshold) == (choice.degree, choice.threshold)
    vectors = make_vectors(config)
    drops = {u: 2 for u in config.client_ids[:10]}
    outcome = run(config, vectors.__getitem__, drops_at=drops)
    np.testing.assert_array_equal(outcome.total, ring_sum(vectors, outcome.survivors))
    u = outcome.survivors[0]
    expected = overhead(100, choice.degree, helped=choice.degree + 1)
    assert outcome.transcript.bytes_up(u) - 4 == expected


def test_the_transcript_says_who_took_part_and_what_was_opened() -> None:
    config, sign_keys = make_config(4, 3, threat_model=ACTIVE)
    vectors = make_vectors(config)
    outcome = run(config, vectors.__getitem__, drops_at={9: 2}, sign_keys=sign_keys)
    transcript = outcome.transcript
    assert transcript.senders(1) == (0, 3, 6, 9)
    assert transcript.senders(2) == transcript.survivors == (0, 3, 6)
    assert transcript.dropped == (9,)
    text = transcript.explain()
    assert "4 clients, active, threshold 3, everybody with everybody" in text
    assert "round 3, consistency: 3 clients" in text
    # Who has gone is missed once, in the first round without it.
    assert [line[:8] for line in text.splitlines() if "without client 9" in line] == ["round 2,"]
    assert "the mask key of client 9, who sent no vector in time" in text
    assert "the sum over clients 0, 3, 6" in text
    assert "signatures" in transcript.client_view(0)
    assert "shares" in transcript.client_view(9)
    assert "signatures" not in transcript.client_view(9)


def test_a_transcript_holds_no_secret() -> None:
    config, _ = make_config(3, 2)
    vectors = make_vectors(config)
    drawn: list[bytes] = []

    def rand(length: int) -> bytes:
        drawn.append(os.urandom(length))
        return drawn[-1]

    transcript = run(config, vectors.__getitem__, rand=rand).transcript
    assert all(repr(secret) not in repr(transcript) for secret in drawn)


def test_a_client_on_a_graph_with_too_few_neighbours_stops_alone() -> None:
    config, _ = make_config(8, 2, degree=2)
    u, v = 0, config.neighbours[0][0]
    vectors = make_vectors(config)
    gone = {v: 0}
    try:
        outcome = run(config, vectors.__getitem__, drops_at=gone)
    except AbortError as error:
        if error.code != "TOO_FEW":
            raise
    else:
        assert u in outcome.transcript.stopped
        assert f"client {u} stopped: TOO_FEW" in outcome.transcript.explain()


def test_a_client_whose_neighbours_have_all_gone_leaves_no_mask_behind() -> None:
    config, _ = make_graph_config(12, 0)
    for name, value in (("degree", 4), ("min_survivors", 7)):  # past the check: k > dropouts
        object.__setattr__(config, name, value)
    vectors = make_vectors(config)
    lonely = 0  # its neighbours fail after they advertised keys, so it stops before it masks
    gone = dict.fromkeys(config.neighbours[lonely], 1)
    outcome = run(config, vectors.__getitem__, drops_at=gone)
    assert set(outcome.transcript.stopped) == {lonely}
    assert outcome.transcript.dropped == (lonely,)
    assert outcome.survivors == tuple(u for u in config.client_ids if u != lonely and u not in gone)
    np.testing.assert_array_equal(outcome.total, ring_sum(vectors, outcome.survivors))


def test_the_picture_has_a_line_for_each_client_and_a_cross_for_each_failure() -> None:
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    config, _ = make_config(4, 2)
    outcome = run(config, make_vectors(config).__getitem__, drops_at={9: 2, 6: 0})
    axes = outcome.transcript.plot()
    markers = [line.get_marker() for line in axes.lines]
    assert (markers.count("o"), markers.count("x")) == (3, 2)
    assert axes.get_xlabel() == "client"


@pytest.mark.parametrize(
    ("drops_at", "sentence"),
    [
        ({1: 2}, r"drops_at must name clients of the roster, got \[1\]"),
        ({0: 5}, r"drops_at must hold protocol rounds 0\.\.4 or None, got 5"),
        ({0: -1}, r"drops_at must hold protocol rounds 0\.\.4 or None, got -1"),
    ],
)
def test_fates_that_are_none_are_refused(drops_at: dict[int, int], sentence: str) -> None:
    config, _ = make_config(3, 2)
    with pytest.raises(ValueError, match=sentence):
        run(config, make_vectors(config).__getitem__, drops_at=drops_at)


def test_seconds_are_kept_by_party_and_round() -> None:
    config, _ = make_config(3, 2)
    outcome = run(config, make_vectors(config).__getitem__, drops_at={0: 4})
    assert list(outcome.server_seconds) == list(outcome.client_seconds) == [0, 1, 2, 4]
    assert set(outcome.client_seconds[4]) == {3, 6}
    assert all(seconds >= 0 for seconds in outcome.server_seconds.values())


def test_members_are_named_by_id_not_by_place() -> None:
    config, _ = make_config(3, 2)
    assert config.client_ids == (0, 3, 6)
    assert config.places == {0: 1, 3: 2, 6: 3}
    assert config.verify_keys[3] == Member(3).verify_key
