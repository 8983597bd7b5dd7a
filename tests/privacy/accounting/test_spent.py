"""What was spent, in a sentence; and when nothing can be claimed, and why."""

import math
import pickle

import numpy as np
import pytest

from pyfedlite.privacy import Gaussian, Neighbouring, PoissonGaussian, Unit, account, rounds_of
from pyfedlite.sampling import sample_fixed, sample_fraction
from pyfedlite.state import Population


def test_epsilon_comes_with_all_that_is_needed_to_read_it():
    spent = account(rounds_of(0.01, 1.1, 10_000), dp_delta=1e-5)
    assert str(spent) == (
        "epsilon = 5.654 at delta = 1e-05: whoever tests whether one user took part has "
        "TPR <= 285.5 FPR + 1e-05; this holds against everybody who sees the released models."
    )
    assert spent.relation is Neighbouring.ADD_OR_REMOVE
    assert spent.unit is Unit.USER
    assert spent.sampling == ("each user takes part on its own with probability 0.01 in each round")
    assert any("declared beforehand" in each for each in spent.assumptions)
    assert any("no sampler has declared it" in each for each in spent.assumptions)


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        (Neighbouring.ADD_OR_REMOVE, "one example took part"),
        (Neighbouring.ZERO_OUT, "the message of one example was replaced by zeros"),
        (Neighbouring.REPLACE, "one example had other data"),
    ],
)
def test_relation_and_unit_stand_in_the_sentence(relation, words):
    spent = account(Gaussian(4.0), dp_delta=1e-5, relation=relation, unit=Unit.EXAMPLE)
    assert words in str(spent)


def test_replacement_costs_what_half_of_the_noise_costs():
    spent = account(Gaussian(2.0), dp_delta=1e-5, relation=Neighbouring.REPLACE)
    assert spent.epsilon == account(Gaussian(1.0), dp_delta=1e-5).epsilon
    assert spent.mu == 1.0


def test_replacement_with_sampling_is_refused():
    with pytest.raises(ValueError, match="sampling_rate must be 1 under REPLACE"):
        account(PoissonGaussian(0.1, 2.0), dp_delta=1e-5, relation=Neighbouring.REPLACE)


def declared(population, event, relation=Neighbouring.ADD_OR_REMOVE):
    return account(event, dp_delta=1e-5, population=population, relation=relation)


def test_a_sampler_that_takes_everybody_is_not_one_that_takes_a_fifth():
    everybody = sample_fraction(1.0).population(50)
    spent = declared(everybody, PoissonGaussian(0.2, 1.1))
    assert (spent.epsilon, spent.best_order, spent.mu, spent.curve) == (None, None, None, None)
    assert str(spent) == (
        "No epsilon can be stated: the mechanism counts on Poisson sampling with rate 0.2, and the "
        "sampler declares Poisson sampling with rate 1.0."
    )


@pytest.mark.parametrize(
    ("population", "event", "relation", "is_claimed"),
    [
        (Population(50, "poisson", 0.2), PoissonGaussian(0.2, 1.1), "ADD_OR_REMOVE", True),
        (Population(50, "poisson", 0.2 + 1e-17), PoissonGaussian(0.2, 1.1), "ZERO_OUT", True),
        (Population(50, "poisson", 0.21), PoissonGaussian(0.2, 1.1), "ADD_OR_REMOVE", False),
        (Population(50, "fixed", 0.2), PoissonGaussian(0.2, 1.1), "ADD_OR_REMOVE", False),
        (Population(50, "fixed", 0.2), PoissonGaussian(0.2, 1.1), "ZERO_OUT", False),
        (Population(50), Gaussian(1.1), "ZERO_OUT", False),
        (Population(50, "fixed", 1.0), Gaussian(1.1), "ADD_OR_REMOVE", True),
        (Population(50, "fixed", 0.2), Gaussian(1.1), "ADD_OR_REMOVE", False),
        (Population(50, "fixed", 0.2), Gaussian(1.1), "ZERO_OUT", True),
        (Population(50, "fixed", 0.2), Gaussian(1.1), "REPLACE", True),
        (sample_fixed(10).population(50), PoissonGaussian(1.0, 1.1), "REPLACE", True),
        (Population(50, "poisson", 0.2), Gaussian(1.1), "ADD_OR_REMOVE", True),
    ],
)
def test_epsilon_is_stated_where_the_sampler_does_what_is_counted_on(
    population, event, relation, is_claimed
):
    spent = declared(population, event, Neighbouring[relation])
    assert (spent.epsilon is not None) is is_claimed
    assert bool(spent.reason) is not is_claimed
    assert not any("no sampler has declared it" in each for each in spent.assumptions)


def test_without_noise_epsilon_is_infinite():
    spent = account(rounds_of(0.1, 0.0, 3), dp_delta=1e-5)
    assert spent.epsilon == math.inf
    assert (spent.mu, spent.curve, spent.tighter_epsilon, spent.best_order) == (None,) * 4
    assert str(spent).startswith("epsilon is infinite")
    with pytest.raises(ValueError, match="a curve must have a finite epsilon, got inf"):
        spent.plot()


def test_no_round_costs_nothing():
    spent = account(rounds_of(0.1, 1.0, 0), dp_delta=1e-5)
    assert (spent.epsilon, spent.mu, spent.true_positives(0.25)) == (0.0, 0.0, 0.25)


def test_an_order_at_the_end_of_the_grid_is_told():
    spent = account(rounds_of(0.2, 0.5, 10), dp_delta=1e-3)
    assert spent.best_order == 2
    assert any("2 is the last order that was tried" in each for each in spent.assumptions)
    assert not any("order" in each for each in account(Gaussian(1.0), dp_delta=1e-5).assumptions)


@pytest.mark.parametrize("delta", [0.0, 1.0, 1.5, -1e-5, math.nan])
def test_a_delta_that_promises_nothing_or_too_much_is_refused(delta):
    with pytest.raises(ValueError, match="dp_delta must"):
        account(Gaussian(1.0), dp_delta=delta)


def test_relation_and_unit_are_members_of_their_enums():
    with pytest.raises(ValueError, match="relation must be one of ADD_OR_REMOVE, ZERO_OUT, REPL"):
        account(Gaussian(1.0), dp_delta=1e-5, relation="replace")
    with pytest.raises(ValueError, match="unit must be one of USER, EXAMPLE"):
        account(Gaussian(1.0), dp_delta=1e-5, unit="client")


def test_what_was_spent_can_be_stored():
    spent = account(rounds_of(0.2, 1.1, 10), dp_delta=1e-5)
    assert pickle.loads(pickle.dumps(spent)) == spent


def test_the_plot_shows_the_curve_that_no_attack_crosses():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")

    ax = account(Gaussian(1.0), dp_delta=1e-5).plot()
    (guessing, drawn) = ax.get_lines()
    assert drawn.get_label() == "no attack is above (exact)"
    false, true = drawn.get_xdata(), drawn.get_ydata()
    at_one_percent = np.interp(0.01, false, true)
    assert at_one_percent == pytest.approx(0.0924, abs=1e-3)
    assert len(account(Gaussian(2.0), dp_delta=1e-5).plot(ax).get_lines()) == 3
    assert guessing.get_label() == "guessing"
