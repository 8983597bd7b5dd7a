"""FedNova: clients that take more steps do not pull the model further than their share.

With tau_i steps of plain SGD, a_i = (1, ..., 1) and its norm is tau_i; the clients' momentum rho
makes it (tau_i - rho (1 - rho^tau_i) / (1 - rho)) / (1 - rho). With p_i = n_i / n, the rule is

    d_i = (x - y_i) / norm(a_i)      tau_eff = sum_i p_i norm(a_i)
    x <- x - tau_eff sum_i p_i d_i

References
----------
J. Wang et al., "Tackling the Objective Inconsistency Problem in Heterogeneous Federated
Optimization", NeurIPS 2020, equations 5 and 8 and section 4, https://arxiv.org/abs/2007.07481
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import RoundFailed
from pyfedlite.state import Aggregate, RoundContext


@dataclass(frozen=True)
class NormalisedMean:
    """tau_eff times the mean of the deltas for one step; it folds over the stream."""

    momentum: float = 0.0

    def norm(self, num_steps: int) -> float:
        """Return the sum of a_i: what its steps weigh in a client's delta."""
        rho = self.momentum
        return (num_steps - rho * (1 - rho**num_steps) / (1 - rho)) / (1 - rho)

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return tau_eff sum_i p_i delta_i / norm(a_i)."""
        per_step, steps = np.zeros(context.theta.shape), 0.0
        n = num_reports = 0
        for update in updates:
            norm = self.norm(update.num_steps)
            per_step += update.num_examples * (update.delta.astype(np.float64) / norm)
            steps += update.num_examples * norm
            n += update.num_examples
            num_reports += 1
        if num_reports == 0:
            raise RoundFailed("no update has arrived")
        tau_eff = steps / n
        metrics = {"fednova_tau_eff": tau_eff}
        return Aggregate(tau_eff * per_step / n, num_reports=num_reports, metrics={**metrics})
