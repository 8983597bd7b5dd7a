"""Arithmetic modulo the prime p = 2^256 + 297: what interpolation at 0 needs.

Adversary: none, places are public; shamir says who may see the values. For teaching and research:
not audited.

p is the smallest prime above 2^256, so every 32-byte secret is an element of the field.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

PRIME = 2**256 + 297


@lru_cache(maxsize=256)
def weights_at_zero(places: tuple[int, ...]) -> tuple[int, ...]:
    """Return the values at 0 of the Lagrange polynomials of `places`.

    That of x is the product of z / (z - x) over the other places z. The value at 0 of a polynomial
    of degree below the number of places is the sum of its values there, times these. In the
    complete graph all secrets of a round have the same places, hence the cache.

    Parameters
    ----------
    places : tuple of int
        Distinct modulo p, none of them 0.

    Examples
    --------
    >>> one, two = weights_at_zero((1, 2))  # f(0) = 2 f(1) - f(2) on a line
    >>> one, two - PRIME
    (2, -1)
    """
    above = math.prod(places)
    below = [x * math.prod([z - x for z in places if z != x]) % PRIME for x in places]
    return tuple(above * inverse % PRIME for inverse in inverses(below))


def inverses(values: Sequence[int]) -> list[int]:
    """Return 1 / v for each of `values`, none of them 0, by one inversion: that is the dear part.

    Examples
    --------
    >>> [v * inverse % PRIME for v, inverse in zip([3, 5], inverses([3, 5]))]
    [1, 1]
    """
    before = [1]  # for each value the product of those that stand before it
    for value in values:
        before.append(before[-1] * value % PRIME)
    rest = pow(before.pop(), -1, PRIME)
    found = []
    for value, product in zip(reversed(values), reversed(before), strict=True):
        found.append(rest * product % PRIME)
        rest = rest * value % PRIME
    return found[::-1]
