"""A wrong attempt is answered in words, whatever is wrong with it; it never raises."""

import runpy
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from pyfedlite.errors import MissingExtraError
from pyfedlite.exercises import check, exercises, hint
from pyfedlite.testing import counterexample

GARBAGE = runpy.run_path(str(Path(__file__).with_name("garbage.py")))["RETURNED"]


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


def test_a_function_is_called_in_the_order_of_the_exercise():
    seen = []

    def cohort_size(first, second):
        seen.append((first, second))
        return min(max(round(first * second), 1), second)

    assert check("cohort-size-1", cohort_size)
    assert all(0 <= fraction <= 1 <= clients for fraction, clients in seen)


@pytest.mark.parametrize("exercise", list(exercises()), ids=lambda exercise: exercise.name)
def test_what_is_drawn_are_the_arguments_of_the_signature(exercise):
    for law in exercise.laws:
        (case,) = counterexample.drawn(law.cases, 1)
        assert list(exercise.in_order(case)) == exercise.parameters
        assert len(case) == len(exercise.parameters)


def test_arguments_in_another_order_are_named():
    verdict = check("delta-1", lambda theta_local, theta_global: theta_local - theta_global)
    assert "in another order than (theta_global, theta_local)" in str(verdict)


def epoch_without_end(grad, theta, features, labels, order, batch_size, learning_rate):
    start = 0
    while start < len(order):
        b = order[start : start + batch_size]
        theta = theta - learning_rate * grad(theta, features[b], labels[b])
    return theta


def epoch_that_holds_on(grad, theta, features, labels, order, batch_size, learning_rate):
    while True:
        try:
            len(order)
        except BaseException:
            pass


def epoch_asleep(grad, theta, features, labels, order, batch_size, learning_rate):
    time.sleep(3600)


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (epoch_without_end, "while start < len(order):`. When does this loop end?"),
        (epoch_that_holds_on, "while True:`. When does this loop end?"),
        (epoch_asleep, "in the line `time.sleep(3600)`."),
    ],
)
def test_a_loop_without_end_is_stopped_and_shown(answer, line):
    start = time.perf_counter()
    verdict = check("local-sgd-1", answer)
    assert time.perf_counter() - start < 5
    assert "does not come back: it was stopped after two seconds, in the line" in str(verdict)
    assert line in str(verdict)


def test_a_loop_without_end_is_stopped_in_another_thread_too():
    with ThreadPoolExecutor(1) as pool:
        verdict = pool.submit(check, "local-sgd-1", epoch_without_end).result()
    assert "`while start < len(order):`" in str(verdict)


def test_a_loop_that_ends_on_simple_inputs_is_stopped_on_the_simplest_other():
    def delta(theta_global, theta_local):
        while theta_local[0] > 0:
            pass
        return theta_local - theta_global

    verdict = check("delta-1", delta)
    assert "`while theta_local[0] > 0:`" in str(verdict)
    assert "theta_local = np.array([" in verdict.call


def test_a_slow_function_is_told_so_after_seconds():
    def delta(theta_global, theta_local):
        time.sleep(0.1)
        return theta_local - theta_global

    start = time.perf_counter()
    assert "Your function is too slow" in str(check("delta-1", delta))
    assert time.perf_counter() - start < 5


def test_a_property_without_end_is_stopped_whatever_it_was_given():
    def mean_property(mean, deltas, num_examples):
        while np.abs(num_examples @ (deltas - mean(deltas, num_examples))).max() > 1e-6:
            pass

    verdict = str(check("mean-property-1", mean_property))
    assert "Your property does not come back" in verdict
    assert "while np.abs(num_examples" in verdict


def test_results_that_change_from_call_to_call_are_named():
    rng = np.random.default_rng()
    verdict = check("delta-1", lambda a, b: b - a + rng.normal(size=len(a)))
    assert "another result when it is called again with the same arguments" in str(verdict)


def test_a_function_that_remembers_is_named():
    calls = []

    def delta(theta_global, theta_local):
        calls.append(1)
        return theta_local - theta_global + (len(calls) == 77)

    assert "another result when it is called again" in str(check("delta-1", delta))


def test_leaving_python_is_a_verdict():
    assert "ends Python itself" in str(check("delta-1", lambda a, b: sys.exit()))


def test_another_kind_of_array_is_named():
    verdict = check("delta-1", lambda a, b: np.matrix(b - a))
    assert "returns a matrix, which is another kind of array" in str(verdict)


def test_an_array_in_place_of_a_number_is_named():
    verdict = check("cohort-size-1", lambda c, k: np.array([max(round(c * k), 1)]))
    assert "returns an array of shape (1,) where a whole number (int) is wanted" in str(verdict)


def test_a_batch_without_rows_is_named():
    def epoch(grad, theta, features, labels, order, batch_size, learning_rate):
        for start in range(0, len(order) + 1, batch_size):
            b = order[start : start + batch_size]
            theta = theta - learning_rate * grad(theta, features[b], labels[b])
        return theta

    assert "grad got a batch without rows" in str(check("local-sgd-1", epoch))


def test_a_mistake_is_named_only_where_it_agrees_everywhere():
    # With one client, all three give n_1 Delta_1.
    sentence = "That is the weighted sum"
    assert sentence in str(check("weighted-mean-1", lambda d, n: n @ d))
    assert sentence in str(check("weighted-mean-1", lambda d, n: (n * d.T).sum(axis=1)))
    assert sentence not in str(check("weighted-mean-1", lambda d, n: n @ d * len(d)))


def test_rounding_is_blamed_only_for_rounding():
    def exact(mean, deltas, num_examples):
        assert (mean(deltas, num_examples) == num_examples / num_examples.sum() @ deltas).all()

    def plain(mean, deltas, num_examples):
        assert (mean(deltas, num_examples) == deltas.mean(axis=0)).all()

    assert "rather than ==" in str(check("mean-property-1", exact))
    assert "rather than ==" not in str(check("mean-property-1", plain))


def test_a_property_that_draws_nothing_is_told_so():
    def fixed(mean):
        np.testing.assert_allclose(mean(np.array([[4.0], [0.0]]), np.array([3, 1])), [3.0])

    words = "looks at the same numbers in every case"
    assert words in str(check("mean-property-1", fixed))
    assert words in str(check("mean-property-1", lambda mean, deltas, num_examples: fixed(mean)))


@pytest.mark.parametrize("number", range(len(GARBAGE)))
def test_a_property_that_returns_garbage_gets_a_verdict(number):
    def returns(mean, deltas, num_examples):
        return GARBAGE[number]() if callable(GARBAGE[number]) else GARBAGE[number]

    assert not check("mean-property-1", returns)


def test_a_result_with_too_many_digits_is_named():
    verdict = check("cohort-size-1", lambda c, k: 10**5000)
    assert "a whole number of 16610 bits, which is far too large" in str(verdict)


def test_words_of_many_bits_are_compared_exactly():
    def nearly(u, vectors, pads, num_bits):
        exact = vectors[u] + pads[u].sum(axis=0) - pads[:, u].sum(axis=0)
        return (exact + (num_bits == 32)) % 2**num_bits

    assert "words of 32 bits" in str(check("masked-vector-1", nearly))


def test_an_error_in_a_property_is_not_called_a_claim():
    def misspelt(mean, deltas, num_examples):
        assert (maen(deltas, num_examples) == deltas[0]).all()  # noqa: F821

    verdict = str(check("mean-property-1", misspelt))
    assert "Your property stops with NameError: name 'maen' is not defined, in the line" in verdict
    assert "Is it spelt right?" in verdict
    assert "claims too much" not in verdict


def test_a_property_that_skips_is_told_that_this_rejects_nothing():
    def skips(mean, deltas, num_examples):
        expected = np.average(deltas, axis=0, weights=num_examples)
        if not np.allclose(mean(deltas, num_examples), expected):
            pytest.skip("not the mean")

    assert "ends with Skipped, which rejects nothing" in str(check("mean-property-1", skips))


def test_a_property_that_counts_its_calls_is_told_that_it_remembers():
    calls = []

    def counts(mean, deltas, num_examples):
        mean(deltas, num_examples)
        calls.append(1)
        assert len(calls) <= 120  # the first mutant and the right one, of 60 cases each

    assert "It must not remember earlier calls" in str(check("mean-property-1", counts))


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
    assert len(exercises()) > 20


def test_an_unknown_page_is_named():
    with pytest.raises(ValueError, match=r"page must be one of 00, 01, .*, 18, from-tff, got '7'"):
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
