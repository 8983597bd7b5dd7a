"""An aggregator that looks at the updates on their way to another one, and changes nothing.

Adversary, and what is and is not protected: as for ``anomalies``. It is refused where updates are
not to be seen: under secure aggregation and in private runs. For teaching and research: not
audited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from pyfedlite import _check, kernels
from pyfedlite._typing import Vector
from pyfedlite.aggregation.anomalies import AnomalyReport, Numbers, SeenRound, cosines
from pyfedlite.aggregation.robust.arrivals import LARGEST
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import norms
from pyfedlite.roles import Aggregator
from pyfedlite.state import Aggregate, RoundContext

AnyAlgorithm = TypeVar("AnyAlgorithm")


@dataclass(frozen=True)
class Watch:
    """An aggregator with a look at all updates; the result is that of the one inside, bit for bit.

    Adversary: clients who do not know of the look. Protected: nothing, it is a report. Not
    protected: the model, and the privacy of the clients. For teaching and research: not audited.

    It holds all updates of a round, and keeps a few numbers for each of them, in this process: a
    run that is resumed has a report of its later rounds alone.

    Parameters
    ----------
    aggregator : Aggregator

    Raises
    ------
    ValueError
        If the aggregator sees sums alone, or is private.

    Examples
    --------
    >>> from pyfedlite.aggregation import weighted_mean
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> sent = enumerate([1.0, 1.1, 0.9, 1.2, 0.8, -9.0])
    >>> watch = Watch(weighted_mean())
    >>> _ = watch([ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in sent], context)
    >>> list(watch.report().flags)
    [5]
    """

    aggregator: Aggregator
    _seen: list[SeenRound] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _refuse_hidden(self.aggregator)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return what the aggregator makes of `updates`."""
        held = list(updates)
        aggregate = None
        try:
            aggregate = self.aggregator(held, context)
        finally:  # also of a round that fails
            if held:
                delta = None if aggregate is None else aggregate.delta
                self._seen.append(look_at(held, context.round, delta, self.aggregator))
        return aggregate

    def report(self) -> AnomalyReport:
        """Return what was seen so far."""
        return AnomalyReport(tuple(self._seen))


def look_at(
    updates: Sequence[ClientUpdate], round: int, delta: Vector | None, rule: object
) -> SeenRound:
    """Return what can be seen of the updates of a round.

    Parameters
    ----------
    updates : sequence of ClientUpdate
    round : int
    delta : ndarray of shape (num_params,), optional
        What was made of them.
    rule : object
        Its method ``kept``, if it has one, says which share of each vector it has kept.
    """
    vectors = np.stack([update.delta for update in updates]).astype(np.float64)
    with np.errstate(invalid="ignore"):
        finite = np.abs(vectors).max(axis=1, initial=0.0) <= LARGEST
    known = vectors[finite]
    lengths = _at(finite, norms(known), np.nan)
    median = kernels.trimmed_mean(known, (len(known) - 1) // 2) if len(known) else vectors[0]
    to_aggregate = None
    if delta is not None and np.isfinite(delta).all():
        to_aggregate = _at(finite, cosines(known, delta), np.nan)
    kept = getattr(rule, "kept", None)
    return SeenRound(
        round,
        tuple(update.client_id for update in updates),
        lengths,
        _at(finite, cosines(known, median), np.nan) if len(known) else lengths,
        to_aggregate,
        None if kept is None or delta is None else _at(finite, kept(known), 0.0),
    )


def _at(places: Any, values: Numbers, other: float) -> Numbers:
    """Return the values at their places, and another number at all other places."""
    result = np.full(len(places), other)
    result[places] = values
    return result


def _refuse_hidden(part: object) -> None:
    """Refuse parts of a run whose updates nobody is to look at."""
    if not getattr(part, "sees_updates", True):
        hint = "updates are masked so that nobody can look at them; norms can be bound at clients"
        _check.fail("aggregator", "see updates to be watched", type(part).__name__, hint)
    if getattr(part, "private", False):
        hint = "a report on single updates would publish what the noise hides"
        _check.fail("what is watched", "not be private", type(part).__name__, hint)


def watched(algorithm: AnyAlgorithm) -> tuple[AnyAlgorithm, Watch]:
    """Return the algorithm with a look at its updates, and the look, for its report.

    Parameters
    ----------
    algorithm : FedAvg or a relative
        With an ``aggregator``.

    Raises
    ------
    ValueError
        If the algorithm is private, or aggregates securely.

    Examples
    --------
    >>> import pyfedlite as fl
    >>> algorithm, watch = watched(fl.fedavg(fl.LogisticRegression(2)))
    >>> watch.report().flags
    {}
    """
    _refuse_hidden(algorithm)
    aggregator: Any = getattr(algorithm, "aggregator", None)
    if aggregator is None:
        _check.fail_type("algorithm", "have an aggregator", algorithm)
    watch = Watch(aggregator)
    return replace(algorithm, aggregator=watch), watch  # type: ignore[type-var]
