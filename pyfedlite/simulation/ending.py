"""When a run ends: after its rounds, at a target, or where a callback says Stop.

Left neighbour: ``simulate`` has the records so far. Right neighbour: a checkpoint keeps why the run
has ended, and `Ending` says whether a run that has ended may go on.

=====================  ====================================================================
a run has ended by     asked for more rounds, it
=====================  ====================================================================
the number of rounds   goes on, to the same bits as if they had been asked for at once
a target               is refused with the target; without it, or with a stricter one, it goes on
a callback's ``Stop``  is refused: that is for good
=====================  ====================================================================
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Labels
from pyfedlite.history.records import reaches
from pyfedlite.state import RoundRecord

METRIC = {
    "target_accuracy": "test_accuracy",
    "target_auc": "test_auc",
    "target_loss": "test_loss",
}
"""Of each target the metric that has to reach it."""


@dataclass(frozen=True)
class Ending:
    """After how many rounds a run ends, or at which target, whichever comes first.

    Parameters
    ----------
    num_rounds : int
        T, at least 1.
    target_accuracy, target_auc : float, optional
        In [0, 1].
    target_loss : float, optional
        At least 0.

    Examples
    --------
    >>> records = [RoundRecord(1, (0,), {"test_loss": 0.5}), RoundRecord(2, (0,), {})]
    >>> Ending(9, target_loss=0.5).reached(records[:1])
    'test_loss 0.5 has reached its target 0.5 in round 1'
    >>> Ending(2).is_done(records), Ending(9, target_loss=0.5).is_done(records)
    (True, False)
    """

    num_rounds: int
    target_accuracy: float | None = None
    target_auc: float | None = None
    target_loss: float | None = None

    def __post_init__(self) -> None:
        _check.keep(self, "num_rounds", _check.integer, minimum=1)
        for name, check in (
            ("target_accuracy", _check.fraction),
            ("target_auc", _check.fraction),
            ("target_loss", _check.non_negative),
        ):
            if getattr(self, name) is not None:
                _check.keep(self, name, check)

    def check_can_act(self, num_classes: int | None, test_labels: Labels) -> None:
        """Raise ``ValueError`` if a target is given that no round can reach or miss.

        A regression has a loss alone; AUC needs two classes, and test rows of both.
        """
        if num_classes is None:
            for name in ("target_accuracy", "target_auc"):
                if getattr(self, name) is not None:
                    hint = f"{METRIC[name]} is for classes; take target_loss"
                    _check.fail(name, "be left out for a regression", getattr(self, name), hint)
        if self.target_auc is None:
            return
        if num_classes != 2:
            condition = f"be left out for {num_classes} classes"
            hint = "AUC is for two classes; take target_accuracy"
            _check.fail("target_auc", condition, self.target_auc, hint)
        if len(np.unique(test_labels)) < 2:
            condition = "be left out where all test rows are of one class"
            hint = "they have no AUC; take target_accuracy"
            _check.fail("target_auc", condition, self.target_auc, hint)

    @property
    def targets(self) -> dict[str, float]:
        """The targets that are given, by the metric that has to reach each."""
        given = {metric: getattr(self, name) for name, metric in METRIC.items()}
        return {metric: target for metric, target in given.items() if target is not None}

    def reached(self, records: Sequence[RoundRecord]) -> str | None:
        """Return in words which target the last round has reached, or None."""
        metrics = records[-1].metrics if records else {}
        for metric, target in self.targets.items():
            value = metrics.get(metric)
            if value is not None and reaches(metric, value, target):
                where = f"in round {len(records)}"
                return f"{metric} {value:g} has reached its target {target:g} {where}"
        return None

    def is_done(self, records: Sequence[RoundRecord]) -> bool:
        """Return whether no round is left, or a target is reached."""
        return len(records) >= self.num_rounds or self.reached(records) is not None

    def check_goes_on(
        self, records: Sequence[RoundRecord], stopped: str | None, asked: int | None
    ) -> None:
        """Raise ``ValueError`` if a run that has ended cannot end in this way.

        Parameters
        ----------
        records : sequence of RoundRecord
            Those that are done.
        stopped : str, optional
            Why a callback has ended the run.
        asked : int, optional
            For how many rounds the run was asked before.
        """
        done = len(records)
        if self.num_rounds < done:
            hint = "a round that is done stays done; use another path for a shorter run"
            _check.fail(
                "num_rounds", f"be at least {done}, as many are done", self.num_rounds, hint
            )
        if asked is None or self.num_rounds <= asked:
            return
        why = self.reached(records)
        if stopped is not None:
            why = f"a callback has stopped it for good after round {done}: {stopped}"
        if why is not None:
            condition = f"be at most {asked}, for the run has ended"
            _check.fail("num_rounds", condition, self.num_rounds, why)


def without_last_test(
    records: Sequence[RoundRecord], num_rounds: int, eval_every: int
) -> list[RoundRecord]:
    """Return the records of a checkpoint as a run of `num_rounds` would have left them so far.

    The last round of a shorter run was evaluated whatever `eval_every` says.
    """
    if not records or records[-1].round >= num_rounds:
        return list(records)
    if records[-1].failure is None and records[-1].round % eval_every == 0:
        return list(records)
    kept = {name: v for name, v in records[-1].metrics.items() if not name.startswith("test_")}
    return [*records[:-1], replace(records[-1], metrics=kept)]
