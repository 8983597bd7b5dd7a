"""A client that fails, or the process in which it runs: the error says which client it was."""

from collections.abc import Callable
from typing import Any

from pyfedlite.clients import Participant, who
from pyfedlite.errors import ClientError, PyfedliteError

Work = Callable[[list[Participant]], Any]
"""What is done with clients that are handed to a worker together."""


def named(work: Work, chunk: list[Participant]) -> Any:
    """Return ``work(chunk)``; an unforeseen error gets the name of the client.

    Raises
    ------
    ClientError
        Its cause is the error, with its traceback.
    """
    try:
        return work(chunk)
    except PyfedliteError:
        raise
    except Exception as error:
        failed, cause = chunk, error
    if len(chunk) > 1:
        failed, cause = _first_to_fail(work, chunk) or (failed, cause)
    raise ClientError(f"{who(_ids(failed))} failed: {type(cause).__name__}: {cause}") from cause


def death(chunk: list[Participant]) -> ClientError:
    """Return the error for a chunk whose worker process has died."""
    return ClientError(
        f"{who(_ids(chunk))} failed: the worker process died, for want of memory or because the "
        'script that starts it does so outside `if __name__ == "__main__":`; '
        "try fewer workers, or none to see the error itself"
    )


def _first_to_fail(
    work: Work, chunk: list[Participant]
) -> tuple[list[Participant], Exception] | None:
    """Return which client of a chunk fails alone too, and how; None if each of them works."""
    for participant in chunk:
        try:
            work([participant])
        except Exception as error:
            return [participant], error
    return None


def _ids(chunk: list[Participant]) -> list[int]:
    return [participant.client.client_id for participant in chunk]
