"""Who takes part in a round: S_t of Algorithm 1.

Left neighbour: ``data`` knows the clients. Right neighbour: ``simulate`` sends the cohort into
the round.

References
----------
H. B. McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
AISTATS 2017, Algorithm 1, https://arxiv.org/abs/1602.05629
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite.roles import Sampler
from pyfedlite.state import RoundView


@dataclass(frozen=True)
class SampleFraction:
    """m = max(round(C K), 1) distinct clients, each cohort of that size equally likely.

    Parameters
    ----------
    client_fraction : float
        C, in [0, 1].
    """

    client_fraction: float

    def __post_init__(self) -> None:
        _check.fraction("client_fraction", self.client_fraction)

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort, in ascending order."""
        cohort_size = max(round(self.client_fraction * view.num_clients), 1)
        return _choose(view.num_clients, cohort_size, rng)


@dataclass(frozen=True)
class SampleFixed:
    """A fixed number of distinct clients, each cohort of that size equally likely.

    Parameters
    ----------
    cohort_size : int
        m, at least 1 and at most the number of clients.
    """

    cohort_size: int

    def __post_init__(self) -> None:
        _check.integer("cohort_size", self.cohort_size, minimum=1)

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort, in ascending order."""
        if self.cohort_size > view.num_clients:
            limit = f"be at most the number of clients, {view.num_clients}"
            _check.fail("cohort_size", limit, self.cohort_size)
        return _choose(view.num_clients, self.cohort_size, rng)


def sample_fraction(client_fraction: float) -> SampleFraction:
    """Return the sampler of Algorithm 1: a fraction C of the clients, at least one.

    Parameters
    ----------
    client_fraction : float
        C, in [0, 1].

    Examples
    --------
    >>> sample_fraction(0.1)
    SampleFraction(client_fraction=0.1)
    """
    return SampleFraction(client_fraction)


def sample_fixed(cohort_size: int) -> SampleFixed:
    """Return the sampler of a fixed number of clients a round.

    Parameters
    ----------
    cohort_size : int
        m, at least 1.

    Examples
    --------
    >>> sample_fixed(3)
    SampleFixed(cohort_size=3)
    """
    return SampleFixed(cohort_size)


def draw_cohort(sampler: Sampler, view: RoundView, rng: np.random.Generator) -> tuple[int, ...]:
    """Return the cohort that `sampler` draws, checked and in ascending order.

    Raises
    ------
    ValueError
        When a client is named twice, does not exist, or nobody takes part.
    """
    cohort = sorted(int(k) for k in sampler(view, rng))
    if not cohort:
        _check.fail("cohort", "hold at least one client", "none", f"look at {sampler!r}")
    if len(set(cohort)) < len(cohort):
        _check.fail("cohort", "name each client once", cohort, f"look at {sampler!r}")
    if cohort[0] < 0 or cohort[-1] >= view.num_clients:
        _check.fail("cohort", f"lie in 0..{view.num_clients - 1}", cohort, f"look at {sampler!r}")
    return tuple(cohort)


def _choose(num_clients: int, cohort_size: int, rng: np.random.Generator) -> list[int]:
    return sorted(rng.choice(num_clients, cohort_size, replace=False).tolist())
