"""Which sampling rate a private mechanism counts on: for its divisor, and for its accountant.

A sampler declares its law (`Population`). What the mechanism takes for granted is compared with it,
before anything is released. Adversary and protection are those of ``aggregation.private``.
For teaching and research: not audited.

Left neighbour: the sampler's ``population``. Right neighbour: ``accounting``, which checks the law
once more against the event.
"""

from pyfedlite import _check
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.privacy.accounting.sampler import same_rate
from pyfedlite.state import Population


def rate_of(given: float | None, relation: Neighbouring, population: Population | None) -> float:
    """Return q, the probability that a client takes part, which the divisor q N_0 counts on.

    Parameters
    ----------
    given : float, optional
        What the mechanism was told.
    relation : Neighbouring
    population : Population, optional
        What the sampler declares; of its number of clients nothing is used.

    Raises
    ------
    ValueError
        If there is no rate, or two, or if a fixed number of clients is drawn where that number is
        private: m of N clients are each there with probability m / N, which tells N.

    Examples
    --------
    >>> rate_of(None, Neighbouring.ADD_OR_REMOVE, Population(990, "poisson", 0.05))
    0.05
    """
    declared = None if population is None else population.rate
    rate = declared if given is None else given
    if rate is None:
        hint = "take poisson(rate), or give sampling_rate"
        _check.fail("sampling_rate", "be declared by the sampler or given", "neither", hint)
    if declared is not None and not same_rate(rate, declared):
        _check.fail("sampling_rate", f"be {declared:g}, as the sampler declares", rate)
    fixed = population is not None and population.sampling == "fixed"
    if fixed and relation is Neighbouring.ADD_OR_REMOVE:
        hint = 'take poisson(rate), or relation="zero_out", under which the number is public'
        condition = "draw each client on its own where the number of clients is private"
        _check.fail("sampler", condition, "one that draws a fixed number", hint)
    return _check.rate("sampling_rate", rate)


def accounted_rate(rate: float, relation: Neighbouring, population: Population | None) -> float:
    """Return the rate that an accountant may count on: 1 where no amplification is claimed.

    That is where a fixed number is drawn, and for the relation ``REPLACE``: a cohort that was drawn
    without a look at the data then changes nothing, and it helps nothing.

    Examples
    --------
    >>> accounted_rate(0.05, Neighbouring.ZERO_OUT, Population(100, "fixed", 0.05))
    1.0
    """
    fixed = population is not None and population.sampling == "fixed"
    return 1.0 if fixed or relation is Neighbouring.REPLACE else rate
