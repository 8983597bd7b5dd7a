"""A word where a part is meant: what the command line takes, Python takes."""

from typing import Any, TypeVar

from pyfedlite.names.chained import ChainedNames
from pyfedlite.names.table import Names

Part = TypeVar("Part")


def part_of(names: Names[Part] | ChainedNames[Part], given: Any) -> Any:
    """Return the part that a text spells; anything else as it is.

    Parameters
    ----------
    names : Names or ChainedNames
        Of the family.
    given : str or part

    Raises
    ------
    ValueError
        If no part has this name (the nearest is given), or a setting is missing or wrong.

    Examples
    --------
    >>> from pyfedlite.data import PARTITIONERS, iid
    >>> part_of(PARTITIONERS, "dirichlet:0.3"), part_of(PARTITIONERS, iid())
    (Dirichlet(alpha=0.3, min_examples=1), IID(min_examples=1))
    """
    return names.read(given) if isinstance(given, str) else given
