"""Bytes taken from a message one field after another; every read is checked.

Adversary: whoever sends bytes. Protected: nothing is read beyond the end, and nothing is left over.
For teaching and research: not audited.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Never

from pyfedlite.errors import DecodeError

U32 = struct.Struct("<I")


def malformed(condition: str, got: object) -> Never:
    """Raise `DecodeError` with a sentence."""
    raise DecodeError(f"message must {condition}, got {got}")


@dataclass
class Reader:
    """Reads `data` from the left.

    Parameters
    ----------
    data : bytes
    at : int
        How far it has been read.
    """

    data: bytes
    at: int = 0

    def take(self, length: int) -> bytes:
        """Return the next `length` bytes."""
        end = self.at + length
        if end > len(self.data):
            malformed(f"have {length} more bytes at {self.at}", len(self.data) - self.at)
        part = self.data[self.at : end]
        self.at = end
        return part

    def u32(self) -> int:
        """Return the next four bytes as a number, little-endian."""
        return int(U32.unpack(self.take(4))[0])

    def count(self, largest: int) -> int:
        """Return the length of the list that follows."""
        number = self.u32()
        if number > largest:
            malformed(f"list at most {largest} entries", number)
        return number

    def end(self) -> None:
        """Check that nothing is left over."""
        if self.at != len(self.data):
            malformed(f"end after {self.at} bytes", len(self.data))


def check_ascending(ids: Sequence[int]) -> None:
    """Check that each id stands once: lists are sorted, so there is one encoding of each."""
    for before, after in pairwise(ids):
        if before >= after:
            malformed("list ids in ascending order, each once", f"{before}, {after}")
