"""Errors when a client or its worker process fails: they name the client."""

from collections.abc import Callable
from typing import Any

from pyfedlite.clients import Participant, clients_in_words
from pyfedlite.errors import ClientError, PyfedliteError

Work = Callable[[list[Participant]], Any]
"""A function that trains a chunk: the clients that are sent to a worker together."""


def run_task(work: Work, chunk: list[Participant]) -> Any:
    """Return ``work(chunk)``; an unexpected error gets the name of the client.

    If the chunk has several clients, each is trained again, alone, until one fails with an error of
    the same type.

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
    """Return the first client that also fails alone, and its error of type `kind`, or None."""
    for participant in chunk if len(chunk) > 1 else ():
        try:
            work([participant])
        except Exception as error:
            if type(error) is kind:
                return [participant], error
    return None


def _ids(chunk: list[Participant]) -> list[int]:
    return [participant.client.client_id for participant in chunk]
