"""The private mean: examples by hand, what it refuses, and what tells two worlds apart."""

import math
from typing import Any

import numpy as np
import pytest

from pyfedlite.aggregation.private import CLIP, PrivateMean, private_mean
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import norm
from pyfedlite.privacy.adaptive_clipping import next_clip, noise_of_sum
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Population, RoundContext

LAW = Population(1000, "poisson", 0.25)


def update(k: int, delta: Any, num_examples: int = 1) -> ClientUpdate:
    return ClientUpdate(k, np.asarray(delta), num_examples, 1, 0.0)


def context(
    size: int, *, seed: int = 0, round: int = 1, law: Population | None = LAW, **slots: Any
) -> RoundContext:
    return RoundContext(round, np.zeros(size), RoundSeed(seed, round), slots, population=law)


def test_the_divisor_is_q_times_the_declared_number() -> None:
    mean = private_mean(1.0, 0.0, population=10)  # q N_0 = 2.5, which is no whole number
    out = mean([update(0, [3.0, 4.0]), update(1, [0.0, 0.5])], context(2))
    np.testing.assert_allclose(out.delta, [0.6 / 2.5, 1.3 / 2.5], rtol=1e-9)
    assert out.num_reports is None  # how many came is not said


def test_float32_updates_are_clipped_in_float64() -> None:
    delta = np.full(1000, 1.0, np.float32)
    out = private_mean(1.0, 0.0, population=1, sampling_rate=1.0)(
        [update(0, delta)], context(1000, law=None)
    )
    assert out.delta.dtype == np.float64
    assert norm(out.delta) <= 1.0


def test_weights_come_from_a_declared_number_of_examples() -> None:
    mean = private_mean(9.0, 0.0, population=4, weights="examples", max_examples=10)
    out = mean([update(0, [1.0], 5), update(1, [1.0], 10), update(2, [1.0], 9999)], context(1))
    np.testing.assert_allclose(out.delta, [2.5])  # 0.5 + 1 + 1, over 0.25 * 4


@pytest.mark.parametrize("number", [0, 1, 40])
def test_the_noise_is_z_c_over_q_n_however_many_come(number: int) -> None:
    d = 20_000
    mean = private_mean(2.0, 1.5, population=80)
    out = mean([update(k, np.zeros(d)) for k in range(number)], context(d, seed=number))
    expected = 1.5 * 2.0 / (0.25 * 80)
    assert out.metrics == {"dp_noise": expected}
    # The relative deviation of a deviation of d draws is 1 / sqrt(2 d) = 0.005.
    assert np.std(out.delta) == pytest.approx(expected, rel=6 * 0.005)
    assert np.mean(out.delta) == pytest.approx(0.0, abs=6 * expected / math.sqrt(d))


def test_noise_is_fresh_in_each_round_and_for_each_key() -> None:
    mean = private_mean(1.0, 1.0, population=4)
    first, second = (mean([], context(50, round=t)).delta for t in (1, 2))
    other = mean([], context(50, seed=1)).delta
    assert abs(np.corrcoef([first, second, other])[0, 1:]).max() < 0.9


def log_likelihood(released: list[np.ndarray], std: float) -> float:
    squares = sum(float(np.sum(one**2)) for one in released)
    return -squares / (2 * std**2) - sum(one.size for one in released) * math.log(std)


@pytest.mark.parametrize("seed", range(4))
def test_two_worlds_look_alike_under_a_declared_number_and_not_under_the_true_one(
    seed: int,
) -> None:
    """N or N + 1 clients, 100 rounds: the test that knows both scales of the noise."""
    N, d, rounds, q = 100, 20_000, 100, 0.25
    rng = np.random.default_rng(seed)
    worlds = (N, N + 1)

    def released(declared: dict[int, int]) -> dict[int, list[np.ndarray]]:
        out: dict[int, list[np.ndarray]] = {}
        for world in worlds:
            mean = private_mean(1.0, 1.0, population=declared[world])
            law = Population(world, "poisson", q)
            keys = rng.integers(2**60, size=rounds)
            out[world] = [mean([], context(d, seed=int(k), law=law)).delta for k in keys]
        return out

    def evidence(seen: list[np.ndarray]) -> float:
        """Log likelihood ratio of N against N + 1 clients, each with its own scale."""
        one, other = (1.0 / (q * world) for world in worlds)
        return log_likelihood(seen, one) - log_likelihood(seen, other)

    # A divisor of the true number: KL is d rounds / 2 (r^2 - 1 - ln r^2), 199 with r = 101 / 100;
    # the ratio has the deviation sqrt(2 d rounds) 0.01 = 20 about it.
    true = released({N: N, N + 1: N + 1})
    assert evidence(true[N]) > 80
    assert evidence(true[N + 1]) < -80
    # A declared one: the same scale in both worlds, so the same distribution; the difference of two
    # ratios has the deviation sqrt(2) 20 and the mean 0.
    declared = released({N: N, N + 1: N})
    assert abs(evidence(declared[N]) - evidence(declared[N + 1])) < 6 * 28.5


def test_no_bit_of_the_answer_depends_on_the_true_number() -> None:
    mean = private_mean(1.0, 1.0, population=50, quantile=0.5)
    updates = [update(0, [0.5, 2.0])]
    one = mean(updates, context(2, law=Population(7, "poisson", 0.25)))
    other = mean(updates, context(2, law=Population(7000, "poisson", 0.25)))
    np.testing.assert_array_equal(one.delta, other.delta)
    np.testing.assert_array_equal(one.slots[CLIP], other.slots[CLIP])
    assert one.metrics == other.metrics


# ---- What the sampler declares ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "law", "sentence"),
    [
        ({}, None, "sampling_rate must be declared by the sampler or given, got neither"),
        ({}, Population(9), "sampling_rate must be declared by the sampler or given, got neither"),
        (
            {"sampling_rate": 0.2},
            Population(9, "poisson", 1.0),
            "sampling_rate must be 1, as the sampler declares, got 0.2",
        ),
        ({}, Population(9, "fixed", 0.5), "sampler must draw each client on its own"),
        ({}, Population(9, "fixed", 1.0), "sampler must draw each client on its own"),
        ({}, Population(9, "poisson", 0.0), "sampling_rate must be above 0"),
    ],
)
def test_a_sampler_that_does_something_else_is_refused(
    settings: Any, law: Population | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        private_mean(1.0, 1.0, population=9, **settings)([], context(1, law=law))


EVERY_ROUND = 4.7527283368  # z = 1 once, delta = 1e-5: Rényi orders 2 to 256, by dp_accounting


@pytest.mark.parametrize(
    ("relation", "law", "amplified"),
    [
        ("add_or_remove", Population(9, "poisson", 0.5), True),
        ("add_or_remove", Population(9, "poisson", 1.0), False),
        ("zero_out", Population(9, "poisson", 0.5), True),
        ("zero_out", Population(9, "fixed", 0.5), False),
    ],
)
def test_epsilon_is_amplified_under_poisson_sampling_alone(
    relation: str, law: Population, amplified: bool
) -> None:
    mean = private_mean(1.0, 1.0, population=9, relation=relation)
    spent = mean.spent(1, law, dp_delta=1e-5)
    assert spent.epsilon is not None
    if amplified:
        assert spent.epsilon < EVERY_ROUND - 0.5
    else:
        assert spent.epsilon == pytest.approx(EVERY_ROUND, abs=1e-9)


@pytest.mark.parametrize("law", [Population(9, "fixed", 0.5), Population(9, "poisson", 0.5)])
def test_to_replace_a_client_counts_half_the_noise_and_no_amplification(law: Population) -> None:
    replaced = private_mean(1.0, 2.0, population=9, relation="replace")
    spent = replaced.spent(1, law, dp_delta=1e-5)
    assert spent.epsilon == pytest.approx(EVERY_ROUND, abs=1e-9)  # z / 2 = 1


def test_no_epsilon_is_stated_without_a_law() -> None:
    mean = private_mean(1.0, 1.0, population=9, sampling_rate=0.5)
    assert mean.spent(1, Population(9), dp_delta=1e-5).epsilon is None
    asked = private_mean(1.0, 1.0, population=9, sampling_rate=0.5, dp_delta=1e-5)
    with pytest.raises(ValueError, match="dp_delta must be left out, for the sampler declares no"):
        asked([], context(1, law=Population(9)))
    with pytest.raises(ValueError, match="dp_delta must be given for an epsilon"):
        mean.spent(1, LAW)


def test_each_round_says_what_was_spent_so_far() -> None:
    # Rows 4 and 8 of the published settings: (q, z, rounds, delta) and epsilon of dp_accounting.
    mean = private_mean(1.0, 1.1, population=9, dp_delta=1e-5)
    law = Population(9, "poisson", 0.01)
    said = [mean([], context(1, round=t, law=law)).metrics["dp_epsilon"] for t in (1, 10_000)]
    assert said[1] == pytest.approx(5.6543080001, rel=1e-9)
    assert said[0] is not None
    assert 0 < said[0] < 1
    silent = private_mean(1.0, 0.0, population=9, dp_delta=1e-5)
    assert silent([], context(1, law=law)).metrics["dp_epsilon"] is None  # infinite


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"clip": 0.0}, "clip must be above 0"),
        ({"clip": 1e-310}, "clip must be at least 1e-300"),
        ({"noise_multiplier": -1.0}, "noise_multiplier must be at least 0"),
        ({"noise_multiplier": math.nan}, "noise_multiplier must be finite"),
        ({"population": 0}, "population must be at least 1"),
        ({"sampling_rate": 0.0}, "sampling_rate must be above 0"),
        ({"relation": "swap"}, "relation must be one of add_or_remove, zero_out, replace"),
        ({"weights": "examples"}, 'max_examples must be declared for weights="examples"'),
        ({"max_examples": 3}, 'max_examples must be left out unless weights is "examples"'),
        ({"weights": "rows"}, "weights must be one of uniform, examples"),
        ({"dp_delta": 1.0}, "dp_delta must"),
        ({"quantile": 1.5}, r"quantile must lie in \[0, 1\]"),
        ({"bit_noise": 1.0}, "bit_noise must be left out unless quantile is given"),
        ({"bit_noise": 0.5, "quantile": 0.5}, "noise_multiplier must be below 2 bit_noise = 1"),
    ],
)
def test_settings_are_checked(settings: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        PrivateMean(**{"clip": 1.0, "noise_multiplier": 1.0, "population": 9} | settings)


# ---- Adaptive clipping --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("z", "bit_noise", "expected"),
    # Andrew et al. 2021, Theorem 1: z_delta = (z^-2 - (2 sigma_b)^-2)^(-1/2), by 50 digits.
    [(1.0, 5.0, 1.005037815259), (1.1, 1.0, 1.317105548196), (0.5, 2.5, 0.502518907630)],
)
def test_the_noise_is_split_as_in_theorem_1(z: float, bit_noise: float, expected: float) -> None:
    assert noise_of_sum(z, bit_noise) == pytest.approx(expected, abs=1e-12)


def test_50_rounds_from_a_tenth_reach_the_norms_and_do_not_run_away() -> None:
    """All norms are 1, C starts at 0.1: the rule of the paper ends at 1.10 (published example)."""
    clip = 0.1
    for _ in range(50):
        bit = 0.5 if clip >= 1.0 else -0.5
        clip = next_clip(clip, 100 * bit, 100, quantile=0.5, learning_rate=0.2)
    assert clip == pytest.approx(0.1 * math.exp(0.1 * 24), rel=1e-12)  # then to and fro


def test_the_clip_is_carried_and_said() -> None:
    mean = private_mean(2.0, 0.0, population=8, quantile=0.5, bit_noise=1e-9)
    updates = [update(k, [9.0, 0.0]) for k in range(2)]
    first = mean(updates, context(2))  # q N_0 = 2: both were clipped
    assert first.metrics["dp_clip"] == 2.0
    np.testing.assert_allclose(first.delta, [2.0, 0.0], rtol=1e-9)
    grown = 2.0 * math.exp(0.2 * 0.5)
    np.testing.assert_allclose(first.slots[CLIP], [grown], rtol=1e-6)
    second = mean(updates, context(2, **{CLIP: first.slots[CLIP]}))
    np.testing.assert_allclose(second.delta, [grown, 0.0], rtol=1e-6)


def test_the_sum_has_the_larger_noise_of_the_split() -> None:
    d, z, sigma = 20_000, 1.1, 1.0
    mean = private_mean(1.0, z, population=4, quantile=0.5, bit_noise=sigma)  # q N_0 = 1
    out = mean([], context(d))
    assert np.std(out.delta) == pytest.approx(1.317105548196, rel=6 * 0.005)
    assert out.metrics["dp_noise"] == pytest.approx(1.317105548196)


def test_the_bits_have_the_noise_that_is_stated() -> None:
    """ln C moves by eta (gamma - 1/2 - noise / (q N_0)): its deviation is eta sigma_b / (q N_0)."""
    mean = private_mean(1.0, 0.5, population=100, quantile=0.5)  # sigma_b = 25 / 20
    moved = [mean([], context(1, seed=k)).slots[CLIP][0] for k in range(2000)]
    expected = 0.2 * (25 / 20) / 25
    assert np.std(np.log(moved)) == pytest.approx(expected, rel=6 / math.sqrt(4000))
    assert np.mean(np.log(moved)) == pytest.approx(0.0, abs=6 * expected / math.sqrt(2000))
