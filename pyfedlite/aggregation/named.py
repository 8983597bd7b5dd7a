"""The names of aggregators, on a command line and in a configuration file.

The rules beside the road stand here as text, and are imported when they are asked for.
"""

from pyfedlite.aggregation.mean import weighted_mean
from pyfedlite.names import Names
from pyfedlite.roles import Aggregator

AGGREGATORS: Names[Aggregator] = Names(
    "aggregate",
    {"mean": weighted_mean, "secure": "pyfedlite.aggregation.secure:secure_mean"},
)
"""The aggregators by name: ``AGGREGATORS.read("mean") == weighted_mean()``."""
