"""A limit on how long somebody else's Python may take, in any thread and on any system.

A loop without end has to be stopped from outside of it. In the main thread of Linux and macOS a
timer of the system interrupts it, and whatever it waits for. Elsewhere a second thread asks Python
to raise an exception in the first one; that works between two steps of Python, so neither way ends
a single long call into compiled code, such as ``10 ** 10 ** 10``.
"""

import contextlib
import ctypes
import signal
import sys
import threading
from collections.abc import Iterator
from types import FrameType

REPEAT = 0.01
"""Seconds after which it is raised again, because code may catch everything and go on."""


class TimeUpError(BaseException):
    """The time is up; it is no `Exception`, so that ``except Exception`` does not catch it."""


@contextlib.contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeUpError` in the body when it takes longer than `seconds`.

    Parameters
    ----------
    seconds : float
        Above 0.

    Examples
    --------
    >>> try:
    ...     with time_limit(0.05):
    ...         while True:
    ...             pass
    ... except TimeUpError:
    ...     print("stopped")
    stopped
    """
    limited = _by_timer if _timer_is_free() else _by_second_thread
    with _quiet_where_nobody_hears(), limited(seconds):
        yield


def _timer_is_free() -> bool:
    """Return whether this thread may use the system's timer, and nobody else does."""
    if not hasattr(signal, "setitimer"):  # Windows
        return False
    main = threading.current_thread() is threading.main_thread()
    return main and signal.getitimer(signal.ITIMER_REAL)[0] == 0


@contextlib.contextmanager
def _quiet_where_nobody_hears() -> Iterator[None]:
    """Drop the exception where it arises in code that cannot raise; the next one comes soon."""
    before = sys.unraisablehook

    def hook(unraisable: "sys.UnraisableHookArgs") -> None:
        if unraisable.exc_type is not TimeUpError:
            before(unraisable)

    sys.unraisablehook = hook
    try:
        yield
    finally:
        sys.unraisablehook = before


@contextlib.contextmanager
def _by_timer(seconds: float) -> Iterator[None]:
    armed = True

    def stop(number: int, frame: FrameType | None) -> None:
        if armed:
            raise TimeUpError

    before = signal.signal(signal.SIGALRM, stop)
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, seconds, REPEAT)
            yield
        finally:
            armed = False  # the timer may ring here, too late to matter
    finally:
        while armed or signal.getsignal(signal.SIGALRM) is stop:
            with contextlib.suppress(TimeUpError):  # it may ring in these lines
                armed = False
                signal.setitimer(signal.ITIMER_REAL, 0)
                signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def _by_second_thread(seconds: float) -> Iterator[None]:
    watched, done, lock = threading.get_ident(), threading.Event(), threading.RLock()

    def watch() -> None:
        wait = seconds
        while not done.wait(wait):
            with lock:  # between the question and the exception the body must not end
                if not done.is_set():
                    _raise_in(watched)
            wait = REPEAT

    watcher = threading.Thread(target=watch, daemon=True)
    try:
        try:
            watcher.start()
            yield
        finally:
            with lock:
                done.set()
    finally:
        with lock:
            done.set()
        for _ in range(10):  # what was asked for before that is raised here, at the latest
            pass


def _raise_in(thread: int) -> None:
    """Let Python raise `TimeUpError` in a thread, before one of its next steps.

    It must not be taken back with a null pointer: until 3.12 that leaves the interpreter looking
    for an exception in each step, and it stands still once it is traced.
    """
    error = ctypes.py_object(TimeUpError)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), error)
