"""Local training: what a client does with the model that it receives.

Left neighbour: ``algorithms`` sends a participant. Right neighbour: ``algorithms`` takes its update
to ``aggregation``. ``sgd`` is the file to read; ``together``, ``stack`` and ``step`` are there for
speed alone.
"""

from pyfedlite.local.sgd import LocalSGD

__all__ = ["LocalSGD"]
