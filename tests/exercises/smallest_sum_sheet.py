"""The answer sheet for smallest-sum-1: right answers of different make, and wrong ones.

The wrong ones are those that a learner might believe in, beside those of ``wrong_answers``.
"""

import functools
import itertools
import runpy
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
by_signs = runpy.run_path(str(HERE / "solutions.py"))["smallest_sum"]
WRONG = runpy.run_path(str(HERE / "wrong_answers.py"))["WRONG_ANSWERS"]


def hidden_by(told, keys):
    """Return which masks of masked_with the server cannot compute, shape (n, n)."""
    return told * np.outer(1 - keys, 1 - keys)


def sets_of(n, sizes=None):
    for size in range(1, n + 1) if sizes is None else sizes:
        yield from itertools.combinations(range(n), size)


def is_free(chosen, hidden, seeds):
    """Return whether all seeds are open, and each mask is of two who both have added it."""
    return all(seeds[u] for u in chosen) and all(
        not hidden[u, v] or (v in chosen and hidden[v, u])
        for u in chosen
        for v in range(len(seeds))
    )


def free_sizes(told, seeds, keys, sizes=None):
    hidden = hidden_by(told, keys)
    return [len(s) for s in sets_of(len(seeds), sizes) if is_free(s, hidden, seeds)]


def groups_of(tied):
    """Return the sets of clients that hang together, in the order of their first client."""
    groups = []
    for u in range(len(tied)):
        merged = {u}.union(*(g for g in groups if any(tied[u, v] or tied[v, u] for v in g)))
        groups = [g for g in groups if not g & merged] + [merged]
    return sorted(groups, key=min)


def free_groups(told, seeds, keys):
    hidden = hidden_by(told, keys)
    return [g for g in groups_of(hidden & hidden.T) if is_free(g, hidden, seeds)]


# ---- right --------------------------------------------------------------------------------------


def by_sets(told, seeds, keys):
    return min(free_sizes(told, seeds, keys), default=0)


def by_groups(told, seeds, keys):
    return min(map(len, free_groups(told, seeds, keys)), default=0)


def by_bit_masks(told, seeds, keys):
    n, best = len(told), 0
    for chosen in range(1, 1 << n):
        inside = [u for u in range(n) if chosen >> u & 1]
        left = sum(1 - int(seeds[u]) for u in inside)
        for u in inside:
            for v in range(n):
                if told[u][v] and not keys[u] and not keys[v]:
                    left += not (chosen >> v & 1 and told[v][u])
        if left == 0 and (best == 0 or len(inside) < best):
            best = len(inside)
    return best


def by_dictionaries(told, seeds, keys):
    n = len(told)
    for chosen in sets_of(n):
        total = {u: 1 for u in chosen if not seeds[u]}
        for u, v in itertools.product(chosen, range(n)):
            if told[u, v] and not (keys[u] or keys[v]):
                pair = frozenset((u, v))
                total[pair] = total.get(pair, 0) + (1 if u > v else -1)
        if not any(total.values()):
            return len(chosen)
    return 0


def by_recursion(told, seeds, keys):
    """Whoever is in the sum pulls in all with whom a mask is shared."""
    hidden = hidden_by(told, keys)

    def closed(inside, waiting):
        if not waiting:
            return inside
        u, *rest = waiting
        if not seeds[u]:
            return None
        peers = {int(v) for v in np.flatnonzero(hidden[u])}
        if any(not hidden[v, u] for v in peers):
            return None
        return closed(inside | {u}, sorted({*rest, *peers} - inside - {u}))

    found = [closed(frozenset(), [u]) for u in range(len(told))]
    return min((len(inside) for inside in found if inside), default=0)


def by_take_or_leave(told, seeds, keys):
    hidden, n = hidden_by(told, keys), len(told)

    def smallest(u, chosen):
        if u == n:
            return len(chosen) if chosen and is_free(chosen, hidden, seeds) else n + 1
        return min(smallest(u + 1, chosen), smallest(u + 1, (*chosen, u)))

    return smallest(0, ()) % (n + 1)


def by_matrix_power(told, seeds, keys):
    n, hidden = len(told), hidden_by(told, keys)
    reached = np.linalg.matrix_power(np.eye(n, dtype=int) + hidden * hidden.T, n) > 0
    blocked = (hidden > hidden.T).any(axis=1) | (seeds == 0)
    free = ~(reached & blocked).any(axis=1)
    return reached.sum(axis=1)[free].min() if free.any() else 0  # an int of NumPy


def by_labels(told, seeds, keys):
    """Each client takes the lowest label of its peers, until nothing changes."""
    hidden = hidden_by(told, keys)
    both, labels = hidden & hidden.T, np.arange(len(told))
    for _ in told:
        labels = np.array(
            [min([a, *labels[row == 1]]) for a, row in zip(labels, both, strict=True)]
        )
    bad = set(labels[(seeds == 0) | (hidden > both).any(axis=1)].tolist())
    return min((int(sum(labels == a)) for a in set(labels.tolist()) - bad), default=0)


def by_union_find(told, seeds, keys):
    n = len(told)
    parent, blocked = list(range(n)), [not seed for seed in seeds]

    def root(u):
        while parent[u] != u:
            u = parent[u]
        return u

    for u, v in itertools.permutations(range(n), 2):
        if told[u, v] and not keys[u] and not keys[v]:
            if told[v, u]:
                parent[root(u)] = root(v)
            else:
                blocked[u] = True
    bad = {root(u) for u in range(n) if blocked[u]}
    roots = [root(u) for u in range(n) if root(u) not in bad]
    return min(map(roots.count, roots), default=0)


def by_striking_out(told, seeds, keys):
    """Strike out whoever is hidden, then all who share a mask with them, and so on."""
    hidden, left = hidden_by(told, keys), seeds.astype(bool)
    for _ in range(len(told)):
        left = left & ~(hidden * ~(left & (hidden.T == 1))).any(axis=1)
    inside = groups_of(hidden & np.outer(left, left))
    return min((len(g) for g in inside if left[list(g)].all()), default=0)


def by_parity(told, seeds, keys):
    """Every mask that is left stands once or twice, and twice is what cancels."""
    pairs = list(itertools.combinations(range(len(told)), 2))
    hidden = hidden_by(told, keys)
    rows = [[1 - seeds[u] if u == w else 0 for w in range(len(told))] for u in range(len(told))]
    for u, row in enumerate(rows):
        row += [int(u in pair and hidden[u, sum(pair) - u]) for pair in pairs]
    ok = (c for c in sets_of(len(told)) if not (np.sum([rows[u] for u in c], axis=0) % 2).any())
    return len(next(ok, ()))


def by_linear_algebra(told, seeds, keys):
    """Of rows of a set, the sum is zero where the vector of ones is in the null space."""
    n, hidden = len(told), hidden_by(told, keys)
    unknown = np.zeros((n, n, n))  # row, then the pair
    for u, v in np.argwhere(hidden):
        unknown[u, min(u, v), max(u, v)] = np.sign(u - v)
    rows = np.hstack([unknown.reshape(n, -1), np.diag(1 - seeds)])
    choices = np.array(list(itertools.product([0, 1], repeat=n)))
    sizes = choices.sum(axis=1)[~(choices @ rows).any(axis=1)]
    return int(np.sort([*sizes[sizes > 0], n + 1])[0]) % (n + 1)


def by_falling_sizes(told, seeds, keys):
    result = np.int64(0)
    for size in range(len(told), 0, -1):
        if free_sizes(told, seeds, keys, [size]):
            result = np.int64(size)
    return result


# ---- wrong: the masks ---------------------------------------------------------------------------


def other_masks(change):
    """An answer that is right but for what it makes of masked_with."""
    return lambda told, seeds, keys: by_sets(change(told), seeds, keys)


def tied_in_one_direction(told, seeds, keys):
    """A mask of one side ties the two as well, and hides both."""
    hidden = hidden_by(told, keys)
    free = [g for g in groups_of(hidden) if is_free(g, hidden, seeds)]
    return min(map(len, free), default=0)


def both_ends_blocked(told, seeds, keys):
    hidden = hidden_by(told, keys)
    clean = (hidden == hidden.T).all(axis=1)
    return by_sets(told, seeds * clean, keys)


def masks_inside_alone(told, seeds, keys):
    hidden = hidden_by(told, keys)
    for s in sets_of(len(told)):
        part = hidden[np.ix_(s, s)]
        if seeds[list(s)].all() and (part == part.T).all():
            return len(s)
    return 0


def masks_as_one_number(told, seeds, keys):
    """The signs add up to 0, whatever the masks are."""
    hidden, numbers = hidden_by(told, keys), np.arange(len(told))
    signs = (hidden * np.sign(np.subtract.outer(numbers, numbers))).sum(axis=1)
    sets = (list(s) for s in sets_of(len(told)))
    return next((len(s) for s in sets if seeds[s].all() and signs[s].sum() == 0), 0)


def cliques(told, seeds, keys):
    hidden = hidden_by(told, keys)
    both = (hidden & hidden.T) + np.eye(len(told), dtype=int)
    sets = (s for s in sets_of(len(told)) if is_free(s, hidden, seeds))
    return next((len(s) for s in sets if both[np.ix_(s, s)].all()), 0)


def within_steps(steps, told, seeds, keys):
    """The peers of the peers, and no further."""
    hidden = hidden_by(told, keys)
    near = np.linalg.matrix_power((hidden & hidden.T) + np.eye(len(told), dtype=int), steps) > 0
    blocked = (hidden > hidden.T).any(axis=1) | (seeds == 0)
    return min((int(row.sum()) for row in near if not (row & blocked).any()), default=0)


# ---- wrong: seeds, and keys ---------------------------------------------------------------------


def keys_must_both_be_open(told, seeds, keys):
    return by_sets(told * (1 - np.outer(keys, keys)), seeds, np.zeros_like(keys))


def keys_of_peers_alone(told, seeds, keys):
    return by_sets(told * (1 - keys), seeds, np.zeros_like(keys))


def closed_seeds_left_out(told, seeds, keys):
    """Without the clients whose seeds are not open, as if nobody shared a mask with them."""
    return by_sets(told * np.outer(seeds, seeds), seeds, keys)


def open_seeds_counted(told, seeds, keys):
    sums = free_groups(told, np.ones_like(seeds), keys)
    return min((c for c in (int(seeds[list(g)].sum()) for g in sums) if c), default=0)


def one_open_seed_is_enough(told, seeds, keys):
    sums = free_groups(told, np.ones_like(seeds), keys)
    return min((len(g) for g in sums if seeds[list(g)].any()), default=0)


def all_seeds_or_none(told, seeds, keys):
    return by_sets(told, seeds, keys) if seeds.all() else 0


def open_keys_open_clients(told, seeds, keys):
    """Whose key is open has no seed left either."""
    return by_sets(told, seeds | keys, keys)


def open_keys_close_clients(told, seeds, keys):
    """Whose key is open has dropped out, and is in no sum."""
    return by_sets(told, seeds * (1 - keys), keys)


# ---- wrong: the search --------------------------------------------------------------------------


def of_the_first_group(told, seeds, keys):
    return next((len(g) for g in free_groups(told, seeds, keys)), 0)


def of_neighbouring_numbers(told, seeds, keys):
    hidden, n = hidden_by(told, keys), len(told)
    runs = (range(a, a + size) for size in range(1, n + 1) for a in range(n - size + 1))
    return next((len(s) for s in runs if is_free(s, hidden, seeds)), 0)


def greedy(told, seeds, keys):
    """Take away one client after another from all, while the sum can still be read."""
    hidden, chosen = hidden_by(told, keys), list(range(len(told)))
    if not is_free(chosen, hidden, seeds):
        return 0
    for u in range(len(told) - 1):
        rest = [v for v in chosen if v != u]
        if is_free(rest, hidden, seeds):
            chosen = rest
    return len(chosen)


def in_place(told, seeds, keys):
    told *= np.outer(1 - keys, 1 - keys)
    return by_sets(told, seeds, keys)


def that_remembers(told, seeds, keys, known={}):  # noqa: B006
    return known.setdefault((len(told), int(told.sum())), by_sets(told, seeds, keys))


def sizes_from(start, told, seeds, keys, stop=None):
    """Sizes from `start` to below `stop`, counted from the number of clients if negative."""
    n = len(told)
    last = n + 1 if stop is None else stop if stop > 0 else n + 1 + stop
    return min(free_sizes(told, seeds, keys, range(start, last)), default=0)


RIGHT = [
    by_signs,
    by_sets,
    by_groups,
    by_bit_masks,
    by_dictionaries,
    by_recursion,
    by_take_or_leave,
    by_matrix_power,
    by_labels,
    by_union_find,
    by_striking_out,
    by_parity,
    by_linear_algebra,
    by_falling_sizes,
]

HOSTILE = [
    other_masks(lambda told: told | told.T),
    other_masks(lambda told: told & told.T),
    other_masks(lambda told: told.T),
    other_masks(lambda told: np.triu(told) | np.triu(told).T),
    other_masks(lambda told: np.tril(told) | np.tril(told).T),
    other_masks(lambda told: np.triu(told)),
    other_masks(lambda told: np.tril(told)),
    other_masks(np.zeros_like),
    other_masks(lambda told: np.ones_like(told) - np.eye(len(told), dtype=int)),
    tied_in_one_direction,
    both_ends_blocked,
    masks_inside_alone,
    masks_as_one_number,
    cliques,
    functools.partial(within_steps, 1),
    functools.partial(within_steps, 2),
    keys_must_both_be_open,
    keys_of_peers_alone,
    closed_seeds_left_out,
    open_seeds_counted,
    one_open_seed_is_enough,
    all_seeds_or_none,
    open_keys_open_clients,
    open_keys_close_clients,
    of_the_first_group,
    of_neighbouring_numbers,
    greedy,
    in_place,
    that_remembers,
    functools.partial(sizes_from, 0),
    functools.partial(sizes_from, 2),
    functools.partial(sizes_from, 1, stop=-1),
    functools.partial(sizes_from, 1, stop=3),
    functools.partial(sizes_from, 1, stop=4),
    lambda told, seeds, keys: by_sets(told, np.ones_like(seeds), keys),
    lambda told, seeds, keys: by_sets(told, seeds, np.zeros_like(keys)),
    lambda told, seeds, keys: by_sets(told, seeds, np.ones_like(keys)),
    lambda told, seeds, keys: by_sets(told, 1 - seeds, keys),
    lambda told, seeds, keys: by_sets(told, seeds, 1 - keys),
    lambda told, seeds, keys: by_sets(told, keys, seeds),
    lambda told, seeds, keys: int(seeds.any()),
    lambda told, seeds, keys: int(seeds.sum()),
    lambda told, seeds, keys: len(told) if seeds.all() else 0,
    lambda told, seeds, keys: 1 if (seeds & keys).any() else len(told) if seeds.all() else 0,
    lambda told, seeds, keys: max(free_sizes(told, seeds, keys), default=0),
    lambda told, seeds, keys: max(map(len, free_groups(told, seeds, keys)), default=0),
    lambda told, seeds, keys: sum(map(len, free_groups(told, seeds, keys))),
    lambda told, seeds, keys: len(free_groups(told, seeds, keys)),
    lambda told, seeds, keys: len(free_sizes(told, seeds, keys)),
    lambda told, seeds, keys: min(free_sizes(told, seeds, keys), default=len(told)),
    lambda told, seeds, keys: min(free_sizes(told, seeds, keys), default=1),
    lambda told, seeds, keys: min(free_sizes(told, seeds, keys), default=-1),
    lambda told, seeds, keys: min(free_sizes(told, seeds, keys), default=None),
    lambda told, seeds, keys: min(free_sizes(told, seeds, keys)),
    lambda told, seeds, keys: by_sets(told, seeds, keys) - 1,
    lambda told, seeds, keys: by_sets(told, seeds, keys) + 1,
    lambda told, seeds, keys: by_sets(told, seeds, keys) > 0,
    lambda told, seeds, keys: float(by_sets(told, seeds, keys)),
    lambda told, seeds, keys: np.array([by_sets(told, seeds, keys)]),
    lambda told, seeds, keys: str(by_sets(told, seeds, keys)),
    lambda told, seeds, keys: [sorted(g) for g in free_groups(told, seeds, keys)],
    lambda told, seeds, keys: min(free_groups(told, seeds, keys), key=len, default=()),
    lambda told, seeds, keys: print(by_sets(told, seeds, keys)),
]

RIGHT_ANSWERS = {"smallest-sum-1": RIGHT}
HOSTILE_ANSWERS = {
    "smallest-sum-1": HOSTILE + [answer for name, answer, _ in WRONG if name == "smallest-sum-1"]
}
