"""A look at the updates changes nothing, and names what is unusual about them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.aggregation import (
    AGGREGATORS,
    Watch,
    grouped_secure,
    secure_groups,
    secure_mean,
    watched,
    weighted_mean,
)
from pyfedlite.aggregation.anomalies import AnomalyReport, SeenRound, cosines, scores
from pyfedlite.aggregation.robust import bulyan, krum, median, multi_krum, trimmed_mean
from pyfedlite.aggregation.watch import look_at
from pyfedlite.attacks.poisoning import flip_sign, not_a_number, zero
from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import RoundFailed
from pyfedlite.history import History
from pyfedlite.norms import clip
from pyfedlite.roles import Aggregator
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundContext
from pyfedlite.testing.strategies import generators
from pyfedlite.transforms import only_for

LIARS = (2, 5)


def updates_of(vectors: np.ndarray) -> list[ClientUpdate]:
    return [ClientUpdate(k, x, 1, 1, 0.0) for k, x in enumerate(vectors)]


def context_of(length: int) -> RoundContext:
    return RoundContext(1, np.zeros(length), RoundSeed(0, 1))


def trained(algorithm: Any, **changes: Any) -> History:
    clients = fl.partition(fl.load_digits(), fl.iid(), num_clients=12, seed=0)
    return fl.simulate(replace(algorithm, **changes), clients, num_rounds=3, seed=0)


@pytest.mark.parametrize(
    "text", ["mean", "median:num_byzantine=2", "krum:num_byzantine=2", "nnm+median:num_byzantine=2"]
)
def test_a_watched_run_has_the_bits_of_one_that_is_not(text: str) -> None:
    algorithm = replace(fl.fedavg(fl.SoftmaxRegression(64, 10)), aggregator=AGGREGATORS.read(text))
    looked_at, watch = watched(algorithm)
    assert trained(looked_at).fingerprint == trained(algorithm).fingerprint
    assert [seen.round for seen in watch.report().rounds] == [1, 2, 3]
    assert watch.report().times_seen == dict.fromkeys(range(12), 3)


@pytest.mark.parametrize(
    ("attack", "why"), [(flip_sign(10), "length"), (not_a_number(), "not finite"), (zero(), "len")]
)
def test_crude_liars_are_flagged_in_every_round(attack: Any, why: str) -> None:
    algorithm = fl.fedavg(fl.SoftmaxRegression(64, 10))
    looked_at, watch = watched(replace(algorithm, aggregator=median(num_byzantine=2)))
    trained(looked_at, transforms=(only_for(LIARS, attack),))
    flags = watch.report().flags
    assert all(flags[k] == 3 for k in LIARS)
    assert all(why in seen.flagged[k] for seen in watch.report().rounds for k in LIARS)
    assert sum(n for k, n in flags.items() if k not in LIARS) <= 3  # of 30 honest updates


def test_a_direction_is_looked_at_as_well_as_a_length() -> None:
    rng = np.random.default_rng(0)
    vectors = 1.0 + 0.1 * rng.normal(size=(11, 20))
    vectors[4] = -vectors[4]
    watch = Watch(weighted_mean())
    watch(updates_of(vectors), context_of(20))
    flagged = watch.report().rounds[0].flagged
    assert list(flagged) == [4]
    assert flagged[4].startswith("angle +")


@given(generators(), st.floats(0.1, 10), st.floats(-5, 5))
def test_scores_do_not_depend_on_units(
    rng: np.random.Generator, scale: float, shift: float
) -> None:
    values = rng.normal(size=9)
    np.testing.assert_allclose(scores(scale * values + shift), scores(values), atol=1e-6)
    np.testing.assert_allclose(scores(-values), -scores(values), atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(generators(), st.integers(2, 12))
def test_nobody_is_flagged_for_rounding(dtype: type, rng: np.random.Generator, d: int) -> None:
    rows = rng.normal(size=(20, d)).astype(dtype)
    clipped = np.array([clip(row, 1e-6) for row in rows])  # no row is as short as that
    assert not look_at(updates_of(clipped), 1, None, None).norm_scores.any()
    along = np.outer(rng.uniform(0.5, 2, 20), rng.normal(size=d)).astype(dtype)
    assert not look_at(updates_of(along), 1, None, None).angle_scores.any()
    along[3] = -along[3]
    assert 3 in look_at(updates_of(along), 1, None, None).flagged


def test_scores_of_few_or_equal_numbers() -> None:
    assert scores(np.array([1.0, 2.0, 3.0, 1e9])).tolist() == [0, 0, 0, 0]
    assert scores(np.array([1.0, 2.0, 3.0, 1e9, np.nan])).tolist() == [0, 0, 0, 0, 0]
    assert scores(np.array([1.0, 1, 1, 1, 2, 0])).tolist() == [0, 0, 0, 0, np.inf, -np.inf]


@given(generators(), st.floats(-300, 299))
def test_cosines_do_not_depend_on_lengths(rng: np.random.Generator, exponent: float) -> None:
    vectors, direction = rng.normal(size=(4, 6)), rng.normal(size=6)
    expected = vectors @ direction
    expected /= np.linalg.norm(vectors, axis=1) * np.linalg.norm(direction)
    found = cosines(vectors * 10.0**exponent, direction)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("rule", [krum(num_byzantine=2), multi_krum(num_byzantine=2)])
@given(rng=generators())
def test_a_rule_that_picks_has_kept_those_that_are_in_its_mean(
    rule: Any, rng: np.random.Generator
) -> None:
    vectors = rng.normal(size=(9, 3))
    kept = rule.kept(vectors)
    delta = rule(updates_of(vectors), context_of(3)).delta
    np.testing.assert_allclose(
        vectors[kept == 1].mean(axis=0), delta, atol=1e-12
    )  # of numbers near 1
    assert set(kept) == {0, 1}


@pytest.mark.parametrize("build", [median, trimmed_mean])
@given(rng=generators(), n=st.integers(5, 10))
def test_a_rule_that_cuts_has_kept_those_that_are_in_its_mean(
    build: Callable[..., Any], rng: np.random.Generator, n: int
) -> None:
    rule = build(num_byzantine=2)
    by_parameter = rng.normal(size=(4, n))
    columns = [rule.kept(values[:, None]) for values in by_parameter]
    for values, kept in zip(by_parameter, columns, strict=True):
        delta = rule(updates_of(values[:, None]), context_of(1)).delta
        np.testing.assert_allclose(values[kept == 1].mean(), delta[0], atol=1e-12)
    np.testing.assert_allclose(rule.kept(by_parameter.T), np.mean(columns, axis=0))


def test_bulyan_has_kept_those_that_krum_has_chosen() -> None:
    vectors = np.array([[0.0], [2.0], [3.0], [9.0], [11.0], [12.0], [1e9]])
    kept = bulyan(num_byzantine=1).kept(vectors)  # the example of `Bulyan`
    assert kept.tolist() == [1, 1, 1, 1, 1, 0, 0]


def test_who_was_left_out_by_the_rule_is_named() -> None:
    vectors = np.array([[0.0], [2.0], [3.0], [9.0], [1e9], [np.nan]])
    watch = Watch(krum(num_byzantine=1))
    watch(updates_of(vectors), context_of(1))
    (seen,) = watch.report().rounds
    assert seen.left_out == (0, 2, 3, 4, 5)
    assert "5 (not finite); all but 1" in watch.report().table()
    mean = Watch(weighted_mean())
    mean(updates_of(vectors[:5]), context_of(1))
    assert mean.report().rounds[0].kept is None
    assert mean.report().rounds[0].left_out == ()


def test_a_round_that_fails_is_seen_too() -> None:
    watch = Watch(krum(num_byzantine=2))
    with pytest.raises(RoundFailed, match="krum needs"):
        watch(updates_of(np.ones((3, 2))), context_of(2))
    with pytest.raises(RoundFailed):
        watch([], context_of(2))
    (seen,) = watch.report().rounds
    assert (seen.to_aggregate, seen.kept, seen.norms.tolist()) == (None, None, [2**0.5] * 3)


@pytest.mark.parametrize("value", [0.0, 1e300, np.nan, np.inf])
def test_updates_that_are_all_odd_are_seen_without_a_warning(value: float) -> None:
    delta = np.full((6, 2), value)
    rejecting = Watch(median(num_byzantine=0))
    if np.isfinite(value):
        rejecting(updates_of(delta), context_of(2))
    else:
        with pytest.raises(RoundFailed):
            rejecting(updates_of(delta), context_of(2))
        assert len(rejecting.report().flags) == 6
    assert rejecting.report().table()


@dataclass(frozen=True)
class Noisy:
    """A private aggregator, as the algorithm will find it."""

    private: bool = True

    def __call__(self, updates: Any, context: RoundContext) -> Any:
        return weighted_mean()(updates, context)


@pytest.mark.parametrize(
    "aggregator", [secure_mean(), grouped_secure(secure_groups(3), median(num_byzantine=1))]
)
def test_secure_runs_are_refused(aggregator: Aggregator) -> None:
    algorithm = replace(fl.fedavg(fl.LogisticRegression(2)), aggregator=aggregator)
    with pytest.raises(ValueError, match=r"aggregator must see updates .* got .*masked"):
        watched(algorithm)


def test_private_runs_are_refused() -> None:
    with pytest.raises(ValueError, match="what is watched must not be private, got Noisy"):
        Watch(Noisy())

    @dataclass(frozen=True)
    class PrivateAlgorithm:
        aggregator: Any
        private: bool = True

    with pytest.raises(ValueError, match="not be private, got PrivateAlgorithm"):
        watched(PrivateAlgorithm(weighted_mean()))
    with pytest.raises(TypeError, match="algorithm must have an aggregator, got int"):
        watched(3)


def test_the_plot_marks_who_was_flagged() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    seen = SeenRound(1, tuple(range(6)), np.array([1.0, 1.1, 0.9, 1.2, 0.8, 50.0]), np.ones(6))
    ax = AnomalyReport((seen, replace(seen, round=2))).plot()
    usual, flagged = ax.get_lines()
    assert len(usual.get_xdata()) == 10
    assert flagged.get_ydata() == pytest.approx([50.0, 50.0])
    assert ax.get_yscale() == "log"
