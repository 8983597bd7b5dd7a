"""Simulation: the server's loop over rounds. Left neighbour ``algorithms``, right ``history``."""

from pyfedlite.simulation.simulate import simulate

__all__ = ["simulate"]
