import re

import numpy as np
import pytest

from pyfedlite.kernels import weighted_sum

TWO_VECTORS = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def unaligned(shape):
    """An array of float64 that starts one byte after a number could."""
    size = 8 * int(np.prod(shape))
    return np.zeros(size + 1, dtype=np.uint8)[1:].view(np.float64).reshape(shape)


def read_only(array):
    array.flags.writeable = False
    return array


def test_the_sum_by_hand():
    assert weighted_sum(TWO_VECTORS, [2, 0.5]).tolist() == [4.0, 6.5, 9.0]


def test_a_list_of_vectors_gives_what_their_stack_gives():
    assert weighted_sum(list(TWO_VECTORS), [2, 0.5]).tolist() == [4.0, 6.5, 9.0]


def test_the_sum_is_added_into_the_given_array_which_is_returned():
    into = np.array([10.0, 0.0, -9.0])
    assert weighted_sum(TWO_VECTORS, [2, 0.5], into) is into
    assert into.tolist() == [14.0, 6.5, 0.0]


def test_float32_is_summed_in_float64():
    # 2^-30 is lost beside 1 in float32, which has 24 bits, and kept in float64, which has 53.
    deltas = np.array([[1.0], [2.0**-30]], dtype=np.float32)
    total = weighted_sum(deltas, [1, 1])
    assert total.dtype == np.float64
    assert total.tolist() == [1 + 2.0**-30]


def test_zero_and_negative_weights_are_weights():
    assert weighted_sum(TWO_VECTORS, [-1, 0]).tolist() == [-1.0, -2.0, -3.0]


def test_vectors_without_parameters_have_a_sum_without_parameters():
    assert weighted_sum(np.empty((2, 0)), [1, 1]).shape == (0,)


def test_overflow_is_infinite_and_raises_no_warning():
    assert weighted_sum(np.array([[1e308], [1e308]]), [10, 1]).tolist() == [np.inf]


@pytest.mark.parametrize(
    ("deltas", "sentence"),
    [
        (7, "deltas must be an array, or a list or tuple of arrays, got int"),
        ([], "deltas must hold at least one vector, got 0"),
        (np.empty((0, 3)), "deltas must hold at least one vector, got 0"),
        (np.ones(3), "deltas must have 2 axes, got shape (3,)"),
        (
            np.ones((2, 3), dtype=np.int64),
            "deltas must be float32 or float64, got int64; convert it with array.astype",
        ),
        (
            np.ones((3, 2)).T,
            "deltas must be C-contiguous, got strides (8, 16); pass array.copy()",
        ),
        (
            unaligned((2, 3)),
            "deltas must be aligned in memory, got an array that starts between numbers; "
            "pass array.copy()",
        ),
        ([np.ones(3), [1.0, 2.0, 3.0]], "deltas[1] must be an array, got list"),
        ([np.ones(3), np.ones((1, 3))], "deltas[1] must have 1 axis, got shape (1, 3)"),
        (
            [np.ones(3, dtype=">f8"), np.ones(3)],
            "deltas[0] must be float32 or float64, got >f8; convert it with array.astype",
        ),
        (
            [np.ones(3), np.ones(3, dtype=np.float32)],
            "deltas[1] must be float64 as deltas[0] is, got float32",
        ),
        ([np.ones(3), np.ones(2)], "deltas[1] must have 3 parameters as deltas[0] has, got 2"),
        (
            [np.ones(3), np.ones(6)[::2]],
            "deltas[1] must be C-contiguous, got strides (16,); pass array.copy()",
        ),
    ],
)
def test_wrong_deltas_are_named_in_one_sentence(deltas, sentence):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(sentence)}$"):
        weighted_sum(deltas, [1, 1])


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([1, 2, 3], "weights must be as many as the vectors, 2, got 3"),
        ([[1, 2]], "weights must have 1 axis, got shape (1, 2)"),
        ([1, np.nan], "weights must be finite everywhere, got nan at [1]"),
        ([np.inf, 1], "weights must be finite everywhere, got inf at [0]"),
        (["1", "2"], "weights must be real numbers, got dtype <U1"),
        ([True, False], "weights must be real numbers, got dtype bool"),
        ([1j, 1], "weights must be real numbers, got dtype complex128"),
    ],
)
def test_wrong_weights_are_named_in_one_sentence(weights, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        weighted_sum(TWO_VECTORS, weights)


@pytest.mark.parametrize(
    ("into", "sentence"),
    [
        ([0.0, 0.0, 0.0], "into must be an array, got list"),
        (np.zeros(3, dtype=np.float32), "into must be float64, got float32"),
        (np.zeros(2), "into must have shape (3,), got (2,)"),
        (np.zeros(6)[::2], "into must be C-contiguous, got strides (16,); pass array.copy()"),
        (
            read_only(np.zeros(3)),
            "into must be writable, got a read-only array; pass array.copy()",
        ),
        (
            TWO_VECTORS[0],
            "into must lie apart from deltas, got arrays that share memory; pass array.copy()",
        ),
    ],
)
@pytest.mark.parametrize("form", [np.asarray, list])
def test_a_wrong_into_is_named_in_one_sentence(into, sentence, form):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(sentence)}$"):
        weighted_sum(form(TWO_VECTORS), [1, 1], into)


def test_nothing_is_added_when_an_argument_is_wrong():
    into = np.zeros(3)
    with pytest.raises(ValueError, match="weights must be finite"):
        weighted_sum(TWO_VECTORS, [1, np.nan], into)
    with pytest.raises(ValueError, match="threads must be at least 1"):
        weighted_sum(TWO_VECTORS, [1, 1], into, threads=0)
    assert into.tolist() == [0, 0, 0]
