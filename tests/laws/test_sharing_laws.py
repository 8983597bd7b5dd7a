"""Shamir's shares and fixed-point numbers: any t shares give the secret, t - 1 give nothing."""

import math
import os

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pyfedlite.errors import ShareError, TooFewSharesError
from pyfedlite.sharing import (
    Share,
    choose_fraction_bits,
    dequantise,
    from_ring,
    quantise,
    reconstruct,
    shamir,
    split,
    to_ring,
)
from pyfedlite.sharing.field import PRIME, inverses, weights_at_zero
from pyfedlite.sharing.fixed_point import fits, largest_step

SECRETS = st.binary(min_size=32, max_size=32)


@st.composite
def shared(draw: st.DrawFn, spare: int = 0) -> tuple[bytes, list[Share], int]:
    threshold = draw(st.integers(2, 6))
    places = draw(
        st.lists(st.integers(1, 1000), unique=True, min_size=threshold + spare, max_size=10)
    )
    secret = draw(SECRETS)
    return secret, split(secret, threshold=threshold, places=places, rand=os.urandom), threshold


def interpolate(points: list[tuple[int, int]], at: int) -> int:
    """The polynomial of least degree through `points`, by the formula of Lagrange as it stands."""
    value = 0
    for x, y in points:
        others = [z for z, _ in points if z != x]
        above = math.prod(at - z for z in others)
        value += y * above * pow(math.prod(x - z for z in others), -1, PRIME)
    return value % PRIME


@given(shared(), st.data())
def test_any_threshold_of_shares_in_any_order_give_the_secret(
    case: tuple[bytes, list[Share], int], data: st.DataObject
) -> None:
    secret, shares, threshold = case
    some = data.draw(st.permutations(shares))[threshold:]
    chosen = [share for share in data.draw(st.permutations(shares)) if share not in some]
    assert reconstruct(chosen, threshold) == secret


@given(shared(), SECRETS)
def test_one_share_too_few_is_consistent_with_every_secret(
    case: tuple[bytes, list[Share], int], candidate: bytes
) -> None:
    _, shares, threshold = case
    known = shares[: threshold - 1]
    at_zero = int.from_bytes(candidate, "little")
    # The polynomial through the known shares and (0, candidate) has the right degree.
    y = interpolate([(0, at_zero), *((share.x, share.y) for share in known)], 2000)
    assert reconstruct([*known, Share(2000, y)], threshold) == candidate


@given(shared())
def test_one_share_too_few_is_refused(case: tuple[bytes, list[Share], int]) -> None:
    _, shares, threshold = case
    with pytest.raises(TooFewSharesError, match=f"at least threshold={threshold}, got"):
        reconstruct(shares[: threshold - 1], threshold)


@given(st.integers(0, 2**255 - 1), st.integers(0, 2**255 - 1))
def test_sums_of_shares_are_shares_of_the_sum(a: int, b: int) -> None:
    first, second = (
        split(n.to_bytes(32, "little"), threshold=3, places=[1, 2, 3, 4], rand=os.urandom)
        for n in (a, b)
    )
    added = [Share(s.x, (s.y + r.y) % PRIME) for s, r in zip(first, second, strict=True)]
    assert int.from_bytes(reconstruct(added, 3), "little") == a + b


def alter(shares: list[Share], k: int, data: st.DataObject) -> None:
    """Make one share a wrong one, in place."""
    change = data.draw(st.integers(1, PRIME - 1))
    shares[k] = Share(shares[k].x, (shares[k].y + change) % PRIME)


@given(shared(spare=2), st.data())
def test_one_altered_share_among_two_to_spare_is_named(
    case: tuple[bytes, list[Share], int], data: st.DataObject
) -> None:
    _, shares, threshold = case
    k = data.draw(st.integers(0, len(shares) - 1))
    alter(shares, k, data)
    with pytest.raises(ShareError, match=f"got one that does not at x = {shares[k].x}$"):
        reconstruct(shares, threshold)


@given(shared(spare=1), st.data())
def test_as_many_altered_shares_as_there_are_to_spare_are_refused(
    case: tuple[bytes, list[Share], int], data: st.DataObject
) -> None:
    _, shares, threshold = case
    liars = data.draw(
        st.sets(st.integers(0, len(shares) - 1), min_size=1, max_size=len(shares) - threshold)
    )
    for k in liars:
        alter(shares, k, data)
    with pytest.raises(ShareError, match="must lie on one polynomial"):
        reconstruct(shares, threshold)


@given(shared(spare=3), st.data())
def test_two_altered_shares_are_blamed_on_nobody_when_three_are_to_spare(
    case: tuple[bytes, list[Share], int], data: st.DataObject
) -> None:
    _, shares, threshold = case
    first, second = data.draw(st.permutations(range(len(shares))))[:2]
    for k in (first, second):
        alter(shares, k, data)
    with pytest.raises(ShareError, match="a contradiction among x = "):
        reconstruct(shares, threshold)


@pytest.mark.parametrize(
    ("num_spare", "first", "second", "blamed"),
    [
        (2, 1, 3, "got one that does not at x = 3$"),  # the second sum is 3 times the first
        (3, 1, 3, "a contradiction among"),
        (2, 1, -1, "a contradiction among"),  # at -1 is nobody
        (2, 0, 2, "a contradiction among"),
    ],
)
def test_two_liars_can_point_at_a_third_only_while_no_more_than_two_are_to_spare(
    num_spare: int, first: int, second: int, blamed: str
) -> None:
    places = tuple(range(1, 3 + num_spare))
    shares = split(bytes(32), threshold=2, places=places, rand=os.urandom)
    # The liars at 1 and 2 choose what the first two equations give: a + 2 b, and a + 4 b.
    a, b = 2 * first - second, (second - first) // 2
    for x, error in ((1, a), (2, b)):
        change = error * pow(weights_at_zero(places)[x - 1], -1, PRIME)
        shares[x - 1] = Share(x, (shares[x - 1].y + change) % PRIME)
    with pytest.raises(ShareError, match=blamed):
        reconstruct(shares, 2)


@given(st.lists(st.integers(1, PRIME - 1), min_size=1, max_size=8))
def test_inverses_taken_at_once_are_those_taken_one_by_one(values: list[int]) -> None:
    assert inverses(values) == [pow(value, -1, PRIME) for value in values]


def test_one_altered_share_with_one_to_spare_is_noticed() -> None:
    shares = split(bytes(32), threshold=2, places=[1, 2, 3], rand=os.urandom)
    shares[0] = Share(1, (shares[0].y + 1) % PRIME)
    with pytest.raises(ShareError, match="a contradiction among x = 1, 2, 3"):
        reconstruct(shares, 2)


def test_a_secret_above_32_bytes_is_refused() -> None:
    large = [Share(x, shamir.evaluate([2**256, 5], x)) for x in (1, 2)]
    with pytest.raises(ShareError, match="must hold a secret of 32 bytes"):
        reconstruct(large, 2)
    largest = [Share(x, shamir.evaluate([2**256 - 1, 5], x)) for x in (1, 2)]
    assert reconstruct(largest, 2) == b"\xff" * 32


@pytest.mark.parametrize("x", [0, PRIME, PRIME + 1, -1])
def test_a_share_at_the_place_of_the_secret_is_refused(x: int) -> None:
    with pytest.raises(ValueError, match=r"place of a share must lie in 1\.\.p-1"):
        split(bytes(32), threshold=2, places=[x, 3], rand=os.urandom)
    with pytest.raises(ValueError, match=r"place of a share must lie in 1\.\.p-1"):
        reconstruct([Share(x, 0), Share(3, 0)], 2)


def test_two_shares_at_one_place_are_refused() -> None:
    with pytest.raises(ValueError, match="places of shares must be distinct"):
        split(bytes(32), threshold=2, places=[3, 3], rand=os.urandom)
    with pytest.raises(ValueError, match="places of shares must be distinct"):
        reconstruct([Share(3, 0), Share(3, 0)], 2)


@pytest.mark.parametrize("y", [PRIME, -1])
def test_a_value_outside_the_field_is_refused(y: int) -> None:
    with pytest.raises(ValueError, match=r"share at 3 must lie in 0\.\.p-1"):
        reconstruct([Share(1, 0), Share(3, y)], 2)


@pytest.mark.parametrize("threshold", [0, 1])
def test_a_threshold_below_two_is_refused(threshold: int) -> None:
    with pytest.raises(ValueError, match="threshold must be at least 2"):
        split(bytes(32), threshold=threshold, places=[1, 2], rand=os.urandom)
    with pytest.raises(ValueError, match="threshold must be at least 2"):
        reconstruct([Share(1, 0), Share(2, 0)], threshold)


def test_a_threshold_above_the_number_of_places_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold must be at most the number of places, 2"):
        split(bytes(32), threshold=3, places=[1, 2], rand=os.urandom)


@pytest.mark.parametrize("secret", [bytes(31), bytes(33), "0" * 32])
def test_a_secret_of_another_length_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="secret must be 32 bytes"):
        split(secret, threshold=2, places=[1, 2], rand=os.urandom)


def test_coefficients_may_be_zero_and_are_drawn_again_above_the_field() -> None:
    draws = iter([b"\xff" * 33, PRIME.to_bytes(33, "little"), bytes(33)])
    assert shamir.random_element(lambda _: next(draws)) == 0


def test_the_largest_element_can_be_drawn() -> None:
    largest = (PRIME - 1).to_bytes(33, "little")
    assert shamir.random_element(lambda _: largest) == PRIME - 1


def test_the_field_is_a_field() -> None:
    # Miller and Rabin's test with 40 bases: a composite passes with probability below 4^-40.
    odd, twos = PRIME - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in range(2, 42):
        powers = [pow(base, odd * 2**k, PRIME) for k in range(twos)]
        assert powers[0] == 1 or PRIME - 1 in powers


# The specification's shares: secret bytes 01..20, coefficients [secret, p - 8, 2^255].
@pytest.mark.parametrize(
    ("x", "y"),
    [
        (1, "f901030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa000"),
        (7, "f1e5020405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fa000"),
        (1000, "a1f428fb04060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2000"),
    ],
)
def test_shares_are_those_of_the_specification(x: int, y: str) -> None:
    drawn = iter([PRIME - 8, 2**255])
    secret = bytes(range(1, 33))
    rand = lambda length: next(drawn).to_bytes(length, "little")  # noqa: E731 (a fixed draw)
    share = split(secret, threshold=3, places=[x, x + 1, x + 2], rand=rand)[0]
    assert share.y.to_bytes(33, "little").hex() == y


# --------------------------------------------------------------------------- fixed point

FRACTIONS = st.integers(0, 30)
CLIPS = st.floats(2.0**-10, 2.0**10)
REALS = st.lists(st.floats(-(2.0**12), 2.0**12), min_size=1, max_size=20)


@given(REALS, FRACTIONS, CLIPS, st.integers(0, 2**32 - 1))
def test_stochastic_rounding_is_off_by_less_than_a_step(
    values: list[float], f: int, clip: float, seed: int
) -> None:
    words = np.random.default_rng(seed).integers(0, 2**64, len(values), dtype=np.uint64)
    back = dequantise(quantise(values, fraction_bits=f, clip=clip, words=words), f)
    assert (np.abs(back - np.clip(values, -clip, clip)) < 2.0**-f).all()


@given(REALS, FRACTIONS, CLIPS)
def test_nearest_rounding_is_off_by_at_most_half_a_step(
    values: list[float], f: int, clip: float
) -> None:
    back = dequantise(quantise(values, fraction_bits=f, clip=clip), f)
    assert (np.abs(back - np.clip(values, -clip, clip)) <= 2.0 ** -(f + 1)).all()


@given(st.lists(st.integers(-(2**20), 2**20), min_size=1), st.integers(0, 20), st.data())
def test_points_of_the_grid_are_exact(integers: list[int], f: int, data: st.DataObject) -> None:
    word = data.draw(st.none() | st.integers(0, 2**64 - 1))
    words = None if word is None else np.full(len(integers), word, np.uint64)
    values = np.array(integers) / 2**f
    quantised = quantise(values, fraction_bits=f, clip=2.0**20, words=words)
    np.testing.assert_array_equal(quantised, integers)


@pytest.mark.parametrize("numerator", range(-16, 17))
def test_stochastic_rounding_is_right_on_average_over_all_words(numerator: int) -> None:
    words = np.arange(16, dtype=np.uint64) << np.uint64(60)  # U = 0, 1/16, ..., 15/16
    value = numerator / 16
    quantised = quantise(np.full(16, value), fraction_bits=0, clip=2.0, words=words)
    assert quantised.sum() == numerator


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match=r"values must be finite everywhere, got .* at \[1\]"):
        quantise([0.0, bad], fraction_bits=4, clip=1.0)


def test_saturation_is_exactly_at_the_clip() -> None:
    quantised = quantise([3.0, -3.0, 2.0, -2.0], fraction_bits=3, clip=2.0)
    np.testing.assert_array_equal(quantised, [16, -16, 16, -16])


@given(st.sampled_from([32, 64]), st.integers(1, 1000), st.integers(1, 1000), CLIPS)
def test_the_chosen_precision_cannot_wrap_and_one_bit_more_could(
    ring_bits: int, num_clients: int, max_weight: int, clip: float
) -> None:
    sizes = {"ring_bits": ring_bits, "num_clients": num_clients, "max_weight": max_weight}
    try:
        f = choose_fraction_bits(**sizes, clip=clip)
    except ValueError:
        assume(False)
    limit = 2 ** (ring_bits - 1) - 1
    assert num_clients * max_weight * largest_step(f, clip) <= limit
    more = largest_step(f + 1, clip)
    assert more > 2**46 or num_clients * max_weight * more > limit or f == ring_bits


@pytest.mark.parametrize(
    ("ring_bits", "num_clients", "max_weight", "clip", "expected"),
    [  # the largest f with n W c 2^f < 2^(R-1), by hand: log2 of the quotient
        (32, 10, 1, 1.0, 27),
        (32, 100, 1, 1.0, 24),
        (32, 100, 1000, 1.0, 14),
        (32, 100, 1000, 8.0, 11),
        (32, 1000, 1000, 8.0, 8),
        (64, 100, 1000, 8.0, 43),
        (64, 1000, 10000, 8.0, 36),
    ],
)
def test_the_chosen_precision_is_the_one_of_the_table(
    ring_bits: int, num_clients: int, max_weight: int, clip: float, expected: int
) -> None:
    chosen = choose_fraction_bits(
        ring_bits=ring_bits, num_clients=num_clients, max_weight=max_weight, clip=clip
    )
    assert chosen == expected


def test_a_precision_below_eight_bits_is_refused_with_a_way_out() -> None:
    with pytest.raises(ValueError, match=r"leave at least 8 bits .* got 32; use ring_bits=64"):
        choose_fraction_bits(ring_bits=32, num_clients=1000, max_weight=10_000, clip=8.0)


@given(st.sampled_from([32, 64]), st.data())
def test_the_ring_gives_signed_integers_back(ring_bits: int, data: st.DataObject) -> None:
    half = 2 ** (ring_bits - 1)
    integers = np.array(data.draw(st.lists(st.integers(-half, half - 1), min_size=1)))
    np.testing.assert_array_equal(from_ring(to_ring(integers, ring_bits)), integers)


@pytest.mark.parametrize("ring_bits", [32, 64])
def test_the_extreme_sum_does_not_wrap(ring_bits: int) -> None:
    num_clients, max_weight, clip = 7, 3, 1.0
    f = choose_fraction_bits(
        ring_bits=ring_bits, num_clients=num_clients, max_weight=max_weight, clip=clip
    )
    for value in (clip, -clip):
        q = quantise([value], fraction_bits=f, clip=clip)
        total = sum(to_ring(max_weight * q, ring_bits) for _ in range(num_clients))
        assert dequantise(from_ring(total), f)[0] == num_clients * max_weight * value


def test_the_bound_on_sums_is_sharp() -> None:
    assert fits(32, 1, 1, 2**31 - 1)
    assert not fits(32, 1, 1, 2**31)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"fraction_bits": -1, "clip": 1.0}, "fraction_bits must be at least 0"),
        ({"fraction_bits": 4, "clip": 0.0}, "clip must be above 0"),
        ({"fraction_bits": 52, "clip": 1.5}, r"clip \* 2\*\*fraction_bits must be at most 2\*\*52"),
        (
            {"fraction_bits": 4, "clip": 1.0, "words": np.zeros(3, np.uint64)},
            r"words must be uint64 of shape \(2,\)",
        ),
    ],
)
def test_bad_settings_of_the_quantiser_are_named(settings: dict, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        quantise([0.0, 0.5], **settings)


def test_a_ring_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="ring_bits must be 32 or 64, got 16"):
        to_ring(np.array([1]), 16)
