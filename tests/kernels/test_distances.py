import re

import numpy as np
import pytest

from pyfedlite.kernels import squared_distances, squared_lengths

THREE = np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]])


def test_distances_by_hand():
    assert squared_distances(THREE).tolist() == [[0, 25, 9], [25, 0, 16], [9, 16, 0]]
    assert squared_lengths(THREE).tolist() == [0, 25, 9]
    assert squared_lengths(THREE, np.array([3.0, 1.0])).tolist() == [10, 9, 1]


def test_a_list_of_vectors_gives_what_their_stack_gives():
    assert squared_distances(list(THREE)).tolist() == squared_distances(THREE).tolist()
    assert squared_lengths(list(THREE)).tolist() == squared_lengths(THREE).tolist()


def test_vectors_that_are_long_and_near_each_other_keep_their_distance():
    far = THREE + 2.0**50  # where |x|^2 is a multiple of 2^48
    assert squared_distances(far).tolist() == squared_distances(THREE).tolist()
    assert squared_lengths(far, far[0]).tolist() == [0, 25, 9]


def test_float32_is_subtracted_in_float64():
    # 2^-30 is lost beside 1 in float32, which has 24 bits, and kept in float64, which has 53.
    vectors = np.array([[1.0], [2.0**-30]], dtype=np.float32)
    expected = (1 - 2.0**-30) ** 2
    assert squared_distances(vectors)[0, 1] == expected
    assert squared_lengths(vectors, np.array([2.0**-30]))[0] == expected


def test_overflow_is_infinite_and_raises_no_warning():
    assert squared_distances(np.array([[1e300], [-1e300]]))[0, 1] == np.inf
    assert squared_lengths(np.array([[1e300], [2.0]])).tolist() == [np.inf, 4.0]


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_a_vector_that_is_not_finite_is_seen_in_its_own_distances_alone(odd):
    vectors = THREE.copy()
    vectors[1, 0] = odd
    squared = squared_distances(vectors)
    assert not np.isfinite(squared[1, [0, 2]]).any()
    assert squared[0, 2] == squared[2, 0] == 9
    assert np.isfinite(squared_lengths(vectors)).tolist() == [True, False, True]


def test_vectors_without_parameters_have_no_distance():
    assert squared_distances(np.empty((2, 0))).tolist() == [[0, 0], [0, 0]]
    assert squared_lengths(np.empty((2, 0)), np.empty(0)).tolist() == [0, 0]


@pytest.mark.parametrize("kernel", [squared_distances, squared_lengths])
@pytest.mark.parametrize(
    ("vectors", "sentence"),
    [
        (7, "vectors must be an array, or a list or tuple of arrays, got int"),
        (np.array(5.0), "vectors must have 2 axes, got shape ()"),
        ([], "vectors must hold at least one vector, got 0"),
        (np.ones((2, 2), int), "vectors must be float32 or float64, got int64"),
        (np.ones((4, 4))[:, ::2], "vectors must be C-contiguous, got strides (32, 16)"),
        ([np.ones(2), np.ones(3)], "vectors[1] must have 2 parameters as vectors[0] has, got 3"),
    ],
)
def test_wrong_vectors_are_named_in_one_sentence(kernel, vectors, sentence):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(sentence)}"):
        kernel(vectors)


@pytest.mark.parametrize(
    ("centre", "sentence"),
    [
        (0.0, "centre must be an array, got float"),
        (np.zeros(2, np.float32), "centre must be float64, got float32"),
        (np.zeros(3), "centre must have shape (2,), got (3,)"),
        (np.zeros(4)[::2], "centre must be C-contiguous, got strides (16,)"),
    ],
)
def test_a_wrong_centre_is_named_in_one_sentence(centre, sentence):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(sentence)}"):
        squared_lengths(THREE, centre)
