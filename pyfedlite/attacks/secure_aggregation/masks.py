"""Masks that do not hide: a seed of few bits, one number for a whole vector, a key used twice.

Adversary: a server that sees masked vectors and knows how they were made. The three weaknesses have
been found in federated-learning libraries in use; each attack here reads the vector under the weak
mask, and reads nothing under ``kernels.mask_accumulate`` with a fresh 32-byte key. For teaching and
research: not audited.

- A 32-byte seed folded to 32 bits by exclusive or, and a Mersenne Twister started from it:
  flwrlabs/flower, issue 7522. Seeds that were text before had 28 bits left.
- One random number added to every weight of a client:
  securefederatedai/openfederatedlearning, pull request 1407.
- A mask that depends on the pair of clients and not on the round.
"""

from collections.abc import Callable, Iterable

import numpy as np

from pyfedlite._typing import Integers
from pyfedlite.sharing.fixed_point import Ring, from_ring


def fold_seed(seed: bytes, bits: int = 32) -> int:
    """Return the exclusive or of the words of a seed, cut to `bits`: the weak variant.

    Examples
    --------
    >>> fold_seed(bytes([1, 0, 0, 0, 6, 0, 0, 0]))
    7
    >>> fold_seed(b"half" * 2)  # two equal halves cancel, whatever they are
    0
    """
    folded = int(np.bitwise_xor.reduce(np.frombuffer(seed, "<u4")))
    return folded % (1 << bits)


def folded_mask(seed: int, length: int) -> Ring:
    """Return the mask that a Mersenne Twister makes of a small seed: the weak variant."""
    twister = np.random.RandomState(seed)
    return twister.randint(0, 2**32, length, dtype=np.uint32)


def search_seeds(
    masked: Ring, mask_of: Callable[[int], Ring], seeds: Iterable[int], largest: int
) -> list[tuple[int, Integers]]:
    """Return each seed under which `masked` becomes small numbers, with those numbers.

    Quantised updates lie within +-`largest`, a tiny part of the ring, so a wrong seed is recognised
    at once: by chance all of d coordinates are as small with probability (2 largest / 2^R)^d.

    Parameters
    ----------
    masked : ndarray of shape (length,)
        What the server received.
    mask_of : callable of int to ndarray of shape (length,)
        The weak generator.
    seeds : iterable of int
        All there are.
    largest : int

    Examples
    --------
    >>> secret = np.array([3, 2**32 - 1], dtype=np.uint32)  # 3 and -1
    >>> masked = secret + folded_mask(1234, 2)
    >>> search_seeds(masked, lambda seed: folded_mask(seed, 2), range(2000), largest=10)
    [(1234, array([ 3, -1]))]
    """
    found = []
    for seed in seeds:
        vector = from_ring(masked - mask_of(seed))
        if np.abs(vector).max() <= largest:
            found.append((seed, vector))
    return found


def shape_under_a_scalar(masked: Ring) -> Integers:
    """Return the vector under one random number, but for a constant: all of its differences.

    Examples
    --------
    >>> weights = np.array([5, 7, 4], dtype=np.uint32)
    >>> shape_under_a_scalar(weights + np.uint32(4_000_000_000))  # less the first: 0, 2, -1
    array([ 0,  2, -1])
    """
    return from_ring(masked - masked[0])


def difference_of_rounds(first: Ring, second: Ring) -> Integers:
    """Return how a client's vector changed between two rounds with one mask.

    Examples
    --------
    >>> mask = folded_mask(1, 2)
    >>> one, two = np.array([5, 7], np.uint32), np.array([6, 5], np.uint32)
    >>> difference_of_rounds(one + mask, two + mask)
    array([ 1, -2])
    """
    return from_ring(second - first)
