"""Each attack breaks its weak variant and fails on ours."""

import os
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cryptography")

import pyfedlite as fl
from pyfedlite import attacks, kernels
from pyfedlite.errors import AbortError, TooFewSharesError
from pyfedlite.secagg import (
    Config,
    Quantiser,
    ThreatModel,
    client,
    codec,
    decode_sum,
    encode_update,
    keys,
    server,
)
from pyfedlite.secagg.graph import SIGMA, least_threshold, max_corrupt_neighbours
from pyfedlite.secagg.messages import Survivors
from pyfedlite.sharing.fixed_point import from_ring, to_ring
from pyfedlite.testing.protocol import make_config

SECRET = np.array([12, -7, 0, 100, -100, 3, 55, -1])
LARGEST = 100


def strong_mask(key: bytes, length: int = len(SECRET)) -> np.ndarray:
    mask = np.zeros(length, np.uint32)
    kernels.mask_accumulate(mask, key, [1])
    return mask


# ----------------------------------------------------------------- masks


def test_a_folded_seed_is_found_by_search() -> None:
    bits = 10  # 2^10 of the 2^32 guesses that the real defect leaves
    seed = os.urandom(32)
    masked = to_ring(SECRET, 32) + attacks.folded_mask(attacks.fold_seed(seed, bits), len(SECRET))
    found = attacks.search_seeds(
        masked, lambda guess: attacks.folded_mask(guess, len(SECRET)), range(2**bits), LARGEST
    )
    assert len(found) == 1
    np.testing.assert_array_equal(found[0][1], SECRET)


def test_a_key_of_32_bytes_is_not_found_by_the_same_search() -> None:
    seed = os.urandom(32)
    masked = to_ring(SECRET, 32) + strong_mask(seed)
    for mask_of in (
        lambda guess: attacks.folded_mask(guess, len(SECRET)),
        lambda guess: strong_mask(guess.to_bytes(32, "little")),
    ):
        assert attacks.search_seeds(masked, mask_of, range(2**10), LARGEST) == []


def test_folding_maps_permuted_seeds_to_one_mask() -> None:
    words = [os.urandom(4) for _ in range(8)]
    one, other = b"".join(words), b"".join(reversed(words))
    assert attacks.fold_seed(one) == attacks.fold_seed(other)
    assert (strong_mask(one) != strong_mask(other)).any()


def test_the_kernel_reaches_both_ends_of_the_ring() -> None:
    # randint(0, 2^32 - 1) never gives the largest value. Over a ring of 256 (the low byte) every
    # value has to occur: among 2^14 draws one is missing with probability 256 (255/256)^(2^14).
    low = strong_mask(os.urandom(32), 2**14) & 0xFF
    assert set(low.tolist()) == set(range(256))


def test_a_scalar_mask_shows_the_vector_but_for_a_constant() -> None:
    scalar = np.uint32(int.from_bytes(os.urandom(4), "little"))
    shape = attacks.shape_under_a_scalar(to_ring(SECRET, 32) + scalar)
    np.testing.assert_array_equal(shape, SECRET - SECRET[0])


def test_a_mask_of_its_own_for_each_element_shows_nothing() -> None:
    masked = to_ring(SECRET, 32) + strong_mask(os.urandom(32))
    assert (attacks.shape_under_a_scalar(masked)[1:] != (SECRET - SECRET[0])[1:]).all()


def test_a_key_used_twice_shows_the_difference_of_two_rounds() -> None:
    mask, change = strong_mask(os.urandom(32)), np.arange(len(SECRET))
    rounds = [to_ring(SECRET, 32) + mask, to_ring(SECRET + change, 32) + mask]
    np.testing.assert_array_equal(attacks.difference_of_rounds(*rounds), change)


def test_two_rounds_of_the_protocol_have_different_keys() -> None:
    config, _ = make_config(2, 2, length=len(SECRET))
    private = {u: os.urandom(32) for u in config.client_ids}
    public = {u: keys.public_key(key) for u, key in private.items()}
    (a, b), masked = config.client_ids, []
    for number in (1, 2):  # the same key pairs on purpose: the context alone has to separate them
        ctx = replace(config, round=number).context
        key = keys.pair_mask_key(ctx, a, private[a], public[a], b, public[b])
        masked.append(to_ring(SECRET, 32) + strong_mask(key))
    assert (attacks.difference_of_rounds(*masked) != 0).all()


# ----------------------------------------------------------------- the server


def masked_run(threshold: int = 3) -> SimpleNamespace:
    config, _ = make_config(4, threshold, length=len(SECRET))
    ids = config.client_ids
    s = {u: client.client_advertise(config, u, os.urandom) for u in ids}
    private = {u: state.mask_private for u, (state, _) in s.items()}
    adverts = {u: state.mine for u, (state, _) in s.items()}
    keyed, mail = server.server_close_advertise(config, [m for _, m in s.values()])
    s = {u: client.client_share(s[u][0], mail[u], os.urandom) for u in ids}
    shared = {u: state for u, (state, _) in s.items()}
    _, mail = server.server_close_share(keyed, [m for _, m in s.values()])
    vector = to_ring(SECRET, 32)
    s = {u: client.client_mask(shared[u], mail[u], vector) for u in ids}
    return SimpleNamespace(
        config=config,
        private=private,
        adverts=adverts,
        shared=shared,
        states={u: state for u, (state, _) in s.items()},
        sent={u: codec.decode(config, m).vector for u, (_, m) in s.items()},
        victim=ids[1],
    )


def test_a_late_vector_without_a_self_mask_is_read() -> None:
    r = masked_run()
    late = attacks.without_self_mask(r.shared[r.victim], r.sent[r.victim])
    arguments = (r.config, r.victim, r.private[r.victim])
    read = attacks.take_away_pair_masks(*arguments, late, r.adverts)
    np.testing.assert_array_equal(from_ring(read), SECRET)


def test_a_late_vector_of_ours_stays_hidden() -> None:
    r = masked_run()
    arguments = (r.config, r.victim, r.private[r.victim])
    read = attacks.take_away_pair_masks(*arguments, r.sent[r.victim], r.adverts)
    own = strong_mask(keys.self_mask_key(r.config.context, r.shared[r.victim].seed, r.victim))
    np.testing.assert_array_equal(read - to_ring(SECRET, 32), own)


def test_clients_who_answer_two_lists_give_a_client_away() -> None:
    r = masked_run()
    ids = r.config.client_ids
    answers = [
        attacks.answer_any_lists(r.states[u], alive=ids, dropped=(r.victim,))
        for u in ids
        if u != r.victim
    ]
    seed, mask_key = attacks.ask_for_both(r.config, r.victim, answers)
    late = r.sent[r.victim] - strong_mask(keys.self_mask_key(r.config.context, seed, r.victim))
    read = attacks.take_away_pair_masks(r.config, r.victim, mask_key, late, r.adverts)
    np.testing.assert_array_equal(from_ring(read), SECRET)


def test_our_clients_never_give_both_shares_of_a_peer() -> None:
    r = masked_run()
    ids = r.config.client_ids
    with_victim = codec.encode(r.config, Survivors(ids))
    without = codec.encode(r.config, Survivors(tuple(u for u in ids if u != r.victim)))
    for split in range(4):
        told = {u: with_victim if k < split else without for k, u in enumerate(ids)}
        answers = [
            codec.decode(r.config, client.client_unmask(r.states[u], told[u])[1])
            for u in ids
            if u != r.victim
        ]
        with pytest.raises(TooFewSharesError):
            attacks.ask_for_both(r.config, r.victim, answers)


def inconsistent_models() -> tuple[Config, fl.MLP, dict[int, np.ndarray], slice]:
    """Return the updates after the server has sent a dead model to all but client 3."""
    model = fl.MLP(4, 5, 2, dtype="float64")
    theta = model.init(np.random.default_rng(0))
    dead = theta.copy()
    views = model.layout.views(dead)
    names = list(views)
    views[names[1]][:] = -1e6  # the first bias: no hidden unit ever fires
    rng = np.random.default_rng(1)
    rows = {u: (rng.normal(size=(6, 4)), rng.integers(0, 2, 6)) for u in (0, 3, 6)}
    deltas = {
        u: -0.1 * model.grad(theta if u == 3 else dead, features, labels)
        for u, (features, labels) in rows.items()
    }
    config, _ = make_config(
        3, 2, quantiser=Quantiser(16, 1.0, rounding="nearest"), length=len(theta) + 1
    )
    return config, model, deltas, slice(0, views[names[0]].size)


def test_different_models_single_a_client_out_where_nothing_binds_them() -> None:
    config, _, deltas, first_layer = inconsistent_models()
    told = dict.fromkeys(config.client_ids, config)  # the weak variant: no hash of the model
    total = attacks.isolate_by_model(config, told, lambda u: encode_update(config, deltas[u], 1))
    mean, weight = decode_sum(config, total, 3)
    victim = deltas[3][first_layer]
    assert np.abs(victim).max() > 1e-3
    np.testing.assert_allclose(mean[first_layer] * weight, victim, rtol=0, atol=2.0**-17)


def test_different_models_give_noise_where_the_context_binds_them() -> None:
    config, _, deltas, _ = inconsistent_models()
    told = {u: replace(config, parameters_hash=bytes([u == 3]) * 32) for u in config.client_ids}
    try:
        total = attacks.isolate_by_model(
            config, told, lambda u: encode_update(config, deltas[u], 1)
        )
    except AbortError:
        return
    with pytest.raises(AbortError, match="OVERFLOW"):
        decode_sum(config, total, 3)


# ----------------------------------------------------------------- the graph


def uncorrected(degree: int, corrupt: int) -> int:
    """The rule of google-parfait/federated-compute: ceil((t_1 + k - 1.25) / 2) + 1, in quarters."""
    return -((5 - 4 * (corrupt + degree)) // 8) + 1


@given(st.integers(1, 40), st.integers(0, 40))
def test_the_uncorrected_threshold_opens_a_client_whenever_the_sum_is_odd(
    half: int, corrupt: int
) -> None:
    degree = 2 * half
    corrupt = min(corrupt, degree - 1)
    if not 2 <= uncorrected(degree, corrupt) <= degree:
        return
    opened = attacks.open_neighbour(degree, uncorrected(degree, corrupt), corrupt)
    assert all(opened) == ((degree + corrupt) % 2 == 1)


@pytest.mark.parametrize(
    ("n", "num_corrupt", "degree", "threshold"),
    [
        (100, 5, 16, 11),
        (100, 33, 42, 37),
        (100, 5, 72, 39),
        (1000, 100, 96, 67),
        (10000, 3300, 178, 146),
    ],
)
def test_published_parameters_open_a_client_and_the_corrected_ones_do_not(
    n: int, num_corrupt: int, degree: int, threshold: int
) -> None:
    corrupt = max_corrupt_neighbours(n, num_corrupt, degree, SIGMA)
    assert uncorrected(degree, corrupt) == threshold
    assert all(attacks.open_neighbour(degree, threshold, corrupt))
    ours = least_threshold(n, num_corrupt, degree, ThreatModel.SEMI_MALICIOUS)
    assert ours == threshold + 1
    assert not all(attacks.open_neighbour(degree, ours, corrupt))
