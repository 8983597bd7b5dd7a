"""Why a party of the protocol stops: one code for each check.

For teaching and research: not audited.
"""

from enum import StrEnum
from typing import Never

from pyfedlite.errors import AbortError


class AbortCode(StrEnum):
    """The check that failed."""

    TOO_FEW = "TOO_FEW"  # fewer parties, or shares, than the threshold
    BAD_KEY = "BAD_KEY"  # a public key with which no secret can be agreed on
    DUP_KEY = "DUP_KEY"  # one public key stands twice among the keys
    OWN_KEY_CHANGED = "OWN_KEY_CHANGED"  # the server shows a client another key as its own
    BAD_SIG = "BAD_SIG"  # a signature does not verify
    NOT_SUBSET = "NOT_SUBSET"  # a list names somebody it may not, or leaves somebody out
    SELF_MISSING = "SELF_MISSING"  # a client is not among those it is told of
    WRONG_CTX = "WRONG_CTX"  # the message belongs to another run, round or configuration
    DUP_MESSAGE = "DUP_MESSAGE"  # two messages from one sender
    BAD_SHARE = "BAD_SHARE"  # shares of one secret contradict each other
    BAD_COMMIT = "BAD_COMMIT"  # a self-mask seed is not the one that was committed to
    PUBKEY_MISMATCH = "PUBKEY_MISMATCH"  # a mask key is not the one that was advertised
    REPLAY = "REPLAY"  # a message out of its turn, or a second time
    POLICY = "POLICY"  # the configuration is weaker than what the client accepts, or was run before
    OVERFLOW = "OVERFLOW"  # an integer outside what the configuration allows


def abort(code: AbortCode, reason: str) -> Never:
    """Stop with `code` and a sentence for people."""
    raise AbortError(code.value, reason)
