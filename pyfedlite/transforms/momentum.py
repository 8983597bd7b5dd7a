"""Momentum at the workers: each client sends a running mean of its updates.

Adversary: clients who hide a small lie within the noise of one round, such as ``alie``. Protected:
a robust rule behind it, since the honest updates of many rounds differ less than those of one. Not
protected: anything on its own; honest clients whose data differ; and the clients' privacy. For
teaching and research: not audited.

References
----------
S. P. Karimireddy, L. He and M. Jaggi, "Learning from History for Byzantine Robust Optimization",
ICML 2021, https://arxiv.org/abs/2012.10333
"""

from dataclasses import dataclass, replace

import numpy as np

from pyfedlite import _check
from pyfedlite.clients import ClientUpdate, Participant

KEPT = "worker_momentum.mean"
"""The name in a client's memory under which it keeps the mean."""


@dataclass(frozen=True)
class WorkerMomentum:
    """An update transform: m <- delta at first, then beta m + (1 - beta) delta, which is sent.

    Parameters
    ----------
    beta : float
        In [0, 1); 0 changes nothing.

    Examples
    --------
    >>> from pyfedlite.clients import Client
    >>> rng = np.random.default_rng(0)
    >>> client = Client(0, np.zeros((1, 1)), np.zeros(1))
    >>> update = ClientUpdate(0, np.array([4.0]), 1, 1, 0.0)
    >>> first = WorkerMomentum(0.5)(update, Participant(client), 1, rng)
    >>> update = ClientUpdate(0, np.array([0.0]), 1, 1, 0.0)
    >>> second = WorkerMomentum(0.5)(update, Participant(client, memory=first.memory), 2, rng)
    >>> first.delta, second.delta  # 4, then 4 / 2 + 0 / 2
    (array([4.]), array([2.]))
    """

    beta: float

    def __post_init__(self) -> None:
        _check.keep(self, "beta", _check.below_one)

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with the running mean in place of its delta."""
        mean = update.delta
        if KEPT in participant.memory:
            before = participant.memory[KEPT]
            mean = (self.beta * before + (1 - self.beta) * mean).astype(mean.dtype)
        memory = {**participant.memory, **update.memory, KEPT: mean}
        return replace(update, delta=mean, memory=memory)


def worker_momentum(beta: float = 0.9) -> WorkerMomentum:
    """Return a running mean of each client's updates; see `WorkerMomentum`.

    Examples
    --------
    >>> worker_momentum()
    WorkerMomentum(beta=0.9)
    """
    return WorkerMomentum(beta)
