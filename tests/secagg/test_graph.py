"""The k-regular graph: its shape, its table, and the attack on a threshold one share too low."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyfedlite.secagg import ThreatModel, choose_graph
from pyfedlite.secagg.graph import (
    ETA,
    SIGMA,
    hang_together,
    is_connected,
    least_threshold,
    max_corrupt_neighbours,
    min_surviving_neighbours,
    ring_neighbours,
)

HBC, SEMI, ACTIVE = ThreatModel


@st.composite
def rings(draw: st.DrawFn) -> tuple[list[int], int, bytes]:
    ids = draw(st.lists(st.integers(0, 2**32 - 2), unique=True, min_size=3, max_size=30))
    degree = 2 * draw(st.integers(1, (len(ids) - 1) // 2))
    return ids, degree, draw(st.binary(min_size=32, max_size=32))


@given(rings())
def test_everybody_has_k_neighbours_and_is_theirs(ring: tuple[list[int], int, bytes]) -> None:
    ids, degree, seed = ring
    graph = ring_neighbours(ids, degree, seed)
    assert set(graph) == set(ids)
    for u, peers in graph.items():
        assert len(set(peers)) == degree
        assert u not in peers
        assert list(peers) == sorted(peers)
        assert all(u in graph[v] for v in peers)


@given(rings())
def test_the_graph_hangs_together(ring: tuple[list[int], int, bytes]) -> None:
    graph = ring_neighbours(*ring)
    reached, frontier = set(), {ring[0][0]}
    while frontier:
        reached |= frontier
        frontier = {v for u in frontier for v in graph[u]} - reached
    assert reached == set(ring[0])


@given(rings())
def test_the_order_of_the_roster_does_not_matter(ring: tuple[list[int], int, bytes]) -> None:
    ids, degree, seed = ring
    assert ring_neighbours(ids[::-1], degree, seed) == ring_neighbours(ids, degree, seed)


def test_another_seed_gives_another_graph() -> None:
    graphs = [ring_neighbours(range(30), 4, bytes([k] * 32)) for k in range(2)]
    assert graphs[0] != graphs[1]


# The published finder (google-parfait/federated-compute, graph_parameter_finder) for clients who
# are honest but curious; against a server that lies, the specification's corrected threshold.
@pytest.mark.parametrize(
    ("n", "gamma", "delta", "curious", "lying"),
    [
        (10, 0.05, 0.05, (2, 2), (2, 2)),
        (50, 0.05, 0.05, (6, 3), (8, 6)),
        (100, 0.05, 0.05, (12, 6), (18, 13)),
        (100, 0.1, 0.1, (22, 11), (32, 22)),
        (100, 0.1, 0.3, (34, 11), (72, 42)),
        (100, 0.33, 0.05, (34, 29), (44, 39)),
        (100, 0.05, 0.33, (28, 6), (74, 41)),
        (1000, 0.05, 0.05, (30, 17), (52, 37)),
        (1000, 0.1, 0.1, (48, 27), (100, 70)),
        (1000, 0.05, 0.33, (72, 24), (398, 223)),
        (10000, 0.05, 0.05, (34, 20), (62, 44)),
        (10000, 0.33, 0.05, (92, 70), (180, 148)),
    ],
)
def test_degree_and_threshold_are_those_of_the_table(
    n: int, gamma: float, delta: float, curious: tuple[int, int], lying: tuple[int, int]
) -> None:
    fractions = {"corrupt_fraction": gamma, "dropout_fraction": delta}
    choice = choose_graph(n, **fractions)
    assert (choice.degree, choice.threshold) == curious
    assert choice.num_corrupt == math.floor(gamma * n)
    degree, threshold = lying  # what counting asks for there; see `least_threshold`
    assert least_threshold(n, choice.num_corrupt, degree, SEMI) == threshold


def exact_tail(population: int, marked: int, draws: int, least: int) -> Fraction:
    """P[at least `least` marked among the drawn], in exact fractions."""
    ways = sum(
        math.comb(marked, x) * math.comb(population - marked, draws - x)
        for x in range(least, min(marked, draws) + 1)
        if draws - x <= population - marked
    )
    return Fraction(ways, math.comb(population, draws))


def test_a_bound_that_is_met_exactly_counts_as_met() -> None:
    # Both neighbours of a client are the two corrupt ones of nine with probability 1/36.
    assert max_corrupt_neighbours(9, 2, 2, 1) == 1
    assert min_surviving_neighbours(9, 7, 2, 2) == 1


@given(st.integers(4, 60), st.data())
def test_bounds_on_neighbours_are_exact(n: int, data: st.DataObject) -> None:
    marked = data.draw(st.integers(0, n))
    k = 2 * data.draw(st.integers(1, (n - 1) // 2))
    sigma = data.draw(st.integers(1, 20))
    corrupt = max_corrupt_neighbours(n, marked, k, sigma)
    limit = Fraction(1, 2 ** (sigma + 1) * n)
    assert exact_tail(n, marked, k, corrupt + 1) <= limit
    assert corrupt == 0 or exact_tail(n, marked, k, corrupt) > limit
    surviving = min_surviving_neighbours(n, marked, k, sigma)
    limit = Fraction(1, 2**sigma * n)
    assert 1 - exact_tail(n, marked, k, surviving) <= limit
    most = min(marked, k)
    assert surviving == most or 1 - exact_tail(n, marked, k, surviving + 1) > limit


@given(st.integers(10, 300), st.floats(0, 0.3), st.floats(0, 0.3))
def test_the_choice_satisfies_its_inequalities(n: int, gamma: float, delta: float) -> None:
    try:
        choice = choose_graph(n, corrupt_fraction=gamma, dropout_fraction=delta)
    except ValueError:
        return  # not even the complete graph will do
    if choice.degree is None:
        return
    num_corrupt, num_drop = math.floor(gamma * n), math.floor(delta * n)
    corrupt = max_corrupt_neighbours(n, num_corrupt, choice.degree, SIGMA)
    alive = n - num_drop
    assert is_connected(n, choice.degree, num_corrupt + num_drop, SIGMA)
    assert 2 <= choice.threshold <= min_surviving_neighbours(n, alive, choice.degree, ETA)
    assert choice.threshold > corrupt


def degree_or_all(n: int, gamma: float, delta: float) -> int:
    choice = choose_graph(n, corrupt_fraction=gamma, dropout_fraction=delta)
    return n if choice.degree is None else choice.degree


@pytest.mark.parametrize("n", [100, 500])
def test_more_corruption_or_dropouts_never_need_fewer_neighbours(n: int) -> None:
    fractions = [0.0, 0.05, 0.1, 0.2, 0.3]
    for fixed in (0.05, 0.1):
        by_gamma = [degree_or_all(n, gamma, fixed) for gamma in fractions]
        by_delta = [degree_or_all(n, fixed, delta) for delta in fractions]
        assert by_gamma == sorted(by_gamma)
        assert by_delta == sorted(by_delta)


@pytest.mark.parametrize("model", [SEMI, ACTIVE])
def test_against_a_server_that_lies_there_is_the_complete_graph_alone(model: ThreatModel) -> None:
    choice = choose_graph(100, corrupt_fraction=0.1, dropout_fraction=0.1, threat_model=model)
    assert (choice.degree, choice.threshold) == (None, 56)  # 2 * 56 > 100 + 10


@given(rings(), st.data())
def test_what_hangs_together_is_one_piece(
    ring: tuple[list[int], int, bytes], data: st.DataObject
) -> None:
    graph = ring_neighbours(*ring)
    alive = data.draw(st.sets(st.sampled_from(ring[0])))
    ordered = sorted(alive)
    # Two clients are in one piece if some power of (adjacency + 1) joins them.
    joined = np.eye(len(ordered), dtype=bool)
    joined |= np.array([[v in graph[u] for v in ordered] for u in ordered], dtype=bool).reshape(
        len(ordered), len(ordered)
    )
    for _ in range(6):  # 2^6 steps are more than there are clients
        joined = joined @ joined
    assert hang_together(alive, graph) == bool(joined.all())


@given(st.integers(2, 40), st.integers(0, 40), st.integers(0, 40))
def test_no_split_of_the_answers_opens_both_secrets_of_a_victim(
    half: int, num_corrupt: int, extra: int
) -> None:
    k, n = 2 * half, 2 * half + 1 + extra
    corrupt = max_corrupt_neighbours(n, min(num_corrupt, n), k, SIGMA)
    threshold = least_threshold(n, min(num_corrupt, n), k, SEMI)
    # Honest neighbours answer once, corrupt ones twice, and the victim with its own seed share.
    for seed_answers in range(k - corrupt + 1):
        seeds = corrupt + 1 + seed_answers
        mask_keys = corrupt + (k - corrupt - seed_answers)
        assert seeds < threshold or mask_keys < threshold


@pytest.mark.parametrize(
    "settings",
    [
        {"corrupt_fraction": -0.1, "dropout_fraction": 0.1},
        {"corrupt_fraction": 0.1, "dropout_fraction": 1.0},
    ],
)
def test_fractions_outside_the_unit_interval_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"must lie in \[0, 1\)"):
        choose_graph(10, **settings)
