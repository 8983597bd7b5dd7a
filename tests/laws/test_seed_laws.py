"""Keyed generators: the same key gives the same stream, and no two keys share one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite import plain
from pyfedlite._seed_hash import FEW
from pyfedlite.seeds import Role, RoundSeed

KEYS = st.tuples(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.sampled_from(Role),
    st.integers(0, 2**32 - 1),
)


def first_words(key: tuple[int, int, Role, int]) -> bytes:
    seed, round, role, client = key
    return RoundSeed(seed, round).rng(role, client).bytes(16)


@given(KEYS)
def test_equal_keys_give_equal_streams(key: tuple[int, int, Role, int]) -> None:
    assert first_words(key) == first_words(key)


@given(KEYS, KEYS)
def test_different_keys_give_different_streams(
    one: tuple[int, int, Role, int], other: tuple[int, int, Role, int]
) -> None:
    # Equal by chance with probability 2^-128.
    assert (first_words(one) == first_words(other)) == (one == other)


@given(KEYS, st.integers(0, 2**200), st.lists(st.integers(0, 2**32 - 1), max_size=FEW + 5))
def test_keys_hashed_together_are_those_hashed_one_by_one(
    key: tuple[int, int, Role, int], seed: int, clients: list[int]
) -> None:
    keys, role = RoundSeed(seed, key[1]), key[2]
    together = [rng.bit_generator.state for rng in keys.rngs(role, clients)]
    assert together == [keys.rng(role, k).bit_generator.state for k in clients]


@given(KEYS, st.integers(0, 2**200), st.integers(0, 5))
def test_hash_is_that_of_numpy(key: tuple[int, int, Role, int], seed: int, num_words: int) -> None:
    _, round, role, client = key
    ours = RoundSeed(seed, round).rng(role, client)
    numpys = np.random.Generator(
        np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(round, role, client)))
    )
    assert ours.bit_generator.state == numpys.bit_generator.state
    words = [g.bit_generator.seed_seq.generate_state(num_words) for g in (ours, numpys)]
    assert words[0].tolist() == words[1].tolist()


@given(KEYS, st.integers(0, 3))
def test_generators_spawn_as_those_of_numpy(
    key: tuple[int, int, Role, int], num_children: int
) -> None:
    keys, (_, _, role, client) = RoundSeed(*key[:2]), key
    words = np.array([*keys._seed_words, keys.round, role, client], np.uint32)
    numpys = np.random.default_rng(np.random.SeedSequence(words))
    ours = keys.rngs(role, [client] * FEW)[0], keys.rng(role, client)
    for _ in range(2):  # children are numbered on
        expected = [child.bytes(8) for child in numpys.spawn(num_children)]
        assert all([c.bytes(8) for c in rng.spawn(num_children)] == expected for rng in ours)


def test_trailing_zeros_of_a_key_count() -> None:
    # default_rng(1), default_rng([1, 0]) and default_rng([1, 0, 0]) are one stream; ours are not.
    streams = {first_words((1, 0, Role.INIT, 0)), np.random.default_rng(1).bytes(16)}
    assert len(streams) == 2


@given(KEYS, st.integers(0, 2**200))
def test_plain_page_keys_its_draws_by_the_same_rule(
    key: tuple[int, int, Role, int], any_seed: int
) -> None:
    # The page hands SeedSequence a spawn_key; the library lays the same words in one array.
    _, round, role, client = key
    for seed in (key[0], any_seed):
        words = first_words((seed, round, role, client))
        assert plain.generator(seed, round, int(role), client).bytes(16) == words


def test_plain_page_numbers_its_roles_as_the_library_does() -> None:
    assert (plain.INIT, plain.COHORT, plain.BATCHES) == (Role.INIT, Role.COHORT, Role.BATCHES)


@pytest.mark.parametrize(
    ("seed", "round", "sentence"),
    [
        (-1, 0, "seed must be at least 0, got -1"),
        (0, -1, "round must be at least 0, got -1"),
        (0, 2**32, r"round must be below 2\^32, got 4294967296"),
    ],
)
def test_key_out_of_range_is_refused(seed: int, round: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        RoundSeed(seed, round)


@pytest.mark.parametrize("client", [-1, 2**32])
def test_client_out_of_range_is_refused(client: int) -> None:
    sentence = rf"role and client must lie from 0 to 2\^32 - 1, got \(2, {client}\)"
    with pytest.raises(ValueError, match=sentence):
        RoundSeed(0).rng(Role.BATCHES, client)
    with pytest.raises(ValueError, match=sentence):
        RoundSeed(0).rngs(Role.BATCHES, [0, 1, 2, client, 4])
    with pytest.raises(ValueError, match=sentence):  # which NumPy would wrap around
        RoundSeed(0).rng(Role.BATCHES, np.int64(client))


@pytest.mark.parametrize("role", [-1, 2**32])
def test_role_out_of_range_is_refused(role: int) -> None:
    sentence = rf"role and client must lie from 0 to 2\^32 - 1, got \({role}, 5\)"
    with pytest.raises(ValueError, match=sentence):
        RoundSeed(0).rng(role, 5)
    with pytest.raises(ValueError, match=sentence):
        RoundSeed(0).rngs(role, range(5, 5 + FEW))


def test_seed_that_is_no_integer_is_refused() -> None:
    with pytest.raises(TypeError, match="seed must be an integer, got float"):
        RoundSeed(1.5)  # type: ignore[arg-type]
