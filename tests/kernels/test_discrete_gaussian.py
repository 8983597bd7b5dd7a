"""What the kernel of discrete noise takes, and what it says of everything else."""

from fractions import Fraction

import numpy as np
import pytest

from pyfedlite.kernels import discrete_gaussian

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("key", "length", "variance", "sentence"),
    [
        ("key", 1, 1, "key must be bytes, got str"),
        (bytes(16), 1, 1, "key must have 32 bytes, got 16; pass os.urandom"),
        (KEY, -1, 1, "length must be at least 0, got -1"),
        (KEY, 1.0, 1, "length must be an integer, got float"),
        (KEY, 1, 0.25, "variance must be an integer or a fraction, got float"),
        (KEY, 1, True, "variance must be an integer or a fraction, got bool"),
        (KEY, 1, -1, "variance must be at least 0, got -1"),
        (KEY, 1, 2**53 + 1, "variance must be a fraction of numbers up to 2.53, got"),
        (KEY, 1, Fraction(1, 2**53 + 1), "variance must be a fraction of numbers up to 2.53"),
    ],
)
def test_what_is_out_of_range_is_named(key, length, variance, sentence):
    with pytest.raises((TypeError, ValueError), match=sentence):
        discrete_gaussian(key, length, variance)


@pytest.mark.parametrize("variance", [3, np.int64(3), Fraction(3), Fraction(6, 2)])
def test_every_way_to_write_a_fraction_gives_the_same_draws(variance):
    assert (discrete_gaussian(KEY, 9, variance) == discrete_gaussian(KEY, 9, 3)).all()


def test_a_longer_vector_begins_as_a_shorter_one_and_another_key_differs():
    longer = discrete_gaussian(KEY, 200, 10**6)
    assert longer.dtype == np.int64
    assert (longer[:150] == discrete_gaussian(KEY, 150, 10**6)).all()
    assert np.count_nonzero(longer == discrete_gaussian(bytes(32), 200, 10**6)) < 10


def test_no_draw_is_none_at_all():
    assert discrete_gaussian(KEY, 0, 5).shape == (0,)
