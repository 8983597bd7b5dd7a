"""Random generators keyed by (seed, round, role, client).

Every draw of a run is keyed, so that no two roles share a stream, and the order or the place in
which clients run cannot matter. The key goes into NumPy's ``SeedSequence`` as its ``spawn_key``
(three entries, always), which separates streams that ``default_rng([1, 0])`` and
``default_rng([1, 0, 0])`` would not.

References
----------
M. E. O'Neill, "Developing a seed_seq alternative", 2015, the hash behind ``SeedSequence``:
https://www.pcg-random.org/posts/developing-a-seed_seq-alternative.html
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISpawnableSeedSequence
from numpy.typing import NDArray

from pyfedlite import _check

WORD = 2**32  # SeedSequence works on words of 32 bits
MASK = WORD - 1
FEW = 10  # keys below which it is quicker to hash one after another


class Role(IntEnum):
    """What a draw is for. The numbers are part of every result: they never change."""

    INIT = 0  # the start of theta
    COHORT = 1  # which clients take part
    BATCHES = 2  # the order of a client's examples
    TRANSFORM = 3  # noise, rounding and attacks on one client's update
    COHORT_TRANSFORM = 4  # the same over all updates of a round
    AGGREGATE = 5  # the aggregator's own draws
    AVAILABILITY = 6  # which clients fail, and when
    PARTITION = 7  # which client owns which row
    DATA = 8  # synthetic data and splits


@dataclass(frozen=True)
class RoundSeed:
    """The keys of one round: a seed and a round number.

    Parameters
    ----------
    seed : int
        The seed of the whole run, at least 0.
    round : int
        The round, from 1; 0 is what happens before the first.

    Examples
    --------
    >>> first = RoundSeed(seed=0, round=1)
    >>> a = first.rng(Role.BATCHES, client=3).integers(10, size=4)
    >>> b = first.rng(Role.BATCHES, client=3).integers(10, size=4)
    >>> c = first.rng(Role.BATCHES, client=4).integers(10, size=4)
    >>> bool((a == b).all()), bool((a == c).all())
    (True, False)
    """

    seed: int
    round: int = 0
    _seed_words: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        seed = _check.integer("seed", self.seed, minimum=0)
        _check.integer("round", self.round, minimum=0)
        if self.round >= WORD:
            _check.fail("round", "be below 2^32", self.round)
        num_words = max(4, -(-seed.bit_length() // 32))
        words = tuple(seed >> 32 * i & MASK for i in range(num_words))
        object.__setattr__(self, "_seed_words", words)  # the class is frozen

    def rng(self, role: int, client: int = 0) -> np.random.Generator:
        """Return a fresh generator for `role` and `client` in this round.

        Its bits are those of ``SeedSequence(seed, spawn_key=(round, role, client))``, which would
        lay the same words one after another, and take twice as long for it.
        """
        shared, (k,) = self._words(role, [client])
        return _generator(shared, k, _state(shared, k))

    def rngs(self, role: int, clients: Sequence[int]) -> list[np.random.Generator]:
        """Return ``[rng(role, k) for k in clients]``: the same bits, sooner when there are many.

        Parameters
        ----------
        role : int
        clients : sequence of int
            Each from 0 to 2^32 - 1.

        Returns
        -------
        list of Generator

        Raises
        ------
        ValueError
            If a client is out of range.

        Examples
        --------
        >>> seed = RoundSeed(seed=0, round=1)
        >>> [g.random() for g in seed.rngs(Role.BATCHES, [3, 4, 5, 6])] == [
        ...     seed.rng(Role.BATCHES, k).random() for k in [3, 4, 5, 6]
        ... ]
        True
        """
        if len(clients) < FEW:
            return [self.rng(role, k) for k in clients]
        shared, last = self._words(role, clients)
        states = _state(shared, np.array(last, np.uint64))
        return [_generator(shared, k, state) for k, state in zip(last, states, strict=True)]

    def _words(self, role: int, clients: Sequence[int]) -> tuple[tuple[int, ...], list[int]]:
        """Return the words of a key up to the role, and those of the clients."""
        shared = (*self._seed_words, self.round, int(role))
        last = [int(k) for k in clients]
        if not all(0 <= word < WORD for word in (int(role), *last)):
            wrong = next((k for k in last if not 0 <= k < WORD), last[0])
            _check.fail("role and client", "lie from 0 to 2^32 - 1", (int(role), wrong))
        return shared, last


# What SeedSequence does, for keys that differ in their last word alone. It hashes a key into a pool
# of four words, one word of the key after another, and then the pool into what a generator starts
# from. The pool of the words that keys share is NumPy's own, and is kept; the last word goes in
# here. It is one integer or an array of many: the formulas are the same. The words that keys share
# have to be four at least, which fill the pool; a `RoundSeed` has six. The constants are those of
# O'Neill, as NumPy has them; a law compares the two.

INIT_A, MULT_A = 0x43B0D7E5, 0x931E8875  # to hash what goes into the pool
INIT_B, MULT_B = 0x8B51F9DD, 0x58F38DED  # to hash what comes out
MIX_LEFT, MIX_RIGHT = 0xCA01F9DD, 0x4973F715  # to stir a word in


def _constants(first: int, multiplier: int, number: int) -> list[tuple[int, int]]:
    """Return the constants that hash `number` words one after another: two neighbours for each."""
    powers = [first * pow(multiplier, i, WORD) & MASK for i in range(number + 1)]
    return list(pairwise(powers))


GOING_OUT = _constants(INIT_B, MULT_B, 8)


@lru_cache(maxsize=64)  # a round asks for few, thousands of times
def _shared(words: tuple[int, ...]) -> tuple[list[int], list[tuple[int, int]]]:
    """Return the pool of the words that keys share, and the constants for the word after them."""
    first = INIT_A * pow(MULT_A, 4 * len(words), WORD)  # every word has taken four of them
    pool = np.random.SeedSequence(words).pool.tolist()
    return pool, _constants(first, MULT_A, 4)


def _state(shared: tuple[int, ...], last: Any) -> NDArray[np.uint64]:
    """Return ``SeedSequence([*shared, last]).generate_state(4, np.uint64)``.

    Parameters
    ----------
    shared : tuple of int
    last : int, or ndarray of shape (n,), uint64
        Below 2^32, like all numbers here, so that no product passes 64 bits.

    Returns
    -------
    ndarray of shape (4,) or (n, 4), uint64
    """
    pool, going_in = _shared(shared)
    stirred, halves = [], []
    for word, (constant, following) in zip(pool, going_in, strict=True):
        hashed = (last ^ constant) * following & MASK
        mixed = (MIX_LEFT * word - MIX_RIGHT * (hashed ^ hashed >> 16)) & MASK
        stirred.append(mixed ^ mixed >> 16)
    for word, (constant, following) in zip(stirred + stirred, GOING_OUT, strict=True):
        hashed = (word ^ constant) * following & MASK
        halves.append(hashed ^ hashed >> 16)
    return np.array(halves, "<u4").T.copy().view("<u8").astype(np.uint64, copy=False)


class _Hashed(ISpawnableSeedSequence):
    """What PCG64 asks of a SeedSequence, known already; the whole of it is `sequence`."""

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
        """NumPy's own, for all that is seldom asked."""
        return np.random.SeedSequence((*self.shared, self.last))


def _generator(
    shared: tuple[int, ...], last: int, state: NDArray[np.uint64]
) -> np.random.Generator:
    # PCG64 is what default_rng takes today; by name, results do not hang on that choice. NumPy
    # takes any ISeedSequence; its stubs know of SeedSequence alone.
    hashed = _Hashed(shared, last, state)
    return np.random.Generator(np.random.PCG64(hashed))  # type: ignore[arg-type]
