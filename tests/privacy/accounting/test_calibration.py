"""Which noise, or how many rounds, a target allows; and the sentence where none does."""

import pytest

from pyfedlite.privacy import (
    Neighbouring,
    account,
    calibrate_noise,
    most_rounds,
    plan_run,
    rounds_of,
)

GIVEN = {"dp_delta": 1e-5, "sampling_rate": 0.01}


def test_the_noise_of_a_known_epsilon_is_found_again():
    noise = calibrate_noise(5.6543080002, rounds=10_000, **GIVEN)
    assert noise == pytest.approx(1.1, rel=1e-7)


def test_the_rounds_of_a_known_epsilon_are_found_again():
    assert most_rounds(5.6543080002, noise_multiplier=1.1, **GIVEN) == 10_000
    assert most_rounds(0.01, noise_multiplier=0.5, **GIVEN) == 0


def test_a_little_less_noise_is_too_little():
    noise = calibrate_noise(2.0, rounds=1000, **GIVEN)
    enough, less = (
        account(rounds_of(0.01, z, 1000), dp_delta=1e-5) for z in (noise, noise * (1 - 1e-6))
    )
    assert enough.epsilon <= 2.0 < less.epsilon


def test_replacement_needs_twice_the_noise():
    given = {"dp_delta": 1e-5, "sampling_rate": 1.0, "rounds": 10}
    removal = calibrate_noise(3.0, **given)
    replacement = calibrate_noise(3.0, relation=Neighbouring.REPLACE, **given)
    assert replacement == pytest.approx(2 * removal, rel=1e-8)


def test_a_target_out_of_reach_is_told_with_the_smallest_that_is_reached():
    with pytest.raises(ValueError, match="target_epsilon must be at least") as refused:
        calibrate_noise(0.001, dp_delta=1e-9, sampling_rate=1.0, rounds=1000)
    smallest = float(str(refused.value).split("at least ")[1].split(",")[0])
    assert "the smallest in 1000 rounds, got 0.001" in str(refused.value)
    noise = calibrate_noise(smallest * 1.001, dp_delta=1e-9, sampling_rate=1.0, rounds=1000)
    assert noise <= 1e6


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"target_epsilon": 0.0}, "target_epsilon must be above 0, got 0.0"),
        ({"target_epsilon": float("inf")}, "target_epsilon must be finite, got inf"),
        ({"rounds": 0}, "rounds must be at least 1, got 0"),
        ({"sampling_rate": 0.0}, "sampling_rate must be above 0, got 0.0"),
        ({"sampling_rate": 1.1}, r"sampling_rate must lie in \[0, 1\], got 1.1"),
        ({"dp_delta": 1.0}, "dp_delta must lie above 0 and below 1, got 1.0"),
    ],
)
def test_a_question_without_an_answer_is_refused(settings, sentence):
    asked = {"target_epsilon": 1.0, "dp_delta": 1e-5, "sampling_rate": 0.1, "rounds": 10} | settings
    with pytest.raises(ValueError, match=sentence):
        calibrate_noise(asked.pop("target_epsilon"), **asked)


def test_no_noise_and_a_finite_target_do_not_go_together():
    with pytest.raises(ValueError, match="noise_multiplier must be above 0 for a finite target_ep"):
        most_rounds(1.0, noise_multiplier=0.0, **GIVEN)


def test_a_plan_takes_what_is_given_and_finds_the_rest():
    assert plan_run(noise_multiplier=1.1, rounds=7, **GIVEN) == (1.1, 7)
    assert plan_run(5.6543080002, noise_multiplier=1.1, **GIVEN) == (1.1, 10_000)
    noise, rounds = plan_run(5.6543080002, rounds=10_000, **GIVEN)
    assert (round(noise, 6), rounds) == (1.1, 10_000)
    assert plan_run(6.0, noise_multiplier=1.1, rounds=10_000, **GIVEN) == (1.1, 10_000)


def test_a_plan_beyond_the_target_is_told_what_would_be_within():
    with pytest.raises(ValueError, match=r"target_epsilon must be at least 5\.6544") as refused:
        plan_run(2.0, noise_multiplier=1.1, rounds=10_000, **GIVEN)
    words = str(refused.value).split()
    noise, rounds = float(words[-6].strip(",")), int(words[-2])
    for given in (
        {"noise_multiplier": noise, "rounds": 10_000},
        {"noise_multiplier": 1.1, "rounds": rounds},
    ):
        assert plan_run(2.0, **given, **GIVEN) == tuple(given.values())
