"""A property is worth something when it accepts what is right and rejects what is wrong."""

import numpy as np
import pytest
from hypothesis.errors import InvalidArgument

from pyfedlite.testing.counterexample import find_counterexample
from pyfedlite.testing.literals import literal
from pyfedlite.testing.mutants import SUBJECTS, kills


def nothing(mean, deltas, num_examples):
    pass


def too_strict(mean, deltas, num_examples):
    assert (mean(deltas, num_examples) == deltas[0]).all()


def exact(mean, deltas, num_examples):
    expected = np.average(deltas, axis=0, weights=num_examples)
    np.testing.assert_allclose(mean(deltas, num_examples), expected, rtol=0, atol=1e-10)


def test_a_property_that_claims_nothing_kills_nothing():
    report = kills(nothing, "weighted_mean")
    assert not report
    assert report.killed == ()
    assert report.survived == SUBJECTS["weighted_mean"].mutants


def test_a_property_that_is_too_strict_is_shown_the_simplest_case_it_is_wrong_about():
    report = kills(too_strict, "weighted_mean")
    assert not report
    assert "REJECTED  the right weighted_mean, on deltas = np.array([[0.0], [1.0]])" in str(report)


def test_a_right_property_accepts_the_right_one_and_kills_all():
    report = kills(exact, "weighted_mean")
    assert report
    assert report.survived == ()
    assert report.complaint is None


def test_a_property_may_choose_its_own_cases():
    def one_case(mean):
        assert mean(np.array([[4.0], [0.0]]), np.array([3, 1]))[0] == 3.0

    assert kills(one_case, "weighted_mean")


def test_the_report_tells_the_story_of_a_survivor():
    assert "Every client counts the same" in str(kills(nothing, "weighted_mean"))


def test_a_property_that_returns_instead_of_asserting_is_refused():
    with pytest.raises(TypeError, match="property must assert, and return nothing, got bool"):
        kills(lambda mean, deltas, num_examples: True, "weighted_mean")


def test_an_argument_that_nobody_draws_is_named():
    with pytest.raises(ValueError, match="argument of the property must be one of deltas"):
        kills(lambda mean, delta: None, "weighted_mean")


def test_an_unknown_subject_is_named():
    with pytest.raises(ValueError, match=r"subject must be one of .* did you mean 'weighted_mean'"):
        kills(nothing, "weighted-mean")


@pytest.mark.parametrize(
    "value",
    [
        np.array([[1.0, -0.5], [2.0, 3.0]]),
        np.array([1, 2]),
        np.array([], dtype=np.float64),
        np.array([1.5], dtype=np.float32),
        [1, (2.0,), {"a": None}],
        (1, "two", b"three"),
        np.inf,
        -np.inf,
        True,
    ],
)
def test_a_literal_gives_the_value_back(value):
    back = eval(literal(value), {"np": np})
    np.testing.assert_equal(back, value)
    assert type(back) is type(value)


def test_nan_is_written_with_numpys_name():
    assert literal(np.array([np.nan])) == "np.array([np.nan])"


def test_an_error_of_the_machinery_is_not_taken_for_a_counterexample():
    with pytest.raises(InvalidArgument):
        find_counterexample(print, None)
