"""Signals that end a program, heard as an exception: what is done is kept, and told."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NAMES = ("SIGTERM", "SIGHUP")  # Python raises KeyboardInterrupt itself for SIGINT
_heard: list[int] = []


class Terminated(KeyboardInterrupt):
    """A signal has asked this process to end; what holds for Ctrl-C holds for it.

    Parameters
    ----------
    number : int
        Of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


@contextmanager
def signals_heard() -> Iterator[None]:
    """Raise `Terminated` inside this block when the system asks this process to end.

    Signals that are ignored stay so, as ``nohup`` wants it.
    """
    _heard.clear()
    before = {}
    if threading.current_thread() is threading.main_thread():
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        default = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
        before = {number: signal.signal(number, _hear) for number in default}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def raise_if_heard(records: object = None, state: object = None) -> None:
    """Raise `Terminated` if a signal has come, as a callback after every round.

    Where Python runs code that may not fail, such as a finaliser, it drops what a signal raises.
    """
    if _heard:
        raise Terminated(_heard[0])


def exit_code(interrupt: KeyboardInterrupt) -> int:
    """Return 128 and the number of the signal, as a shell counts.

    Examples
    --------
    >>> exit_code(KeyboardInterrupt()), exit_code(Terminated(15))
    (130, 143)
    """
    return 128 + (interrupt.number if isinstance(interrupt, Terminated) else 2)


def in_words(interrupt: KeyboardInterrupt) -> str:
    """Return what has ended the command.

    Examples
    --------
    >>> in_words(KeyboardInterrupt()), in_words(Terminated(15))
    ('interrupted', 'ended by SIGTERM')
    """
    if isinstance(interrupt, Terminated):
        return f"ended by {signal.Signals(interrupt.number).name}"
    return "interrupted"


def _hear(number: int, frame: FrameType | None) -> None:
    if not _heard:  # once: the second must not disturb what the first has brought about
        _heard.append(number)
        raise Terminated(number)
