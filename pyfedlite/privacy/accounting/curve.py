"""The best trade-off curve of an event that can be computed with what is installed."""

from functools import lru_cache

import numpy as np

from pyfedlite.privacy.accounting.conversion import deltas_from_rdp, epsilon_from_rdp
from pyfedlite.privacy.accounting.events import DistributedDiscreteGaussian, Event, steps_of
from pyfedlite.privacy.accounting.gaussian import gaussian_mu
from pyfedlite.privacy.accounting.pld import (
    POINTS,
    has_pld,
    privacy_loss_distribution,
    profile_from_pld,
)
from pyfedlite.privacy.accounting.rdp import INTEGER_ORDERS, effective_noise, rdp
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.privacy.accounting.tradeoff import (
    TAIL,
    GaussianTradeOff,
    ProfileTradeOff,
    TradeOff,
)

MOST_LOSS = 100.0
"""The largest privacy loss on a grid of dp-accounting: a million points."""

NO_LONGER_SEEN = 1e100
"""The largest noise multiplier for dp-accounting, which squares it."""


def curve_of(event: Event, relation: Neighbouring) -> TradeOff:
    """Return the exact curve without sampling, else that of dp-accounting, else that of RDP.

    That of RDP also stands where a grid of dp-accounting would be too long.
    """
    mu = gaussian_mu(event, relation)
    if mu is not None:
        return GaussianTradeOff(mu)
    if has_pld() and _fits_a_grid(event, relation):
        return _from_pld(event, relation)
    return profile_from_rdp(event, relation)


def why_rdp() -> str:
    """Return why a curve is that of RDP."""
    if has_pld():
        return "epsilon or noise is too large for the grid of dp-accounting"
    return "a run with sampling needs dp-accounting: pip install 'pyfedlite[dp]'"


def _fits_a_grid(event: Event, relation: Neighbouring) -> bool:
    for step, _ in steps_of(event):
        if isinstance(step, DistributedDiscreteGaussian):  # for which dp-accounting has no event
            return False
        if effective_noise(step, relation) > NO_LONGER_SEEN:
            return False
    highest, _ = epsilon_from_rdp(INTEGER_ORDERS, rdp(event, INTEGER_ORDERS, relation), TAIL)
    return highest <= MOST_LOSS


@lru_cache(maxsize=32)
def _from_pld(event: Event, relation: Neighbouring) -> ProfileTradeOff:
    return profile_from_pld(privacy_loss_distribution(event, relation))


def profile_from_rdp(
    event: Event, relation: Neighbouring = Neighbouring.ADD_OR_REMOVE
) -> ProfileTradeOff:
    """Return the curve that Rényi divergences imply: valid, and looser than the others."""
    divergences = rdp(event, INTEGER_ORDERS, relation)
    highest, _ = epsilon_from_rdp(INTEGER_ORDERS, divergences, TAIL)
    epsilons = np.linspace(0.0, highest, POINTS)
    deltas = deltas_from_rdp(INTEGER_ORDERS, divergences, epsilons)
    return ProfileTradeOff(epsilons, deltas, "RDP")
