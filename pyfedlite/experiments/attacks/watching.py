"""What is measured while liars are at work: the error of each aggregate, and a backdoor's success.

Both look at what no server can know: who lies. For teaching and research: not audited.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pyfedlite._typing import Metrics, Vector
from pyfedlite.attacks.poisoning import Poison, deviations_from_mean, success_rate
from pyfedlite.clients import ClientUpdate
from pyfedlite.data import FederatedDataset
from pyfedlite.roles import Aggregator, Classifier
from pyfedlite.state import Aggregate, RoundContext, RoundRecord, State


@dataclass(frozen=True)
class Watched:
    """A rule that also reports how far its answer is from the mean of the honest updates.

    Parameters
    ----------
    rule : Aggregator
    liars : tuple of int
        Client ids.
    """

    rule: Aggregator
    liars: tuple[int, ...]

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the rule's answer, with the metric ``deviation``."""
        arrived = list(updates)
        aggregate = self.rule(arrived, context)
        honest = np.array([u.delta for u in arrived if u.client_id not in self.liars], np.float64)
        with np.errstate(all="ignore"):
            deviation = deviations_from_mean(aggregate.delta, honest)
        metrics = {"deviation": deviation} if np.isfinite(deviation) else {}
        return replace(aggregate, metrics={**aggregate.metrics, **metrics})


@dataclass(frozen=True, eq=False)
class Watch:
    """A callback that keeps every record, and adds the success of a backdoor to tested ones."""

    kept: list[RoundRecord]
    model: Any
    clients: FederatedDataset
    poison: Poison

    def __call__(self, records: Sequence[RoundRecord], state: State) -> Metrics | None:
        """Keep the last record."""
        record = records[-1]
        metrics: Metrics = {}
        if self.poison.trigger is not None and "test_accuracy" in record.metrics:
            metrics = {"success": self._success(self.model, state.theta)}
        self.kept.append(replace(record, metrics={**record.metrics, **metrics}))
        return metrics or None

    def _success(self, model: Classifier, theta: Vector) -> float:
        trigger, target = self.poison.trigger, self.poison.target
        assert trigger is not None
        assert target is not None
        rows = (self.clients.test_features, self.clients.test_labels)
        return success_rate(model, theta, *rows, trigger, target)
