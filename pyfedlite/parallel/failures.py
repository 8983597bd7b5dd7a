"""Errors when a client or its worker process fails: they name the client, or what helps."""

import pickle
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyfedlite import _check
from pyfedlite.clients import Participant, clients_in_words
from pyfedlite.errors import ClientError, PyfedliteError, WorkerError

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


@dataclass(frozen=True)
class Failure:
    """An error in a worker process, on its way to the parent.

    Parameters
    ----------
    error : Exception
    trace : str
        Its traceback as text: tracebacks cannot be sent.
    """

    error: Exception
    trace: str

    @property
    def cause(self) -> "RemoteTraceback":
        """The error that shows the traceback when it is the cause of `error`."""
        return RemoteTraceback(f'\n"""\n{self.trace}"""')


class RemoteTraceback(Exception):  # noqa: N818  (not an error of its own)
    """The traceback of an error in another process, as text."""


def failure_of(error: BaseException) -> Failure:
    """Return an error as it can be sent: one that pickle cannot carry becomes a `ClientError`."""
    trace = "".join(traceback.format_exception(error))
    try:
        if isinstance(error, Exception) and type(pickle.loads(pickle.dumps(error))) is type(error):
            return Failure(error, trace)
    except Exception:
        pass  # whatever it is: the answer is below
    return Failure(ClientError(f"a worker process failed: {type(error).__name__}: {error}"), trace)


WITHOUT_GUARD = 93
"""The exit code of a worker in which the script of its parent runs once more, to its end."""

IMPORTABLE = (
    "put it at the top level of a module or of a script, not in a notebook or a function; "
    "an executor of threads, or of loky, takes it as it is"
)


def not_importable(name: str, error: Exception) -> TypeError:
    """Return the error for a part that a worker process cannot build."""
    got = f"{type(error).__name__}: {error}"
    return TypeError(_check.sentence(name, "be importable in a worker process", got, IMPORTABLE))


def not_started(code: int | None) -> WorkerError:
    """Return the error for a worker process that has ended before it was ready."""
    if code == WITHOUT_GUARD:
        return WorkerError(
            "workers must be started once, got a script that starts them outside "
            '`if __name__ == "__main__":`, where each worker runs it again; '
            "put the call under that line"
        )
    return WorkerError(
        f"workers must be able to start, got one that ended at once, with exit code {code}; "
        "its own error stands above, if it has told one; try fewer workers, or none"
    )


def worker_died(chunk: list[Participant]) -> ClientError:
    """Return the error for a chunk whose worker process has died."""
    return _died(chunk, "perhaps for want of memory")


def executor_broke(chunk: list[Participant]) -> ClientError:
    """Return the error for a chunk that was sent to an executor whose process has died."""
    why = 'or because the script that starts it does so outside `if __name__ == "__main__":`'
    return _died(chunk, f"for want of memory {why}")


def _died(chunk: list[Participant], why: str) -> ClientError:
    who = clients_in_words(_ids(chunk)) if chunk else "a client"
    return ClientError(
        f"{who} failed: the worker process died, {why}; "
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
