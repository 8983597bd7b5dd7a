"""The names of aggregators, on a command line and in a configuration file.

The rules beside the road stand here as text, and are imported when they are asked for.
"""

from typing import Any

from pyfedlite.aggregation.mean import weighted_mean
from pyfedlite.names import ChainedNames, Names
from pyfedlite.roles import Aggregator

_ROBUST = "pyfedlite.aggregation.robust"

PRE_AGGREGATIONS: Names[Any] = Names(
    "pre-aggregation",
    {
        "nnm": f"{_ROBUST}.neighbours:nnm",
        "bucketing": f"{_ROBUST}.neighbours:bucketing",
        "arc": f"{_ROBUST}.clipping:arc",
        "secure_groups": "pyfedlite.aggregation.secure:secure_groups",
    },
)
"""What may stand before a robust rule: ``PRE_AGGREGATIONS.read("bucketing:2")``.

All map vectors to vectors, but for ``secure_groups``: it stands first, and runs the protocol."""

AGGREGATORS: ChainedNames[Aggregator] = ChainedNames(
    Names(
        "aggregate",
        {
            "mean": weighted_mean,
            "secure": "pyfedlite.aggregation.secure:secure_mean",
            "private": "pyfedlite.aggregation.private:private_mean",
            "distributed_private": "pyfedlite.aggregation.secure:distributed_private_mean",
            "median": f"{_ROBUST}.coordinatewise:median",
            "trimmed_mean": f"{_ROBUST}.coordinatewise:trimmed_mean",
            "krum": f"{_ROBUST}.krum:krum",
            "multi_krum": f"{_ROBUST}.krum:multi_krum",
            "bulyan": f"{_ROBUST}.bulyan:bulyan",
            "geometric_median": f"{_ROBUST}.geometric_median:geometric_median",
            "centred_clipping": f"{_ROBUST}.clipping:centred_clipping",
            "norm_clipping": f"{_ROBUST}.clipping:norm_clipping",
        },
    ),
    before=PRE_AGGREGATIONS,
    joined=f"{_ROBUST}.composition:PreAggregated",
    joined_by={"secure_groups": "pyfedlite.aggregation.secure.grouped:GroupedSecure"},
)
"""The aggregators by name: ``AGGREGATORS.read("mean") == weighted_mean()``, and with one that
stands before a rule: ``AGGREGATORS.read("nnm+median:num_byzantine=5")``."""
