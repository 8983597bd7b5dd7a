"""What pins the trimmed mean down: order, range, shift and scale, and what liars can do."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite.kernels import trimmed_mean

# Sums of a few multiples of 2^-10 below 2^10 are exact in float64: the laws hold to the bit.
EXACT = st.integers(-(2**20), 2**20).map(lambda x: x / 2**10)
LIES = st.floats(-1e300, 1e300)


@st.composite
def cohorts(draw, min_size=1):
    """Vectors of numbers that are added exactly, and how many to cut at each end."""
    shape = draw(st.tuples(st.integers(min_size, 12), st.integers(1, 5)))
    deltas = draw(hnp.arrays(np.float64, shape, elements=EXACT))
    return deltas, draw(st.integers(0, (shape[0] - 1) // 2))


@given(cohorts(), st.randoms(use_true_random=False))
def test_it_does_not_matter_who_sent_what(cohort, random):
    deltas, trim = cohort
    order = random.sample(range(len(deltas)), len(deltas))
    assert trimmed_mean(deltas[order], trim).tolist() == trimmed_mean(deltas, trim).tolist()


@given(cohorts())
def test_it_is_the_definition_by_sorting(cohort):
    deltas, trim = cohort
    kept = [sorted(column)[trim : len(deltas) - trim] for column in deltas.T.tolist()]
    assert trimmed_mean(deltas, trim).tolist() == [sum(k) / len(k) for k in kept]


@given(cohorts())
def test_all_but_the_middle_cut_away_is_the_median_of_numpy(cohort):
    deltas, _ = cohort
    median = trimmed_mean(deltas, (len(deltas) - 1) // 2)
    assert median.tolist() == np.median(deltas, axis=0).tolist()


@given(cohorts(), EXACT, st.sampled_from([-4.0, -1.0, 0.0, 0.5, 8.0]))
def test_it_moves_and_stretches_with_the_vectors(cohort, shift, factor):
    deltas, trim = cohort
    moved = trimmed_mean(factor * deltas + shift, trim)
    expected = factor * trimmed_mean(deltas, trim) + shift
    np.testing.assert_allclose(moved, expected, rtol=1e-12, atol=1e-9)  # quotients are rounded


@given(cohorts(), st.data())
def test_as_many_liars_as_are_cut_cannot_leave_the_honest_range(cohort, data):
    deltas, trim = cohort
    honest = deltas[trim:]
    liars = data.draw(hnp.arrays(np.float64, (trim, deltas.shape[1]), elements=LIES))
    mean = trimmed_mean(np.vstack([liars, honest]), trim)
    assert (honest.min(axis=0) <= mean).all()
    assert (mean <= honest.max(axis=0)).all()


@given(cohorts(min_size=2))
def test_one_liar_more_than_is_cut_can_leave_it(cohort):
    deltas, _ = cohort
    trim = (len(deltas) - 2) // 2
    lies = np.full((trim + 1, deltas.shape[1]), 1e12)
    mean = trimmed_mean(np.vstack([lies, deltas[trim + 1 :]]), trim)
    assert (mean > deltas.max()).all()


@given(st.integers(1, 9), hnp.arrays(np.float64, st.integers(1, 5), elements=EXACT))
def test_vectors_that_agree_are_their_own_mean(cohort_size, delta):
    deltas = np.tile(delta, (cohort_size, 1))
    for trim in range((cohort_size + 1) // 2):
        assert trimmed_mean(deltas, trim).tolist() == delta.tolist()
