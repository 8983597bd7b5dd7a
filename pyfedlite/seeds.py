"""Random generators keyed by (seed, round, role, client).

Every draw of a run has a key, so that no two roles share a stream, and it does not matter in which
order or in which process clients run. The key goes into NumPy's ``SeedSequence`` as its
``spawn_key``, always with three entries. So different keys give different streams, while
``default_rng([1, 0])`` and ``default_rng([1, 0, 0])`` are the same one. ``_seed_hash`` computes the
hash, faster than NumPy.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache

import numpy as np

from pyfedlite import _check, _seed_hash

WORD = 2**32  # SeedSequence works on words of 32 bits


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
    PRESENCE = 9  # which clients can be reached at all in a round
    ROUNDING = 10  # stochastic rounding of a client's update, before it is masked


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
        _check.keep(self, "seed", _check.integer, minimum=0)
        _check.keep(self, "round", _check.integer, minimum=0)
        if self.round >= WORD:
            _check.fail("round", "be below 2^32", self.round)
        num_words = max(4, -(-self.seed.bit_length() // 32))
        words = tuple(self.seed >> 32 * i & (WORD - 1) for i in range(num_words))
        object.__setattr__(self, "_seed_words", words)  # the class is frozen

    def rng(self, role: int | str, client: int = 0) -> np.random.Generator:
        """Return a fresh generator for `role` and `client` in this round.

        A role is a `Role`, or a text that you choose, for draws that no `Role` names.

        Its bits are those of ``default_rng(SeedSequence(seed, spawn_key=(round, role, client)))``.
        """
        shared, (k,) = self._words(role, [client])
        return _seed_hash.generators(shared, [k])[0]

    def rngs(self, role: int | str, clients: Sequence[int]) -> list[np.random.Generator]:
        """Return ``[rng(role, k) for k in clients]``: the same bits, faster when there are many.

        Parameters
        ----------
        role : Role or str
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
        shared, last = self._words(role, clients)
        return _seed_hash.generators(shared, last)

    def key(self, role: int | str, client: int = 0) -> bytes:
        """Return 32 bytes for a stream cipher: the SHA-256 of the seed, the round, role and client.

        They are as secret as the seed is: those of a private run are 256 bits of the system's.

        Examples
        --------
        >>> first = RoundSeed(seed=0, round=1)
        >>> len(first.key(Role.AGGREGATE)), first.key(Role.AGGREGATE) == first.key(Role.ROUNDING)
        (32, False)
        """
        shared, last = self._words(role, [client])
        words = (*shared, *last)
        return hashlib.sha256(b"".join(word.to_bytes(4, "little") for word in words)).digest()

    def _words(self, role: int | str, clients: Sequence[int]) -> tuple[tuple[int, ...], list[int]]:
        """Return the words of a key up to the role, and those of the clients."""
        number = role_of(role) if isinstance(role, str) else int(role)
        last = [int(k) for k in clients]
        if not all(0 <= word < WORD for word in (number, *last)):
            wrong = next((k for k in last if not 0 <= k < WORD), last[0])
            _check.fail("role and client", "lie from 0 to 2^32 - 1", (number, wrong))
        return (*self._seed_words, self.round, number), last


@lru_cache(maxsize=256)
def role_of(text: str) -> int:
    """Return the number of a role that is a text: 2^31 and the first 31 bits of its SHA-256.

    Examples
    --------
    >>> role_of("drift of sensors") >= 2**31 > max(Role)
    True
    """
    word = int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
    return 2**31 + (word >> 1)
