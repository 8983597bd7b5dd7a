"""The mean under secure aggregation: the server learns the sum of the updates, and no update.

Left neighbour: ``algorithms`` hands over the stream of updates. Right neighbour: ``secagg`` runs
the protocol. For teaching and research: not audited.
"""

from pyfedlite.aggregation.secure.mean import SecureMean, secure_mean

__all__ = ["SecureMean", "secure_mean"]
