"""Uniform whole numbers from a secret key, as strong as the hash function SHAKE-256.

NumPy's generators are made for simulation: who sees enough of their output can tell the rest. Here
a block of output is the hash of key and counter. Adversary: who sees output and does not know the
key. Protected: the rest of the output, as far as SHAKE-256 is a random function. Not protected:
anything, where the key is known, as that of ``insecure_seed``. For teaching and research: not
audited.
"""

import hashlib
from dataclasses import dataclass, field

from pyfedlite import _check

BLOCK = 2**16
"""Bytes that are hashed at once."""


@dataclass
class SecretStream:
    """Whole numbers below a bound, exactly uniform; equal keys give equal numbers.

    Parameters
    ----------
    key : bytes
        Of 256 secret bits, and what the stream is for.

    Examples
    --------
    >>> one, other = SecretStream(b"a key"), SecretStream(b"a key")
    >>> [one.below(6) for _ in range(8)] == [other.below(6) for _ in range(8)]
    True
    """

    key: bytes = field(repr=False)
    _counter: int = 0
    _left: bytes = field(default=b"", repr=False)
    _place: int = 0

    def below(self, n: int) -> int:
        """Return a uniform number from 0 to n - 1."""
        bits = (_check.integer("n", n, minimum=1) - 1).bit_length()
        size = (bits + 7) // 8
        while True:  # a number that is too large is thrown away: a remainder would not be uniform
            drawn = int.from_bytes(self._take(size), "little") >> (8 * size - bits)
            if drawn < n:
                return drawn

    def _take(self, size: int) -> bytes:
        if self._place + size > len(self._left):
            name = (
                len(self.key).to_bytes(8, "little") + self.key + self._counter.to_bytes(8, "little")
            )
            self._left = self._left[self._place :] + hashlib.shake_256(name).digest(BLOCK + size)
            self._place, self._counter = 0, self._counter + 1
        taken = self._left[self._place : self._place + size]
        self._place += size
        return taken
