"""A schedule in which each client takes part once: for mechanisms that count on it.

Left neighbour: ``simulation`` says how many clients there are. Right neighbour: ``aggregation``,
where `CorrelatedMean` checks that nobody comes twice.
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundView

ORDER = "the order in which clients come"
"""The role of the one draw, which is made before any round."""


@dataclass(frozen=True)
class Once:
    """Cohorts of a fixed size that share no client: the next m of an order drawn beforehand.

    Parameters
    ----------
    cohort_size : int
        m, at least 1.
    order_seed : int
        Draws the order of all clients, at least 0. The schedule is public: it may not depend on
        the data, and need not be secret.
    """

    cohort_size: int
    order_seed: int = 0

    def __post_init__(self) -> None:
        _check.keep(self, "cohort_size", _check.integer, minimum=1)
        _check.keep(self, "order_seed", _check.integer, minimum=0)

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort of ``view.round``, ascending; who cannot be reached is left out.

        Raises
        ------
        ValueError
            When fewer than m clients are left.
        """
        end = view.round * self.cohort_size
        if end > view.num_clients:
            most = view.num_clients // self.cohort_size
            hint = "each client takes part once: try smaller cohorts"
            _check.fail("num_rounds", f"be at most {most} here", view.round, hint)
        order = RoundSeed(self.order_seed, 0).rng(ORDER).permutation(view.num_clients)
        cohort = np.sort(order[end - self.cohort_size : end])
        here = cohort if view.available is None else np.intersect1d(cohort, view.available)
        drawn: list[int] = here.tolist()
        return drawn


def once(cohort_size: int, *, order_seed: int = 0) -> Once:
    """Return the sampler of cohorts that share no client.

    Parameters
    ----------
    cohort_size : int
        m, at least 1. Of K clients there are K // m rounds.
    order_seed : int
        Draws the order of the clients.

    Examples
    --------
    >>> view = RoundView(2, np.ones(4, np.int64), lambda k: 0.0)
    >>> first = RoundView(1, np.ones(4, np.int64), lambda k: 0.0)
    >>> rng = np.random.default_rng()
    >>> sorted(once(2)(first, rng) + once(2)(view, rng))
    [0, 1, 2, 3]
    """
    return Once(cohort_size, order_seed)
