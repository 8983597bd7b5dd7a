"""What a configuration is made of: constants, the members of the roster, and the quantiser.

For teaching and research: not audited.
"""

import hashlib
from dataclasses import dataclass

from pyfedlite import _check
from pyfedlite.sharing import fixed_point

VERSION = 1
PREFIX = b"pyfedlite/secagg/v1/"
NO_KEY = bytes(32)
NO_PLAN = hashlib.sha256(b"").digest()
"""The hash of an empty plan: nothing but the model is bound."""

SERVER = 2**32 - 1
"""The server's place where a client id would stand."""


@dataclass(frozen=True)
class Member:
    """A client on the roster.

    Parameters
    ----------
    client_id : int
        From 0 to 2^32 - 2.
    verify_key : bytes of length 32
        Its Ed25519 public key in the active model; zeros elsewhere.
    """

    client_id: int
    verify_key: bytes = NO_KEY


@dataclass(frozen=True)
class Quantiser:
    """How updates become integers.

    Parameters
    ----------
    fraction_bits : int
        f: a step is 2^-f.
    clip : float
        c: coordinates are clipped to [-c, c].
    max_weight : int
        W_max, the largest weight of a client, at least 1.
    rounding : {"stochastic", "nearest"}
    """

    fraction_bits: int
    clip: float
    max_weight: int = 1
    rounding: str = "stochastic"

    def __post_init__(self) -> None:
        fixed_point.check_precision(self.fraction_bits, self.clip)
        _check.keep(self, "max_weight", _check.integer, minimum=1)
        _check.keep(self, "rounding", _check.one_of, ("stochastic", "nearest"))

    @property
    def largest(self) -> int:
        """ceil(c 2^f), the largest quantised coordinate; at least 1, which weights need."""
        return max(fixed_point.largest_step(self.fraction_bits, self.clip), 1)
