"""What a server that lies can know: never a sum over fewer honest clients than promised.

Linear algebra decides (``attacks.secure_aggregation.knowledge``): from the secrets that the server
has opened and the views that it has given, which combinations of masked vectors hold no unknown
mask. Promised are t - n_c honest clients on the complete graph, and the least number of survivors
less n_c on the k-regular one, where the server follows the protocol.
"""

import random
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

pytest.importorskip("cryptography")

from pyfedlite.attacks.secure_aggregation.game import (
    Agreement,
    Rules,
    Strategy,
    View,
    last_round,
    play,
    rows_of,
)
from pyfedlite.attacks.secure_aggregation.knowledge import MaskedRow, free_sums, smallest_sum
from pyfedlite.attacks.secure_aggregation.lying import play_views
from pyfedlite.attacks.secure_aggregation.views import crossed_views, split_views, with_replay
from pyfedlite.secagg import ThreatModel
from pyfedlite.secagg.graph import hang_together, ring_neighbours, smallest_graph
from pyfedlite.testing.protocol import make_config, make_vectors, ring_sum

SEMI, ACTIVE = ThreatModel.SEMI_MALICIOUS, ThreatModel.ACTIVE
EXAMPLES = settings().max_examples
WEAK = (Agreement.NOTHING, Agreement.CONTEXT, Agreement.OWN_KEYS)


def keeps_the_promise(rules: Rules, strategy: Strategy) -> bool:
    known = smallest_sum(play(rules, strategy))
    return not known or len(known) >= rules.threshold - len(rules.corrupt)


# ----------------------------------------------------------------- strategies of the server


def some(rng: random.Random, me: int, pool: Any, least: int) -> frozenset[int]:
    others = sorted(set(pool) - {me})
    return frozenset([me, *rng.sample(others, rng.randint(least - 1, len(others)))])


def random_views(rng: random.Random, n: int, t: int, runs: int) -> Strategy:
    strategy, everybody = {}, frozenset(range(n))
    for run, me in product(range(runs), range(n)):
        named = everybody if rng.random() < 0.7 else some(rng, me, everybody, t)
        keys = {v: rng.randrange(runs) if rng.random() < 0.5 else run for v in named - {me}}
        shared = named if rng.random() < 0.6 else some(rng, me, named, t)
        strategy[run, me] = View(keys, shared, some(rng, me, shared, t))
    return strategy


def changed(rng: random.Random, strategy: Strategy, n: int) -> Strategy:
    """Return a strategy with one lie more."""
    instance = rng.choice(sorted(strategy))
    view, me = strategy[instance], instance[1]
    keys, shared, survivors = dict(view.keys), view.shared, view.survivors
    other = rng.choice([v for v in range(n) if v != me])
    match rng.randrange(4):
        case 0:
            keys[other] = rng.choice(sorted({run for run, _ in strategy}))
        case 1:
            keys.pop(other, None)
            shared, survivors = shared - {other}, survivors - {other}
        case 2:
            shared, survivors = shared ^ {other}, survivors & (shared ^ {other})
        case _:
            survivors ^= {other}
            shared |= survivors
    return {**strategy, instance: View(keys, shared, survivors)}


@st.composite
def games(draw: st.DrawFn, most: int = 8) -> tuple[Rules, int, Strategy]:
    """Rules that are ours, and a strategy: random, or directed with a few more lies."""
    rng = random.Random(draw(st.integers(0, 2**32)))
    family = draw(st.sampled_from(["crossed", "split", "replay", "random"]))
    n = 3 if family == "crossed" else draw(st.integers(2, most))
    num_corrupt = 0 if family == "crossed" else draw(st.integers(0, min(2, n - 2)))
    least = max((n + num_corrupt) // 2 + 1, num_corrupt + 2)
    t = least if family == "crossed" else draw(st.integers(least, n))
    corrupt = frozenset(rng.sample(range(n), num_corrupt))
    victim = rng.choice([u for u in range(n) if u not in corrupt])
    match family:
        case "crossed":
            strategy = crossed_views()
        case "split":
            strategy = split_views(range(n), t, victim)
        case "replay":
            strategy = with_replay(split_views(range(n), t, victim))
        case _:
            strategy = random_views(rng, n, t, draw(st.integers(1, 3)))
    for _ in range(draw(st.integers(0, 3))):
        strategy = changed(rng, strategy, n)
    honest = {i: view for i, view in strategy.items() if i[1] not in corrupt}
    return Rules(t, corrupt, directory=draw(st.booleans())), n, honest


# ----------------------------------------------------------------- the law, and what breaks it


@settings(max_examples=5 * EXAMPLES)
@given(games())
def test_no_sum_over_fewer_honest_clients_than_promised_is_known(
    game: tuple[Rules, int, Strategy],
) -> None:
    rules, _, strategy = game
    assert keeps_the_promise(rules, strategy)


@pytest.mark.parametrize("agreement", WEAK)
def test_the_law_falls_where_clients_agree_on_less(agreement: Agreement) -> None:
    def breaks(game: tuple[Rules, int, Strategy]) -> bool:
        rules, _, strategy = game
        weak = Rules(rules.threshold, rules.corrupt, agreement, rules.directory)
        return not keeps_the_promise(weak, strategy)

    some_settings = settings(max_examples=EXAMPLES, derandomize=True, database=None)
    try:
        rules, _, strategy = find(games(), breaks, settings=some_settings)
    except NoSuchExample:
        pytest.fail(f"no strategy of {EXAMPLES} breaks agreement on {agreement}")
    assert keeps_the_promise(rules, strategy)  # the same lies under our own rule


@given(games(most=6), st.sampled_from(list(Agreement)))
def test_the_game_of_lists_is_what_the_real_clients_play(
    game: tuple[Rules, int, Strategy], agreement: Agreement
) -> None:
    rules, n, strategy = game
    model = ACTIVE if rules.directory else SEMI
    config, sign_keys = make_config(
        n, rules.threshold, threat_model=model, num_corrupt=len(rules.corrupt)
    )
    vectors = make_vectors(config)
    ids = dict(enumerate(config.client_ids))
    renamed = {
        (run, ids[u]): View(
            {ids[v]: r for v, r in view.keys.items()},
            frozenset(ids[v] for v in view.shared),
            frozenset(ids[v] for v in view.survivors),
        )
        for (run, u), view in strategy.items()
    }
    corrupt = [ids[u] for u in rules.corrupt]
    haul = play_views(
        config, renamed, vectors, sign_keys=sign_keys, corrupt=corrupt, agreement=agreement
    )
    played = Rules(rules.threshold, frozenset(corrupt), agreement, rules.directory)
    assert by_client(haul.rows) == by_client(play(played, renamed))
    found = haul.read()
    if found is not None:  # what linear algebra calls free is read, to the bit
        np.testing.assert_array_equal(found[1], ring_sum(vectors, found[0]))
    if agreement is Agreement.ALL_KEYS:
        least = rules.threshold - len(corrupt)
        assert found is None or len(set(found[0])) >= least


def by_client(rows: list[MaskedRow]) -> list[Any]:
    return sorted((row.client_id, sorted(map(repr, row.unknown.items()))) for row in rows)


# ----------------------------------------------------------------- every strategy of few clients


def all_views(me: int, n: int, t: int, corrupt: frozenset[int]) -> Iterator[View]:
    """Every view of one client in one run; corrupt clients have two sets of keys to show."""

    def parts(pool: Any) -> Iterator[frozenset[int]]:
        others = sorted(set(pool) - {me})
        for size in range(t - 1, len(others) + 1):
            yield from (frozenset([me, *chosen]) for chosen in combinations(others, size))

    for named in parts(range(n)):
        for shared in parts(named):
            for survivors in parts(shared):
                keys = dict.fromkeys(named - {me}, 0)
                liars = sorted(named & corrupt)
                for runs in product((0, 1), repeat=len(liars)):
                    shown = keys | dict(zip(liars, runs, strict=True))
                    yield View(shown, shared, survivors)


def every_game(n: int, t: int, num_corrupt: int) -> Iterator[tuple[Rules, Strategy]]:
    honest, corrupt = range(num_corrupt, n), frozenset(range(num_corrupt))
    for views in product(*(list(all_views(me, n, t, corrupt)) for me in honest)):
        rules = Rules(t, corrupt)
        yield rules, {(0, me): view for me, view in zip(honest, views, strict=True)}


SMALL = [
    (n, t, c)
    for n in (2, 3, 4)
    for c in range(min(2, n - 2) + 1)
    for t in range(max((n + c) // 2 + 1, c + 2), n + 1)
]


@pytest.mark.parametrize(("n", "t", "num_corrupt"), SMALL)
def test_every_strategy_of_up_to_four_clients_keeps_the_promise(
    n: int, t: int, num_corrupt: int
) -> None:
    for rules, strategy in every_game(n, t, num_corrupt):
        assert keeps_the_promise(rules, strategy)


def test_a_threshold_below_the_rule_breaks_the_promise() -> None:
    # n = 4, t = 2: two lists, of the two halves, can both be signed.
    everybody, one, other = frozenset(range(4)), frozenset({0, 1}), frozenset({2, 3})
    views = [(one, one), (everybody, one), (everybody, other), (everybody, other)]
    strategy = {
        (0, me): View(dict.fromkeys(everybody - {me}, 0), shared, survivors)
        for me, (shared, survivors) in enumerate(views)
    }
    assert smallest_sum(play(Rules(2), strategy)) == (0,)


# ----------------------------------------------------------------- the yardstick itself


@given(st.data())
def test_free_sums_are_what_linear_algebra_finds(data: st.DataObject) -> None:
    n = data.draw(st.integers(1, 7))
    masks = data.draw(
        st.lists(st.lists(st.integers(0, n - 1), min_size=1, max_size=2, unique=True), max_size=9)
    )
    matrix = np.zeros((n, len(masks)), int)
    for column, holders in enumerate(masks):
        for holder, sign in zip(sorted(holders), (1, -1), strict=False):
            matrix[holder, column] = sign
    rows = [MaskedRow(i, {str(j): int(v) for j, v in enumerate(matrix[i]) if v}) for i in range(n)]
    groups = free_sums(rows)
    for group in groups:
        assert not matrix[list(group)].sum(axis=0).any()
    # A combination over some rows alone is free exactly if these rows are linearly dependent.
    for size in range(1, n + 1):
        for some_rows in combinations(range(n), size):
            rank = np.linalg.matrix_rank(matrix[list(some_rows)]) if masks else 0
            inside = sum(set(group) <= set(some_rows) for group in groups)
            assert size - rank == inside


# ----------------------------------------------------------------- a server that follows


@st.composite
def fates(draw: st.DrawFn) -> tuple[int, frozenset[int], frozenset[int], dict[int, int], int]:
    """A cohort, who is corrupt, and the round before which some drop out."""
    n = draw(st.integers(4, 8))
    num_corrupt = draw(st.integers(0, 2))
    num_drop = draw(st.integers(0, 2))
    people = draw(st.permutations(range(n)))
    corrupt = frozenset(people[:num_corrupt])
    gone = people[num_corrupt : num_corrupt + num_drop]
    stages = {u: draw(st.integers(0, 4)) for u in gone}
    return n, corrupt, frozenset(range(n)), stages, num_drop


@given(fates(), st.binary(min_size=32, max_size=32))
def test_on_a_graph_an_honest_server_knows_no_smaller_sum_than_promised(
    fate: Any, seed: bytes
) -> None:
    n, corrupt, everybody, stages, num_drop = fate
    chosen = smallest_graph(n, len(corrupt), num_drop)
    if chosen is None or chosen.degree is None:
        return
    neighbours = ring_neighbours(sorted(everybody), chosen.degree, seed)
    stays = [frozenset(u for u in everybody if stages.get(u, 9) > stage) for stage in range(5)]
    survivors = stays[2]
    if len(survivors) < n - num_drop or not hang_together(survivors, neighbours):
        return
    strategy = {}
    for me in stays[1] - corrupt:
        near = {me, *neighbours[me]}
        keys = dict.fromkeys((stays[0] & near) - {me}, 0)
        strategy[0, me] = View(keys, stays[1] & near, survivors & near)
    seeds, mask_keys = opened_on_a_graph(chosen.threshold, corrupt, strategy)
    masked = {i: view for i, view in strategy.items() if i[1] in survivors}
    known = smallest_sum(rows_of(masked, corrupt, seeds, mask_keys))
    assert len(known) >= n - num_drop - len(corrupt)
    assert set(known) == survivors - corrupt  # and it knows the sum that it should


def opened_on_a_graph(threshold: int, corrupt: frozenset[int], strategy: Strategy) -> Any:
    """All who are in the sum answer: the server gets no more from those who stay to the end."""
    shares: tuple[Any, Any] = ({i: set() for i in strategy}, {i: set() for i in strategy})
    seeds, mask_keys = shares
    for owner, view in strategy.items():
        for kind in shares:
            kind[owner] |= corrupt & set(view.keys)
    for holder, view in strategy.items():
        seeds[holder].add(holder[1])
        for v in view.shared - {holder[1]} - corrupt:
            if (0, v) in strategy:
                (seeds if v in view.survivors else mask_keys)[0, v].add(holder[1])
    return tuple({i for i, held in kind.items() if len(held) >= threshold} for kind in shares)


def test_a_client_stops_at_the_first_list_that_it_refuses() -> None:
    rules, both = Rules(2), frozenset({0, 1})
    for last, view in (
        (3, View({1: 0}, both, both)),
        (0, View({}, both, both)),
        (1, View({1: 0}, frozenset({0, 1, 2}), both)),
        (1, View({1: 0, 2: 0}, frozenset({1, 2}), both)),
        (2, View({1: 0}, both, frozenset({0}))),
        (2, View({1: 0, 2: 0}, both, frozenset({0, 2}))),
    ):
        assert last_round(rules, (0, 0), view) == last
