"""Callbacks: what they return after a round becomes part of the record, or ends the run.

Left neighbour: ``simulate`` has a new record. Right neighbour: the record, and why the run stopped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyfedlite import _check
from pyfedlite._answers import metrics, name_of
from pyfedlite._role_checks import call
from pyfedlite._typing import Metrics
from pyfedlite.roles import Callback
from pyfedlite.state import RoundRecord, State, Stop


def call_all(
    callbacks: Sequence[Callback], records: list[RoundRecord], state: State, *, private: bool
) -> str | None:
    """Call everybody after a round, and return why one of them has ended the run, if so.

    Metrics are written into the last of `records`, which is exchanged; each callback sees those of
    the ones before it. Into the record of a private run nothing is written: no epsilon counts it.

    Raises
    ------
    TypeError, ValueError
        If an answer is neither None, nor metrics, nor `Stop`.
    """
    reason: str | None = None
    for callback in callbacks:
        answer = call(callback, tuple(records), state)
        if isinstance(answer, Stop):
            reason = reason or answer.reason
        elif answer is not None and private:
            hint = "what it has measured is in no epsilon: keep it in the callback"
            _check.fail(f"callback {name_of(callback)}", "return Stop or None", "metrics", hint)
        elif answer is not None:
            present = records[-1].metrics
            added = _checked(callback, answer, present)
            records[-1] = replace(records[-1], metrics=present | added)
    return reason


def _checked(callback: Callback, answer: Any, present: Metrics) -> Metrics:
    """Return the metrics as plain numbers."""
    name = f"callback {name_of(callback)}"
    if not isinstance(answer, Mapping):
        hint = 'Stop("why") ends the run'
        _check.fail_type(name, "return metrics, Stop(reason) or None", answer, hint)
    for key in answer:
        if key in present:
            _check.fail(name, "return metrics under new names", repr(key))
    return metrics(callback, answer)
