"""Which clients take part in a round: S_t of Algorithm 1.

Left neighbour: ``simulation`` says how many clients there are. Right neighbour: ``simulation``
gives the cohort to ``algorithms``.

References
----------
H. B. McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
AISTATS 2017, Algorithm 1, https://arxiv.org/abs/1602.05629
"""

from dataclasses import dataclass

import numpy as np

from pyfedlite import _check
from pyfedlite._answers import name_of
from pyfedlite._role_checks import call
from pyfedlite.roles import Sampler
from pyfedlite.state import Population, RoundView


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
        _check.keep(self, "client_fraction", _check.fraction)

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort, in ascending order; it is smaller if too few can be reached."""
        return _choose(view, self._cohort_size(view.num_clients), rng)

    def population(self, num_clients: int) -> Population:
        """Return the law of the cohort: a fixed number of `num_clients`, or everybody.

        Everybody is the Poisson law with probability 1: the number is not fixed beforehand.
        """
        if self.client_fraction == 1.0:
            return Population(num_clients, "poisson", 1.0)
        return Population(num_clients, "fixed", self._cohort_size(num_clients) / num_clients)

    def _cohort_size(self, num_clients: int) -> int:
        return max(round(self.client_fraction * num_clients), 1)


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
        _check.keep(self, "cohort_size", _check.integer, minimum=1)

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort, in ascending order; it is smaller if too few can be reached."""
        if self.cohort_size > view.num_clients:
            limit = f"be at most the number of clients, {view.num_clients}"
            _check.fail("cohort_size", limit, self.cohort_size)
        return _choose(view, self.cohort_size, rng)

    def population(self, num_clients: int) -> Population:
        """Return the law of the cohort: a fixed number of `num_clients`."""
        return Population(num_clients, "fixed", min(1.0, self.cohort_size / num_clients))


@dataclass(frozen=True)
class Poisson:
    """Each client on its own with the same probability: the cohort has no fixed size.

    It may be empty. Differential privacy counts on this law: whether a client takes part says
    nothing about any other, so that one client more or less changes nothing else.

    Parameters
    ----------
    rate : float
        q, above 0 and at most 1.
    """

    rate: float

    def __post_init__(self) -> None:
        _check.keep(self, "rate", _check.rate)

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort, in ascending order, of those that can be reached."""
        drawn: list[int] = np.flatnonzero(rng.random(view.num_clients) < self.rate).tolist()
        return drawn if view.available is None else np.intersect1d(drawn, view.available).tolist()

    def population(self, num_clients: int) -> Population:
        """Return the law of the cohort."""
        return Population(num_clients, "poisson", self.rate)


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
    """Return the sampler of a fixed number of clients in each round.

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


def poisson(rate: float) -> Poisson:
    """Return the sampler that asks each client on its own with probability `rate`; see `Poisson`.

    Parameters
    ----------
    rate : float
        q, above 0 and at most 1.

    Examples
    --------
    >>> poisson(0.05).population(1000)
    Population(num_clients=1000, sampling='poisson', rate=0.05)
    """
    return Poisson(rate)


def population_of(sampler: Sampler, num_clients: int, *, all_reachable: bool) -> Population:
    """Return the number of clients, and the law of the cohort that `sampler` declares.

    If some clients cannot be reached, there is no law: the sampler does not draw who is away.
    """
    declare = getattr(sampler, "population", None)
    if declare is None or not all_reachable:
        return Population(num_clients)
    population = declare(num_clients)
    if not isinstance(population, Population):
        _check.fail_type(f"population of {name_of(sampler)}", "return a Population", population)
    return population


def draw_cohort(sampler: Sampler, view: RoundView, rng: np.random.Generator) -> tuple[int, ...]:
    """Return the cohort that `sampler` draws, checked and in ascending order; it may be empty.

    Raises
    ------
    ValueError, TypeError
        When a client is named twice, does not exist or cannot be reached.
    """
    drawn = call(sampler, view, rng)
    look = f"look at {name_of(sampler)}"
    try:
        cohort = tuple(sorted(int(_check.integer("cohort", k)) for k in drawn))
    except TypeError:
        _check.fail_type("cohort", "be a list of client ids, whole numbers", drawn, look)
    if len(set(cohort)) < len(cohort):
        _check.fail("cohort", "name each client once", list(cohort), look)
    if cohort and (cohort[0] < 0 or cohort[-1] >= view.num_clients):
        _check.fail("cohort", f"lie in 0..{view.num_clients - 1}", list(cohort), look)
    if view.available is not None and not np.isin(cohort, view.available).all():
        away = sorted(set(cohort) - set(view.available.tolist()))
        _check.fail("cohort", "name clients of view.available alone", away, look)
    return cohort


def _choose(view: RoundView, cohort_size: int, rng: np.random.Generator) -> list[int]:
    """Return `cohort_size` distinct clients, or fewer, ascending, of those that can be reached."""
    num_present = view.num_clients if view.available is None else len(view.available)
    drawn = np.sort(rng.choice(num_present, min(cohort_size, num_present), replace=False))
    cohort: list[int] = (drawn if view.available is None else view.available[drawn]).tolist()
    return cohort
