"""Random bytes that the caller supplies: every draw of the protocol layer is made here.

Adversary: none. A source that can be predicted gives every secret away, and no look at its bytes
can tell; what is checked here keeps a broken source from giving a short key or a loop without end.
For teaching and research: not audited.
"""

from collections.abc import Callable

from pyfedlite import _check

Rand = Callable[[int], bytes]
"""Like ``os.urandom``: so many fresh random bytes."""

DRAWS = 128
"""How often a number is drawn before the source counts as broken. Where at least half of the
numbers will do, a good source fails with probability 2^-128, as often as a key is guessed."""

_HINT = "pass os.urandom"


def random_bytes(rand: Rand, number: int) -> bytes:
    """Return `number` bytes of `rand`.

    Raises
    ------
    TypeError
        If `rand` is no function, or returns something other than bytes.
    ValueError
        If it returns more or fewer bytes.

    Examples
    --------
    >>> random_bytes(lambda number: b"abcd"[:number], 2)
    b'ab'
    """
    if not callable(rand):
        _check.fail_type("rand", "be a function that returns random bytes", rand, _HINT)
    drawn = rand(number)
    if not isinstance(drawn, bytes):
        _check.fail_type("rand", "return bytes", drawn, _HINT)
    if len(drawn) != number:
        _check.fail("rand", f"return {number} bytes when asked for them", len(drawn), _HINT)
    return drawn


def random_below(rand: Rand, bound: int) -> int:
    r"""Return a uniform number from 0 to ``bound - 1``: random bits, drawn again where too large.

    Parameters
    ----------
    rand : callable
    bound : int
        At least 1. Numbers of as many bits as `bound` are drawn, so at least half of them will do.

    Raises
    ------
    ValueError
        If none of 128 draws lies below `bound`, or `rand` returns the wrong number of bytes.

    Examples
    --------
    >>> draws = iter([b"\xff", b"\x05"])
    >>> random_below(lambda _: next(draws), 6)  # the low three bits are 7, then 5
    5
    """
    bits = bound.bit_length()
    for _ in range(DRAWS):
        drawn = int.from_bytes(random_bytes(rand, -(-bits // 8)), "little")
        candidate = drawn & ((1 << bits) - 1)
        if candidate < bound:
            return candidate
    condition = f"give a number below the bound within {DRAWS} draws"
    _check.fail("rand", condition, "larger ones alone", _HINT)
