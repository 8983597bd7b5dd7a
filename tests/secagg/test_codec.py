"""Messages: one encoding each, and decoders that survive anything."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cryptography")

from pyfedlite.errors import AbortError, DecodeError
from pyfedlite.secagg import Config, ThreatModel, codec
from pyfedlite.secagg.messages import (
    Advertise,
    Consistency,
    Delivery,
    Keys,
    Masked,
    Message,
    Shares,
    Signatures,
    Survivors,
    Unmask,
)
from pyfedlite.sharing.field import PRIME
from pyfedlite.testing.fuzzing.messages import fuzz
from pyfedlite.testing.protocol import make_config

CONFIGS = [
    make_config(4, 3, threat_model=model, ring_bits=bits)[0]
    for model in (ThreatModel.HONEST_BUT_CURIOUS, ThreatModel.ACTIVE)
    for bits in (32, 64)
]
IDS = CONFIGS[0].client_ids


def bytes_of(length: int) -> st.SearchStrategy[bytes]:
    return st.binary(min_size=length, max_size=length)


def id_lists() -> st.SearchStrategy[tuple[int, ...]]:
    return st.sets(st.sampled_from(IDS)).map(lambda ids: tuple(sorted(ids)))


@st.composite
def entries(draw: st.DrawFn, values: st.SearchStrategy[Any]) -> tuple[tuple[int, Any], ...]:
    return tuple((u, draw(values)) for u in draw(id_lists()))


@st.composite
def messages(draw: st.DrawFn) -> tuple[Config, Message]:
    config = draw(st.sampled_from(CONFIGS))
    sender = draw(st.sampled_from(IDS))
    key, ciphertext, signature = bytes_of(32), bytes_of(90), bytes_of(64)
    signed = signature if config.threat_model is ThreatModel.ACTIVE else st.just(b"")
    shares = entries(st.integers(0, PRIME - 1))
    dtype = np.uint32 if config.ring_bits == 32 else np.uint64
    top = 2**config.ring_bits - 1
    vector = st.lists(st.integers(0, top), min_size=config.length, max_size=config.length)

    def advertise(u: int) -> Advertise:
        return Advertise(u, draw(key), draw(key), draw(signed))

    makers = {
        Advertise: lambda: advertise(sender),
        Keys: lambda: Keys(tuple(advertise(u) for u in draw(id_lists()))),
        Shares: lambda: Shares(sender, draw(entries(ciphertext)), draw(key)),
        Delivery: lambda: Delivery(draw(id_lists()), draw(entries(ciphertext))),
        Masked: lambda: Masked(sender, np.array(draw(vector), dtype)),
        Survivors: lambda: Survivors(draw(id_lists())),
        Consistency: lambda: Consistency(sender, draw(signature)),
        Signatures: lambda: Signatures(draw(entries(signature))),
        Unmask: lambda: Unmask(sender, draw(shares), draw(shares), draw(id_lists())),
    }
    return config, makers[draw(st.sampled_from(list(makers)))]()


@given(messages())
def test_decoding_undoes_encoding(case: tuple[Config, Message]) -> None:
    config, message = case
    decoded = codec.decode(config, codec.encode(config, message))
    if isinstance(message, Masked):
        np.testing.assert_array_equal(decoded.vector, message.vector)
        assert (type(decoded), decoded.sender) == (Masked, message.sender)
    else:
        assert decoded == message


@given(messages())
def test_a_message_has_one_encoding(case: tuple[Config, Message]) -> None:
    config, message = case
    data = codec.encode(config, message)
    assert codec.encode(config, codec.decode(config, data)) == data


@given(messages(), st.data())
def test_a_message_cut_short_or_drawn_out_is_refused(
    case: tuple[Config, Message], data: st.DataObject
) -> None:
    config, message = case
    whole = codec.encode(config, message)
    cut = data.draw(st.integers(0, len(whole) - 1))
    for wrong in (whole[:cut], whole + b"\x00"):
        with pytest.raises(DecodeError, match="message must"):
            codec.decode(config, wrong)


@given(st.sampled_from(CONFIGS), st.binary(max_size=400))
def test_decoders_are_total(config: Config, data: bytes) -> None:
    behind_a_header = codec.encode(config, Survivors(()))[:26] + data
    for message in (data, behind_a_header):
        try:
            decoded = codec.decode(config, message)
        except DecodeError:
            continue
        assert codec.encode(config, decoded) == message  # nothing was read that was not there


def test_ten_thousand_mutated_messages_raise_nothing_but_decode_errors() -> None:
    assert 0 < fuzz(10_000, seed=0) < 10_000  # some mutations are messages again


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda m: b"PFSB" + m[4:], "begin with b'PFSA' and version 1"),
        (lambda m: m[:4] + b"\x02" + m[5:], "begin with b'PFSA' and version 1"),
        (lambda m: m[:5] + b"\x0a" + m[6:], "be of a known kind, got 10"),
        (lambda m: m[:22] + b"\x00" * 4 + m[26:], "come from the right side"),
        (lambda m: m[:26] + b"\xff\xff\xff\xff" + m[30:], "list at most 4 entries"),
        (lambda m: m[:30] + b"\x05\x00\x00\x00" + m[34:], "name clients of the roster, got 5"),
        (lambda m: m[:34] + m[30:34] + m[38:], "ascending order, each once, got 0, 0"),
    ],
)
def test_what_is_wrong_with_a_message_is_said(change: Any, sentence: str) -> None:
    data = codec.encode(CONFIGS[0], Survivors(IDS))
    with pytest.raises(DecodeError, match=sentence):
        codec.decode(CONFIGS[0], change(data))


def advert(u: int) -> Advertise:
    return Advertise(u, bytes(32), bytes(32))


@pytest.mark.parametrize("ids", [(0, 0), (3, 0)])
@pytest.mark.parametrize(
    "make",
    [
        lambda ids: Keys(tuple(advert(u) for u in ids)),
        lambda ids: Shares(0, tuple((u, bytes(90)) for u in ids), bytes(32)),
        lambda ids: Delivery(ids, ()),
        lambda ids: Delivery((), tuple((u, bytes(90)) for u in ids)),
        lambda ids: Survivors(ids),
        lambda ids: Signatures(tuple((u, bytes(64)) for u in ids)),
        lambda ids: Unmask(0, tuple((u, 1) for u in ids), ()),
        lambda ids: Unmask(0, (), tuple((u, 1) for u in ids)),
        lambda ids: Unmask(0, (), (), ids),
    ],
)
def test_a_list_names_each_client_once_and_in_order(make: Any, ids: tuple[int, ...]) -> None:
    data = codec.encode(CONFIGS[0], make(ids))
    with pytest.raises(DecodeError, match="list ids in ascending order, each once"):
        codec.decode(CONFIGS[0], data)


def test_a_share_outside_the_field_is_no_message() -> None:
    data = codec.encode(CONFIGS[0], Unmask(0, ((0, PRIME - 1),), ()))
    end = 26 + 4 + 4
    wrong = data[:end] + PRIME.to_bytes(33, "little") + data[end + 33 :]
    with pytest.raises(DecodeError, match="hold shares below p"):
        codec.decode(CONFIGS[0], wrong)


def test_a_sender_who_is_not_on_the_roster_is_refused() -> None:
    data = bytearray(codec.encode(CONFIGS[0], Masked(0, np.zeros(4, np.uint32))))
    data[22:26] = (7).to_bytes(4, "little")
    with pytest.raises(DecodeError, match="name clients of the roster, got 7"):
        codec.decode(CONFIGS[0], bytes(data))


@pytest.mark.parametrize("bit", range(8 * 16))
def test_a_flipped_bit_of_the_context_stops_the_protocol(bit: int) -> None:
    data = bytearray(codec.encode(CONFIGS[0], Survivors(IDS)))
    data[6 + bit // 8] ^= 1 << bit % 8
    with pytest.raises(AbortError, match="WRONG_CTX"):
        codec.receive(CONFIGS[0], bytes(data), Survivors)


def test_a_message_of_another_round_stops_the_protocol() -> None:
    data = codec.encode(CONFIGS[0], Survivors(IDS))
    with pytest.raises(AbortError, match="REPLAY: message must be Keys in this round, got Surv"):
        codec.receive(CONFIGS[0], data, Keys)
