"""Which two worlds have to look alike: an epsilon without this word says nothing.

Left neighbour: none. Right neighbour: ``aggregation.private``, which adds the noise, and the
accountant, which says what it is worth.
"""

from enum import StrEnum


class Neighbouring(StrEnum):
    """Which two data sets have to look alike; it travels with every epsilon.

    - ``ADD_OR_REMOVE``: one client more or less. The number of clients is private; what the server
      divides by is a declared constant.
    - ``ZERO_OUT``: the whole message of one client (update, weight, clipping bit) is replaced by
      zeros. The number of clients is public. The sensitivity is the same as above.
    - ``REPLACE``: one client has other data. The number of clients is public, the sensitivity
      doubles, and amplification by sampling is not claimed.
    """

    ADD_OR_REMOVE = "add_or_remove"
    ZERO_OUT = "zero_out"
    REPLACE = "replace"
