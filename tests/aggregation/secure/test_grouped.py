"""A robust rule over secure sums is the rule over plain means of the same groups, to within a step.

The reference in this file divides nothing and masks nothing: it takes the groups, counts who stays,
and averages in the open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("cryptography")

from pyfedlite.aggregation import (
    AGGREGATORS,
    GroupedSecure,
    grouped_secure,
    secure_groups,
    secure_mean,
    weighted_mean,
)
from pyfedlite.aggregation.robust import (
    Arrivals,
    RobustRule,
    krum,
    median,
    nnm,
    pre_aggregated,
    trimmed_mean,
)
from pyfedlite.clients import ClientUpdate, Fate, Stage
from pyfedlite.errors import RoundFailed
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Aggregate, RoundContext, Selected
from pyfedlite.testing.strategies import seeds

LENGTH = 3


@dataclass(frozen=True, eq=False)
class Keeps:
    """A rule that keeps what it has seen, and answers with the first vector."""

    seen: list[np.ndarray] = field(default_factory=list)
    num_byzantine: int = 0
    on_nonfinite: str = "reject"

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        self.seen[:] = arrivals.vectors
        return Aggregate(arrivals.vectors[0])


def context_of(
    sizes: Sequence[int], fates: Mapping[int, Stage] | None = None, seed: int = 0
) -> RoundContext:
    roster = [Selected(2 * k, n, Fate((fates or {}).get(k))) for k, n in enumerate(sizes)]
    return RoundContext(1, np.zeros(LENGTH, np.float32), RoundSeed(seed, 1), roster=roster)


def updates_of(context: RoundContext) -> list[ClientUpdate]:
    return [
        ClientUpdate(
            s.client_id,
            np.random.default_rng(s.client_id).uniform(-1, 1, LENGTH),
            s.num_examples,
            1,
            0.0,
        )
        for s in context.roster
        if s.fate.arrives
    ]


def means_in_the_open(aggregator: GroupedSecure, context: RoundContext) -> np.ndarray:
    """The plain mean of each group in which enough clients stay to the end."""
    groups, updates = aggregator.first.groups(context), updates_of(context)
    means = []
    for group in groups:
        stays = [s for s in group if s.fate.drops_at is None]
        if len(stays) >= aggregator.first.mean().choice(len(group)).threshold:
            inside = {s.client_id for s in group}  # whose upload has arrived, that is
            members = [u for u in updates if u.client_id in inside]
            means.append(weighted_mean(weights=aggregator.first.weights)(members, context).delta)
    return np.reshape(means, (-1, LENGTH))


fates_of_some = st.dictionaries(st.integers(0, 11), st.sampled_from(Stage), max_size=4)
numbers_of_examples = st.lists(st.integers(1, 300), min_size=6, max_size=12)


@settings(max_examples=40)
@given(
    numbers_of_examples,
    fates_of_some,
    st.sampled_from([2, 3, 4]),
    st.sampled_from(["examples", "uniform"]),
    st.sampled_from(["stochastic", "nearest"]),
    seeds(),
    st.sampled_from([median, trimmed_mean]),
)
def test_the_result_is_the_rule_over_plain_means_of_the_groups_to_within_a_step(
    sizes: list[int],
    fates: dict[int, Stage],
    size: int,
    weights: str,
    rounding: str,
    seed: int,
    build: type[RobustRule],
) -> None:
    rule = build(num_byzantine=0)
    groups = secure_groups(size, weights=weights, rounding=rounding)
    aggregator, context = grouped_secure(groups, rule), context_of(sizes, fates, seed)
    means = means_in_the_open(aggregator, context)
    if len(means) == 0:
        with pytest.raises(RoundFailed, match=r"none of the . secure groups has a mean"):
            aggregator(updates_of(context), context)
        return
    secret = aggregator(updates_of(context), context)
    step = 2.0 ** -secret.metrics["secure_fraction_bits"]
    limit = (0.5 if rounding == "nearest" else 1.0) + 2.0**-6  # the second is float64's
    expected = rule.combine(Arrivals(means), context).delta
    assert np.abs(secret.delta - expected).max() <= limit * step


@given(numbers_of_examples, fates_of_some, st.integers(2, 6), seeds())
def test_the_groups_are_the_cohort_divided(
    sizes: list[int], fates: dict[int, Stage], size: int, seed: int
) -> None:
    context = context_of(sizes, fates, seed)
    groups = secure_groups(size).groups(context)
    members = [s.client_id for group in groups for s in group]
    assert sorted(members) == [s.client_id for s in context.roster]
    assert len(groups) == len(sizes) // size
    lengths = {len(group) for group in groups}
    assert min(lengths) >= size
    assert max(lengths) - min(lengths) <= 1
    assert all(list(group) == sorted(group, key=lambda s: s.client_id) for group in groups)
    alike = secure_groups(size).groups(context_of([1] * len(sizes), None, seed))
    assert [[s.client_id for s in g] for g in groups] == [[s.client_id for s in g] for g in alike]


def test_groups_are_drawn_anew_in_each_round_with_a_stream_of_their_own() -> None:
    first, groups = context_of([1] * 12), secure_groups(3)
    second = replace(first, round=2, seed=RoundSeed(0, 2))
    assert groups.groups(first) != groups.groups(second)
    # A permutation of every client's place: each pair is together in about 2 / 11 of the rounds.
    together = 0
    for number in range(1, 401):
        drawn = groups.groups(replace(first, seed=RoundSeed(0, number)))
        together += any({0, 2} <= {s.client_id for s in group} for group in drawn)
    assert 45 <= together <= 100  # 72.7 expected, standard deviation 7.7: 3.6 of them each side


@settings(max_examples=15)
@given(numbers_of_examples, seeds())
def test_one_seed_gives_one_result_whatever_the_keys(sizes: list[int], seed: int) -> None:
    context = context_of(sizes, None, seed)
    aggregator = grouped_secure(secure_groups(2), median(num_byzantine=1))
    one, other = (aggregator(updates_of(context), context) for _ in range(2))
    assert one.delta.tobytes() == other.delta.tobytes()
    assert one.metrics == other.metrics
    backwards = aggregator(updates_of(context)[::-1], context)
    assert backwards.delta.tobytes() == one.delta.tobytes()


def seen(groups: int, context: RoundContext, updates: list[ClientUpdate]) -> list[np.ndarray]:
    rule = Keeps()
    grouped_secure(secure_groups(groups), rule)(updates, context)
    return rule.seen


@settings(max_examples=15)
@given(st.integers(6, 12), st.integers(0, 2), seeds())
def test_a_group_that_aborts_changes_no_bit_of_the_others(n: int, which: int, seed: int) -> None:
    context = context_of([5] * n, None, seed)
    group = secure_groups(2).groups(context)[which]
    fates = {s.client_id // 2: Stage.UNMASK for s in group}
    with_abort = context_of([5] * n, fates, seed)
    whole = seen(2, context, updates_of(context))
    left = seen(2, with_abort, updates_of(with_abort))
    assert [v.tobytes() for v in left] == [v.tobytes() for k, v in enumerate(whole) if k != which]
    aggregate = grouped_secure(secure_groups(2), Keeps())(updates_of(with_abort), with_abort)
    assert aggregate.metrics["secure_groups_aborted"] == 1
    assert aggregate.num_reports == n - len(group)


@settings(max_examples=15)
@given(st.integers(6, 12), seeds(), st.floats(-1e30, 1e30))
def test_one_attacker_spoils_one_mean_and_no_other(n: int, seed: int, lie: float) -> None:
    context = context_of([5] * n, None, seed)
    updates = updates_of(context)
    before = seen(3, context, updates)
    updates[0] = replace(updates[0], delta=np.full(LENGTH, lie))
    after = seen(3, context, updates)
    changed = [k for k, (a, b) in enumerate(zip(before, after, strict=True)) if (a != b).any()]
    groups = secure_groups(3).groups(context)
    assert changed == [k for k, group in enumerate(groups) if group[0].client_id == 0]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("fate", [None, Stage.UNMASK])
def test_a_client_whose_update_is_not_finite_fails_before_it_uploads(
    bad: float, fate: Stage | None
) -> None:
    context = context_of([5] * 8, {} if fate is None else {3: fate})
    updates = updates_of(context)
    updates[3].delta[1] = bad
    fails = context_of([5] * 8, {3: Stage.UPLOAD})
    aggregator = grouped_secure(secure_groups(4), median(num_byzantine=0))
    sent, absent = aggregator(updates, context), aggregator(updates_of(fails), fails)
    assert sent.delta.tobytes() == absent.delta.tobytes()
    assert (sent.metrics["num_rejected"], absent.metrics["num_rejected"]) == (1, 0)
    strict = grouped_secure(secure_groups(4), median(num_byzantine=0, on_nonfinite="raise"))
    with pytest.raises(ValueError, match="update of client 6: values must be finite"):
        strict(updates, context)


@pytest.mark.parametrize("lie", [0, -3, 9, 10**9])
def test_a_client_who_counts_too_many_examples_fails_too(lie: int) -> None:
    context = context_of([5] * 8)  # W_max is 8
    updates = updates_of(context)
    updates[3] = replace(updates[3], num_examples=lie)
    fails = context_of([5] * 8, {3: Stage.UPLOAD})
    aggregator = grouped_secure(secure_groups(4), median(num_byzantine=0))
    sent, absent = aggregator(updates, context), aggregator(updates_of(fails), fails)
    assert sent.delta.tobytes() == absent.delta.tobytes()
    assert sent.metrics["num_rejected"] == 1
    equal = grouped_secure(secure_groups(4, weights="uniform"), median(num_byzantine=0))
    assert equal(updates, context).metrics["num_rejected"] == 0  # the count is not looked at


def test_the_largest_weight_tells_nothing_of_a_single_group() -> None:
    context = context_of([3] * 7 + [900])
    assert secure_groups(4).mean(context.roster).max_weight == 1024
    assert secure_groups(4, weights="uniform").mean(context.roster).max_weight is None
    assert secure_groups(4, max_weight=2000).mean(context.roster).max_weight == 2000


def test_costs_are_those_of_all_groups_and_guarantees_the_least_of_them() -> None:
    context = context_of([5] * 7)  # groups of 4 and 3
    whole = grouped_secure(secure_groups(3), median(num_byzantine=0))(updates_of(context), context)
    by_group = []
    for group in secure_groups(3).groups(context):
        inside = replace(context, roster=group)
        by_group.append(secure_mean(max_weight=8)(updates_of(inside), inside).metrics)
    for name in ("bytes_up", "bytes_down", "secure_survivors"):
        assert whole.metrics[name] == sum(each[name] for each in by_group)
    assert sorted(each["secure_min_honest"] for each in by_group) == [2, 2]
    assert whole.metrics["secure_threshold"] == min(e["secure_threshold"] for e in by_group)
    assert (whole.metrics["secure_groups"], whole.metrics["secure_groups_aborted"]) == (2, 0)


def test_too_few_groups_fail_the_round_with_the_inequality() -> None:
    context = context_of([5] * 8)
    aggregator = grouped_secure(secure_groups(2), median(num_byzantine=2))
    says = "median needs n > 2 f, got n = 4 updates for f = 2 attackers: 4 of 4 secure groups"
    with pytest.raises(RoundFailed, match=says):
        aggregator(updates_of(context), context)
    one_less = context_of([5] * 10, {k: Stage.UNMASK for k in range(10)})
    with pytest.raises(RoundFailed, match="none of the 5 secure groups has a mean; the first ab"):
        aggregator(updates_of(one_less), one_less)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_cohort_smaller_than_a_group_fails_the_round(n: int) -> None:
    context = context_of([5] * n)
    aggregator = grouped_secure(secure_groups(4), median(num_byzantine=0))
    says = f"secure groups need n >= size = 4, got n = {n} clients in the cohort"
    with pytest.raises(RoundFailed, match=says):
        aggregator(updates_of(context), context)


def test_a_size_without_a_threshold_is_refused_before_a_run() -> None:
    with pytest.raises(ValueError, match="size must be at least 2, got 1; a group of one is"):
        secure_groups(1)
    says = "size must allow a threshold in groups of 4, which a cohort can have, got 4 .*larger gr"
    with pytest.raises(ValueError, match=says):
        secure_groups(4, corrupt_fraction=0.5, dropout_fraction=0.5)
    with pytest.raises(ValueError, match="threat_model must be one of"):
        secure_groups(4, threat_model="lying")


def test_second_vectors_are_refused() -> None:
    context = replace(context_of([5] * 8), extras=("control",))
    aggregator = grouped_secure(secure_groups(4), median(num_byzantine=0))
    with pytest.raises(ValueError, match="second vectors must be absent, got control"):
        aggregator(updates_of(context), context)


@pytest.mark.parametrize("rule", [weighted_mean(), secure_mean()])
def test_a_rule_that_reckons_with_nobody_is_refused(rule: RobustRule) -> None:
    with pytest.raises(TypeError, match=r"rule must have a num_byzantine, got .*; means of groups"):
        grouped_secure(secure_groups(4), rule)


def test_rules_with_something_before_them_and_rules_that_pick_work_across_groups() -> None:
    context = context_of([5] * 10)
    for rule in (pre_aggregated(nnm(), median(num_byzantine=2)), krum(num_byzantine=1)):
        aggregator = grouped_secure(secure_groups(2), rule)
        aggregate = aggregator(updates_of(context), context)
        means = means_in_the_open(aggregator, context)
        expected = rule.combine(Arrivals(means), context).delta
        np.testing.assert_allclose(aggregate.delta, expected, atol=1e-5)
        assert "krum_client" not in aggregate.metrics  # a group is not a client


def test_the_spelling_names_the_groups_and_the_rule() -> None:
    text = "secure_groups:5,clip=2.0+nnm+median:num_byzantine=2"
    rule = pre_aggregated(nnm(), median(num_byzantine=2))
    aggregator = grouped_secure(secure_groups(5, clip=2.0), rule)
    assert AGGREGATORS.read(text) == aggregator
    assert AGGREGATORS.write(aggregator) == text
    assert AGGREGATORS.make(*AGGREGATORS.settings(aggregator)) == aggregator
    with pytest.raises(TypeError, match="rule must have a num_byzantine, got GroupedSecure"):
        AGGREGATORS.read("nnm+secure_groups:5+median:num_byzantine=2")
