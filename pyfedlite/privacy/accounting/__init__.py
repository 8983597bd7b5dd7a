"""Accounting: what a private run costs, told apart from what it did, and from what it protects.

Events say what was done; each accountant says what it cost: Rényi divergences (`rdp`), zCDP, the
exact Gaussian, and with ``pyfedlite[dp]`` privacy loss distributions. `account` gives
`PrivacySpent`, and `calibrate_noise` goes the other way. Nothing here draws noise or looks at data.

Adversary: everybody who sees what was released, with unlimited computation, who knows the data of
all others. Protected: whether one unit took part, up to epsilon and delta. Not protected: what all
say together; whatever is released beside the mechanism; runs that were not done as the event says.
For teaching and research: not audited.
"""

from pyfedlite.privacy.accounting.account import account
from pyfedlite.privacy.accounting.calibration import calibrate_noise, most_rounds
from pyfedlite.privacy.accounting.conversion import (
    classic_epsilon_from_rdp,
    delta_from_rdp,
    epsilon_from_rdp,
)
from pyfedlite.privacy.accounting.curve import profile_from_rdp
from pyfedlite.privacy.accounting.events import (
    Composed,
    DistributedDiscreteGaussian,
    Event,
    Gaussian,
    PoissonGaussian,
    rounds_of,
)
from pyfedlite.privacy.accounting.gaussian import (
    gaussian_delta,
    gaussian_epsilon,
    gaussian_mu,
    gaussian_noise,
)
from pyfedlite.privacy.accounting.planning import plan_run
from pyfedlite.privacy.accounting.pld import epsilon_from_pld
from pyfedlite.privacy.accounting.rdp import FINE_ORDERS, INTEGER_ORDERS, rdp
from pyfedlite.privacy.accounting.relations import Neighbouring, Unit
from pyfedlite.privacy.accounting.spent import PrivacySpent
from pyfedlite.privacy.accounting.tradeoff import (
    GaussianTradeOff,
    ProfileTradeOff,
    TradeOff,
    fit_mu,
    regret,
    true_positives_at,
)
from pyfedlite.privacy.accounting.zcdp import epsilon_from_zcdp, zcdp

__all__ = [
    "FINE_ORDERS",
    "INTEGER_ORDERS",
    "Composed",
    "DistributedDiscreteGaussian",
    "Event",
    "Gaussian",
    "GaussianTradeOff",
    "Neighbouring",
    "PoissonGaussian",
    "PrivacySpent",
    "ProfileTradeOff",
    "TradeOff",
    "Unit",
    "account",
    "calibrate_noise",
    "classic_epsilon_from_rdp",
    "delta_from_rdp",
    "epsilon_from_pld",
    "epsilon_from_rdp",
    "epsilon_from_zcdp",
    "fit_mu",
    "gaussian_delta",
    "gaussian_epsilon",
    "gaussian_mu",
    "gaussian_noise",
    "most_rounds",
    "plan_run",
    "profile_from_rdp",
    "rdp",
    "regret",
    "rounds_of",
    "true_positives_at",
    "zcdp",
]
