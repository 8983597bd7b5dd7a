"""Clipping and noise at a server that is trusted, and a cohort that nobody decides about.

Each client takes part on its own with probability q, so the cohort may be empty, and then noise
alone is released: to say nothing would tell that nobody came. With C for the clip, z for the noise
multiplier and q K for the cohort that is expected, not the one that came:

    delta = (sum_k min(1, C / |delta_k|) delta_k + N(0, (z C)^2)) / (q K)

Adversary: who sees the released models. Protected: whether one client took part, as far as an
accountant says. Not protected: against the server, and by this noise, which is drawn from a seed
that is published. For teaching and research: not audited.

References
----------
H. B. McMahan et al., "Learning Differentially Private Recurrent Language Models", ICLR 2018,
Algorithm 1 with the estimator f_f, https://arxiv.org/abs/1710.06963
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pyfedlite.clients import ClientUpdate
from pyfedlite.state import Aggregate, Population, RoundContext, RoundView


@dataclass(frozen=True)
class PoissonSampler:
    """Each client on its own with the same probability."""

    rate: float

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort, which may be empty."""
        drawn: list[int] = np.flatnonzero(rng.random(view.num_clients) < self.rate).tolist()
        return drawn

    def population(self, num_clients: int) -> Population:
        """Return the law of the cohort."""
        return Population(num_clients, "poisson", self.rate)


@dataclass(frozen=True)
class NoisyMean:
    """The sum of clipped deltas with noise, over the cohort that the analyst declares."""

    clip: float  # C
    noise_multiplier: float  # z
    expected_reports: float  # q K

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return the noisy mean, also of nobody."""
        total, num_reports = np.zeros(context.theta.shape), 0
        for update in updates:
            delta = update.delta.astype(np.float64)
            norm = float(np.linalg.norm(delta))
            total += delta * min(1.0, self.clip / norm) if norm else delta
            num_reports += 1
        rng = context.seed.rng("noise of NoisyMean")
        total += rng.normal(scale=self.noise_multiplier * self.clip, size=total.shape)
        return Aggregate(total / self.expected_reports, num_reports=num_reports)
