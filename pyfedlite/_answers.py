"""What parts of a run have answered, checked when it comes: kind, length, range, finite numbers.

A part may be anybody's function. Where its answer is wrong, the sentence names the function and not
the line further on that could not use it. Each function here takes the part first, for its name.

Left neighbour: ``state`` and ``clients`` have the types of answers. Right neighbour: every room
that calls a part.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Metrics, Vector
from pyfedlite.clients import ClientUpdate, Rows
from pyfedlite.errors import DivergedError
from pyfedlite.roles import Model
from pyfedlite.state import Aggregate, State

COLUMNS = ("round", "cohort", "clients", "failure")
"""What the table of a run has besides metrics."""


def update(part: object, answer: Any, client_id: int, theta: Vector) -> ClientUpdate:
    """Return the update of a client, as a local trainer or a transform has made it.

    Its numbers may be NaN: an attacker may send them, and what becomes of them is the business of
    the aggregator.
    """
    if not isinstance(answer, ClientUpdate):
        _check.fail_type(name_of(part), "return a ClientUpdate", answer)
    if answer.client_id != client_id:
        _check.fail(name_of(part), f"return an update of client {client_id}", answer.client_id)
    _vector(part, f"delta of client {client_id}", answer.delta, theta)
    for kind in ("extra", "memory"):
        _named(part, kind, getattr(answer, kind))
    for name, vector in answer.extra.items():
        _vector(part, f"extra {name!r} of client {client_id}", vector, theta)
    if not _has_plain_numbers(answer):  # a sentence for each client would cost more than the look
        _numbers(answer, f"of client {client_id}, from {name_of(part)},")
    return answer


def _has_plain_numbers(answer: ClientUpdate) -> bool:
    n, loss = answer.num_examples, answer.train_loss
    return type(n) is int and n >= 0 and type(loss) is float and math.isfinite(loss)


def _numbers(answer: ClientUpdate, named: str) -> None:
    _check.integer(f"num_examples {named}", answer.num_examples, minimum=0)
    if not math.isfinite(_check.number(f"train_loss {named}", answer.train_loss)):
        raise DivergedError(
            f"train_loss {named} must stay finite, got {answer.train_loss}; try a smaller "
            "learning_rate, or rescaled columns"
        )


def rows(part: object, answer: Any, client: Rows, model: Model) -> Rows:
    """Return the rows of a client, as a data transform has changed them."""
    k, n = client.client_id, client.num_examples
    who = f"{name_of(part)}, for client {k},"
    wanted = ("client_id", "features", "labels", "num_examples")
    if not all(hasattr(answer, name) for name in wanted):
        _check.fail_type(who, "return a Client", answer, "try dataclasses.replace(client, …)")
    if answer.client_id != k:
        _check.fail(who, "keep the client_id", answer.client_id)
    if len(answer.labels) != n:
        _check.fail(
            f"a data transform for client {k}",
            f"keep its {n} rows",
            len(answer.labels),
            f"see {part!r}",
        )
    changed: Rows = answer
    features, labels = np.asarray(changed.features), np.asarray(changed.labels)
    if features.shape != (n, model.num_features):
        _check.fail(who, f"return features of shape {(n, model.num_features)}", features.shape)
    _check.finite(f"features from {who}", features)
    if model.num_classes is not None:
        outside = labels[(labels < 0) | (labels >= model.num_classes)]
        if outside.size:
            condition = f"return labels from 0 to {model.num_classes - 1}"
            _check.fail(who, condition, outside[0])
    return changed


def cohort(part: object, answer: Any, known: set[int], theta: Vector) -> list[ClientUpdate]:
    """Return the updates of a round, as a cohort transform has changed them."""
    try:
        updates = list(answer)
    except TypeError:
        _check.fail_type(name_of(part), "return a list of ClientUpdate", answer)
    for each in updates:
        update(part, each, getattr(each, "client_id", -1), theta)
    ids = [each.client_id for each in updates]
    if len(set(ids)) < len(ids) or not known >= set(ids):
        condition = "return one update of each client, of those that it was given"
        _check.fail(name_of(part), condition, f"updates of the clients {ids}")
    return updates


def aggregate(part: object, answer: Any, round: int, theta: Vector) -> Aggregate:
    """Return what an aggregator has made of the updates, its metrics as plain numbers.

    Raises
    ------
    DivergedError
        If its delta is not finite.
    """
    if not isinstance(answer, Aggregate):
        hint = "return Aggregate(delta)" if isinstance(answer, np.ndarray) else ""
        _check.fail_type(name_of(part), "return an Aggregate", answer, hint)
    _vector(part, "delta", answer.delta, theta)
    if not np.isfinite(answer.delta).all():
        raise DivergedError(
            f"delta must stay finite, got inf or NaN from {name_of(part)} in round {round}; try a "
            "smaller learning_rate of the clients, or a robust rule if a client may send NaN"
        )
    _named(part, "extra", answer.extra)
    for name, second in answer.extra.items():
        _vector(part, f"extra {name!r}", second, theta)
    _slots(part, answer.slots)
    if answer.num_reports is not None:
        _check.integer(f"num_reports from {name_of(part)}", answer.num_reports, minimum=0)
    return replace(answer, metrics=metrics(part, answer.metrics))


def metrics(part: object, answer: Any) -> Metrics:
    """Return metrics by name as plain finite numbers, or None where one was not measured."""
    _named(part, "metrics", answer)
    found: Metrics = {}
    for name, value in answer.items():
        if not isinstance(name, str) or name in COLUMNS:
            _check.fail(name_of(part), "return metrics under new names", repr(name))
        plain = _check.in_python(value)
        if plain is not None:
            real = _check.real(f"metric {name!r} of {name_of(part)}", plain)
            plain = plain if type(plain) is int else real
        found[name] = plain
    return found


def state(part: object, answer: Any, before: State) -> State:
    """Return the state after a server's step: theta keeps its shape and its dtype."""
    if not isinstance(answer, State):
        _check.fail_type(name_of(part), "return a State", answer, "try replace(state, theta=…)")
    theta = before.theta
    _vector(part, "theta", answer.theta, theta)
    if answer.theta.dtype != theta.dtype:
        hint = f"try theta.astype({str(theta.dtype)!r})"
        _check.fail(
            name_of(part), f"keep the dtype of theta, {theta.dtype}", answer.theta.dtype, hint
        )
    _slots(part, answer.slots)
    return answer


def vector(part: object, answer: Any, theta: Vector) -> Vector:
    """Return one vector of theta's shape, such as a correction."""
    _vector(part, "a vector", answer, theta)
    found: Vector = answer
    return found


def _vector(part: object, what: str, value: Any, theta: Vector) -> None:
    condition = f"return {what} as an array of floats of shape {theta.shape}"
    if not isinstance(value, np.ndarray):
        _check.fail_type(name_of(part), condition, value)
    if value.shape != theta.shape or value.dtype.kind != "f":
        _check.fail(name_of(part), condition, f"{value.dtype} of shape {value.shape}")


def _slots(part: object, slots: Mapping[str, Any]) -> None:
    _named(part, "slots", slots)
    for name, kept in slots.items():
        if not isinstance(kept, np.ndarray):
            _check.fail_type(name_of(part), f"keep an array in the slot {name!r}", kept)


def _named(part: object, what: str, answer: Any) -> None:
    if not isinstance(answer, Mapping):
        _check.fail_type(name_of(part), f"return {what} by name", answer)


def name_of(part: object) -> str:
    """Return what a part is called in a sentence; a function never by its address.

    Examples
    --------
    >>> name_of(len), name_of(3)
    ('the function len', '3')
    """
    name = getattr(part, "__qualname__", None)
    return f"the function {name}" if isinstance(name, str) else repr(part)
