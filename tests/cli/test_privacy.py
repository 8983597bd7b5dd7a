"""``pyfedlite privacy``: what a private run costs, or the noise that it needs."""

import math

import pytest

from pyfedlite.cli import main
from pyfedlite.privacy.accounting import curve

ROW_1 = ["--sampling-rate", 1, "--dp-delta", 1e-5]
ROW_4 = ["--sampling-rate", 0.01, "--dp-delta", 1e-5]


def test_help_says_what_it_is_for(ask):
    done = ask("privacy", "--help")
    assert done.code == 0
    assert "not audited" in done.out


def test_a_run_without_sampling_is_told_in_full(ask):
    done = ask("privacy", *ROW_1, "--noise-multiplier", 1, "--rounds", 1, "--json")
    assert done.code == 0
    assert done.json["epsilon"] == pytest.approx(4.7527283368, rel=1e-9)
    assert done.json["best_order"] == 5
    assert done.json["noise_multiplier"] == 1.0
    assert done.json["mu"] == pytest.approx(1.0)
    assert done.json["tpr_at_1_percent"] == pytest.approx(0.0924, abs=2e-3)
    assert done.json["tighter_epsilon"] == pytest.approx(4.377178, abs=1e-6)
    assert done.json["relation"] == "add_or_remove"
    assert done.json["reason"] == ""
    assert "epsilon = 4.753 at delta = 1e-05" in done.out
    assert "TPR at FPR 1 %    at most 9.24 %" in done.out


def test_a_sampled_run_has_the_epsilon_of_the_renyi_accountant(ask, monkeypatch):
    monkeypatch.setattr(curve, "has_pld", lambda: False)  # tested beside the accountant
    done = ask("privacy", *ROW_4, "--noise-multiplier", 1.1, "--rounds", 10_000, "--json")
    assert done.json["epsilon"] == pytest.approx(5.6543080001, rel=1e-9)
    assert (done.json["mu"], done.json["tpr_at_1_percent"]) == (None, None)
    assert "pip install 'pyfedlite[dp]'" in done.json["mu_reason"]


def test_the_noise_for_a_target_is_found(ask):
    target = ["--rounds", 10, "--target-epsilon", 8.0878616289]
    done = ask("privacy", *ROW_1, *target, "--json", "--quiet")
    assert done.json["noise_multiplier"] == pytest.approx(2.0, rel=1e-7)
    assert done.json["epsilon"] <= 8.0878616289
    assert len(done.out.splitlines()) == 1


def test_the_rounds_for_a_target_are_found(ask):
    target = ["--noise-multiplier", 2, "--target-epsilon", 8.0878616289]
    assert ask("privacy", *ROW_1, *target, "--json").json["rounds"] == 10


def test_noise_and_rounds_within_the_target_are_kept(ask):
    given = ["--noise-multiplier", 2, "--rounds", 10, "--target-epsilon", 9]
    done = ask("privacy", *ROW_1, *given, "--json")
    assert (done.json["noise_multiplier"], done.json["rounds"]) == (2.0, 10)


def test_a_target_that_is_not_reached_names_the_smallest_that_is(ask):
    given = ["--noise-multiplier", 2, "--rounds", 10, "--target-epsilon", 3]
    done = ask("privacy", *ROW_1, *given)
    assert done.code == 2
    assert done.err.startswith(
        "pyfedlite: target_epsilon must be at least 8.0879, the smallest epsilon of 10 rounds with "
        "noise_multiplier 2.0, got 3.0; try noise_multiplier "
    )
    needed = done.err.split("noise_multiplier ")[2].split(",")[0]
    again = ["--noise-multiplier", needed, "--rounds", 10, "--target-epsilon", 3]
    assert ask("privacy", *ROW_1, *again).code == 0


def test_replacement_costs_more_and_is_refused_with_sampling(ask):
    run = ["--noise-multiplier", 2, "--rounds", 1, "--relation", "replace", "--json"]
    assert ask("privacy", *ROW_1, *run).json["epsilon"] == pytest.approx(4.7527283368, rel=1e-9)
    done = ask("privacy", *ROW_4, *run)
    assert done.code == 2
    assert "sampling_rate must be 1 under REPLACE, got 0.01" in done.err


def test_without_noise_epsilon_is_null_and_the_reason_is_told(ask):
    done = ask("privacy", *ROW_1, "--noise-multiplier", 0, "--rounds", 1, "--json")
    assert (done.json["epsilon"], done.json["best_order"], done.json["mu"]) == (None, None, None)
    assert done.json["reason"].startswith("epsilon is infinite")


def test_fine_orders_may_give_less(ask):
    run = ["--noise-multiplier", 1, "--rounds", 1, "--json"]
    fine = ask("privacy", *ROW_1, *run, "--fine-orders").json
    assert fine["epsilon"] == pytest.approx(4.7285070672, rel=1e-9)  # as dp-accounting and opacus
    assert not math.isclose(fine["best_order"], round(fine["best_order"]))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--dp-delta", 1], "dp_delta must lie above 0 and below 1, got 1.0"),
        (["--dp-delta", 0], "dp_delta must lie above 0 and below 1, got 0.0"),
        (["--sampling-rate", 0], "sampling_rate must be above 0, got 0.0"),
        (["--sampling-rate", 1.5], "sampling_rate must lie in [0, 1], got 1.5"),
        (["--rounds", -1], "rounds must be at least 0, got -1"),
        (["--rounds", "ten"], "--rounds must be a whole number, got 'ten'"),
        (["--noise-multiplier", -1], "noise_multiplier must be at least 0, got -1.0"),
        (["--noise-multiplier", "nan"], "noise_multiplier must be finite, got nan"),
        (
            ["--noise-multiplier", 0, "--target-epsilon", 1],
            "noise_multiplier must be above 0 for a finite target_epsilon, got 0.0",
        ),
        (["--target-epsilon", 0], "target_epsilon must be above 0, got 0.0"),
        (["--relation", "removal"], "relation must be one of add-or-remove, zero-out, replace"),
    ],
)
def test_bad_input_is_a_sentence(ask, words, sentence):
    right = [*ROW_1, "--noise-multiplier", 1, "--rounds", 1]
    done = ask("privacy", *right, *words)
    assert done.code == 2
    assert sentence in done.err
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "noise_multiplier must be given, got none; give noise_multiplier and rounds, or"),
        (["--noise-multiplier", 1], "rounds must be given, got none; or give target_epsilon"),
        (["--rounds", 1], "noise_multiplier must be given"),
        (["--target-epsilon", 1], "noise_multiplier must be given"),
    ],
)
def test_what_is_missing_is_named(ask, words, sentence):
    done = ask("privacy", *ROW_1, *words)
    assert done.code == 2
    assert sentence in done.err


def test_the_curve_is_drawn_into_a_new_file(ask, here):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    run = ["privacy", *ROW_1, "--noise-multiplier", 1, "--rounds", 1, "--plot"]
    assert ask(*run, "--json").json["plot"] == "privacy.png"
    assert (here / "privacy.png").read_bytes().startswith(b"\x89PNG")
    again = ask(*run)
    assert again.code == 2
    assert "plot must be a new file, got privacy.png" in again.err
    assert ask(*run, "--overwrite").code == 0


def test_a_curve_without_an_epsilon_is_refused(ask, here):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    done = ask("privacy", *ROW_1, "--noise-multiplier", 0, "--rounds", 1, "--plot")
    assert done.code == 2
    assert "a curve must have a finite epsilon, got inf" in done.err
    assert list(here.iterdir()) == []


def test_the_command_needs_no_file_and_no_data(here):
    quiet = ["--noise-multiplier", "1", "--rounds", "1", "--quiet"]
    assert main(["privacy", *map(str, ROW_1), *quiet]) == 0
    assert list(here.iterdir()) == []


@pytest.mark.parametrize(
    "flags",
    [
        ["--noise-multiplier", 1e308, "--rounds", 3],
        ["--noise-multiplier", 1, "--rounds", 10**23],
        ["--target-epsilon", 1e300, "--rounds", 3],
        ["--target-epsilon", 900, "--rounds", 3],
    ],
    ids=["noise", "rounds", "no-noise", "long-grid"],
)
def test_what_no_grid_can_hold_is_left_to_the_renyi_accountant(ask, flags):
    pytest.importorskip("dp_accounting")
    done = ask("privacy", "--sampling-rate", 0.1, "--dp-delta", 1e-5, *flags, "--json")
    assert done.code == 0
    assert done.json["tighter_epsilon"] is None
    assert "too large for the grid" in done.json["mu_reason"]
