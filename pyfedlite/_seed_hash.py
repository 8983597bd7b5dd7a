"""What ``SeedSequence`` does, for many keys that differ only in their last word.

A room for speed: to make a generator from a key takes NumPy about 19 us, as long as the training
of a small client; here it takes 11 us, and 3 us for each of a hundred keys (`make bench
ARGS=overhead` measures it beside a round). The laws in ``tests/laws/test_seed_laws.py`` compare
every word with NumPy's.

``SeedSequence`` hashes the words of a key, one after another, into a pool of four words, and then
the pool into the state that a generator starts from. NumPy makes the pool of the words that all
keys share, and we keep that pool; the last word is hashed into it here. The last word is one
integer or an array of many: the formulas are the same. At least four words have to be shared,
because four fill the pool; a `RoundSeed` has six.

Left neighbour: ``seeds`` has the keys. Right neighbour: none; it returns generators of NumPy.

References
----------
M. E. O'Neill, "Developing a seed_seq alternative", 2015:
https://www.pcg-random.org/posts/developing-a-seed_seq-alternative.html
"""

from collections.abc import Sequence
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISpawnableSeedSequence
from numpy.typing import NDArray

WORD = 2**32  # SeedSequence works on words of 32 bits
MASK = WORD - 1
FEW = 10  # fewer keys than this are hashed one after another, which is then quicker

INIT_A, MULT_A = 0x43B0D7E5, 0x931E8875  # to hash what goes into the pool
INIT_B, MULT_B = 0x8B51F9DD, 0x58F38DED  # to hash what comes out
MIX_LEFT, MIX_RIGHT = 0xCA01F9DD, 0x4973F715  # to mix a word into the pool


def _constants(first: int, multiplier: int, number: int) -> list[tuple[int, int]]:
    """Return the constants that hash `number` words one after another, a pair for each word."""
    powers = [first * pow(multiplier, i, WORD) & MASK for i in range(number + 1)]
    return list(pairwise(powers))


GOING_OUT = _constants(INIT_B, MULT_B, 8)


def generators(shared: tuple[int, ...], last: Sequence[int]) -> list[np.random.Generator]:
    """Return the generators that start from the keys (*shared, k), for each k of `last`.

    Parameters
    ----------
    shared : tuple of int
        At least four words below 2^32.
    last : sequence of int
        Each below 2^32.

    Examples
    --------
    >>> (ours,) = generators((1, 2, 3, 4), [5])
    >>> numpys = np.random.default_rng(np.random.SeedSequence([1, 2, 3, 4, 5]))
    >>> ours.random() == numpys.random()
    True
    """
    if len(last) < FEW:
        return [_generator(shared, k, _state(shared, k)) for k in last]
    states = _state(shared, np.array(last, np.uint64))
    return [_generator(shared, k, state) for k, state in zip(last, states, strict=True)]


@lru_cache(maxsize=64)  # a round asks for the same few of them thousands of times
def _shared(words: tuple[int, ...]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the pool of the words that keys share, and the constants for the word after them."""
    first = INIT_A * pow(MULT_A, 4 * len(words), WORD)  # every word before has used four
    pool = np.random.SeedSequence(words).pool.tolist()
    return pool, _constants(first, MULT_A, 4)


def _state(shared: tuple[int, ...], last: Any) -> NDArray[np.uint64]:
    """Return ``SeedSequence([*shared, last]).generate_state(4, np.uint64)``.

    Parameters
    ----------
    shared : tuple of int
    last : int, or ndarray of shape (n,), uint64
        Below 2^32, like all numbers here, so that every product fits in 64 bits.

    Returns
    -------
    ndarray of shape (4,) or (n, 4), uint64
    """
    pool, going_in = _shared(shared)
    mixed_pool, halves = [], []
    for word, (constant, following) in zip(pool, going_in, strict=True):
        hashed = (last ^ constant) * following & MASK
        mixed = (MIX_LEFT * word - MIX_RIGHT * (hashed ^ hashed >> 16)) & MASK
        mixed_pool.append(mixed ^ mixed >> 16)
    for word, (constant, following) in zip(mixed_pool + mixed_pool, GOING_OUT, strict=True):
        hashed = (word ^ constant) * following & MASK
        halves.append(hashed ^ hashed >> 16)
    return np.array(halves, "<u4").T.copy().view("<u8").astype(np.uint64, copy=False)


class _Hashed(ISpawnableSeedSequence):
    """A SeedSequence whose state is known already; `sequence` is the complete one of NumPy."""

    def __init__(self, shared: tuple[int, ...], last: int, state: NDArray[np.uint64]) -> None:
        self.shared = shared
        self.last = last
        self.state = state

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        """Return the state: four words of 64 bits are what PCG64 asks for."""
        if n_words == 4 and dtype is np.uint64:
            return self.state.copy()
        return self.sequence.generate_state(n_words, dtype)

    def spawn(self, n_children: int) -> list[Any]:
        """Return children, as NumPy makes them."""
        return self.sequence.spawn(n_children)

    @cached_property
    def sequence(self) -> np.random.SeedSequence:
        """NumPy's own SeedSequence, for what is rarely needed."""
        return np.random.SeedSequence((*self.shared, self.last))


def _generator(
    shared: tuple[int, ...], last: int, state: NDArray[np.uint64]
) -> np.random.Generator:
    # default_rng uses PCG64 today. Naming it here keeps results the same if that choice changes.
    # NumPy accepts any ISeedSequence; its type stubs allow only SeedSequence.
    hashed = _Hashed(shared, last, state)
    return np.random.Generator(np.random.PCG64(hashed))  # type: ignore[arg-type]
