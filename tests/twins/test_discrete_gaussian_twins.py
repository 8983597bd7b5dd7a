"""The Rust and the Python draws of the discrete Gaussian agree, for every key and variance."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pyfedlite.kernels import _numpy

rust = pytest.importorskip("pyfedlite._rust")

MOST = 2**53


def draws(twin, key, numerator, denominator, length=20):
    into = np.full(length, 7)
    twin.discrete_gaussian(key, numerator, denominator, into)
    return into.tolist()


NUMBERS = st.integers(1, 30) | st.integers(1, MOST) | st.integers(MOST - 3, MOST)


@settings(max_examples=60)
@given(st.binary(min_size=32, max_size=32), st.just(0) | NUMBERS, NUMBERS)
@example(bytes(32), MOST, 1)
@example(bytes(32), 1, MOST)
@example(bytes(32), MOST, MOST)
def test_rust_draws_what_python_draws(key, numerator, denominator):
    assert draws(rust, key, numerator, denominator) == draws(_numpy, key, numerator, denominator)


def test_they_agree_where_a_piece_of_the_keystream_ends():
    # A draw takes about thirty words, and each twin makes 1,024 words at a time.
    assert draws(rust, bytes(range(32)), 400, 3, 300) == draws(
        _numpy, bytes(range(32)), 400, 3, 300
    )


@pytest.mark.parametrize(
    ("key", "numerator", "denominator", "sentence"),
    [
        (bytes(31), 1, 1, "key must have length 32, got 31"),
        (bytes(32), 1, 0, "variance must be a fraction of numbers up to 2.53, got 1/0"),
        (bytes(32), MOST + 1, 1, "variance must be a fraction of numbers up to"),
    ],
)
def test_rust_guards_its_own_border(key, numerator, denominator, sentence):
    with pytest.raises(ValueError, match=sentence):
        rust.discrete_gaussian(key, numerator, denominator, np.zeros(3, np.int64))


def test_rust_writes_only_to_one_piece_of_memory():
    with pytest.raises(ValueError, match="into must be contiguous"):
        rust.discrete_gaussian(bytes(32), 1, 1, np.zeros(4, np.int64)[::2])
