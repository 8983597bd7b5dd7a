"""The errors that are pyfedlite's own; bad arguments raise ``ValueError`` or ``TypeError``."""


class PyfedliteError(Exception):
    """Whatever goes wrong in a run, bad arguments apart: one family to catch."""


class DataError(PyfedliteError):
    """A data file is absent, truncated, unreadable, or not the one that was published."""


class DivergedError(PyfedliteError):
    """Training gave inf or NaN; the message names the client, the round and a remedy."""


class ClientError(PyfedliteError):
    """Training failed on a client for an unexpected reason, which is the cause of this error."""


class WorkerError(PyfedliteError):
    """Worker processes cannot be started here; the message says what helps."""


class FileFormatError(PyfedliteError):
    """A model, checkpoint or history file is damaged or of another kind."""


class SignatureError(FileFormatError):
    """A file is not signed by the key that was asked for, or is not as it was signed."""


class ShareError(PyfedliteError):
    """Shares of a secret do not fit together, or are too few."""


class TooFewSharesError(ShareError):
    """Fewer shares than the threshold: they do not determine the secret."""


class DecodeError(PyfedliteError):
    """Bytes that are not a message of the protocol."""


class RoundFailed(PyfedliteError):  # noqa: N818  (not an error: the run records it and goes on)
    """A round has no result: too few updates arrived. Only the number of the round changes."""


class RunFailed(PyfedliteError):  # noqa: N818  (as above)
    """The last ten rounds have all failed; the run until then is saved."""


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
        """Let pickle carry the exception to another process."""
        return type(self), (self.code, self.reason)


class MissingExtraError(PyfedliteError, ImportError):
    """A feature needs a package that is not installed; the message names the extra."""
