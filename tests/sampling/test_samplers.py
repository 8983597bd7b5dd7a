import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.sampling import sample_fixed, sample_fraction
from pyfedlite.sampling.samplers import draw_cohort
from pyfedlite.state import RoundView
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
