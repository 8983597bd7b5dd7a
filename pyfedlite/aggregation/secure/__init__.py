"""The mean under secure aggregation: the server learns the sum of the updates, and no update.

``mean`` has one sum for the cohort; ``grouped`` has one for each of several groups, and a robust
rule among them.

Left neighbour: ``algorithms`` hands over the stream of updates. Right neighbour: ``secagg`` runs
the protocol. For teaching and research: not audited.
"""

from pyfedlite.aggregation.secure.grouped import GroupedSecure, grouped_secure
from pyfedlite.aggregation.secure.groups import SecureGroups, secure_groups
from pyfedlite.aggregation.secure.mean import SecureMean, secure_mean
from pyfedlite.aggregation.secure.private import DistributedPrivateMean, distributed_private_mean

__all__ = [
    "DistributedPrivateMean",
    "GroupedSecure",
    "SecureGroups",
    "SecureMean",
    "distributed_private_mean",
    "grouped_secure",
    "secure_groups",
    "secure_mean",
]
