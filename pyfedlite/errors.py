"""The errors that are pyfedlite's own; bad arguments raise ``ValueError`` or ``TypeError``."""


class PyfedliteError(Exception):
    """Whatever goes wrong in a run through no bad argument: one family to catch."""


class DataError(PyfedliteError):
    """A data file is absent, truncated, unreadable, or not the one that was published."""


class DivergedError(PyfedliteError):
    """Training left the finite numbers; the message names the client, the round and a remedy."""


class ClientError(PyfedliteError):
    """Training failed on a client for an unforeseen reason, which is the cause of this error."""


class FileFormatError(PyfedliteError):
    """A model, checkpoint or history file is damaged or of another kind."""


class ShareError(PyfedliteError):
    """Shares of a secret do not fit together, or are too few."""


class TooFewSharesError(ShareError):
    """Fewer shares than the threshold: nothing can be said about the secret."""


class DecodeError(PyfedliteError):
    """Bytes that are no message of the protocol."""


class RoundFailed(PyfedliteError):  # noqa: N818  (it is no fault: the run records it and goes on)
    """A round has no result: nobody came, or too few. It changes nothing but the round's number."""


class RunFailed(PyfedliteError):  # noqa: N818  (as above)
    """The last ten rounds have all failed; what was done is saved."""


class AbortError(RoundFailed):
    """A party stops: a check of the protocol failed. `code` names the check.

    Parameters
    ----------
    code : str
        One of ``pyfedlite.secagg.AbortCode``.
    reason : str
        A sentence for people.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        self.code = code
        self.reason = reason

    def __reduce__(self) -> tuple[type["AbortError"], tuple[str, str]]:
        """Let the exception cross to another process."""
        return type(self), (self.code, self.reason)


class MissingExtraError(PyfedliteError, ImportError):
    """A feature needs a package that is not installed; the message names the extra."""
