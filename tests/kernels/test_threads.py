"""`threads` means the same for every kernel: from 1 to 1024, and one sentence for all else."""

import inspect
import re

import numpy as np
import pytest

from pyfedlite import kernels
from pyfedlite.kernels import _arguments

TWO_VECTORS = np.array([[1.0, 2.0, 3.0], [3.0, 6.0, 9.0]])


def masked(threads):
    """Two words with a mask; the kernel itself returns nothing."""
    words = np.zeros(2, np.uint32)
    kernels.mask_accumulate(words, bytes(32), [1], threads=threads)
    return words


KERNELS = {
    "mask_accumulate": masked,
    "squared_distances": lambda threads: kernels.squared_distances(TWO_VECTORS, threads=threads),
    "squared_lengths": lambda threads: kernels.squared_lengths(TWO_VECTORS, threads=threads),
    "trimmed_mean": lambda threads: kernels.trimmed_mean(TWO_VECTORS, 0, threads=threads),
    "weighted_sum": lambda threads: kernels.weighted_sum(TWO_VECTORS, [1, 2], threads=threads),
}
REFUSED = [
    (0, "threads must be at least 1, got 0"),
    (-1, "threads must be at least 1, got -1"),
    (1025, "threads must be at most 1024, got 1025"),
    (10**6, "threads must be at most 1024, got 1000000"),
    (2**70, "threads must be at most 1024, got 1180591620717411303424"),
    (True, "threads must be an integer, got bool"),
    (2.0, "threads must be an integer, got float"),
    ("2", "threads must be an integer, got str"),
]
"""No Rust sentence among them: ``OverflowError`` is what PyO3 says of 2^70."""


def test_every_kernel_that_takes_threads_is_in_the_table():
    public = {name: getattr(kernels, name) for name in kernels.__all__}
    functions = {name: kernel for name, kernel in public.items() if callable(kernel)}
    taking = {n for n, f in functions.items() if "threads" in inspect.signature(f).parameters}
    assert taking == KERNELS.keys()


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@pytest.mark.parametrize(("threads", "sentence"), REFUSED)
def test_a_wrong_number_is_named_in_one_sentence(kernel, threads, sentence):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(sentence)}$"):
        kernel(threads)


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@pytest.mark.parametrize("threads", [np.int64(2), 1024])
def test_any_number_that_is_allowed_gives_the_same_bits(kernel, threads):
    assert kernel(threads).tolist() == kernel(1).tolist()


@pytest.mark.parametrize("threads", [0, 1025])
def test_rust_says_the_same_at_its_own_border(threads):
    rust = pytest.importorskip("pyfedlite._rust")
    with pytest.raises(ValueError, match="threads must be") as error:
        _arguments.checked_threads(threads)
    into, words, pair = np.zeros(3), np.zeros(2, np.uint32), np.zeros(2)
    for call in (
        lambda: rust.mask_accumulate(words, bytes(32), [1], 0, threads),
        lambda: rust.squared_distances(TWO_VECTORS, np.zeros((2, 2)), threads),
        lambda: rust.squared_lengths(TWO_VECTORS, None, pair, threads),
        lambda: rust.trimmed_mean(TWO_VECTORS, 0, into, threads),
        lambda: rust.weighted_sum(TWO_VECTORS, np.ones(2), into, threads),
    ):
        with pytest.raises(ValueError, match=f"^{re.escape(str(error.value))}$"):
            call()
