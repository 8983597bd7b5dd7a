"""What every robust rule obeys, and what each promises on its own.

A definition is tested against a slow, literal one written here; a promise against attackers who
send numbers up to 1e300.
"""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pyfedlite._typing import Matrix, Vector
from pyfedlite.aggregation.robust import (
    PreAggregated,
    arc,
    bucketing,
    bulyan,
    centred_clipping,
    geometric_median,
    krum,
    median,
    multi_krum,
    nnm,
    norm_clipping,
    pre_aggregated,
    trimmed_mean,
)
from pyfedlite.aggregation.robust.bulyan import bulyan_selection
from pyfedlite.aggregation.robust.clipping import LAST
from pyfedlite.aggregation.robust.distances import mean_drawn_towards
from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import RoundFailed
from pyfedlite.kernels import squared_distances
from pyfedlite.norms import shortened
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.state import RoundContext
from pyfedlite.testing import check_aggregator
from pyfedlite.testing.aggregators import context_for

Build = Callable[[int], Any]

FEW = settings(max_examples=30)  # a rule each: together they are many

RULES: dict[str, Build] = {  # from f
    "median": lambda f: median(num_byzantine=f),
    "trimmed_mean": lambda f: trimmed_mean(num_byzantine=f),
    "krum": lambda f: krum(num_byzantine=f),
    "multi_krum": lambda f: multi_krum(num_byzantine=f),
    "bulyan": lambda f: bulyan(num_byzantine=f),
    "geometric_median": lambda f: geometric_median(num_byzantine=f, smoothing=1e-9),
    "nnm+median": lambda f: pre_aggregated(nnm(), median(num_byzantine=f)),
    "nnm+trimmed_mean": lambda f: pre_aggregated(nnm(), trimmed_mean(num_byzantine=f)),
    "nnm+krum": lambda f: pre_aggregated(nnm(), krum(num_byzantine=f)),
    "arc+median": lambda f: pre_aggregated(arc(), median(num_byzantine=f)),
    "bucketing:2+median": lambda f: pre_aggregated(bucketing(2), median(num_byzantine=f)),
}
CLIPPING = {
    "centred_clipping": centred_clipping(0.5, num_steps=2),
    "norm_clipping": norm_clipping(2.0),
}
EVERY = {**{name: build(0) for name, build in RULES.items()}, **CLIPPING}


def updates_of(vectors: Matrix) -> list[ClientUpdate]:
    return [ClientUpdate(3 * k, vector, 1 + k, 1, 0.0) for k, vector in enumerate(vectors)]


def aggregated(rule: Any, vectors: Matrix) -> Vector:
    updates = updates_of(np.asarray(vectors, np.float64))
    delta: Vector = rule(updates, context_for(updates)).delta
    return delta


def smallest(name: str, f: int) -> int:
    """The fewest vectors that a rule takes."""
    if "bulyan" in name:
        return 4 * f + 3
    if "krum" in name:
        return 2 * f + 3
    return 4 * f + 1 if "bucketing" in name else 2 * f + 1


# ---- The battery of all aggregators, but for laws that a rule cannot obey -----------------------

TIES = dict.fromkeys(
    ("arriving_order_does_not_matter", "scaling_the_updates_scales_the_result"),
    "of equal distances the lowest client id decides, and rounding makes or breaks equality",
)
SHORTER = dict.fromkeys(
    (
        "a_single_update_passes_unchanged",
        "equal_updates_give_that_update",
        "the_result_lies_between_the_updates",
        "scaling_the_updates_scales_the_result",
    ),
    "vectors longer than the clip are shortened",
)
WITHOUT: dict[str, dict[str, str]] = {
    "krum": TIES,
    "multi_krum": TIES,
    "bulyan": TIES,
    "nnm+median": TIES,
    "nnm+trimmed_mean": TIES,
    "nnm+krum": TIES,
    "arc+median": {"the_result_lies_between_the_updates": "long vectors are drawn towards 0"},
    "bucketing:2+median": {"arriving_order_does_not_matter": "groups are drawn by place"},
    "centred_clipping": SHORTER,
    "norm_clipping": SHORTER,
}


@pytest.mark.parametrize("name", EVERY)
def test_a_robust_rule_is_an_aggregator(name: str) -> None:
    rule = RULES[name](1) if name in RULES else CLIPPING[name]
    check_aggregator(
        rule,
        atol=1e-5,  # smoothing of the geometric median, and directions of short differences
        min_clients=smallest(name, 1) if name in RULES else 1,
        without=WITHOUT.get(name),
    )


# ---- Symmetries: L-R1 to L-R4 -------------------------------------------------------------------


@st.composite
def clouds(draw: st.DrawFn, min_size: int, num_params: int = 3) -> Matrix:
    """Vectors in general position, so that no two scores are equal."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(min_size, min_size + 4))
    shift = rng.normal(size=num_params) * draw(st.sampled_from([0.0, 10.0]))
    cloud: Matrix = shift + rng.normal(size=(n, num_params)) * rng.exponential(size=(n, 1))
    return cloud


@pytest.mark.parametrize("name", RULES)
@FEW
@given(data=st.data())
def test_single_precision_changes_no_bit_of_the_same_numbers(
    name: str, data: st.DataObject
) -> None:
    f = data.draw(st.integers(0, 2))
    x = data.draw(clouds(smallest(name, f))).astype(np.float32)
    updates = [ClientUpdate(k, row, 1, 1, 0.0) for k, row in enumerate(x)]
    context = context_for(updates_of(x.astype(np.float64)))
    as_sent = RULES[name](f)(updates, context).delta
    assert as_sent.dtype == np.float64
    np.testing.assert_array_equal(as_sent, aggregated(RULES[name](f), x))


@pytest.mark.parametrize("name", RULES)
@FEW
@given(data=st.data())
def test_a_rule_moves_and_stretches_with_the_vectors(name: str, data: st.DataObject) -> None:
    f = data.draw(st.integers(0, 2))
    x = data.draw(clouds(smallest(name, f)))
    rule, result = RULES[name](f), aggregated(RULES[name](f), x)
    if "arc" not in name:  # which shortens towards 0
        np.testing.assert_allclose(aggregated(rule, x + 5.0), result + 5.0, atol=1e-6)
    stretched = replace(rule, smoothing=4e-9) if name == "geometric_median" else rule
    np.testing.assert_allclose(aggregated(stretched, 4.0 * x), 4.0 * result, atol=1e-6)
    # Of two vectors that are nearest to each other the scores with one neighbour are equal; towards
    # its end Bulyan always chooses by one neighbour, and so does Krum for f + 3 vectors. Clients
    # with the same neighbours are mixed to the same vector, so that scores behind nnm are equal.
    has_ties = name in ("bulyan", "nnm+krum") or "bucketing" in name
    if not has_ties and len(x) > f + 3:
        order = data.draw(st.permutations(range(len(x))))
        np.testing.assert_allclose(aggregated(rule, x[order]), result, atol=1e-6)


@pytest.mark.parametrize("name", RULES)
@FEW
@given(
    f=st.integers(0, 2),
    more=st.integers(0, 3),
    vector=hnp.arrays(float, 4, elements=st.floats(-9, 9)),
)
def test_vectors_that_agree_are_the_result(name: str, f: int, more: int, vector: Vector) -> None:
    same = np.tile(vector, (smallest(name, f) + more, 1))
    np.testing.assert_allclose(aggregated(RULES[name](f), same), vector, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["krum", "multi_krum", "geometric_median", "nnm+krum"])
@FEW
@given(x=clouds(7), seed=st.integers(0, 2**32 - 1))
def test_rules_of_distances_turn_with_the_vectors(name: str, x: Matrix, seed: int) -> None:
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    rule = RULES[name](2)
    np.testing.assert_allclose(aggregated(rule, x @ turn), aggregated(rule, x) @ turn, atol=1e-6)


def test_the_median_does_not_turn_with_the_vectors_nor_stay_in_their_hull() -> None:
    # The plane through the three unit vectors holds their hull, and 0 is not in it.
    assert aggregated(median(num_byzantine=1), np.eye(3)).tolist() == [0.0, 0.0, 0.0]
    turn = np.array([[0.6, 0.8, 0.0], [-0.8, 0.6, 0.0], [0.0, 0.0, 1.0]])
    turned = aggregated(median(num_byzantine=1), np.eye(3) @ turn)
    assert turned.tolist() == [0.0, 0.6, 0.0]  # and not 0 turned, which is 0


@pytest.mark.parametrize("name", ["krum", "multi_krum", "geometric_median"])
@FEW
@given(x=clouds(7), seed=st.integers(0, 2**32 - 1))
def test_the_result_lies_in_the_hull(name: str, x: Matrix, seed: int) -> None:
    directions = np.random.default_rng(seed).normal(size=(3, 20))
    result = aggregated(RULES[name](2), x)
    assert (result @ directions <= (x @ directions).max(axis=0) + 1e-9).all()


# ---- What attackers can do: L-R5 to L-R9, L-R11 and the kappa of each rule ----------------------

LIES = st.floats(-1e300, 1e300) | st.floats(-3, 3)


@st.composite
def attacked(draw: st.DrawFn, smallest: Callable[[int], int], max_f: int = 2) -> tuple[Matrix, int]:
    """Vectors of which the first f are an attacker's, and f."""
    f = draw(st.integers(1, max_f))
    honest = draw(clouds(smallest(f) - f))
    lies = draw(hnp.arrays(np.float64, (f, honest.shape[1]), elements=LIES))
    return np.vstack([lies, honest]), f


KAPPAS = {
    "median": lambda n, f: 4 * (1 + f / (n - 2 * f)) ** 2,
    "trimmed_mean": lambda n, f: 6 * f / (n - 2 * f) * (1 + f / (n - 2 * f)),
    "geometric_median": lambda n, f: 4 * (1 + f / (n - 2 * f)) ** 2,
    "krum": lambda n, f: 6 * (n - f) / (n - 2 * f - 1),
}
BEFORE = {
    "": lambda n, f, kappa: kappa,
    "nnm+": lambda n, f, kappa: 8 * f / (n - f) * (kappa + 1),
    "arc+": lambda n, f, kappa: kappa + 2 * f / (n - 2 * f),
}
FIRSTS = {"nnm+": nnm(), "arc+": arc()}


def test_the_constants_of_the_docstrings_are_those_of_the_rules() -> None:
    for name, kappa in KAPPAS.items():
        rule = RULES[name](2)
        assert rule.kappa(9) == pytest.approx(kappa(9, 2))
        for first, part in FIRSTS.items():
            assert part.kappa(9, 2, 5.0) == pytest.approx(BEFORE[first](9, 2, 5.0))


@pytest.mark.parametrize("first", BEFORE)
@pytest.mark.parametrize("name", KAPPAS)
@FEW
@given(data=st.data())
def test_no_choice_of_honest_vectors_breaks_the_bound(
    name: str, first: str, data: st.DataObject
) -> None:
    x, f = data.draw(attacked(lambda f: smallest(name, f)))
    n, rule = len(x), RULES[name](f)
    if first:
        rule = pre_aggregated(FIRSTS[first], rule)
    result = aggregated(rule, x)
    kappa = BEFORE[first](n, f, KAPPAS[name](n, f))
    for subset in combinations(range(n), n - f):
        honest = x[list(subset)]
        mean = (honest / (n - f)).sum(axis=0)
        # In units of the largest deviation: squares of 1e300 are no numbers.
        unit = max(np.abs(honest - mean).max(), 1e-6)
        spread = (((honest - mean) / unit) ** 2).sum() / (n - f)
        error = (((result - mean) / unit) ** 2).sum()
        assert error <= kappa * spread * (1 + 1e-9) + 1e-9


def test_the_mean_has_no_kappa_and_the_trimmed_mean_reaches_the_least() -> None:
    # n = 3, f = 1, r = 1: S = (0, 1), and a liar at 1. The trimmed mean is 1, the mean of S 1/2,
    # the spread 1/4: the ratio is 1, and no rule can have less than r.
    x = np.array([[0.0], [1.0], [1.0]])
    assert aggregated(trimmed_mean(num_byzantine=1), x).tolist() == [1.0]


@given(attacked(lambda f: 2 * f + 1, max_f=4))
def test_median_and_trimmed_mean_stay_in_the_honest_box(case: tuple[Matrix, int]) -> None:
    x, f = case
    low, high = x[f:].min(axis=0), x[f:].max(axis=0)
    for rule in (median(num_byzantine=f), trimmed_mean(num_byzantine=f)):
        result = aggregated(rule, x)
        assert (result >= low - 1e-12).all()
        assert (result <= high + 1e-12).all()


@given(st.data())
def test_krum_picks_an_honest_client_where_attackers_are_far(data: st.DataObject) -> None:
    f = data.draw(st.integers(1, 3))
    honest = data.draw(clouds(f + 3))
    n = len(honest) + f
    diameter = np.sqrt(squared_distances(honest).max())
    far = diameter * np.sqrt((n - f - 2) / (n - 2 * f - 1)) * 1.001
    direction = data.draw(clouds(f))[:f]
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    # From the centre of the honest, who all lie within their diameter of it.
    lies = honest.mean(axis=0) + direction * (far + diameter)
    x = np.vstack([lies, honest])
    assert min(np.linalg.norm(lie - h) for lie in lies for h in honest) > far - 1e-9
    updates = updates_of(x)
    aggregate = krum(num_byzantine=f)(updates, context_for(updates))
    winner = int(aggregate.metrics["krum_client"] or 0) // 3
    assert winner >= f
    np.testing.assert_array_equal(aggregate.delta, x[winner])


@given(attacked(lambda f: 2 * f + 1))
def test_geometric_median_stays_near_the_honest_mean(case: tuple[Matrix, int]) -> None:
    x, f = case
    n, result = len(x), aggregated(geometric_median(num_byzantine=f, smoothing=1e-9), x)
    centre = x[f:].mean(axis=0)
    radius = np.linalg.norm(x[f:] - centre, axis=1).max()
    assert np.linalg.norm(result - centre) <= 2 * (n - f) / (n - 2 * f) * radius + 1e-9


@given(clouds(3))
def test_nothing_has_a_smaller_sum_of_distances_than_the_geometric_median(x: Matrix) -> None:
    def total(point: Vector) -> float:
        return float(np.linalg.norm(x - point, axis=1).sum())

    best = total(aggregated(geometric_median(num_byzantine=0, smoothing=1e-9), x))
    others = [x.mean(axis=0), np.median(x, axis=0), *x]
    assert best <= min(map(total, others)) + 1e-6


@given(attacked(lambda f: 4 * f + 3))
def test_bulyan_stays_near_the_median_of_the_chosen(case: tuple[Matrix, int]) -> None:
    x, f = case
    chosen = x[bulyan_selection(squared_distances(x), f)]
    spread = x[f:].max(axis=0) - x[f:].min(axis=0)
    far = np.abs(aggregated(bulyan(num_byzantine=f), x) - np.median(chosen, axis=0))
    assert (far <= spread + 1e-9).all()


@given(clouds(2), st.integers(1, 3), st.data())
def test_centred_clipping_moves_at_most_its_radius_a_step(
    x: Matrix, num_steps: int, data: st.DataObject
) -> None:
    last = data.draw(clouds(1))[0]
    updates = updates_of(x)
    context = replace(context_for(updates), slots={LAST: last})
    rule = centred_clipping(0.5, num_steps=num_steps)
    aggregate = rule(updates, context)
    assert np.linalg.norm(aggregate.delta - last) <= 0.5 * num_steps + 1e-9
    np.testing.assert_array_equal(aggregate.slots[LAST], aggregate.delta)
    num_liars = data.draw(st.integers(1, len(x)))
    lies = data.draw(hnp.arrays(np.float64, (num_liars, 3), elements=LIES))
    one = replace(rule, num_steps=1)
    honest = one(updates, context).delta
    poisoned = one(updates_of(np.vstack([lies, x[num_liars:]])), context).delta
    assert np.linalg.norm(poisoned - honest) <= 2 * num_liars * 0.5 / len(x) + 1e-9


@given(
    hnp.arrays(np.float64, (4, 3), elements=LIES),
    hnp.arrays(np.float64, 3, elements=st.floats(-9, 9)),
    st.floats(0.0, 1e3) | st.floats(0.0, 1e-9),
)
def test_the_mean_of_vectors_that_are_drawn_is_the_mean_of_the_clipped(
    x: Matrix, centre: Vector, radius: float
) -> None:
    expected = centre + shortened(x - centre, radius).mean(axis=0)
    mean = mean_drawn_towards(x, radius, centre)
    np.testing.assert_allclose(mean, expected, rtol=1e-13, atol=1e-13 * (9 + radius))
    from_zero = mean_drawn_towards(x, radius, np.zeros(3))
    atol = 1e-13 * radius + 1e-300
    np.testing.assert_allclose(from_zero, shortened(x, radius).mean(axis=0), rtol=0, atol=atol)


@given(clouds(2), st.data())
def test_one_client_moves_norm_clipping_by_twice_the_clip_over_n(
    x: Matrix, data: st.DataObject
) -> None:
    lie = data.draw(hnp.arrays(np.float64, 3, elements=LIES))
    rule = norm_clipping(0.5)
    moved = aggregated(rule, np.vstack([lie, x[1:]])) - aggregated(rule, x)
    assert np.linalg.norm(moved) <= 2 * 0.5 / len(x) + 1e-12


@pytest.mark.parametrize("name", RULES)
@FEW
@given(f=st.integers(1, 4), data=st.data())
def test_too_many_attackers_for_the_arrivals_fail_the_round(
    name: str, f: int, data: st.DataObject
) -> None:
    n = data.draw(st.integers(1, smallest(name, f) - 1))
    with pytest.raises(RoundFailed, match=rf"needs .*[>=] \d f.*, got n = {n} updates for f = {f}"):
        aggregated(RULES[name](f), np.zeros((n, 2)))


@pytest.mark.parametrize("name", EVERY)
@FEW
@given(data=st.data())
def test_what_is_not_finite_never_reaches_the_result(name: str, data: st.DataObject) -> None:
    f = data.draw(st.integers(0, 2))
    rule = RULES[name](f) if name in RULES else CLIPPING[name]
    x = data.draw(clouds(smallest(name, f)))
    bad = data.draw(st.sampled_from([np.nan, np.inf, -np.inf, 1e301, np.finfo(float).max]))
    spoilt = np.full((f + 1, 3), 1.0)
    spoilt[:, data.draw(st.integers(0, 2))] = bad
    updates = updates_of(np.vstack([x, spoilt]))
    aggregate = rule(updates, context_for(updates))
    np.testing.assert_array_equal(aggregate.delta, aggregated(rule, x))
    assert aggregate.metrics["num_rejected"] == f + 1
    assert aggregate.num_reports == len(x)
    strict = replace(
        rule,
        **(
            {"rule": replace(rule.rule, on_nonfinite="raise")}
            if isinstance(rule, PreAggregated)
            else {"on_nonfinite": "raise"}
        ),
    )
    with pytest.raises(ValueError, match=r"delta of client \d+ must be finite everywhere"):
        strict(updates, context_for(updates))


@pytest.mark.parametrize("name", EVERY)
def test_all_updates_not_finite_fail_the_round(name: str) -> None:
    with pytest.raises(RoundFailed, match="no finite update has arrived; 4 were not finite"):
        aggregated(EVERY[name], np.full((4, 2), np.nan))


def test_an_honest_nan_does_not_free_an_attacker() -> None:
    # f stays 1 when the NaN is left out: the liar is still cut.
    x = np.array([[np.nan], [0.0], [2.0], [1e9]])
    assert aggregated(trimmed_mean(num_byzantine=1), x).tolist() == [2.0]


# ---- Definitions against slow ones --------------------------------------------------------------


def literal_krum(x: list[list[float]], f: int) -> int:
    """The index of Krum's winner, read off the paper."""
    scores = []
    for i, mine in enumerate(x):
        others = [
            sum((a - b) ** 2 for a, b in zip(mine, other, strict=True))
            for j, other in enumerate(x)
            if j != i
        ]
        scores.append(sum(sorted(others)[: max(1, len(x) - f - 2)]))
    return scores.index(min(scores))


EXACT = st.integers(-8, 8).map(float)


@st.composite
def small_grids(draw: st.DrawFn, per_attacker: int) -> tuple[int, Matrix]:
    """f, and enough vectors of small whole numbers: many distances are equal."""
    f = draw(st.integers(0, 2))
    n = per_attacker * f + 3 + draw(st.integers(0, 2))
    return f, draw(hnp.arrays(float, (n, 2), elements=EXACT))


@given(small_grids(2))
def test_krum_is_the_definition_with_ties_to_the_first(case: tuple[int, Matrix]) -> None:
    f, x = case
    winner = literal_krum(x.tolist(), f)
    np.testing.assert_array_equal(aggregated(krum(num_byzantine=f), x), x[winner])


@given(small_grids(4))
def test_bulyan_is_the_definition(case: tuple[int, Matrix]) -> None:
    f, x = case
    left, chosen = x.tolist(), []
    while len(chosen) < len(x) - 2 * f:
        chosen.append(left.pop(literal_krum(left, f) if len(left) > 1 else 0))
    expected = []
    for column in zip(*chosen, strict=True):
        middle = float(np.median(column))
        near = sorted(column, key=lambda value: abs(value - middle))[: len(x) - 4 * f]
        expected.append(sum(near) / len(near))
    np.testing.assert_allclose(aggregated(bulyan(num_byzantine=f), x), expected, atol=1e-12)


@given(st.integers(0, 2), st.data())
def test_mixing_is_the_definition(f: int, data: st.DataObject) -> None:
    shape = st.tuples(st.integers(2 * f + 1, 2 * f + 4), st.just(2))
    x = data.draw(hnp.arrays(float, shape, elements=EXACT))
    for i, mixed in enumerate(nnm()(x, f, np.random.default_rng(0))):
        nearest = sorted(range(len(x)), key=lambda j: ((x[j] - x[i]) ** 2).sum())[: len(x) - f]
        np.testing.assert_allclose(mixed, x[nearest].mean(axis=0), atol=1e-12)


@given(st.integers(0, 3), st.data())
def test_adaptive_clipping_is_the_definition(f: int, data: st.DataObject) -> None:
    n = data.draw(st.integers(2 * f + 1, 2 * f + 5))
    x = data.draw(clouds(n))[:n]
    norms = np.linalg.norm(x, axis=1)
    number = int(np.floor(2 * (f / n) * (n - f) + 1e-12))
    limit = sorted(norms, reverse=True)[number]
    expected = [row * min(1.0, limit / norm) for row, norm in zip(x, norms, strict=True)]
    np.testing.assert_allclose(arc()(x, f, np.random.default_rng(0)), expected, atol=1e-12)


@given(clouds(1), st.integers(1, 4), st.integers(0, 99))
def test_buckets_hold_each_vector_once(x: Matrix, size: int, seed: int) -> None:
    means = bucketing(size)(x, 0, np.random.default_rng(seed))
    sizes = [min(size, len(x) - start) for start in range(0, len(x), size)]
    assert len(means) == len(sizes)
    np.testing.assert_allclose(np.average(means, axis=0, weights=sizes), x.mean(axis=0), atol=1e-12)


def test_buckets_are_drawn_anew_in_every_round() -> None:
    updates = updates_of(np.arange(12.0)[:, np.newaxis])
    rule = pre_aggregated(bucketing(3), median(num_byzantine=0))
    results = [
        rule(updates, RoundContext(t, np.zeros(1), RoundSeed(0, t))).delta[0] for t in range(1, 9)
    ]
    order = RoundSeed(0, 1).rng(Role.AGGREGATE).permutation(12)
    assert results[0] == np.median([np.mean(order[i : i + 3]) for i in range(0, 12, 3)])
    assert len(set(results)) > 2


@FEW
@given(clouds(3), st.integers(1, 5))
def test_weights_of_clients_do_not_count(x: Matrix, weight: int) -> None:
    updates = updates_of(x)
    heavier = [replace(update, num_examples=weight**k) for k, update in enumerate(updates)]
    for rule in EVERY.values():
        context = context_for(updates)
        np.testing.assert_array_equal(rule(updates, context).delta, rule(heavier, context).delta)


@FEW
@given(clouds(7))
def test_vectors_in_single_precision_are_added_in_double(x: Matrix) -> None:
    small = x.astype(np.float32)
    for rule in EVERY.values():
        updates = updates_of(small)
        delta = rule(
            [replace(u, delta=row) for u, row in zip(updates, small, strict=True)],
            context_for(updates),
        ).delta
        assert delta.dtype == np.float64
        np.testing.assert_array_equal(delta, aggregated(rule, small.astype(np.float64)))
