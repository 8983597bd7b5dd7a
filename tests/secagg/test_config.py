"""A configuration that is not secure, or could overflow, is refused; its hash binds everything."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.errors import DecodeError
from pyfedlite.secagg import Config, Member, Quantiser, ThreatModel, choose_threshold
from pyfedlite.sharing import choose_fraction_bits
from pyfedlite.testing.protocol import make_config, make_graph_config

pytest.importorskip("cryptography")
HBC, SEMI, ACTIVE = ThreatModel


def changed(**changes: Any) -> Config:
    return replace(make_config(4, 3)[0], **changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"roster": (Member(0),)}, "roster must hold at least 2 clients, got 1; a sum of one"),
        ({"roster": (Member(0), Member(0))}, r"name each client once, .* got \[0, 0\]"),
        ({"roster": (Member(1), Member(0))}, "name each client once, in ascending id"),
        ({"roster": (Member(0), Member(2**32 - 1))}, "client_id must be below 4294967295"),
        ({"roster": (Member(0), Member(1, b"key"))}, "verify_key must have 32 bytes, got 3"),
        ({"threshold": 1}, r"threshold must lie in 2\.\.num_clients=4, got 1"),
        ({"threshold": 5}, r"threshold must lie in 2\.\.num_clients=4, got 5"),
        ({"num_corrupt": 2}, r"at least num_corrupt \+ 2 = 4 under honest-but-curious, got 3"),
        (
            {"threat_model": SEMI, "threshold": 2},
            r"satisfy 2 \* threshold > num_clients \+ num_corrupt = 4 under semi-malicious, got 2",
        ),
        ({"threat_model": SEMI, "num_corrupt": 2}, r"num_corrupt \+ 2 = 4 under semi-malicious"),
        ({"threat_model": ACTIVE}, "verify_key of client 0 must be an Ed25519 key under active"),
        ({"threat_model": "passive"}, "threat_model must be one of honest-but-curious"),
        ({"session_id": b"short"}, "session_id must have 32 bytes, got 5"),
        ({"parameters_hash": bytes(31)}, "parameters_hash must have 32 bytes, got 31"),
        ({"length": 2**32}, "length must be below 4294967296"),
        ({"length": 0}, "length must be at least 1, got 0"),
        ({"round": -1}, "round must be at least 0"),
        ({"round": 2**64}, "round must be below 18446744073709551616"),
        ({"ring_bits": 16}, "ring_bits must be 32 or 64, got 16"),
        ({"num_corrupt": -1}, "num_corrupt must be at least 0"),
        ({"coin": bytes(32)}, "coin must have 0 bytes, got 32"),
        ({"degree": 2}, "coin must have 32 bytes, got 0"),
        ({"degree": 3, "coin": bytes(32)}, r"degree must be even and lie in 2\.\.3, got 3"),
        ({"degree": 4, "coin": bytes(32)}, r"degree must be even and lie in 2\.\.3, got 4"),
        ({"degree": 0, "coin": bytes(32)}, r"degree must be even and lie in 2\.\.3, got 0"),
        ({"degree": 2, "coin": bytes(32)}, "min_survivors must be given with degree, got None"),
        (
            {"degree": 2, "coin": bytes(32), "min_survivors": 4},
            r"\(degree, threshold\) must be what the chooser .* \(2, 2\), got \(2, 3\); ask",
        ),
        (
            {"degree": 2, "coin": bytes(32), "min_survivors": 3, "num_corrupt": 2},
            r"min_survivors must be at least num_corrupt \+ 2 = 4, got 3",
        ),
        ({"min_survivors": 5}, "min_survivors must be at most num_clients=4, got 5"),
        ({"min_survivors": 0}, "min_survivors must be at least 1, got 0"),
        ({"plan_hash": b""}, "plan_hash must have 32 bytes, got 0"),
    ],
)
def test_a_bad_configuration_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        changed(**changes)


def test_bytes_of_another_kind_are_refused() -> None:
    with pytest.raises(TypeError, match="session_id must be bytes, got str"):
        changed(session_id="0" * 32)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"roster": [Member(0), Member(1)]}, "roster must be a tuple of Member, got list; use"),
        ({"roster": (0, 1)}, r"roster must hold Member\(client_id\) alone, got int"),
        ({"quantiser": None}, "quantiser must be a Quantiser, got NoneType; for instance"),
    ],
)
def test_a_field_of_another_type_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        changed(**changes)


@pytest.mark.parametrize("model", [SEMI, ACTIVE])
def test_against_a_server_that_lies_there_is_no_graph(model: ThreatModel) -> None:
    with pytest.raises(ValueError, match=f"degree must be None under {model}, got 2"):
        make_config(5, 4, threat_model=model, degree=2)


@pytest.mark.parametrize("ring_bits", [32, 64])
def test_the_bound_against_wrapping_is_sharp(ring_bits: int) -> None:
    largest = 2 ** (ring_bits - 1) - 1
    weight = largest // (4 * 2)  # four clients, values of at most 2
    quantiser = Quantiser(fraction_bits=1, clip=1.0, max_weight=weight)
    changed(ring_bits=ring_bits, quantiser=quantiser)
    with pytest.raises(ValueError, match=r"quantiser must keep num_clients \* max_weight"):
        changed(ring_bits=ring_bits, quantiser=replace(quantiser, max_weight=weight + 1))


def test_the_sum_of_weights_cannot_wrap_either() -> None:
    tiny = Quantiser(fraction_bits=0, clip=0.001, max_weight=2**29)
    with pytest.raises(ValueError, match=r"got 4 \* 536870912 \* 1; use ring_bits=64"):
        changed(quantiser=tiny)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"max_weight": 0}, "max_weight must be at least 1, got 0"),
        ({"rounding": "up"}, "rounding must be one of stochastic, nearest, got 'up'"),
        ({"clip": float("nan")}, "clip must be finite, got nan"),
        ({"fraction_bits": 60}, r"clip \* 2\*\*fraction_bits must be at most 2\*\*52"),
    ],
)
def test_a_bad_quantiser_is_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Quantiser(**({"fraction_bits": 8, "clip": 1.0} | settings))


# Every field, exchanged for another valid value, changes the context.
CHANGES: list[dict[str, Any]] = [
    {"session_id": b"\x01" * 32},
    {"round": 2},
    {"roster": (Member(0), Member(3), Member(6), Member(10))},
    {"roster": (Member(0, b"\x01" * 32), Member(3), Member(6), Member(9))},
    {"roster": (Member(0), Member(3), Member(6))},
    {"threshold": 4},
    {"length": 5},
    {"quantiser": Quantiser(9, 1.0)},
    {"quantiser": Quantiser(8, 2.0)},
    {"quantiser": Quantiser(8, 1.0, max_weight=2)},
    {"quantiser": Quantiser(8, 1.0, rounding="nearest")},
    {"parameters_hash": b"\x01" * 32},
    {"ring_bits": 64},
    {"threat_model": SEMI},
    {"num_corrupt": 1},
    {"min_survivors": 4},
    {"plan_hash": b"\x01" * 32},
]


@pytest.mark.parametrize("changes", CHANGES)
def test_every_field_changes_the_context(changes: dict[str, Any]) -> None:
    config = changed()
    assert replace(config, **changes).context != config.context


def test_degree_and_coin_change_the_context() -> None:
    base = changed(roster=tuple(Member(u) for u in range(7)), threshold=2, min_survivors=7)
    configs = [
        replace(base, **graph)
        for graph in (
            {},
            {"degree": 2, "coin": bytes(32)},
            {"degree": 2, "coin": b"\x01" * 32},
        )
    ]
    assert len({config.context for config in configs}) == 3


def test_equal_configurations_have_one_context() -> None:
    config = changed()
    assert replace(config).context == config.context
    assert len(config.context) == 32


def test_the_context_does_not_depend_on_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    config = changed()
    before = config.context
    monkeypatch.setattr("pyfedlite.kernels.NAME", "another")
    assert replace(config).context == before


@st.composite
def configs(draw: st.DrawFn) -> Config:
    model = draw(st.sampled_from(list(ThreatModel)))
    n, num_corrupt = draw(st.integers(4, 20)), draw(st.integers(0, 1))
    changes: dict[str, Any] = {
        "threat_model": model,
        "num_corrupt": num_corrupt,
        "round": draw(st.integers(0, 2**64 - 1)),
        "plan_hash": draw(st.binary(min_size=32, max_size=32)),
        "ring_bits": draw(st.sampled_from([32, 64])),
        "quantiser": Quantiser(
            draw(st.integers(0, 8)),
            draw(st.floats(0.01, 100)),
            draw(st.integers(1, 50)),
            draw(st.sampled_from(["stochastic", "nearest"])),
        ),
    }
    if model is HBC and draw(st.booleans()):
        return make_graph_config(n, 0, **changes)[0]
    least = choose_threshold(n, num_corrupt, 0, model)
    changes["min_survivors"] = draw(st.none() | st.integers(1, n))
    return make_config(n, draw(st.integers(least, n)), **changes)[0]


@given(configs())
def test_a_configuration_goes_to_bytes_and_back(config: Config) -> None:
    again = Config.from_bytes(config.to_bytes())
    assert again == config
    assert again.context == config.context


@given(configs(), st.data())
def test_bytes_that_were_changed_are_another_configuration_or_none(
    config: Config, data: st.DataObject
) -> None:
    sent = bytearray(config.to_bytes())
    at = data.draw(st.integers(0, len(sent) - 1))
    sent[at] ^= data.draw(st.integers(1, 255))
    try:
        other = Config.from_bytes(bytes(sent))
    except DecodeError:
        return
    assert other.to_bytes() == bytes(sent)
    assert other.context != config.context


@given(st.binary(max_size=400), configs(), st.integers(0, 400))
def test_what_is_no_configuration_is_a_decode_error(noise: bytes, config: Config, cut: int) -> None:
    sent = config.to_bytes()
    for data in (noise, sent[: min(cut, len(sent) - 1)], sent + noise[:1] + b"x"):
        with pytest.raises(DecodeError):
            Config.from_bytes(data)


@given(st.integers(2, 60), st.data())
def test_the_chosen_threshold_is_the_least_that_a_configuration_takes(
    n: int, data: st.DataObject
) -> None:
    model = data.draw(st.sampled_from([HBC, SEMI]))
    num_corrupt = data.draw(st.integers(0, n))
    try:
        threshold = choose_threshold(n, num_corrupt, 0, model)
        more = choose_threshold(n, num_corrupt, 0, model, min_honest=2 + n // 3)
        assert more - num_corrupt >= 2 + n // 3
    except ValueError:
        return
    roster = tuple(Member(u) for u in range(n))
    settings = {"roster": roster, "threat_model": model, "num_corrupt": num_corrupt}
    changed(threshold=threshold, **settings)
    with pytest.raises(ValueError, match="threshold must"):
        changed(threshold=threshold - 1, **settings)


def test_thresholds_are_those_of_the_2017_paper() -> None:
    # Bonawitz et al.: more than half of the clients against a lying server alone, more than two
    # thirds when up to a third of the clients is corrupt too.
    for n in range(2, 100):
        assert choose_threshold(n, 0, 0, SEMI) == n // 2 + 1
    for third in range(1, 34):
        assert choose_threshold(3 * third, third, 0, ACTIVE) == 2 * third + 1


def test_a_threshold_that_cannot_be_reached_is_refused() -> None:
    assert choose_threshold(10, 2, 3, ACTIVE) == 7
    with pytest.raises(
        ValueError, match=r"num_drop must leave 7 clients, .* got 4; lower num_drop"
    ):
        choose_threshold(10, 2, 4, ACTIVE)


def test_one_honest_client_is_not_enough_in_any_model() -> None:
    # 2 * 3 > 3 + 2, and the sum of three would hold one honest input.
    for model in ThreatModel:
        with pytest.raises(ValueError, match=r"num_drop must leave 4 .* min_honest=2 und"):
            choose_threshold(3, 2, 0, model)


def test_one_client_has_no_threshold() -> None:
    with pytest.raises(ValueError, match="num_clients must be at least 2, got 1"):
        choose_threshold(1, 0, 0, HBC)


def test_a_secret_stands_in_no_printed_state() -> None:
    from pyfedlite.secagg import client

    config, sign_keys = make_config(3, 2, threat_model=ACTIVE)
    secret = b"\xab" * 32
    state, _ = client.client_advertise(config, 0, lambda _: secret, sign_keys[0])
    assert repr(secret) not in repr(state)
    assert repr(sign_keys[0]) not in repr(state)


@pytest.mark.parametrize(("fraction_bits", "clip"), [(65536, 1.0), (2**31, 1.0), (1023, 1e300)])
def test_steps_beyond_every_float_are_refused_in_a_sentence(
    fraction_bits: int, clip: float
) -> None:
    with pytest.raises(ValueError, match=r"clip \* 2\*\*fraction_bits must be at most"):
        Quantiser(fraction_bits, clip)


def test_no_precision_is_left_for_a_clip_beyond_every_ring() -> None:
    with pytest.raises(ValueError, match="must leave at least 8 bits for the fraction"):
        choose_fraction_bits(ring_bits=64, num_clients=2, max_weight=1, clip=1e300)
