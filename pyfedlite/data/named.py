"""The names of partitioners, on a command line and in a configuration file."""

from pyfedlite.data.partitioners import dirichlet, iid, natural, quantity_skew, shards
from pyfedlite.names import Names
from pyfedlite.roles import Partitioner

PARTITIONERS: Names[Partitioner] = Names(
    "partition",
    {
        "iid": iid,
        "shards": shards,
        "dirichlet": dirichlet,
        "quantity": quantity_skew,
        "natural": natural,
    },
)
"""The partitioners by name: ``PARTITIONERS.read("dirichlet:0.3") == dirichlet(0.3)``."""


def parse_partitioner(text: str) -> Partitioner:
    """Return the partitioner that `text` spells.

    Parameters
    ----------
    text : str
        ``iid``, ``shards:2``, ``dirichlet:0.3``, ``quantity:1.2`` or ``natural``, and further
        settings after a comma, as in ``iid:min_examples=5`` or ``dirichlet:0.3,min_examples=5``.

    Returns
    -------
    Partitioner

    Raises
    ------
    ValueError
        If a name or a key is unknown (the nearest is given), or a value is missing or wrong.

    Examples
    --------
    >>> parse_partitioner("dirichlet:0.3")
    Dirichlet(alpha=0.3, min_examples=1)
    """
    return PARTITIONERS.read(text)
