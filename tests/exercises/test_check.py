"""A wrong attempt is answered in words, whatever is wrong with it; it never raises."""

import subprocess
import sys

import numpy as np
import pytest

from pyfedlite.errors import MissingExtraError
from pyfedlite.exercises import check, exercises, hint


def test_what_is_no_function_is_answered_in_words():
    assert "without parentheses behind it; it got ndarray" in str(check("delta-1", np.zeros(2)))


def test_too_few_arguments_are_answered_with_those_that_are_wanted():
    verdict = check("delta-1", lambda theta: theta)
    assert "must take 2 arguments (theta_global, theta_local); yours takes theta." in str(verdict)


def test_an_exception_is_shown_with_its_line():
    def divide(theta_global, theta_local):
        return theta_local * (1 / 0)

    verdict = str(check("delta-1", divide))
    assert "Your function stops with ZeroDivisionError" in verdict
    assert "in the line `return theta_local * (1 / 0)`" in verdict


def test_the_arguments_of_the_learner_may_have_other_names():
    assert check("delta-1", lambda a, b: b - a)


def test_a_function_written_in_c_is_checked_as_any_other():
    assert not check("delta-1", np.subtract)


def test_a_number_in_place_of_an_array_is_named():
    assert "returns one float where an array" in str(check("delta-1", lambda a, b: 1.0))


def test_another_shape_is_named():
    verdict = check("delta-1", lambda a, b: (b - a)[:, np.newaxis])
    assert "returns shape (1, 1) where shape (1,) is wanted" in str(verdict)


def test_values_that_are_no_numbers_are_named():
    assert "returns bool values where numbers" in str(check("delta-1", lambda a, b: b > a))


def test_nan_is_named():
    assert "NaN or infinity" in str(check("delta-1", lambda a, b: b - a + np.nan))


def test_what_a_function_prints_is_kept_out_of_the_answer(capsys):
    check("delta-1", lambda a, b: print("looking") or b - a)
    assert capsys.readouterr().out == ""


def test_an_interrupt_passes_through():
    def interrupted(theta_global, theta_local):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check("delta-1", interrupted)


def test_the_counterexample_can_be_pasted_and_gives_what_the_verdict_says():
    verdict = check("weighted-mean-1", lambda deltas, num_examples: deltas.mean(axis=0))
    names = {"np": np, "weighted_mean": lambda deltas, num_examples: deltas.mean(axis=0)}
    *assignments, call = verdict.call.splitlines()
    exec("\n".join(assignments), names)
    expected = eval(verdict.values["yours gives"], names)
    np.testing.assert_allclose(eval(call, names), expected, atol=1e-9)


def test_an_unknown_exercise_is_an_error_that_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'weighted-mean-1'"):
        check("weighted-mean", lambda: None)


def test_html_says_the_same_and_escapes_what_it_shows():
    verdict = check("delta-1", lambda a, b: print(a < b))
    page = verdict._repr_html_()
    assert "<strong>delta-1: not yet.</strong>" in page
    assert "theta_global = np.array([0.0])" in page
    assert "hint(&quot;delta-1&quot;, 1)" in page


def test_html_of_a_right_answer_has_no_hint():
    page = check("delta-1", lambda a, b: b - a)._repr_html_()
    assert "right." in page
    assert "hint" not in page


def test_a_verdict_can_be_asserted():
    assert check("delta-1", lambda a, b: b - a)
    assert not check("delta-1", lambda a, b: a - b)


def test_hints_are_printed_with_their_step():
    assert str(hint("sigmoid-1", 2)).startswith("sigmoid-1, hint 2 of 3: For z < 0")
    assert hint("sigmoid-1") == hint("sigmoid-1", 1)


def test_there_is_no_fourth_hint():
    with pytest.raises(ValueError, match="step must be 1, 2 or 3, got 4"):
        hint("sigmoid-1", 4)


def test_exercises_of_a_page_are_listed():
    assert [exercise.name for exercise in exercises("02")] == [
        "sigmoid-1",
        "logistic-gradient-1",
        "l2-gradient-1",
    ]
    assert len(exercises()) == 20


def test_an_unknown_page_is_named():
    with pytest.raises(
        ValueError, match="page must be one of 00, 01, 02, 03, 04, 08, 09, 17, 18, from-tff"
    ):
        exercises("7")


def test_without_hypothesis_the_extra_is_named():
    code = "import sys; sys.modules['hypothesis'] = None; import pyfedlite.exercises"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingExtraError: the exercises need Hypothesis" in done.stderr
    assert "pip install 'pyfedlite[test]'" in done.stderr
    assert issubclass(MissingExtraError, ImportError)


def test_a_check_leaves_no_folder_behind(tmp_path, monkeypatch):
    monkeypatch.delenv("HYPOTHESIS_STORAGE_DIRECTORY", raising=False)
    code = "from pyfedlite.exercises import check; check('delta-1', lambda a, b: a)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []
