"""The errors that are pyfedlite's own; bad arguments raise ``ValueError`` or ``TypeError``."""


class PyfedliteError(Exception):
    """Whatever goes wrong in a run through no bad argument: one family to catch."""


class DataError(PyfedliteError):
    """A data file is absent, truncated, unreadable, or not the one that was published."""


class DivergedError(PyfedliteError):
    """Training left the finite numbers; the message names the client, the round and a remedy."""


class FileFormatError(PyfedliteError):
    """A model, checkpoint or history file is damaged or of another kind."""
