import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.sampling import poisson, sample_fixed, sample_fraction
from pyfedlite.sampling.samplers import draw_cohort
from pyfedlite.state import Population, RoundView
from pyfedlite.testing.strategies import seeds


def view(num_clients: int) -> RoundView:
    return RoundView(1, np.ones(num_clients, np.int64), lambda k: 0.0)


@given(st.integers(1, 300), st.floats(0, 1), seeds())
def test_fraction_takes_that_share_and_at_least_one(
    num_clients: int, fraction: float, seed: int
) -> None:
    cohort = sample_fraction(fraction)(view(num_clients), np.random.default_rng(seed))
    assert len(cohort) == max(round(fraction * num_clients), 1)
    assert cohort == sorted(set(cohort))
    assert 0 <= cohort[0] <= cohort[-1] < num_clients


@given(st.data(), st.integers(1, 300), seeds())
def test_fixed_takes_that_many(data: st.DataObject, num_clients: int, seed: int) -> None:
    size = data.draw(st.integers(1, num_clients))
    cohort = sample_fixed(size)(view(num_clients), np.random.default_rng(seed))
    assert len(set(cohort)) == size


def test_each_client_is_drawn_equally_often() -> None:
    rng = np.random.default_rng(0)
    draws = 4000
    counts = np.zeros(10)
    for _ in range(draws):
        counts[sample_fraction(0.3)(view(10), rng)] += 1
    # Binomial(4000, 0.3): standard deviation 29; 10 clients leave +-4.5 of them with
    # probability 7e-5, and the draw is fixed.
    assert np.abs(counts - 0.3 * draws).max() < 4.5 * 29


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.9])
def test_poisson_takes_each_client_on_its_own(rate: float) -> None:
    K, draws, rng = 50, 4000, np.random.default_rng(0)
    took_part = np.zeros((draws, K))
    for row in took_part:
        row[poisson(rate)(view(K), rng)] = 1
    variance = rate * (1 - rate)
    # Each client's share has the deviation sqrt(q (1 - q) / draws); 50 of them stay within 5.
    assert np.abs(took_part.mean(axis=0) - rate).max() < 5 * np.sqrt(variance / draws)
    # The size has the variance K q (1 - q), known within a few times sqrt(2 / draws) = 0.022.
    assert np.var(took_part.sum(axis=1)) == pytest.approx(K * variance, rel=0.15)


def test_poisson_draws_those_that_can_be_reached() -> None:
    some = RoundView(1, np.ones(9, np.int64), lambda k: 0.0, np.array([1, 4, 7]))
    assert poisson(1.0)(some, np.random.default_rng(0)) == [1, 4, 7]
    assert poisson(1.0)(view(3), np.random.default_rng(0)) == [0, 1, 2]
    assert poisson(1e-9)(view(3), np.random.default_rng(0)) == []


def test_samplers_declare_their_laws() -> None:
    assert poisson(0.2).population(10) == Population(10, "poisson", 0.2)
    assert sample_fraction(0.2).population(10) == Population(10, "fixed", 0.2)
    # Everybody, however many there are; all ten is another law where an eleventh may come.
    assert sample_fraction(1.0).population(10) == Population(10, "poisson", 1.0)
    assert sample_fixed(10).population(10) == Population(10, "fixed", 1.0)


@pytest.mark.parametrize("rate", [0.0, -0.1, 1.1, float("nan")])
def test_a_rate_that_is_no_probability_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="rate must"):
        poisson(rate)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
def test_fraction_outside_the_unit_interval_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="client_fraction must"):
        sample_fraction(fraction)


def test_fixed_number_above_the_clients_is_refused() -> None:
    with pytest.raises(ValueError, match="cohort_size must be at most the number of clients, 3"):
        sample_fixed(4)(view(3), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("cohort", "sentence"),
    [
        ([1, 1], r"cohort must name each client once, got \[1, 1\]"),
        ([0, 3], r"cohort must lie in 0\.\.2, got \[0, 3\]"),
    ],
)
def test_sampler_of_ones_own_is_checked(cohort: list[int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        draw_cohort(lambda view, rng: cohort, view(3), np.random.default_rng(0))
