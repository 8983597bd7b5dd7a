"""The exercise of page 09: what a server can read of masked vectors."""

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers
from pyfedlite.attacks.secure_aggregation.knowledge import MaskedRow, smallest_sum
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.testing.counterexample import Case


def _smallest(masked_with: Integers, open_seeds: Integers, open_keys: Integers) -> int:
    n, rows = len(masked_with), []
    for u in range(n):
        unknown: dict[object, int] = {} if open_seeds[u] else {u: 1}
        for v in range(n):
            if masked_with[u, v] and not open_keys[u] and not open_keys[v]:
                unknown[min(u, v), max(u, v)] = 1 if u > v else -1
        rows.append(MaskedRow(u, unknown))
    return len(smallest_sum(rows))


def _symmetric(masked_with: Integers, open_seeds: Integers, open_keys: Integers) -> int:
    return _smallest(masked_with | masked_with.T, open_seeds, open_keys)


def _counting(masked_with: Integers, open_seeds: Integers, open_keys: Integers) -> int:
    return 1 if (open_seeds & open_keys).any() else len(masked_with)


def _own_keys(masked_with: Integers, open_seeds: Integers, open_keys: Integers) -> int:
    left = masked_with * (1 - open_keys)[:, np.newaxis]
    return _smallest(left, open_seeds, np.zeros_like(open_keys))


def _seeds_forgotten(masked_with: Integers, open_seeds: Integers, open_keys: Integers) -> int:
    return _smallest(masked_with, np.ones_like(open_seeds), open_keys)


Secrets = tuple[tuple[int, int], ...]
"""Of a client, whether the server has its seed, and its key: what is drawn, each equally often."""

SEEDS: Secrets = ((1, 0),)
SOME_SEEDS: Secrets = ((1, 0), (1, 0), (1, 0), (0, 0))
ANY: Secrets = (*[(1, 0)] * 5, (0, 1), (0, 1), (0, 0), (1, 1))
"""Seldom both at once: one such client, and the smallest sum is 1."""


@st.composite
def _told(draw: st.DrawFn, n: int, most_turned: int) -> Integers:
    """Chains, stars and lone clients who share masks, then some entries turned over.

    If each entry were drawn by itself, hardly any sum of three clients could be read.
    """
    told = np.zeros((n, n), int)
    for u in range(1, n):
        peer = draw(st.sampled_from([None, *[*range(u)] * 3]))
        if peer is not None:
            told[u, peer] = told[peer, u] = 1
    pairs = st.sampled_from([(u, v) for u in range(n) for v in range(n) if u != v])
    for u, v in draw(st.lists(pairs, max_size=most_turned, unique=True)):
        told[u, v] = 1 - told[u, v]
    return told


@st.composite
def _views(
    draw: st.DrawFn, *, agreed: bool = False, turned: int = 0, opened: Secrets = SEEDS
) -> Case:
    n = draw(st.integers(2, 5))
    told = np.ones((n, n), int) - np.eye(n, dtype=int) if agreed else draw(_told(n, turned))
    secrets = st.lists(st.sampled_from(opened), min_size=n, max_size=n)
    seeds, keys = np.array(draw(secrets)).T.copy()
    return {"masked_with": told, "open_seeds": seeds, "open_keys": keys}


SMALLEST_SUM = Exercise(
    name="smallest-sum-1",
    page="09",
    title="The smallest sum that a server can read",
    signature="smallest_sum(masked_with, open_seeds, open_keys)",
    statement="Return how many clients there are in the smallest sum that the server can read, or "
    "0 if it can read none. masked_with[u, v] is 1 if client u has added its mask with v, because "
    "the server told it of v; masked_with[v, u] may differ. open_seeds[u] is 1 if the server has "
    "the seed of u's own mask, open_keys[u] is 1 if it has u's mask key. The result is an int.",
    hints=(
        "A mask whose key the server has is as good as none. What is left: a seed that is not "
        "open, and a pair mask of two clients whose keys are both not open.",
        "Add up the vectors of some clients: the sum is readable if every pair mask that is left "
        "stands in it twice, once with each sign, and every seed in it is open. A mask that only "
        "one of the two has added never cancels.",
        "Try all sets of clients, from small to large, and return the size of the first one whose "
        "sum holds no mask.",
    ),
    laws=(
        Law(
            "if all were told of all and no key is open, nothing but the sum of all is readable",
            _views(agreed=True),
            _smallest,
        ),
        Law(
            "clients who share masks, some perhaps through others, are read together or not at all",
            _views(),
            _smallest,
        ),
        Law("a mask that one side alone has added stays", _views(turned=2), _smallest),
        Law(
            "a client whose seed is not open is in no sum that can be read",
            _views(opened=SOME_SEEDS),
            _smallest,
        ),
        Law(
            "no unknown mask is left in the sum, and none is smaller",
            _views(turned=2, opened=ANY),
            _smallest,
        ),
    ),
    mistakes=(
        Mistake(
            "A mask that only one of two clients has added does not cancel: look at masked_with in "
            "both directions.",
            _symmetric,
        ),
        Mistake(
            "One mask key of two is enough to compute their mask: the peer's opens it too.",
            _own_keys,
        ),
        Mistake("A client whose seed is not open is hidden by its own mask.", _seeds_forgotten),
        Mistake(
            "That is the counting argument: a client is open if the server has both of its "
            "secrets. It also reads a client whose peers have lost their keys, and knows nothing "
            "of a sum whose seeds are not open.",
            _counting,
        ),
    ),
)
