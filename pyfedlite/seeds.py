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
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import NDArray

from pyfedlite import _check

WORD = 2**32  # SeedSequence works on words of 32 bits
FEW = 4  # keys below which it is quicker to hash one after another


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
    _seed_words: list[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        seed = _check.integer("seed", self.seed, minimum=0)
        _check.integer("round", self.round, minimum=0)
        if self.round >= WORD:
            _check.fail("round", "be below 2^32", self.round)
        num_words = max(4, -(-seed.bit_length() // 32))
        words = [seed >> 32 * i & (WORD - 1) for i in range(num_words)]
        object.__setattr__(self, "_seed_words", words)  # the class is frozen

    def rng(self, role: int, client: int = 0) -> np.random.Generator:
        """Return a fresh generator for `role` and `client` in this round.

        Its bits are those of ``SeedSequence(seed, spawn_key=(round, role, client))``, which would
        lay the same words one after another, and take half as long again for it.
        """
        words = self._words(role, [client])
        # PCG64 is what default_rng takes today; by name, results do not hang on that choice.
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))

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
            They draw what those of `rng` draw, and cannot ``spawn``.

        Raises
        ------
        ValueError
            If a client is out of range.

        Examples
        --------
        >>> keys = RoundSeed(seed=0, round=1)
        >>> [g.random() for g in keys.rngs(Role.BATCHES, [3, 4, 5, 6])] == [
        ...     keys.rng(Role.BATCHES, k).random() for k in [3, 4, 5, 6]
        ... ]
        True
        """
        if len(clients) < FEW:
            return [self.rng(role, k) for k in clients]
        words = self._words(role, clients)
        states = _states(words[: -len(clients)], words[-len(clients) :])
        hashed = map(_Hashed, states)
        # NumPy takes any ISeedSequence; its stubs know of SeedSequence alone.
        return [np.random.Generator(np.random.PCG64(h)) for h in hashed]  # type: ignore[arg-type]

    def _words(self, role: int, clients: Sequence[int]) -> NDArray[np.uint32]:
        """Return the words of a key up to the role, and then each client."""
        ids = [int(k) for k in clients]  # an array scalar would wrap around, an int is refused
        try:
            return np.array([*self._seed_words, self.round, role, *ids], np.uint32)
        except OverflowError:
            wrong = next((k for k in ids if not 0 <= k < WORD), ids[0])
            _check.fail("role and client", "lie from 0 to 2^32 - 1", (int(role), wrong))


# What SeedSequence does, for many keys that differ in their last word alone. It hashes a key into a
# pool of four words, one word of the key after another, and then the pool into what a generator
# starts from. The pool of the words that all keys share is NumPy's own; the last word goes in here.
# The constants are those of O'Neill, as NumPy has them; a law compares the two. The words that keys
# share have to be four at least, which fill the pool; a `RoundSeed` has six.

INIT_A, MULT_A = 0x43B0D7E5, 0x931E8875  # to hash what goes into the pool
INIT_B, MULT_B = 0x8B51F9DD, 0x58F38DED  # to hash what comes out
MIX_LEFT, MIX_RIGHT = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)  # to stir a word in


class _Hashed(ISeedSequence):
    """What a generator starts from, hashed already."""

    def __init__(self, state: NDArray[np.uint64]) -> None:
        self.state = state

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> NDArray[Any]:
        """Return the state, which is the four words of 64 bits that PCG64 asks for."""
        return self.state


def _states(shared: NDArray[np.uint32], last: NDArray[np.uint32]) -> NDArray[np.uint64]:
    """Return ``SeedSequence([*shared, k]).generate_state(4, np.uint64)`` for each k of `last`."""
    constant = INIT_A * pow(MULT_A, 4 * len(shared), WORD)  # every word takes four of them
    pool = []
    for word in MIX_LEFT * np.random.SeedSequence(shared).pool:
        hashed, constant = _hash(last, constant, MULT_A)
        pool.append(_fold(word - MIX_RIGHT * hashed))
    state, constant = np.empty((len(last), 8), "<u4"), INIT_B
    for i in range(8):
        state[:, i], constant = _hash(pool[i % 4], constant, MULT_B)
    return state.view("<u8").astype(np.uint64, copy=False)


def _hash(
    words: NDArray[np.uint32], constant: int, multiplier: int
) -> tuple[NDArray[np.uint32], int]:
    """Return the hashed words, and the constant for the next ones."""
    following = constant * multiplier % WORD
    return _fold((words ^ np.uint32(constant % WORD)) * np.uint32(following)), following


def _fold(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return words ^ (words >> np.uint32(16))
