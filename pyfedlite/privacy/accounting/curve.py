"""The best trade-off curve of an event that can be computed with what is installed."""

from functools import lru_cache

import numpy as np

from pyfedlite.privacy.accounting.conversion import deltas_from_rdp, epsilon_from_rdp
from pyfedlite.privacy.accounting.events import Event, is_distributed
from pyfedlite.privacy.accounting.gaussian import gaussian_mu
from pyfedlite.privacy.accounting.pld import (
    POINTS,
    has_pld,
    privacy_loss_distribution,
    profile_from_pld,
)
from pyfedlite.privacy.accounting.rdp import INTEGER_ORDERS, rdp
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.privacy.accounting.tradeoff import (
    TAIL,
    GaussianTradeOff,
    ProfileTradeOff,
    TradeOff,
)


def curve_of(event: Event, relation: Neighbouring) -> TradeOff:
    """Return the exact curve without sampling, else that of dp-accounting, else that of RDP."""
    mu = gaussian_mu(event, relation)
    if mu is not None:
        return GaussianTradeOff(mu)
    exact = has_pld() and not is_distributed(event)
    return _from_pld(event, relation) if exact else profile_from_rdp(event, relation)


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
