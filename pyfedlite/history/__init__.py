"""History: the records of a run, in memory and on disk.

Left neighbour: ``simulation`` adds a record each round. Right neighbour: ``plotting`` draws them,
and ``cli`` and ``experiments`` print them and write them to files.
"""

from pyfedlite.history.history import History
from pyfedlite.state import RoundRecord

__all__ = ["History", "RoundRecord"]
