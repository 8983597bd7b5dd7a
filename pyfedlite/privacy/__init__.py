"""Differential privacy for clients: what a run costs, and what an attack proves that it cost.

Adversary: everybody who sees the released models, with unlimited computation, who knows the data of
all other clients. Protected: whether one client took part, or with which data, up to epsilon and
delta. Not protected: what the clients' data say together; anything that is released beside the
mechanism, such as losses or models that were tried before; runs on real hardware to the last bit,
where noise in floating point is used. For teaching and research: not audited.
"""

from pyfedlite.privacy.accounting import (
    FINE_ORDERS,
    INTEGER_ORDERS,
    Composed,
    Event,
    Gaussian,
    Neighbouring,
    PoissonGaussian,
    Unit,
    calibrate_noise,
    classic_epsilon_from_rdp,
    delta_from_rdp,
    epsilon_from_rdp,
    epsilon_from_zcdp,
    gaussian_delta,
    gaussian_epsilon,
    gaussian_mu,
    gaussian_noise,
    most_rounds,
    rdp,
    rounds_of,
    zcdp,
)

__all__ = [
    "FINE_ORDERS",
    "INTEGER_ORDERS",
    "Composed",
    "Event",
    "Gaussian",
    "Neighbouring",
    "PoissonGaussian",
    "Unit",
    "calibrate_noise",
    "classic_epsilon_from_rdp",
    "delta_from_rdp",
    "epsilon_from_rdp",
    "epsilon_from_zcdp",
    "gaussian_delta",
    "gaussian_epsilon",
    "gaussian_mu",
    "gaussian_noise",
    "most_rounds",
    "rdp",
    "rounds_of",
    "zcdp",
]
