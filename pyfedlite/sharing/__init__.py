"""What secure aggregation and multi-party computation both stand on: shares and fixed point.

For teaching and research: not audited. Each module says who the adversary is.
"""

from pyfedlite.sharing.fixed_point import (
    choose_fraction_bits,
    dequantise,
    from_ring,
    quantise,
    to_ring,
)
from pyfedlite.sharing.shamir import Share, reconstruct, split

__all__ = [
    "Share",
    "choose_fraction_bits",
    "dequantise",
    "from_ring",
    "quantise",
    "reconstruct",
    "split",
    "to_ring",
]
