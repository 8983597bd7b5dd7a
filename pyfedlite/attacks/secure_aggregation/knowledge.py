"""What a server can know of the masked vectors that it holds, decided by linear algebra.

Each masked vector is its client's vector plus masks. A mask whose key the server has found is
subtracted and forgotten; every other one is an unknown that looks uniformly random. The server
knows a combination of vectors if and only if no unknown is left in it, and `free_sums` finds all
such combinations. Adversary: a server that holds the vectors and some keys. It is the yardstick of
this package: a protocol is as good as the smallest number of clients in a free sum. Not decided:
what the server could know by breaking the cipher. For teaching and research: not audited.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, section 6, https://eprint.iacr.org/2017/281
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class MaskedRow:
    """One masked vector, as the server holds it.

    Parameters
    ----------
    client_id : int
        Whose vector is under the masks.
    unknown : mapping of hashable to int
        The masks that the server cannot compute, each with its sign, 1 or -1. A mask that two
        clients share has one name, and stands with opposite signs in their rows.
    """

    client_id: int
    unknown: Mapping[Hashable, int]


def free_sums(rows: Sequence[MaskedRow]) -> list[tuple[int, ...]]:
    """Return the smallest sums that hold no unknown mask: the positions of their rows.

    A mask stands in one row, or in two with opposite signs. So in a combination without it, its
    two rows have equal coefficients, and a row that holds it alone has coefficient 0. The rows fall
    into groups that are tied by masks; a group is free if no mask of it stands alone. Every
    combination that the server knows is made of multiples of the sums over the free groups.

    Examples
    --------
    Two clients share mask "a", which cancels; the third has a mask of its own.

    >>> rows = [MaskedRow(0, {"a": -1}), MaskedRow(1, {"a": 1}), MaskedRow(2, {"b": 1})]
    >>> free_sums(rows)
    [(0, 1)]
    """
    holders: dict[Hashable, list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        for mask in row.unknown:
            holders[mask].append(position)
    parent = list(range(len(rows)))

    def root(position: int) -> int:
        while parent[position] != position:
            position = parent[position]
        return position

    for positions in holders.values():
        for other in positions[1:]:
            parent[root(other)] = root(positions[0])
    alone = {root(positions[0]) for positions in holders.values() if len(positions) == 1}
    groups: dict[int, list[int]] = defaultdict(list)
    for position in range(len(rows)):
        groups[root(position)].append(position)
    return [tuple(group) for found, group in groups.items() if found not in alone]


def smallest_sum(rows: Sequence[MaskedRow]) -> tuple[int, ...]:
    """Return the ids of the clients in the free sum over the fewest clients; () if none is free.

    Examples
    --------
    >>> smallest_sum([MaskedRow(4, {}), MaskedRow(1, {"a": 1})])
    (4,)
    """
    sums = [tuple(sorted({rows[i].client_id for i in group})) for group in free_sums(rows)]
    return min(sums, key=len, default=())
