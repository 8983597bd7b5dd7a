"""From what a run did to what it spent: the one call that reads everything next door."""

import math
from collections.abc import Iterable

from pyfedlite import _check
from pyfedlite.privacy.accounting.conversion import check_delta, epsilon_from_rdp
from pyfedlite.privacy.accounting.events import Event, check_event, is_distributed
from pyfedlite.privacy.accounting.rdp import INTEGER_ORDERS, check_orders, rdp
from pyfedlite.privacy.accounting.relations import Neighbouring, Unit
from pyfedlite.privacy.accounting.sampler import mismatch
from pyfedlite.privacy.accounting.spent import EVERYBODY, SERVER, PrivacySpent, describe_sampling
from pyfedlite.state import Population

COUNTED = {Unit.USER: "clients", Unit.EXAMPLE: "a client's rows"}

OF_CLIENTS = (
    "at least num_honest honest clients have added their noise, whoever dropped out",
    "every round in which a masked vector was sent is counted, whether it ended or not",
)

REAL_NUMBERS = "real numbers: floating-point noise keeps the formula only approximately"
"""The assumption that noise of whole numbers does without."""


def account(
    event: Event,
    *,
    dp_delta: float,
    relation: Neighbouring = Neighbouring.ADD_OR_REMOVE,
    unit: Unit = Unit.USER,
    against: str | None = None,
    population: Population | None = None,
    orders: Iterable[float] = INTEGER_ORDERS,
) -> PrivacySpent:
    """Return the privacy that an event spends.

    Parameters
    ----------
    event : Event
        What was done in all rounds together.
    dp_delta : float
        delta, in (0, 1); usually below 1 / number of clients.
    relation : Neighbouring
        ``REPLACE`` halves the noise multiplier, and is refused with sampling.
    unit : Unit
    against : str, optional
        Who learns no more. By default those who see the models; the server where all the noise is
        the clients' own.
    population : Population, optional
        What the sampler declares. If it does not fit the event there is no epsilon, and a reason;
        without it, that the cohorts fit stands among the assumptions.
    orders : iterable of float
        alpha; `FINE_ORDERS` may give a smaller epsilon.

    Raises
    ------
    ValueError, TypeError
        If an argument is out of range.

    Examples
    --------
    >>> from pyfedlite.privacy.accounting.events import rounds_of
    >>> spent = account(rounds_of(0.01, 1.1, 10_000), dp_delta=1e-5)
    >>> round(spent.epsilon, 10), spent.best_order
    (5.6543080001, 5.0)
    """
    event, delta = check_event("event", event), check_delta(dp_delta)
    _check.one_of("relation", _name(relation), [each.name for each in Neighbouring])
    _check.one_of("unit", _name(unit), [each.name for each in Unit])
    alphas = check_orders(orders)
    epsilon, best = epsilon_from_rdp(alphas, rdp(event, alphas, relation), delta)
    reason = "" if population is None else mismatch(event, relation, population)
    assumptions = [
        "the number of rounds, the noise and the rate were fixed without a look at the data",
        "nothing else is released: no losses, counts, cohorts or models that were tried before",
        _public(relation, unit),
    ]
    if is_distributed(event):
        assumptions += OF_CLIENTS
    else:
        assumptions.append(REAL_NUMBERS)
    if against is None:
        against = SERVER if is_distributed(event) else EVERYBODY
    if population is None:
        assumptions.append("the cohorts are drawn as stated: no sampler has declared it")
    if not reason and 0 < epsilon < math.inf and best in (min(alphas), max(alphas)):
        assumptions.append(f"{best:g} is the last order that was tried: others may give less")
    return PrivacySpent(
        epsilon=None if reason else epsilon,
        delta=delta,
        unit=unit,
        relation=relation,
        against=against,
        sampling=describe_sampling(event, unit),
        assumptions=tuple(assumptions),
        best_order=None if reason or math.isinf(epsilon) else best,
        event=event,
        reason=reason,
    )


def _public(relation: Neighbouring, unit: Unit) -> str:
    """Return what may be known of the number of units."""
    number = f"number of {COUNTED[unit]}"
    if relation is Neighbouring.ADD_OR_REMOVE:
        return f"the true {number} is private: the divisor is a constant, declared beforehand"
    return f"the {number} is public"


def _name(member: object) -> str:
    """Return the name of an enum's member; of anything else its text, which is refused."""
    return str(getattr(member, "name", member))
