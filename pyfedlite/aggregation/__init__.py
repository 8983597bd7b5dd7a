"""Aggregators: from a stream of updates to one delta.

Left neighbour: ``algorithms`` hands over the updates that ``local`` made. Right neighbour:
``server`` steps along the delta. The weighted mean is what FedAvg uses; the other aggregators are
imported when they are first asked for: ``aggregation.secure``, which sees sums alone,
``aggregation.private`` and ``aggregation.correlated``, which add noise, and ``aggregation.robust``,
which limits what single clients can do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from pyfedlite.aggregation.mean import WeightedMean, weighted_mean
from pyfedlite.aggregation.named import AGGREGATORS, PRE_AGGREGATIONS

if TYPE_CHECKING:
    from pyfedlite.aggregation.correlated import CorrelatedMean, correlated_mean
    from pyfedlite.aggregation.private import PrivateMean, private_mean
    from pyfedlite.aggregation.secure import (
        DistributedPrivateMean,
        GroupedSecure,
        SecureGroups,
        SecureMean,
        distributed_private_mean,
        grouped_secure,
        secure_groups,
        secure_mean,
    )
    from pyfedlite.aggregation.watch import Watch, watched

__all__ = [
    "AGGREGATORS",
    "PRE_AGGREGATIONS",
    "CorrelatedMean",
    "DistributedPrivateMean",
    "GroupedSecure",
    "PrivateMean",
    "SecureGroups",
    "SecureMean",
    "Watch",
    "WeightedMean",
    "correlated_mean",
    "distributed_private_mean",
    "grouped_secure",
    "private_mean",
    "secure_groups",
    "secure_mean",
    "watched",
    "weighted_mean",
]

SIDE_ROOMS = {
    **dict.fromkeys(("CorrelatedMean", "correlated_mean"), "correlated"),
    **dict.fromkeys(("PrivateMean", "private_mean"), "private"),
    **dict.fromkeys(("Watch", "watched"), "watch"),
}
"""Where the names beside the road are; all others are in ``secure``."""

if not TYPE_CHECKING:  # type checkers read the import above

    def __getattr__(name: str) -> Any:
        """Import an aggregation beside the road when it is first asked for (PEP 562)."""
        if name == "robust":
            return import_module("pyfedlite.aggregation.robust")
        if name in __all__:  # the names of the mean and of the table are here already
            room = SIDE_ROOMS.get(name, "secure")
            return getattr(import_module(f"pyfedlite.aggregation.{room}"), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name)
