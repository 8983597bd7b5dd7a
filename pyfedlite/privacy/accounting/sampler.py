"""Whether the sampler that draws the cohorts does what the accounting takes for granted.

A mechanism that counts on a fifth of the clients in each round, under a sampler that takes all of
them, would claim an epsilon of 4.86 where 17.20 is right (ten rounds, multiplier 1.1, delta 1e-5).
So a sampler declares its law (`Population`), and here both are compared.

>>> from pyfedlite.privacy import account, rounds_of
>>> [round(account(rounds_of(q, 1.1, 10), dp_delta=1e-5).epsilon, 2) for q in (0.2, 1.0)]
[4.86, 17.2]
"""

import math

from pyfedlite.privacy.accounting.events import Event, steps_of
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.state import Population


def mismatch(event: Event, relation: Neighbouring, population: Population) -> str:
    """Return why the cohorts do not fit the event, in a sentence, or an empty string.

    Parameters
    ----------
    event : Event
    relation : Neighbouring
    population : Population
        What the sampler declares.

    Examples
    --------
    >>> from pyfedlite.privacy.accounting.events import PoissonGaussian
    >>> everybody = Population(50, "fixed", 1.0)
    >>> print(mismatch(PoissonGaussian(0.2, 1.1), Neighbouring.ADD_OR_REMOVE, everybody))
    the mechanism counts on Poisson sampling with rate 0.2, and the sampler declares a fixed number
    of clients with rate 1.0
    """
    if population.sampling == "other":
        return "the sampler declares no law by which it chooses the clients of a round"
    declared = "Poisson sampling" if population.sampling == "poisson" else _FIXED
    is_poisson = population.sampling == "poisson" or population.rate == 1
    for rate in sorted({step.sampling_rate for step, _ in steps_of(event)}):
        if rate < 1 and not (is_poisson and same_rate(rate, population.rate)):
            counted = f"the mechanism counts on Poisson sampling with rate {rate}"
            return f"{counted}, and the sampler declares {declared} with rate {population.rate}"
        if rate == 1 and not is_poisson and relation is Neighbouring.ADD_OR_REMOVE:
            return (
                f"the sampler declares {declared}: one client more or less changes who else takes "
                "part, so only REPLACE or ZERO_OUT can be claimed"
            )
    return ""


_FIXED = "a fixed number of clients"


def same_rate(rate: float, declared: float | None) -> bool:
    """Return whether two rates are one but for rounding."""
    return declared is not None and math.isclose(rate, declared, rel_tol=1e-12)
