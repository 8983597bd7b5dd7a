"""History: what a run leaves behind, in memory and on disk.

Left neighbour: ``simulation`` fills it round by round. Right neighbour: tables, plots, reports.
"""

from pyfedlite.history.history import History
from pyfedlite.state import RoundRecord

__all__ = ["History", "RoundRecord"]
