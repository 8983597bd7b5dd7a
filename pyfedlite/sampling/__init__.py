"""Sampling: which clients take part in a round, and which of these fail during it.

Left neighbour: ``simulation`` says how many clients there are. Right neighbour: ``simulation``
gives the cohort to ``algorithms``.
"""

from pyfedlite.sampling.availability import Dropouts, Reachable, dropouts, reachable
from pyfedlite.sampling.once import Once, once
from pyfedlite.sampling.samplers import (
    Poisson,
    SampleFixed,
    SampleFraction,
    poisson,
    sample_fixed,
    sample_fraction,
)

__all__ = [
    "Dropouts",
    "Once",
    "Poisson",
    "Reachable",
    "SampleFixed",
    "SampleFraction",
    "dropouts",
    "once",
    "poisson",
    "reachable",
    "sample_fixed",
    "sample_fraction",
]
