"""Shamir's secret sharing of 32 bytes over the prime field of p = 2^256 + 297.

The secret is the value at 0 of a random polynomial of degree threshold - 1, and the share of party
x is its value at x. Adversary: whoever holds fewer shares than the threshold, with any computing
power. Protected: the secret, completely; every candidate is equally likely. Not protected: the
integrity of a share (a wrong one is noticed only when there are more than `threshold`), and timing.
For teaching and research: not audited.

References
----------
A. Shamir, "How to Share a Secret", Communications of the ACM 22(11), 1979,
https://doi.org/10.1145/359168.359176
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from pyfedlite import _check
from pyfedlite.errors import ShareError, TooFewSharesError
from pyfedlite.sharing.field import PRIME, weights_at_zero
from pyfedlite.sharing.randomness import Rand, random_below

SECRET_BYTES = 32
SHARE_BYTES = 33
"""The field has a little more than 2^256 elements: 33 bytes, little-endian."""


@dataclass(frozen=True)
class Share:
    """The value `y` at the place `x` of a polynomial; `y` is a secret of its holder.

    Parameters
    ----------
    x : int
        From 1 to p - 1. At 0 would be the secret itself.
    y : int
        From 0 to p - 1.
    """

    x: int
    y: int = field(repr=False)


def split(secret: bytes, *, threshold: int, places: Sequence[int], rand: Rand) -> list[Share]:
    """Return a share of `secret` for each of `places`; any `threshold` of them give it back.

    Parameters
    ----------
    secret : bytes of length 32
    threshold : int
        t, from 2 to the number of places.
    places : sequence of int
        The x of each share: distinct, from 1 to p - 1.
    rand : callable
        ``os.urandom``, or fixed bytes in a lesson. Never NumPy.

    Raises
    ------
    TypeError
        If `rand` is no function that returns bytes.
    ValueError
        If an argument is out of its range, or `rand` returns too few bytes, or again and again
        bytes that give no element of the field.

    Examples
    --------
    >>> import os
    >>> shares = split(bytes(range(32)), threshold=2, places=[1, 2, 3], rand=os.urandom)
    >>> reconstruct([shares[2], shares[0]], threshold=2) == bytes(range(32))
    True
    """
    if not isinstance(secret, bytes) or len(secret) != SECRET_BYTES:
        got = len(secret) if isinstance(secret, bytes) else type(secret).__name__
        _check.fail("secret", f"be {SECRET_BYTES} bytes", got)
    _check_threshold(threshold)
    _check_places(places)
    if threshold > len(places):
        _check.fail("threshold", f"be at most the number of places, {len(places)}", threshold)
    coefficients = [int.from_bytes(secret, "little")]
    coefficients += [random_element(rand) for _ in range(threshold - 1)]
    return [Share(x, evaluate(coefficients, x)) for x in places]


def evaluate(coefficients: Sequence[int], x: int) -> int:
    """Return the polynomial's value at `x`, modulo p; the constant comes first.

    Examples
    --------
    >>> evaluate([7, 2, 1], 3)  # 7 + 2 * 3 + 3 * 3
    22
    """
    value = 0
    for coefficient in reversed(coefficients):  # Horner's rule
        value = (value * x + coefficient) % PRIME
    return value


def random_element(rand: Rand) -> int:
    """Return a uniform element of the field, 0 included: 257 random bits, drawn again if >= p.

    A coefficient that is never 0 would be a bias, and has been a finding of audits elsewhere.
    """
    return random_below(rand, PRIME)


def reconstruct(shares: Sequence[Share], threshold: int) -> bytes:
    """Return the secret of at least `threshold` shares, all of which must agree.

    Parameters
    ----------
    shares : sequence of Share
        At distinct places. Those beyond the first `threshold` serve as a check.
    threshold : int
        t, at least 2.

    Returns
    -------
    bytes of length 32

    Raises
    ------
    TooFewSharesError
        With fewer than `threshold` shares.
    ShareError
        When a share does not lie on the polynomial of the others, or they hold no 32 bytes. One
        that is wrong is named if two are to spare; two liars can then point at a third, but not if
        three are to spare.
    """
    _check_threshold(threshold)
    places = tuple(share.x for share in shares)
    _check_places(places)
    for share in shares:
        if not 0 <= share.y < PRIME:
            _check.fail(f"share at {share.x}", "lie in 0..p-1", "a value outside")
    if len(shares) < threshold:
        few = f"shares must be at least threshold={threshold}, got {len(shares)}"
        raise TooFewSharesError(few)
    secret, *others = _values_at_zero(shares, 1 + len(shares) - threshold)
    if any(others):
        raise ShareError(_blame(places, others))
    if secret >= 2 ** (8 * SECRET_BYTES):
        raise ShareError(f"shares must hold a secret of {SECRET_BYTES} bytes, got a larger number")
    return secret.to_bytes(SECRET_BYTES, "little")


def _values_at_zero(shares: Sequence[Share], count: int) -> list[int]:
    """Return what the shares give as value at 0 of f, X f, X^2 f and so on, `count` of them.

    Where m shares lie on a polynomial f of degree below t, each of X^k f with k up to m - t has a
    degree below m. So the weights that give f(0) give its value at 0 as well, and for k >= 1 that
    is 0. These are m - t equations, as many as shares to spare: they hold for no other shares.
    """
    places = tuple(share.x for share in shares)
    terms = [
        share.y * weight for share, weight in zip(shares, weights_at_zero(places), strict=True)
    ]
    values = []
    for _ in range(count):
        values.append(sum(terms) % PRIME)
        terms = [term * x % PRIME for term, x in zip(terms, places, strict=True)]
    return values


def _blame(places: Sequence[int], values: Sequence[int]) -> str:
    """Return a sentence on shares whose `values` at 0, of X f and so on, are not all 0.

    One share at x that is off by e adds e weight x^k to each: a geometric series with ratio x.
    """
    sentence = "shares must lie on one polynomial"
    if len(values) >= 2 and values[0] != 0:
        ratio = values[1] * pow(values[0], -1, PRIME) % PRIME
        series = all(after == before * ratio % PRIME for before, after in pairwise(values))
        if series and ratio in places:
            return f"{sentence}, got one that does not at x = {ratio}"
    return f"{sentence}, got a contradiction among x = {', '.join(map(str, places))}"


def _check_threshold(threshold: int) -> None:
    hint = "with a threshold of 1 every share is the secret"
    _check.integer("threshold", threshold, minimum=2, hint=hint)


def _check_places(places: Sequence[int]) -> None:
    for x in places:
        if not 1 <= x < PRIME:
            _check.fail("place of a share", "lie in 1..p-1", x, "at 0 lies the secret itself")
    if len(set(places)) < len(places):
        _check.fail("places of shares", "be distinct", list(places))
