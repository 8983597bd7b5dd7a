"""Simulation: who takes part, the server's loop, and the record of it."""

from pyfedlite.simulation.availability import Dropouts, dropouts
from pyfedlite.simulation.evaluation import auc, evaluate
from pyfedlite.simulation.history import History
from pyfedlite.simulation.records import RoundRecord
from pyfedlite.simulation.samplers import sample_fixed, sample_fraction
from pyfedlite.simulation.simulate import simulate

__all__ = [
    "Dropouts",
    "History",
    "RoundRecord",
    "auc",
    "dropouts",
    "evaluate",
    "sample_fixed",
    "sample_fraction",
    "simulate",
]
