"""Aggregators: from a stream of updates to one delta.

Left neighbour: ``local`` and ``transforms`` make the updates. Right neighbour: ``server`` steps
along the delta.
"""

from pyfedlite.aggregation.mean import WeightedMean, weighted_mean
from pyfedlite.aggregation.secure import SecureMean, secure_mean

__all__ = ["SecureMean", "WeightedMean", "secure_mean", "weighted_mean"]
