"""Code that does not come back is stopped, in any thread, and leaves no trace."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pyfedlite.testing.time_limit import TimeUpError, time_limit


def forever():
    while True:
        pass


def forever_whatever_happens():
    while True:
        try:
            sum(range(10))
        except BaseException:
            pass


def stopped(function):
    start = time.perf_counter()
    with pytest.raises(TimeUpError), time_limit(0.1):
        function()
    return time.perf_counter() - start


def in_another_thread(function):
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(stopped, function).result()


@pytest.mark.parametrize("where", [stopped, in_another_thread])
@pytest.mark.parametrize("function", [forever, forever_whatever_happens])
def test_a_loop_without_end_is_stopped(where, function):
    assert where(function) < 5  # it is caught many times before it gets through


def test_without_signals_a_second_thread_stops_it(monkeypatch):
    monkeypatch.delattr(signal, "setitimer")
    assert stopped(forever) < 2


def test_what_ends_in_time_is_left_alone():
    with time_limit(5.0):
        value = sum(range(100))
    assert value == 4950


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timers")
def test_the_timer_of_somebody_else_is_left_alone():
    rang = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rang.append(number))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        stopped(forever)
        time.sleep(0.4)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert rang == [signal.SIGALRM]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timers")
def test_the_handler_that_was_there_is_there_again():
    before = signal.getsignal(signal.SIGALRM)
    stopped(forever)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_another_thread_leaves_an_interpreter_that_can_be_traced():
    # A null exception left behind makes Python 3.11 stand still at the first traced step.
    code = (
        "import sys, threading\n"
        "from pyfedlite.testing.time_limit import time_limit\n"
        "def body():\n"
        "    with time_limit(5.0):\n"
        "        pass\n"
        "thread = threading.Thread(target=body)\n"
        "thread.start()\n"
        "thread.join()\n"
        "sys.settrace(lambda frame, event, arg: None)\n"
        "def loop():\n"
        "    for _ in range(100):\n"
        "        pass\n"
        "loop()\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def slow_to_go_and_then_endless() -> None:
    class Slow:
        def __del__(self) -> None:  # an exception in here cannot be raised
            started = time.monotonic()
            while time.monotonic() - started < 0.15:
                pass

    Slow()
    while True:
        pass


def test_a_stop_that_python_has_to_swallow_is_not_reported_and_the_next_one_comes() -> None:
    reported: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, reported.append
    try:
        with pytest.raises(TimeUpError), time_limit(0.05):
            slow_to_go_and_then_endless()
    finally:
        sys.unraisablehook = before
    assert reported == []
