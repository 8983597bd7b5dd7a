"""What each attacker sends, and what it must not know."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pyfedlite.aggregation import weighted_mean
from pyfedlite.aggregation.robust import (
    geometric_median,
    krum,
    median,
    multi_krum,
    nnm,
    pre_aggregated,
    trimmed_mean,
)
from pyfedlite.attacks.poisoning import (
    Trigger,
    View,
    alie,
    alie_strength,
    colluding,
    constant,
    deviations_from_mean,
    false_count,
    flip_labels,
    flip_mean,
    flip_sign,
    free_rider,
    gaussian,
    ipm,
    mimic,
    min_max,
    model_replacement,
    not_a_number,
    omniscient,
    plant_trigger,
    relabel,
    replay,
    searched,
    zero,
)
from pyfedlite.attacks.poisoning.searched import candidates
from pyfedlite.clients import Client, ClientUpdate, Participant
from pyfedlite.errors import RoundFailed
from pyfedlite.norms import norm
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import RoundContext

CLIENT = Client(0, np.zeros((1, 1)), np.zeros(1))


def context(num_params: int = 1) -> RoundContext:
    return RoundContext(1, np.zeros(num_params), RoundSeed(0, 1))


def updates_of(vectors: Any) -> list[ClientUpdate]:
    rows = np.asarray(vectors, np.float64)
    return [ClientUpdate(k, row, 1, 1, 0.0) for k, row in enumerate(rows)]


def sent_by(attack: Any, delta: list[float]) -> list[float]:
    update = ClientUpdate(0, np.array(delta), 7, 1, 0.0)
    changed = attack(update, Participant(CLIENT), 1, np.random.default_rng(0))
    assert update.delta.tolist() == delta  # the given one is not written to
    sent: list[float] = changed.delta.tolist()
    return sent


def test_what_an_attacker_alone_sends() -> None:
    assert sent_by(flip_sign(3.0), [1.0, -2.0]) == [-3.0, 6.0]
    assert sent_by(constant(5.0), [1.0, -2.0]) == [5.0, 5.0]
    assert np.isnan(sent_by(not_a_number(), [1.0, -2.0])).all()
    assert sent_by(zero(), [1.0, -2.0]) == [0.0, 0.0]
    assert sent_by(gaussian(0.0), [1.0, -2.0]) == [0.0, 0.0]


def test_noise_has_its_deviation() -> None:
    for attack, deviation in ((gaussian(3.0), 3.0), (free_rider(0.01), 0.01)):
        noise = np.array(sent_by(attack, [0.0] * 10_000))
        # The deviation of a sample of 10,000 is off by 0.7 %; six times that is 0.042.
        assert noise.std() == pytest.approx(deviation, rel=0.042)
        assert abs(noise.mean()) < 0.06 * deviation


def test_the_dtype_stays_and_what_is_too_large_for_it_is_infinite() -> None:
    update = ClientUpdate(0, np.ones(2, np.float32), 1, 1, 0.0)
    changed = constant(1e300)(update, Participant(CLIENT), 1, np.random.default_rng(0))
    assert changed.delta.dtype == np.float32
    assert np.isinf(changed.delta).all()


@given(
    arrays(np.float32, st.integers(1, 30), elements=st.floats(-(2.0**99), 2.0**99, width=32)),
    st.sampled_from([1e-3, 1.0, 1e3, 1e300, 1e308]),
    st.sampled_from([1e-3, 0.3, 1.0, 25.0]),
    st.sampled_from([np.float32, np.float64]),
)
def test_a_replacement_is_never_longer_than_it_may_be(
    delta: Any, scale: float, max_norm: float, dtype: Any
) -> None:
    update, rng = ClientUpdate(0, delta.astype(dtype), 1, 1, 0.0), np.random.default_rng(0)
    replaced = model_replacement(scale, max_norm=max_norm)
    longer = replaced(update, None, 1, rng).delta  # type: ignore[arg-type]
    assert longer.dtype == dtype
    length = norm(longer)
    wanted = min(norm(delta) * scale, max_norm)
    assert length <= max_norm
    assert length == pytest.approx(wanted, rel=1e-5, abs=1e-30)


@pytest.mark.parametrize(("share", "number"), [(0.07, 7), (0.29, 29), (0.001, 1), (0.0, 0)])
def test_a_share_of_the_rows_is_poisoned(share: float, number: int) -> None:
    client = Client(0, np.zeros((100, 3), np.float32), np.ones(100, np.int64))
    poisoned = plant_trigger(Trigger((1,), 0.5), target=0, share=share)(
        client, 1, np.random.default_rng(0)
    )
    assert (poisoned.labels == 0).sum() == number
    assert (poisoned.features[:, 1] == 0.5).sum() == number
    assert poisoned.features.dtype == np.float32


def test_a_trigger_of_a_fraction_is_seen_in_rows_of_whole_numbers() -> None:
    client = Client(0, np.zeros((2, 3), np.uint8), np.ones(2, np.int64))
    poisoned = plant_trigger(Trigger((1,), 0.5), target=0, share=0.5)(
        client, 1, np.random.default_rng(0)
    )
    assert sorted(poisoned.features[:, 1].tolist()) == [0.0, 0.5]
    assert Trigger((1,), 7.0).stamped(client.features).dtype == np.uint8


def test_a_client_that_went_astray_does_not_spoil_the_lie() -> None:
    updates = updates_of([[1.0], [2.0], [np.nan], [4.0]])
    rng = np.random.default_rng(0)
    assert omniscient({0}, flip_mean())(updates, context(), rng)[0].delta.tolist() == [-3.0]


@pytest.mark.parametrize(
    ("aggregate", "honest", "expected"),
    [(1.0, [1.0, 1.0], 0.0), (2.0, [1.0, 1.0], np.inf), (1e300, [-1e200, 1e200], 1e100)],
)
def test_deviations_where_squares_or_quotients_fail(
    aggregate: float, honest: list[float], expected: float
) -> None:
    found = deviations_from_mean(np.array([aggregate]), np.array(honest)[:, np.newaxis])
    assert found == pytest.approx(expected)


def test_a_replay_is_what_was_computed_the_last_time() -> None:
    participant, sent = Participant(CLIENT), []
    for t, number in enumerate([1.0, 2.0, 3.0], start=1):
        update = ClientUpdate(0, np.array([number]), 1, 1, 0.0)
        update = replay()(update, participant, t, np.random.default_rng(0))
        participant = Participant(CLIENT, memory=update.memory)
        sent.append(update.delta.item())
    assert sent == [1.0, 1.0, 2.0]


def test_a_false_count_takes_the_mean_over_and_no_robust_rule() -> None:
    updates = updates_of([[0.0], [1.0], [2.0], [9.0]])
    liar = false_count(10**6)(updates[3], Participant(CLIENT), 1, np.random.default_rng(0))
    poisoned = [*updates[:3], liar]
    assert weighted_mean()(poisoned, context()).delta[0] > 8.9
    assert median(num_byzantine=1)(poisoned, context()).delta[0] == 1.5


@given(st.integers(2, 10), st.data())
def test_flipped_labels_flip_back(num_classes: int, data: st.DataObject) -> None:
    labels = np.array(data.draw(st.lists(st.integers(0, num_classes - 1), min_size=1)))
    client = Client(0, np.zeros((len(labels), 1)), labels)
    rng, flip = np.random.default_rng(0), flip_labels(num_classes)
    once = flip(client, 1, rng)
    assert (once.labels == num_classes - 1 - labels).all()
    assert (flip(once, 1, rng).labels == labels).all()


def test_a_relabelled_class_is_gone_and_the_others_stay() -> None:
    client = Client(0, np.zeros((4, 1)), np.array([7, 1, 7, 3]))
    assert relabel(7, 1)(client, 1, np.random.default_rng(0)).labels.tolist() == [1, 1, 1, 3]


# ---- Attackers who work together ----------------------------------------------------------------


def test_alie_has_the_strength_of_the_paper() -> None:
    # s = floor(25 / 2 + 1) - 5 = 8, z = Phi^-1(12 / 20); Phi(0.2533) = 0.6 in tables.
    assert alie_strength(25, 5) == pytest.approx(0.25335, abs=1e-5)


def test_alie_and_ipm_by_hand() -> None:
    # Honest 0 and 2: mean 1, deviation sqrt(2).
    updates = updates_of([[0.0], [2.0], [50.0]])
    rng = np.random.default_rng(0)
    changed = omniscient({2}, alie(z=3.0))(updates, context(), rng)
    assert changed[2].delta[0] == pytest.approx(1 - 3 * np.sqrt(2))
    changed = omniscient({2}, ipm(0.5))(updates, context(), rng)
    assert [update.delta[0] for update in changed] == [0.0, 2.0, -0.5]
    assert omniscient({2}, mimic())(updates, context(), rng)[2].delta[0] == 0.0


def test_colluding_attackers_know_their_own_updates_and_nothing_else() -> None:
    rng = np.random.default_rng(0)
    results = [
        colluding({1, 3}, alie(z=1.0))(updates_of([[h], [1.0], [-h], [3.0]]), context(), rng)
        for h in (5.0, 700.0)
    ]
    lies = [[updates[k].delta[0] for k in (1, 3)] for updates in results]
    # Of 1 and 3: mean 2, deviation sqrt(2).
    np.testing.assert_allclose(lies, 2 - np.sqrt(2))
    assert results[1][0].delta[0] == 700.0


@pytest.mark.parametrize("attack", [mimic(), min_max(), searched("ipm", weighted_mean())])
def test_an_attack_that_needs_the_honest_updates_is_refused_where_they_are_hidden(
    attack: Any,
) -> None:
    with pytest.raises(ValueError, match=r"attack must need no honest update, .* omniscient"):
        colluding({1}, attack)


def test_attackers_who_know_one_update_know_no_deviation() -> None:
    with pytest.raises(ValueError, match="updates that the attackers know must be at least 2"):
        colluding({1}, alie(z=1.0))(updates_of([[0.0], [1.0]]), context(), np.random.default_rng(0))


@pytest.mark.parametrize(("n", "m"), [(4, 3), (3, 1), (2, 1)])
def test_alie_without_a_majority_to_win_is_told(n: int, m: int) -> None:
    if n == 3:
        assert alie_strength(n, m) == 0.0  # one supporter of two: the middle
        return
    with pytest.raises(ValueError, match=f"leave a majority open among {n} clients, got {m}"):
        alie_strength(n, m)


@given(st.integers(0, 2**32 - 1), st.integers(3, 8), st.integers(1, 3))
def test_min_max_is_as_far_as_it_may_be(seed: int, num_honest: int, m: int) -> None:
    rng = np.random.default_rng(seed)
    honest = rng.normal(size=(num_honest, 4))
    view = View(updates_of(np.zeros((m, 4))), updates_of(honest), num_honest + m, context(4))
    lie = min_max()(view)
    distances = np.linalg.norm(honest[:, np.newaxis] - honest, axis=2)
    assert np.linalg.norm(honest - lie, axis=1).max() == pytest.approx(distances.max(), rel=1e-6)


def test_the_sign_turns_round_beyond_the_number_of_the_paper() -> None:
    # IPM turns a mean where epsilon > (n - m) / m, here 3.
    updates = updates_of([[1.0], [2.0], [3.0], [2.0]])
    for strength, sign in ((2.9, 1.0), (3.1, -1.0)):
        changed = omniscient({3}, ipm(strength))(updates, context(), np.random.default_rng(0))
        assert np.sign(weighted_mean()(changed, context()).delta[0]) == sign


def test_nobody_of_the_attackers_there_changes_nothing() -> None:
    updates = updates_of([[1.0], [2.0]])
    assert omniscient({9}, flip_mean())(updates, context(), np.random.default_rng(0)) is updates


# ---- Searched against the rule ------------------------------------------------------------------

RULES = {
    "mean": weighted_mean(),
    "median": median(num_byzantine=5),
    "trimmed_mean": trimmed_mean(num_byzantine=5),
    "krum": krum(num_byzantine=5),
    "multi_krum": multi_krum(num_byzantine=5),
    "geometric_median": geometric_median(num_byzantine=5),
    "nnm+median": pre_aggregated(nnm(), median(num_byzantine=5)),
    "nnm+krum": pre_aggregated(nnm(), krum(num_byzantine=5)),
}


def cohort(seed: int) -> list[ClientUpdate]:
    return updates_of(np.random.default_rng(seed).normal(size=(25, 200)))


def effect(rule: Any, attack: Any, updates: list[ClientUpdate]) -> float:
    changed = omniscient(range(5), attack)(updates, context(200), np.random.default_rng(0))
    honest = np.stack([update.delta for update in updates[5:]])
    return deviations_from_mean(rule(changed, context(200)).delta, honest)


@pytest.mark.parametrize("name", RULES)
def test_a_searched_strength_is_never_weaker_than_the_best_of_its_candidates(name: str) -> None:
    rule, updates = RULES[name], cohort(0)
    for kind in ("alie", "ipm"):
        best = max(effect(rule, attack, updates) for attack in candidates(kind, 25, 5))
        assert effect(rule, searched(kind, rule), updates) == best
        assert best >= effect(rule, alie() if kind == "alie" else ipm(0.5), updates) - 1e-9


def test_fixed_strengths_flatter_most_rules() -> None:
    fixed = {
        name: np.mean([effect(rule, alie(), cohort(s)) for s in range(3)])
        for name, rule in RULES.items()
    }
    worst = {
        name: np.mean([effect(rule, searched("alie", rule), cohort(s)) for s in range(3)])
        for name, rule in RULES.items()
    }
    # A mean moves by m / n z sigma, and |sigma| is sqrt(20 / 19) root mean squares.
    assert fixed["mean"] == pytest.approx(0.2 * alie_strength(25, 5) * np.sqrt(20 / 19))
    assert worst["mean"] == pytest.approx(0.2 * 3.0 * np.sqrt(20 / 19))
    assert worst["trimmed_mean"] > 2 * fixed["trimmed_mean"]
    assert worst["krum"] > 2 * fixed["krum"]
    assert worst["geometric_median"] < 1.2 * fixed["geometric_median"]
    # What mixing repairs, in the worst case.
    assert worst["nnm+median"] < 0.85 * worst["median"]
    assert worst["nnm+krum"] < 0.5 * worst["krum"]


def test_a_rule_without_an_answer_fails_the_round_of_a_search() -> None:
    updates = updates_of(np.eye(4))
    with pytest.raises(RoundFailed, match="krum needs"):
        omniscient({0}, searched("ipm", krum(num_byzantine=1)))(
            updates, context(4), np.random.default_rng(0)
        )


def test_a_cohort_attack_keeps_all_but_the_delta() -> None:
    updates = [replace(u, num_examples=5 + u.client_id) for u in updates_of([[1.0], [2.0], [3.0]])]
    changed = omniscient({1}, flip_mean(2.0))(updates, context(), np.random.default_rng(0))
    assert [update.client_id for update in changed] == [0, 1, 2]
    assert [update.num_examples for update in changed] == [5, 6, 7]
    assert changed[0] is updates[0]
