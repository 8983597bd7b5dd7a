"""Every check of the protocol stops it, with its own code; a party that stopped stays stopped."""

import os
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("cryptography")

from pyfedlite.errors import AbortError, PyfedliteError
from pyfedlite.secagg import (
    AbortCode,
    Client,
    Config,
    Quantiser,
    Server,
    ThreatModel,
    client,
    codec,
    decode_sum,
    encode_update,
    keys,
    server,
)
from pyfedlite.secagg.messages import (
    Consistency,
    Delivery,
    Keys,
    Masked,
    Shares,
    Signatures,
    Survivors,
    Unmask,
)
from pyfedlite.sharing.field import PRIME
from pyfedlite.sharing.fixed_point import to_ring
from pyfedlite.testing.protocol import make_config, make_vectors, ring_sum

HBC, SEMI, ACTIVE = ThreatModel
IDS = (0, 3, 6, 9)
LOW_ORDER = bytes(32)


def stops(code: str) -> Any:
    return pytest.raises(AbortError, match=f"^{code}: ")


def played(model: ThreatModel = HBC, *, lost: int | None = 9, **changes: Any) -> SimpleNamespace:
    """Play four clients with threshold 3 to the end; `lost` fails before round 2."""
    config, sign_keys = changes.pop("config", None), changes.pop("sign_keys", {})
    if config is None:
        config, sign_keys = make_config(
            4, changes.pop("threshold", 3), threat_model=model, **changes
        )
    ids, vectors = config.client_ids, make_vectors(config)
    p = SimpleNamespace(config=config, sign_keys=sign_keys, vectors=vectors)
    steps = {u: client.client_advertise(config, u, os.urandom, sign_keys[u]) for u in ids}
    p.advertised = {u: state for u, (state, _) in steps.items()}
    p.adverts = {u: message for u, (_, message) in steps.items()}
    p.keyed, p.key_mail = server.server_close_advertise(config, p.adverts.values())
    steps = {u: client.client_share(p.advertised[u], p.key_mail[u], os.urandom) for u in ids}
    p.shared = {u: state for u, (state, _) in steps.items()}
    p.shares = {u: message for u, (_, message) in steps.items()}
    p.stored, p.deliveries = server.server_close_share(p.keyed, p.shares.values())
    present = [u for u in ids if u != lost]
    steps = {u: client.client_mask(p.shared[u], p.deliveries[u], vectors[u]) for u in present}
    p.masked = {u: state for u, (state, _) in steps.items()}
    p.inputs = {u: message for u, (_, message) in steps.items()}
    p.summed, p.requests = server.server_close_mask(p.stored, p.inputs.values())
    p.ready = p.masked
    if model.is_signed:
        steps = {u: client.client_sign(p.masked[u], p.requests[u]) for u in present}
        p.ready = {u: state for u, (state, _) in steps.items()}
        p.signed = {u: message for u, (_, message) in steps.items()}
        p.unsigned = p.summed
        p.survivor_mail = p.requests
        p.summed, p.requests = server.server_close_sign(p.summed, p.signed.values())
    steps = {u: client.client_unmask(p.ready[u], p.requests[u]) for u in present}
    p.answers = {u: message for u, (_, message) in steps.items()}
    return p


@pytest.fixture(scope="module", params=list(ThreatModel))
def play(request: pytest.FixtureRequest) -> SimpleNamespace:
    return played(request.param)


@pytest.fixture(scope="module", params=[SEMI, ACTIVE])
def signing(request: pytest.FixtureRequest) -> SimpleNamespace:
    return played(request.param)


@pytest.fixture(scope="module")
def active() -> SimpleNamespace:
    return played(ACTIVE)


@pytest.fixture(scope="module")
def curious() -> SimpleNamespace:
    return played(HBC)


def signing_key(play: SimpleNamespace, u: int) -> bytes:
    return play.shared[u].sign_key  # drawn for the run, or that of the directory


def text_of(play: SimpleNamespace, survivors: tuple[int, ...]) -> bytes:
    """Return what is signed in round 3 of a run."""
    entries = [codec.decode(play.config, data) for data in play.adverts.values()]
    keys_hash = keys.received((e.sender, e.cipher_key, e.mask_key, e.verify_key) for e in entries)
    return keys.consistency(play.config.context, keys_hash, survivors)


def edited(play: SimpleNamespace, data: bytes, **changes: Any) -> bytes:
    """Return a message with fields exchanged."""
    return codec.encode(play.config, replace(codec.decode(play.config, data), **changes))


def key_mail(play: SimpleNamespace, edit: Any) -> bytes:
    """Return the keys that client 0 is sent, with the list of entries edited."""
    entries = list(codec.decode(play.config, play.key_mail[0]).entries)
    return codec.encode(play.config, Keys(tuple(edit(entries))))


def test_a_run_without_interference_opens_the_sum(play: SimpleNamespace) -> None:
    opened = server.server_close_unmask(play.summed, play.answers.values())
    np.testing.assert_array_equal(opened.total, ring_sum(play.vectors, (0, 3, 6)))


# ----------------------------------------------------------------- round 1: keys


def test_too_few_keys_stop_a_client(play: SimpleNamespace) -> None:
    with stops("TOO_FEW"):
        client.client_share(play.advertised[0], key_mail(play, lambda e: e[:2]), os.urandom)


def test_a_client_whose_own_keys_are_missing_stops(play: SimpleNamespace) -> None:
    with stops("SELF_MISSING"):
        client.client_share(play.advertised[0], key_mail(play, lambda e: e[1:]), os.urandom)


@pytest.mark.parametrize("field", ["cipher_key", "mask_key"])
def test_a_client_whose_own_keys_were_exchanged_stops(play: SimpleNamespace, field: str) -> None:
    other = os.urandom(32)
    mail = key_mail(play, lambda e: [replace(e[0], **{field: other}), *e[1:]])
    with stops("OWN_KEY_CHANGED"):
        client.client_share(play.advertised[0], mail, os.urandom)


@pytest.mark.parametrize(
    ("copied", "onto"),
    [
        ("cipher_key", "cipher_key"),
        ("mask_key", "cipher_key"),
        ("cipher_key", "mask_key"),
        ("mask_key", "mask_key"),
    ],
)
def test_one_public_key_twice_stops_a_client(play: SimpleNamespace, copied: str, onto: str) -> None:
    def edit(e: list[Any]) -> list[Any]:
        return [e[0], replace(e[1], **{onto: getattr(e[2], copied)}), *e[2:]]

    with stops("DUP_KEY"):
        client.client_share(play.advertised[0], key_mail(play, edit), os.urandom)


def test_the_clients_own_key_on_another_stops_it(curious: SimpleNamespace) -> None:
    def edit(e: list[Any]) -> list[Any]:
        return [e[0], replace(e[1], mask_key=e[0].mask_key), *e[2:]]

    with stops("DUP_KEY"):
        client.client_share(curious.advertised[0], key_mail(curious, edit), os.urandom)


def test_a_key_of_low_order_stops_the_sharing(curious: SimpleNamespace) -> None:
    mail = key_mail(curious, lambda e: [e[0], replace(e[1], cipher_key=LOW_ORDER), *e[2:]])
    with stops("BAD_KEY"):
        client.client_share(curious.advertised[0], mail, os.urandom)


def test_a_mask_key_of_low_order_stops_the_masking(curious: SimpleNamespace) -> None:
    mail = key_mail(curious, lambda e: [e[0], replace(e[1], mask_key=LOW_ORDER), *e[2:]])
    shared, _ = client.client_share(curious.advertised[0], mail, os.urandom)
    with stops("BAD_KEY"):
        client.client_mask(shared, curious.deliveries[0], curious.vectors[0])


def test_keys_without_a_valid_signature_stop_a_client(active: SimpleNamespace) -> None:
    for field in ("cipher_key", "mask_key"):
        other = os.urandom(32)

        def edit(e: list[Any], field: str = field, other: bytes = other) -> list[Any]:
            return [*e[:2], replace(e[2], **{field: other}), *e[3:]]

        with stops("BAD_SIG"):
            client.client_share(active.advertised[0], key_mail(active, edit), os.urandom)


def test_keys_of_somebody_who_is_no_neighbour_stop_a_client() -> None:
    config, _ = make_config(5, 2, degree=2)
    steps = {u: client.client_advertise(config, u, os.urandom) for u in config.client_ids}
    everybody = Keys(tuple(state.mine for state, _ in steps.values()))
    with stops("NOT_SUBSET"):
        client.client_share(steps[0][0], codec.encode(config, everybody), os.urandom)


@pytest.mark.parametrize("model", [SEMI, ACTIVE])
def test_a_signature_of_an_earlier_run_of_one_configuration_fits_nowhere(
    model: ThreatModel,
) -> None:
    first = played(model)
    second = played(model, config=first.config, sign_keys=first.sign_keys)
    assert second.config is first.config
    old = codec.decode(first.config, first.requests[0]).entries
    new = codec.decode(second.config, second.requests[0]).entries
    mixed = Signatures(tuple(sorted({**dict(new), 3: dict(old)[3]}.items())))
    with stops("BAD_SIG"):
        client.client_unmask(second.ready[0], codec.encode(second.config, mixed))


def test_a_drawn_signature_key_twice_stops_a_client() -> None:
    play = played(SEMI)
    with stops("DUP_KEY"):
        mail = key_mail(play, lambda e: [e[0], replace(e[1], verify_key=e[2].verify_key), *e[2:]])
        client.client_share(play.advertised[0], mail, os.urandom)


# ----------------------------------------------------------------- round 2: masking


def delivery(play: SimpleNamespace, drop: tuple[int, ...] = (), keep_alive: bool = False) -> bytes:
    message = codec.decode(play.config, play.deliveries[0])
    alive = message.alive if keep_alive else tuple(v for v in message.alive if v not in drop)
    sealed = tuple(entry for entry in message.ciphertexts if entry[0] not in drop)
    return codec.encode(play.config, Delivery(alive, sealed))


def test_too_few_sharers_stop_a_client(play: SimpleNamespace) -> None:
    with stops("TOO_FEW"):
        client.client_mask(play.shared[0], delivery(play, drop=(3, 6)), play.vectors[0])


def test_a_client_not_among_the_sharers_stops(play: SimpleNamespace) -> None:
    with stops("SELF_MISSING"):
        client.client_mask(play.shared[0], delivery(play, drop=(0,)), play.vectors[0])


def test_a_missing_ciphertext_stops_a_client(play: SimpleNamespace) -> None:
    data = delivery(play, drop=(3,), keep_alive=True)
    with stops("NOT_SUBSET"):
        client.client_mask(play.shared[0], data, play.vectors[0])


def test_a_ciphertext_too_many_stops_a_client(play: SimpleNamespace) -> None:
    message = codec.decode(play.config, play.deliveries[0])
    from_itself = ((0, bytes(90)), *message.ciphertexts)
    for alive, sealed in ((message.alive, from_itself), ((0, 3, 6), message.ciphertexts)):
        data = codec.encode(play.config, Delivery(alive, sealed))
        with stops("NOT_SUBSET"):
            client.client_mask(play.shared[0], data, play.vectors[0])


def test_a_sharer_who_advertised_no_keys_stops_a_client() -> None:
    config, _ = make_config(4, 2)
    steps = {u: client.client_advertise(config, u, os.urandom) for u in IDS}
    _, mail = server.server_close_advertise(config, [steps[u][1] for u in (0, 3, 6)])
    shared, _ = client.client_share(steps[0][0], mail[0], os.urandom)
    invented = Delivery((0, 3, 9), ((3, bytes(90)), (9, bytes(90))))
    with stops("NOT_SUBSET"):
        client.client_mask(shared, codec.encode(config, invented), make_vectors(config)[0])


def test_an_unreadable_ciphertext_does_not_stop_the_masking(play: SimpleNamespace) -> None:
    message = codec.decode(play.config, play.deliveries[0])
    garbled = tuple((v, bytes(90)) for v, _ in message.ciphertexts)
    data = codec.encode(play.config, Delivery(message.alive, garbled))
    _, sent = client.client_mask(play.shared[0], data, play.vectors[0])
    assert sent == play.inputs[0]


def test_a_vector_that_is_no_array_is_refused(curious: SimpleNamespace) -> None:
    with pytest.raises(TypeError, match="vector must be an array, got list"):
        client.client_mask(curious.shared[0], curious.deliveries[0], [0, 0, 0, 0])


@pytest.mark.parametrize("vector", [np.zeros(4, np.uint64), np.zeros(5, np.uint32)])
def test_a_vector_of_another_shape_is_refused(curious: SimpleNamespace, vector: Any) -> None:
    with pytest.raises(ValueError, match=r"vector must be uint32 of shape \(4,\)"):
        client.client_mask(curious.shared[0], curious.deliveries[0], vector)


def test_masking_leaves_the_vector_alone(curious: SimpleNamespace) -> None:
    vector = curious.vectors[0].copy()
    client.client_mask(curious.shared[0], curious.deliveries[0], vector)
    np.testing.assert_array_equal(vector, curious.vectors[0])


# ----------------------------------------------------------------- rounds 3 and 4: survivors


@pytest.mark.parametrize(
    ("named", "code"),
    [((0, 3), "TOO_FEW"), ((3, 6, 9), "SELF_MISSING")],
)
def test_a_bad_list_of_survivors_stops_a_client(
    play: SimpleNamespace, named: tuple[int, ...], code: str
) -> None:
    step = client.client_sign if play.config.threat_model.is_signed else client.client_unmask
    with stops(code):
        step(play.masked[0], codec.encode(play.config, Survivors(named)))


@pytest.mark.parametrize("model", list(ThreatModel))
def test_a_survivor_who_never_shared_stops_a_client(model: ThreatModel) -> None:
    config, sign_keys = make_config(5, 3, threat_model=model)
    ids = config.client_ids
    steps = {u: client.client_advertise(config, u, os.urandom, sign_keys[u]) for u in ids}
    state, mail = server.server_close_advertise(config, [steps[u][1] for u in ids])
    shares = {u: client.client_share(steps[u][0], mail[u], os.urandom) for u in ids[:4]}
    _, mail = server.server_close_share(state, [message for _, message in shares.values()])
    masked, _ = client.client_mask(shares[0][0], mail[0], make_vectors(config)[0])
    step = client.client_sign if model.is_signed else client.client_unmask
    with stops("NOT_SUBSET"):
        step(masked, codec.encode(config, Survivors((0, 3, 6, 12))))


def signatures(play: SimpleNamespace, edit: Any) -> bytes:
    entries = codec.decode(play.config, play.requests[0]).entries
    return codec.encode(play.config, Signatures(tuple(edit(entries))))


def test_too_few_signatures_stop_a_client(signing: SimpleNamespace) -> None:
    with stops("TOO_FEW"):
        client.client_unmask(signing.ready[0], signatures(signing, lambda e: e[:2]))


def test_a_signature_that_does_not_verify_stops_a_client(signing: SimpleNamespace) -> None:
    with stops("BAD_SIG"):
        client.client_unmask(
            signing.ready[0], signatures(signing, lambda e: [*e[:2], (6, bytes(64))])
        )


def test_a_signature_on_other_survivors_stops_a_client(signing: SimpleNamespace) -> None:
    others = keys.sign(signing_key(signing, 6), text_of(signing, (0, 6, 9)))  # as many
    with stops("BAD_SIG"):
        client.client_unmask(signing.ready[0], signatures(signing, lambda e: [*e[:2], (6, others)]))


def test_a_signer_who_is_not_in_the_sum_stops_a_client(signing: SimpleNamespace) -> None:
    outside = keys.sign(signing_key(signing, 9), text_of(signing, (0, 3, 6)))
    with stops("NOT_SUBSET"):
        client.client_unmask(signing.ready[0], signatures(signing, lambda e: [*e, (9, outside)]))


def test_the_signature_is_one_of_context_keys_and_survivors(signing: SimpleNamespace) -> None:
    text = text_of(signing, (0, 3, 6))
    for u, sent in signing.signed.items():
        signature = codec.decode(signing.config, sent).signature
        keys.verify(keys.verify_key(signing_key(signing, u)), signature, text, u)


def test_two_lists_of_survivors_never_both_unmask(signing: SimpleNamespace) -> None:
    # The server shows client 0 another list. Its signature then fits no list of the others.
    everybody = codec.encode(signing.config, Survivors(IDS))
    misled, signature = client.client_sign(signing.masked[0], everybody)
    with stops("BAD_SIG"):
        client.client_unmask(misled, signing.requests[0])
    theirs = codec.decode(signing.config, signature).signature
    with stops("BAD_SIG"):
        client.client_unmask(signing.ready[3], signatures(signing, lambda e: [(0, theirs), *e[1:]]))


def test_unmasking_without_signatures_stops_a_client(signing: SimpleNamespace) -> None:
    with stops("REPLAY"):
        client.client_unmask(signing.masked[0], signing.survivor_mail[0])
    with stops("REPLAY"):
        server.server_close_unmask(signing.unsigned, signing.answers.values())


def test_signing_stops_a_client_of_another_model(curious: SimpleNamespace) -> None:
    with stops("REPLAY"):
        client.client_sign(curious.masked[0], curious.requests[0])
    assert curious.masked[0].sign_key is not None


def test_one_kind_of_share_is_sent_for_each_peer(play: SimpleNamespace) -> None:
    answer = codec.decode(play.config, play.answers[0])
    assert [u for u, _ in answer.seed_shares] == [0, 3, 6]
    assert [u for u, _ in answer.key_shares] == [9]


def test_shares_that_cannot_be_read_are_reported(play: SimpleNamespace) -> None:
    state = play.ready[0]
    inner = state.masked if play.config.threat_model.is_signed else state
    garbled = replace(inner, ciphertexts={**inner.ciphertexts, 3: bytes(90)})
    state = replace(state, masked=garbled) if play.config.threat_model.is_signed else garbled
    _, answer = client.client_unmask(state, play.requests[0])
    assert codec.decode(play.config, answer).unavailable == (3,)


@pytest.mark.parametrize(
    ("sender", "receiver", "key_share", "seed_share"),
    [(3, 9, 0, 0), (6, 0, 0, 0), (3, 0, PRIME, 0), (3, 0, 0, PRIME), (3, 0, 0, 2**264 - 1)],
)
def test_what_is_no_share_for_this_client_is_not_sent_on(
    curious: SimpleNamespace, sender: int, receiver: int, key_share: int, seed_share: int
) -> None:
    # A peer seals a pair of nonsense; the key and the header are right.
    state, peer = curious.masked[0], curious.shared[3]
    key = keys.share_key(
        curious.config.context, peer.secrets[0], 3, peer.mine.cipher_key, 0, state.mine.cipher_key
    )
    pair = client.SHARE_PAIR.pack(
        sender, receiver, key_share.to_bytes(33, "little"), seed_share.to_bytes(33, "little")
    )
    sealed = keys.seal(key, curious.config.context, 3, 0, pair)
    changed = replace(state, ciphertexts={**state.ciphertexts, 3: sealed})
    _, answer = client.client_unmask(changed, curious.requests[0])
    assert codec.decode(curious.config, answer).unavailable == (3,)


# ----------------------------------------------------------------- the server


def test_a_message_from_another_round_of_training_stops_the_server(play: SimpleNamespace) -> None:
    later = replace(play.config, round=2)
    with stops("WRONG_CTX"):
        server.server_close_advertise(later, play.adverts.values())


def test_a_message_twice_stops_the_server(play: SimpleNamespace) -> None:
    with stops("DUP_MESSAGE"):
        server.server_close_advertise(play.config, [*play.adverts.values(), play.adverts[0]])


def test_a_message_of_another_kind_stops_the_server(play: SimpleNamespace) -> None:
    with stops("REPLAY"):
        server.server_close_share(play.keyed, play.adverts.values())


def test_too_few_messages_stop_the_server_in_every_round(play: SimpleNamespace) -> None:
    closings = [
        ("advertised keys", server.server_close_advertise, play.config, play.adverts),
        ("shared keys", server.server_close_share, play.keyed, play.shares),
        ("sent their masked", server.server_close_mask, play.stored, play.inputs),
        ("answered", server.server_close_unmask, play.summed, play.answers),
    ]
    if play.config.threat_model.is_signed:
        closings.append(("signed", server.server_close_sign, play.unsigned, play.signed))
    for what, close, state, messages in closings:
        with pytest.raises(AbortError, match=f"TOO_FEW: clients who have {what}.* got 2 of 4"):
            close(state, list(messages.values())[:2])


def test_a_sender_whose_turn_it_is_not_stops_the_server(play: SimpleNamespace) -> None:
    late = client.client_mask(play.shared[9], play.deliveries[9], play.vectors[9])[0]
    step = client.client_unmask if play.config.threat_model is HBC else client.client_sign
    survivors = codec.encode(play.config, Survivors(IDS))
    _, message = step(late, survivors)
    state, close = (
        (play.summed, server.server_close_unmask)
        if play.config.threat_model is HBC
        else (play.unsigned, server.server_close_sign)
    )
    with stops("NOT_SUBSET"):
        close(state, [message])


def test_an_advertisement_with_a_bad_signature_stops_the_server(active: SimpleNamespace) -> None:
    forged = edited(active, active.adverts[3], signature=bytes(64))
    with stops("BAD_SIG"):
        server.server_close_advertise(active.config, [forged])


def test_a_bad_signature_on_the_survivors_stops_the_server(signing: SimpleNamespace) -> None:
    forged = codec.encode(signing.config, Consistency(3, bytes(64)))
    with stops("BAD_SIG"):
        server.server_close_sign(signing.unsigned, [forged])


@pytest.mark.parametrize("edit", [lambda c: c[1:], lambda c: (*c, (9, bytes(90)))[1:]])
def test_shares_for_the_wrong_people_stop_the_server(play: SimpleNamespace, edit: Any) -> None:
    message = codec.decode(play.config, play.shares[0])
    cut = Shares(0, tuple(dict(edit(message.ciphertexts)).items()), message.commitment)
    with stops("NOT_SUBSET"):
        server.server_close_share(play.keyed, [codec.encode(play.config, cut)])


def answers_with(play: SimpleNamespace, u: int, **changes: Any) -> list[bytes]:
    return list({**play.answers, u: edited(play, play.answers[u], **changes)}.values())


def bumped(shares: tuple[tuple[int, int], ...], owner: int) -> tuple[tuple[int, int], ...]:
    return tuple((v, (y + (v == owner)) % PRIME) for v, y in shares)


def test_a_contradicting_share_stops_the_server() -> None:
    play = played(HBC, lost=None)  # four answers, threshold 3
    shares = codec.decode(play.config, play.answers[3]).seed_shares
    answers = answers_with(play, 3, seed_shares=bumped(shares, 6))
    with stops("BAD_SHARE"):
        server.server_close_unmask(play.summed, answers)


def test_a_wrong_seed_stops_the_server(play: SimpleNamespace) -> None:
    shares = codec.decode(play.config, play.answers[3]).seed_shares
    answers = answers_with(play, 3, seed_shares=bumped(shares, 6))
    with pytest.raises(AbortError) as caught:
        server.server_close_unmask(play.summed, answers)
    assert caught.value.code in {"BAD_COMMIT", "BAD_SHARE"}  # the latter for a number above 2^256


def test_another_commitment_stops_the_server(play: SimpleNamespace) -> None:
    wrong = {**play.stored.commitments, 3: bytes(32)}
    state = replace(play.summed, shares=replace(play.stored, commitments=wrong))
    with stops("BAD_COMMIT"):
        server.server_close_unmask(state, play.answers.values())


def test_another_mask_key_stops_the_server(play: SimpleNamespace) -> None:
    other = replace(play.keyed.advertised[9], mask_key=os.urandom(32))
    stored = replace(play.stored, advertised={**play.keyed.advertised, 9: other})
    with stops("PUBKEY_MISMATCH"):
        server.server_close_unmask(replace(play.summed, shares=stored), play.answers.values())


def test_a_share_that_was_not_asked_for_stops_the_server(play: SimpleNamespace) -> None:
    for changes in ({"seed_shares": ((9, 1),)}, {"key_shares": ((3, 1),)}):
        with stops("NOT_SUBSET"):
            server.server_close_unmask(play.summed, answers_with(play, 0, **changes))


def test_a_share_of_no_neighbour_stops_the_server() -> None:
    config, _ = make_config(6, 2, degree=2)
    ids, vectors = config.client_ids, make_vectors(config)
    steps = {u: client.client_advertise(config, u, os.urandom) for u in ids}
    state, mail = server.server_close_advertise(config, [m for _, m in steps.values()])
    steps = {u: client.client_share(steps[u][0], mail[u], os.urandom) for u in ids}
    state, mail = server.server_close_share(state, [m for _, m in steps.values()])
    steps = {u: client.client_mask(steps[u][0], mail[u], vectors[u]) for u in ids}
    state, mail = server.server_close_mask(state, [m for _, m in steps.values()])
    answers = [client.client_unmask(steps[u][0], mail[u])[1] for u in ids]
    server.server_close_unmask(state, answers)
    stranger = next(v for v in ids if v != 0 and v not in config.neighbours[0])
    answers[0] = codec.encode(config, Unmask(0, ((stranger, 1),), ()))
    with stops("NOT_SUBSET"):
        server.server_close_unmask(state, answers)


def test_missing_shares_of_one_client_stop_the_server(play: SimpleNamespace) -> None:
    with stops("TOO_FEW"):
        server.server_close_unmask(play.summed, answers_with(play, 0, key_shares=()))


# ----------------------------------------------------------------- sums out of range


def ranged(**changes: Any) -> Config:
    return make_config(3, 2, quantiser=Quantiser(4, 1.0, max_weight=5), length=3, **changes)[0]


@pytest.mark.parametrize("weight", [1, 16])  # two clients, weights 1 to 5
def test_an_impossible_sum_of_weights_is_an_overflow(weight: int) -> None:
    total = to_ring(np.array([0, 0, weight]), 32)
    with stops("OVERFLOW"):
        decode_sum(ranged(), total, num_survivors=2 if weight == 1 else 3)


@pytest.mark.parametrize("value", [33, -33, -(2**31)])  # weight 2, each at most 2^4
def test_an_impossible_sum_of_values_is_an_overflow(value: int) -> None:
    with stops("OVERFLOW"):
        decode_sum(ranged(), to_ring(np.array([0, value, 2]), 32), num_survivors=2)


@pytest.mark.parametrize("sign", [1, -1])
def test_the_extreme_sum_is_none(sign: int) -> None:
    config = ranged()
    vectors = [encode_update(config, [sign, 0.0], 5, np.zeros(2, np.uint64)) for _ in range(3)]
    mean, weight = decode_sum(config, sum(vectors), num_survivors=3)
    np.testing.assert_array_equal(mean, [sign, 0.0])
    assert weight == 15


@pytest.mark.parametrize(
    ("delta", "weight", "sentence"),
    [
        ([0.0, float("nan")], 1, r"values must be finite everywhere, got nan at \[1\]"),
        ([0.0, float("inf")], 1, r"values must be finite everywhere, got inf at \[1\]"),
        ([0.0, 0.0], 0, r"weight must lie in 1\.\.max_weight=5, got 0; leave"),
        ([0.0, 0.0], 6, r"weight must lie in 1\.\.max_weight=5, got 6; raise max_weight"),
        ([0.0], 1, r"delta must have shape \(2,\), got \(1,\)"),
    ],
)
def test_a_bad_update_is_refused(delta: list[float], weight: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        encode_update(ranged(), delta, weight, np.zeros(len(delta), np.uint64))


def test_rounding_words_have_to_fit_the_rounding() -> None:
    with pytest.raises(ValueError, match="words must fit rounding='stochastic', got none"):
        encode_update(ranged(), [0.0, 0.0], 1)


# ----------------------------------------------------------------- who may join, and sessions


def test_a_stranger_cannot_advertise() -> None:
    config, _ = make_config(3, 2)
    with pytest.raises(ValueError, match="me must be a client of the roster, got 1"):
        client.client_advertise(config, 1, os.urandom)


def test_an_active_client_needs_its_own_signature_key() -> None:
    config, sign_keys = make_config(3, 2, threat_model=ACTIVE)
    for wrong in (None, sign_keys[3]):
        with pytest.raises(ValueError, match="sign_key must be the private key of client 0"):
            client.client_advertise(config, 0, os.urandom, wrong)


def test_a_client_answers_once(play: SimpleNamespace) -> None:
    party = Client(play.config, 0, sign_key=play.sign_keys[0])
    party._state = play.ready[0]
    party.unmask(play.requests[0])
    assert party.stage == "Done"
    for _ in range(2):
        with stops("REPLAY"):
            party.unmask(play.requests[0])
        assert party.stage == "Done"


def test_a_client_that_stopped_stays_stopped(play: SimpleNamespace) -> None:
    party = Client(play.config, 0, sign_key=play.sign_keys[0])
    party.advertise()
    with pytest.raises(PyfedliteError):
        party.share(b"nonsense")
    assert party.stage == "Stopped"
    with stops("REPLAY"):
        party.share(play.key_mail[0])


def test_a_client_asked_out_of_turn_stops() -> None:
    config, _ = make_config(3, 2)
    for call in ("share", "sign", "unmask"):
        party = Client(config, 0)
        with stops("REPLAY"):
            getattr(party, call)(b"")
        assert party.stage == "Stopped"
    with stops("REPLAY"):
        Client(config, 0).mask(b"", np.zeros(4, np.uint32))


def through_sessions(model: ThreatModel) -> None:
    config, sign_keys = make_config(4, 3, threat_model=model)
    vectors = make_vectors(config)
    parties = {u: Client(config, u, sign_key=sign_keys[u]) for u in config.client_ids}
    hub = Server(config)
    for party in parties.values():
        hub.take(party.advertise())
    with stops("WRONG_CTX"):
        hub.take(codec.encode(replace(config, round=9), Masked(0, vectors[0])))
    mail = hub.close()
    sent = {u: parties[u].share(data) for u, data in mail.items()}
    for data in sent.values():
        hub.take(data)
    with stops("DUP_MESSAGE"):
        hub.take(sent[0])
    for u, data in hub.close().items():
        hub.take(parties[u].mask(data, vectors[u]))
    if model.is_signed:
        for u, data in hub.close().items():
            hub.take(parties[u].sign(data))
    with stops("REPLAY"):
        _ = hub.opened
    for u, data in hub.close().items():
        hub.take(parties[u].unmask(data))
    assert hub.close() == {}
    np.testing.assert_array_equal(hub.opened.total, ring_sum(vectors, config.client_ids))
    with stops("REPLAY"):
        hub.close()
    assert hub.opened.helpers == config.client_ids


@pytest.mark.parametrize("model", list(ThreatModel))
def test_what_is_refused_at_the_door_does_not_disturb_the_run(model: ThreatModel) -> None:
    through_sessions(model)


# ----------------------------------------------------------------- keys refused at the door


def bad_adverts(play: SimpleNamespace) -> list[tuple[str, bytes]]:
    """Messages that would stop every client if the server passed them on."""
    other = codec.decode(play.config, play.adverts[0])
    mine = codec.decode(play.config, play.adverts[3])
    bad = [
        ("BAD_KEY", {"cipher_key": LOW_ORDER}),
        ("BAD_KEY", {"mask_key": LOW_ORDER}),
        ("DUP_KEY", {"cipher_key": other.cipher_key}),
        ("DUP_KEY", {"mask_key": other.cipher_key}),
        ("DUP_KEY", {"mask_key": mine.cipher_key}),
    ]
    if play.config.threat_model is SEMI:
        bad.append(("DUP_KEY", {"verify_key": other.verify_key}))
    signed = play.config.threat_model is ACTIVE
    messages = []
    for code, changes in bad:
        entry = replace(mine, **changes)
        if signed:  # a corrupt client signs anything
            ctx = play.config.context
            text = keys.advertised(ctx, 3, entry.cipher_key, entry.mask_key)
            entry = replace(entry, signature=keys.sign(play.sign_keys[3], text))
        messages.append((code, codec.encode(play.config, entry)))
    return messages


def test_a_bad_key_is_refused_on_arrival_and_the_run_goes_on(play: SimpleNamespace) -> None:
    for code, message in bad_adverts(play):
        hub = Server(play.config)
        hub.take(play.adverts[0])
        with stops(code):
            hub.take(message)
        for u in (6, 9):
            hub.take(play.adverts[u])
        assert set(hub.close()) == {0, 6, 9}
        with stops(code):
            server.server_close_advertise(play.config, [play.adverts[0], message])


# ----------------------------------------------------------------- one run of each task


def test_a_task_is_run_once_whatever_the_session() -> None:
    config, _ = make_config(4, 3)
    past: set[bytes] = set()
    Client(config, 0, past=past).advertise()
    again = replace(config, session_id=os.urandom(32), threshold=4)
    with stops("POLICY"):
        Client(again, 0, past=past).advertise()
    for change in ({"round": 2}, {"parameters_hash": b"\x01" * 32}, {"plan_hash": bytes(32)}):
        Client(replace(config, **change), 0, past=past).advertise()
    assert len(past) == 4


def test_every_abort_code_stands_in_this_file() -> None:
    from pathlib import Path

    text = Path(__file__).read_text(encoding="utf-8")
    assert [code for code in AbortCode if f'stops("{code}")' not in text] == []


def test_an_abort_crosses_to_another_process_whole() -> None:
    import pickle

    error = AbortError("TOO_FEW", "two are left")
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.code, copy.reason, str(copy)) == ("TOO_FEW", "two are left", str(error))


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.ciphers.aead", None)
    for call in (
        lambda: keys.public_key(bytes(32)),
        lambda: keys.verify_key(bytes(32)),
        lambda: keys.seal(bytes(32), bytes(32), 1, 2, b""),
    ):
        with pytest.raises(ImportError, match=r"try pip install 'pyfedlite\[secagg\]'"):
            call()
