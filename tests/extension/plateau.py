"""A callback that ends a run when the loss on the test rows has stopped to fall."""

from collections.abc import Sequence
from dataclasses import dataclass

from pyfedlite.roles import Metrics
from pyfedlite.state import RoundRecord, State, Stop


@dataclass(frozen=True)
class Plateau:
    """Stops after `patience` evaluated rounds that were not better than the best before them.

    It looks at the records alone, so it answers the same in a run that was resumed.
    """

    patience: int
    least: float = 0.0  # a loss has to fall by more than this to be better
    metric: str = "test_loss"

    def __call__(self, records: Sequence[RoundRecord], state: State) -> Metrics | Stop | None:
        """Return how long there was no progress, or the end."""
        values = [v for r in records if (v := r.metrics.get(self.metric)) is not None]
        best, waited = float("inf"), 0
        for value in values:
            waited = 0 if value < best - self.least else waited + 1
            best = min(best, value)
        if waited >= self.patience:
            return Stop(f"{self.metric} has not fallen for {waited} rounds")
        return {"plateau_waited": waited}
