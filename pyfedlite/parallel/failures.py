"""A client that fails, or the process in which it runs: the error says which client it was."""

from collections.abc import Callable
from typing import Any

from pyfedlite.clients import Participant, clients_in_words
from pyfedlite.errors import ClientError, PyfedliteError

Work = Callable[[list[Participant]], Any]
"""What is done with clients that are handed to a worker together."""


def run_task(work: Work, chunk: list[Participant]) -> Any:
    """Return ``work(chunk)``; an unforeseen error gets the name of the client.

    If there are several, each is done again, alone, until one fails in the same way.

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
        first = error
    try:
        failed, cause = _first_to_fail(work, chunk, type(first)) or (chunk, first)
        raise ClientError(
            f"{clients_in_words(_ids(failed))} failed: {type(cause).__name__}: {cause}"
        ) from cause
    finally:
        del first  # its traceback holds this frame


def worker_died(chunk: list[Participant]) -> ClientError:
    """Return the error for a chunk whose worker process has died."""
    return ClientError(
        f"{clients_in_words(_ids(chunk))} failed: the worker process died, for want of memory or "
        'because the script that starts it does so outside `if __name__ == "__main__":`; '
        "try fewer workers, or none to see which client it is, and the error itself"
    )


def _first_to_fail(
    work: Work, chunk: list[Participant], kind: type[Exception]
) -> tuple[list[Participant], Exception] | None:
    """Return which of several clients fails alone too, and its error of `kind`; None if none."""
    for participant in chunk if len(chunk) > 1 else ():
        try:
            work([participant])
        except Exception as error:
            if type(error) is kind:
                return [participant], error
    return None


def _ids(chunk: list[Participant]) -> list[int]:
    return [participant.client.client_id for participant in chunk]
