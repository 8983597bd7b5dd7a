import re

import numpy as np
import pytest

from pyfedlite.kernels import trimmed_mean

FIVE = np.array([[1.0, 5.0], [7.0, -1.0], [2.0, 0.5], [-9.0, 4.0], [6.0, 3.0]])


def test_the_values_that_are_left_by_hand():
    # Sorted: -9, 1, 2, 6, 7 and -1, 0.5, 3, 4, 5.
    assert trimmed_mean(FIVE, 0).tolist() == [7 / 5, 11.5 / 5]
    assert trimmed_mean(FIVE, 1).tolist() == [3.0, 2.5]
    assert trimmed_mean(FIVE, 2).tolist() == [2.0, 3.0]


def test_the_median_of_an_even_number_is_the_mean_of_the_middle_two():
    assert trimmed_mean(FIVE[:4], 1).tolist() == [1.5, 2.25]


def test_a_list_of_vectors_gives_what_their_stack_gives():
    assert trimmed_mean(list(FIVE), 1).tolist() == trimmed_mean(FIVE, 1).tolist()


def test_the_vectors_are_not_written_to():
    before = FIVE.copy()
    trimmed_mean(FIVE, 1)
    assert (before == FIVE).all()


def test_float32_is_added_in_float64():
    # 2^-30 is lost beside 1 in float32, which has 24 bits, and kept in float64, which has 53.
    deltas = np.array([[1.0], [2.0**-30]], dtype=np.float32)
    mean = trimmed_mean(deltas, 0)
    assert mean.dtype == np.float64
    assert mean.tolist() == [(1 + 2.0**-30) / 2]


def test_vectors_without_parameters_have_a_mean_without_parameters():
    assert trimmed_mean(np.empty((3, 0)), 1).shape == (0,)


def test_overflow_is_infinite_and_raises_no_warning():
    assert trimmed_mean(np.array([[1e308], [1e308]]), 0).tolist() == [np.inf]


@pytest.mark.parametrize(
    ("deltas", "trim", "sentence"),
    [
        (7, 0, "deltas must be an array, or a list or tuple of arrays, got int"),
        (np.array(5.0), 0, "deltas must have 2 axes, got shape ()"),
        ([], 0, "deltas must hold at least one vector, got 0"),
        (FIVE, -1, "trim must be at least 0, got -1"),
        (FIVE, 0.1, "trim must be an integer, got float"),
        (FIVE, 3, "trim must be at most 2 for 5 vectors, got 3"),
        (FIVE[:4], 2, "trim must be at most 1 for 4 vectors, got 2"),
    ],
)
def test_wrong_arguments_are_named_in_one_sentence(deltas, trim, sentence):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(sentence)}"):
        trimmed_mean(deltas, trim)


@pytest.mark.parametrize("odd", [np.nan, -np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("form", [np.asarray, list])
@pytest.mark.parametrize("trim", [0, 1, 2])
def test_a_value_that_is_not_finite_is_never_cut_away_in_silence(odd, form, trim):
    deltas = FIVE.copy()
    deltas[3, 1] = odd
    found = str(np.float64(odd))
    sentence = rf"^deltas\[3\] must be finite everywhere, got {found} at \[1\]; leave this client"
    with pytest.raises(ValueError, match=sentence):
        trimmed_mean(form(deltas), trim)
