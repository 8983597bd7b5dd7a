"""How a partitioner is spelled on a command line and in a configuration file."""

from collections.abc import Callable

from pyfedlite import _check
from pyfedlite.data.partitioners import dirichlet, iid, natural, quantity_skew, shards
from pyfedlite.roles import Partitioner

_SPELLINGS: dict[str, tuple[Callable[..., Partitioner], type | None]] = {
    "iid": (iid, None),
    "shards": (shards, int),
    "dirichlet": (dirichlet, float),
    "quantity": (quantity_skew, float),
    "natural": (natural, None),
}


def parse_partitioner(text: str) -> Partitioner:
    """Return the partitioner that `text` spells.

    Parameters
    ----------
    text : str
        ``iid``, ``shards:2``, ``dirichlet:0.3``, ``quantity:1.2`` or ``natural``.

    Returns
    -------
    Partitioner

    Raises
    ------
    ValueError
        If the name is unknown (the nearest is named) or its number is missing or wrong.

    Examples
    --------
    >>> parse_partitioner("dirichlet:0.3")
    Dirichlet(alpha=0.3, min_examples=1)
    """
    name, colon, number = text.strip().partition(":")
    build, kind = _SPELLINGS[_check.one_of("partition", name, _SPELLINGS)]
    if kind is None:
        if colon:
            _check.fail("partition", f"be {name} without a number", repr(text))
        return build()
    try:
        value = kind(number)
    except ValueError:
        form = "a whole number" if kind is int else "a number"
        example = "2" if kind is int else "0.5"
        condition = f"be {name}: and {form}, as in {name}:{example}"
        _check.fail("partition", condition, repr(text))
    return build(value)
