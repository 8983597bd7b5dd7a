"""What counts as one person's data, and what it means that two data sets are neighbours.

An epsilon without these two words says nothing: the same noise gives a larger epsilon where a
client's data may be replaced than where they may only be left out.
"""

from enum import Enum


class Neighbouring(Enum):
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


class Unit(Enum):
    """Whose data are protected as a whole: one user (a client) or one example (a row)."""

    USER = "user"
    EXAMPLE = "example"
