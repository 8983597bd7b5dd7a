"""A trace of who was online, and a server that asks too many and waits for the first to answer.

In round t only those of the trace can be reached. Each client of the cohort takes its own time; the
server stops to wait when `goal` updates are there, or at the deadline. Who is later has trained in
vain: over-selection, as in section 2.2 of Bonawitz et al. 2019, who ask 130 % of the goal.

References
----------
K. Bonawitz et al., "Towards Federated Learning at Scale: System Design", MLSys 2019,
https://arxiv.org/abs/1902.01046
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pyfedlite.clients import Fate, Stage
from pyfedlite.roles import Integers
from pyfedlite.seeds import RoundSeed


@dataclass(frozen=True)
class Trace:
    """Who is online in which round, and how long each client takes."""

    online: tuple[tuple[int, ...], ...]  # of round t: entry t - 1, from the start again at the end
    seconds: tuple[float, ...]  # of client k: entry k
    goal: int
    deadline: float

    def present(self, num_clients: int, seed: RoundSeed) -> Integers:
        """Return who can be reached in this round."""
        return np.array(self.online[(seed.round - 1) % len(self.online)], dtype=np.int64)

    def __call__(self, client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        """Return the fate of each: its own time, or that at which the server closes the round."""
        times = [self.seconds[k] for k in client_ids]
        in_time = sorted(time for time in times if time <= self.deadline)
        end = in_time[self.goal - 1] if len(in_time) >= self.goal else self.deadline
        late = Fate(drops_at=Stage.UPLOAD, seconds=end)
        return [Fate(seconds=time) if time <= end else late for time in times]
