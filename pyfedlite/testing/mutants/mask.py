"""Masks from a seed, and how they were got wrong.

Right is the keystream of ChaCha20 under the whole 32-byte seed, as words of 32 bits. Adversary:
whoever sees the masked vector. For teaching and research: not audited.
"""

from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from pyfedlite import kernels
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject

Words = NDArray[np.uint32]


def mask(seed: bytes, length: int) -> Words:
    """Return `length` words of 32 bits that are random to whoever does not know `seed`."""
    words: NDArray[Any] = np.zeros(length, np.uint32)
    kernels.mask_accumulate(words, seed, [1])
    return words


def _folded_to_32_bits(seed: bytes, length: int) -> Words:
    folded = np.bitwise_xor.reduce(np.frombuffer(seed, "<u4"))
    twister = np.random.RandomState(int(folded))
    return twister.randint(0, 2**32 - 1, length, dtype=np.uint32)


def _one_scalar(seed: bytes, length: int) -> Words:
    return np.repeat(mask(seed, 1), length)


CASES: st.SearchStrategy[Case] = st.fixed_dictionaries(
    {"seed": st.binary(min_size=32, max_size=32), "length": st.integers(2, 20)}
)

MASK = Subject(
    name="mask",
    says="mask(seed, length) returns words of 32 bits that look random without the seed",
    implementation=mask,
    cases=CASES,
    arguments={"seed": "32 bytes", "length": "at least 2"},
    mutants=(
        Mutant(
            "folded-seed",
            _folded_to_32_bits,
            "flwrlabs/flower#7522",
            "The 32 bytes of the seed are folded to 4 by XOR, and a generator made for simulation "
            "draws the mask: 2^32 seeds can be tried, on many cores within minutes.",
        ),
        Mutant(
            "one-scalar",
            _one_scalar,
            "securefederatedai/openfl PR #1407 (and the wheel of release 1.9)",
            "One random number is added to every weight, so the differences between weights are "
            "in the clear.",
        ),
    ),
)
