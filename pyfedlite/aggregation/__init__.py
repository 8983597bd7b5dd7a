"""Aggregators: from a stream of updates to one delta.

Left neighbour: ``local`` and ``transforms`` make the updates. Right neighbour: ``server`` steps
along the delta.
"""

from pyfedlite.aggregation.mean import WeightedMean, weighted_mean

__all__ = ["WeightedMean", "weighted_mean"]
