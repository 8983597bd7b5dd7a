"""Aggregators: from a stream of updates to one delta.

Left neighbour: ``algorithms`` hands over the updates that ``local`` made. Right neighbour:
``server`` steps along the delta. The weighted mean is what FedAvg uses; the other aggregators are
imported when they are first asked for.
"""

from typing import TYPE_CHECKING, Any

from pyfedlite.aggregation.mean import WeightedMean, weighted_mean
from pyfedlite.aggregation.named import AGGREGATORS

if TYPE_CHECKING:
    from pyfedlite.aggregation.secure import SecureMean, secure_mean

__all__ = ["AGGREGATORS", "SecureMean", "WeightedMean", "secure_mean", "weighted_mean"]

if not TYPE_CHECKING:  # type checkers read the import above

    def __getattr__(name: str) -> Any:
        """Import secure aggregation when it is first asked for (PEP 562)."""
        if name in ("SecureMean", "secure_mean"):
            from pyfedlite.aggregation import secure

            return getattr(secure, name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
