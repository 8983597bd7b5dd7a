"""Algorithms: what one round does. Left neighbour ``aggregation``, right ``simulation``.

DP-FedAvg is imported when it is first asked for.
"""

from typing import TYPE_CHECKING, Any

from pyfedlite.algorithms.fedavg import FedAvg
from pyfedlite.algorithms.named import ALGORITHMS
from pyfedlite.algorithms.relatives import (
    fedadagrad,
    fedadam,
    fedavg,
    fedavgm,
    fedprox,
    fedsgd,
    fedyogi,
)

if TYPE_CHECKING:
    from pyfedlite.algorithms.private import dp_fedavg

__all__ = [
    "ALGORITHMS",
    "FedAvg",
    "dp_fedavg",
    "fedadagrad",
    "fedadam",
    "fedavg",
    "fedavgm",
    "fedprox",
    "fedsgd",
    "fedyogi",
]

if not TYPE_CHECKING:  # type checkers read the import above

    def __getattr__(name: str) -> Any:
        """Import DP-FedAvg when it is first asked for (PEP 562)."""
        if name == "dp_fedavg":
            from pyfedlite.algorithms.private import dp_fedavg

            return dp_fedavg
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
