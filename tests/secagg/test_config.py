"""A configuration that is not secure, or could overflow, is refused; its hash binds everything."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.secagg import Config, Member, Quantiser, ThreatModel, choose_threshold
from pyfedlite.testing.protocol import make_config

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
        ({"threat_model": SEMI, "num_corrupt": 2}, r"num_corrupt = 6 under semi-malicious, got 3"),
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
        ({"degree": 2, "coin": bytes(32)}, r"threshold must lie in 2\.\.degree=2 .* ask choose_gr"),
    ],
)
def test_a_bad_configuration_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        changed(**changes)


def test_bytes_of_another_kind_are_refused() -> None:
    with pytest.raises(TypeError, match="session_id must be bytes, got str"):
        changed(session_id="0" * 32)


def test_the_active_model_has_no_graph() -> None:
    with pytest.raises(ValueError, match="degree must be None under active, got 2"):
        make_config(5, 4, threat_model=ACTIVE, degree=2)


def test_the_threshold_on_a_graph_counts_the_victim_and_its_corrupt_neighbours_twice() -> None:
    # k = 4, nobody corrupt: 4 neighbours and the victim answer once; 2 t > 5.
    make_config(6, 3, threat_model=SEMI, degree=4)
    with pytest.raises(ValueError, match=r"threshold must lie in 3\.\.degree=4"):
        make_config(6, 2, threat_model=SEMI, degree=4)


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
]


@pytest.mark.parametrize("changes", CHANGES)
def test_every_field_changes_the_context(changes: dict[str, Any]) -> None:
    config = changed()
    assert replace(config, **changes).context != config.context


def test_degree_and_coin_change_the_context() -> None:
    base = changed(roster=tuple(Member(u) for u in range(7)), threshold=2)
    configs = [
        replace(base, **graph)
        for graph in (
            {},
            {"degree": 2, "coin": bytes(32)},
            {"degree": 4, "coin": bytes(32)},
            {"degree": 2, "coin": b"\x01" * 32},
        )
    ]
    assert len({config.context for config in configs}) == 4


def test_equal_configurations_have_one_context() -> None:
    config = changed()
    assert replace(config).context == config.context
    assert len(config.context) == 32


def test_the_context_does_not_depend_on_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    config = changed()
    before = config.context
    monkeypatch.setattr("pyfedlite.kernels.NAME", "another")
    assert replace(config).context == before


@given(st.integers(2, 60), st.data())
def test_the_chosen_threshold_is_the_least_that_a_configuration_takes(
    n: int, data: st.DataObject
) -> None:
    model = data.draw(st.sampled_from([HBC, SEMI]))
    num_corrupt = data.draw(st.integers(0, n))
    try:
        threshold = choose_threshold(n, num_corrupt, 0, model)
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
