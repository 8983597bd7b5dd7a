"""A property is worth something when it accepts what is right and rejects what is wrong."""

import numpy as np
import pytest
from hypothesis import assume
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


# ---- What a property may look at, and how long it may take --------------------------------------


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=lambda subject: subject.name)
def test_implementations_of_a_subject_look_alike(subject):
    seen = set()

    def looks(implementation):
        name = getattr(implementation, "__name__", type(implementation).__name__)
        public = tuple(name for name in dir(implementation) if not name.startswith("_"))
        seen.add((name, type(implementation), public))

    kills(looks, subject.name, variants=True)
    assert len(seen) == 1


def test_a_property_that_draws_nothing_is_noted():
    def one_case(mean):
        assert mean(np.array([[4.0], [0.0]]), np.array([3, 1]))[0] == 3.0

    assert "NOTE      The property looks at the same numbers" in str(
        kills(one_case, "weighted_mean")
    )
    assert "NOTE" not in str(kills(exact, "weighted_mean"))


def test_a_property_that_does_not_come_back_is_stopped_and_reported():
    def endless(mean, deltas, num_examples):
        while deltas.sum() < np.inf:
            mean(deltas, num_examples)

    report = kills(endless, "weighted_mean")
    assert not report
    assert report.stopped
    assert "STOPPED   on deltas = " in str(report)
    assert "`while deltas.sum() < np.inf:`" in str(report)


def test_a_property_that_ends_python_rejects_what_it_is_given():
    def leaves(mean, deltas, num_examples):
        raise SystemExit

    assert "REJECTED  the right weighted_mean" in str(kills(leaves, "weighted_mean"))


def test_to_skip_or_to_leave_python_rejects_no_mutant():
    def skips(mean, deltas, num_examples):
        expected = np.average(deltas, axis=0, weights=num_examples)
        if not np.allclose(mean(deltas, num_examples), expected):
            pytest.skip("not the mean")

    def leaves(mean, deltas, num_examples):
        expected = np.average(deltas, axis=0, weights=num_examples)
        if not np.allclose(mean(deltas, num_examples), expected):
            raise SystemExit

    for property, end in (skips, "Skipped"), (leaves, "SystemExit"):
        report = kills(property, "weighted_mean")
        assert report.killed == ()
        assert f"NOTE      {end} rejects nothing" in str(report)


@pytest.mark.parametrize("first", [60, 100, 150, 250, 330])
def test_a_property_that_counts_its_calls_is_worth_nothing(first):
    calls = []

    def counts(mean, deltas, num_examples):
        mean(deltas, num_examples)
        calls.append(1)
        assert len(calls) <= first

    assert not kills(counts, "weighted_mean")


def test_a_property_that_remembers_is_told_so():
    calls = []

    def counts(mean, deltas, num_examples):
        mean(deltas, num_examples)
        calls.append(1)
        assert len(calls) <= 200  # the first mutant and the right one, of 100 cases each

    report = kills(counts, "weighted_mean")
    assert report.survived == ()
    assert report.remembers
    assert "NOTE      The property remembers earlier calls" in str(report)
    assert "NOTE" not in str(kills(exact, "weighted_mean"))


def test_a_property_that_compares_with_the_first_implementation_is_worth_nothing():
    seen = {}

    def compares(mean, deltas, num_examples):
        result = mean(deltas, num_examples)
        before = seen.setdefault((deltas.tobytes(), num_examples.tobytes()), result)
        np.testing.assert_allclose(result, before, atol=1e-9)

    assert not kills(compares, "weighted_mean")


def test_a_property_that_throws_every_case_back_is_refused():
    with pytest.raises(ValueError, match="property must keep at least one case"):
        kills(lambda mean, deltas: assume(False), "weighted_mean")


def test_an_argument_with_a_default_keeps_it():
    def close(mean, deltas, num_examples, atol=1e-9):
        expected = np.average(deltas, axis=0, weights=num_examples)
        assert np.abs(mean(deltas, num_examples) - expected).max() <= atol

    assert kills(close, "weighted_mean", variants=True)
