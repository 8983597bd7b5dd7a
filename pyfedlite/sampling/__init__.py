"""Sampling: which clients take part in a round, and which of those fail on the way.

Left neighbour: ``data`` knows the clients. Right neighbour: ``simulation`` sends the cohort into
the round.
"""

from pyfedlite.sampling.availability import Dropouts, Reachable, dropouts, reachable
from pyfedlite.sampling.samplers import SampleFixed, SampleFraction, sample_fixed, sample_fraction

__all__ = [
    "Dropouts",
    "Reachable",
    "SampleFixed",
    "SampleFraction",
    "dropouts",
    "reachable",
    "sample_fixed",
    "sample_fraction",
]
