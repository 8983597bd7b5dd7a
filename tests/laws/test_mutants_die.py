"""The project's own laws kill every mutant: each bug of the field would be noticed here."""

import math

import numpy as np
import pytest

from pyfedlite.aggregation import weighted_mean
from pyfedlite.data import dirichlet
from pyfedlite.models import LogisticRegression
from pyfedlite.privacy import gaussian_delta
from pyfedlite.state import State
from pyfedlite.testing import AGGREGATOR_LAWS, MODEL_LAWS
from pyfedlite.testing.mutants import MUTANTS, SUBJECTS, kills
from pyfedlite.testing.mutants.mean import StackedAggregator
from pyfedlite.testing.partitioners import PARTITIONER_LAWS

CLOSE = {"rtol": 0, "atol": 1e-10}  # a few float64 operations on numbers up to 100


def fails(law, subject):
    try:
        law(subject)
    except Exception:
        return True
    return False


# ---- Batteries: a mutant dies by one of the laws that the right part obeys ----------------------


def reject(laws, subject):
    return any(fails(law, subject) for law in laws.values())


@pytest.mark.parametrize("mutant", SUBJECTS["gradient"].mutants, ids=lambda m: m.name)
def test_laws_of_models_kill(mutant):
    assert reject(MODEL_LAWS, mutant.implementation)


def test_laws_of_models_accept_the_model_behind_the_mutants():
    assert not reject(MODEL_LAWS, SUBJECTS["gradient"].implementation)
    assert isinstance(SUBJECTS["gradient"].implementation, LogisticRegression)


@pytest.mark.parametrize("name", ["first-client-twice", "fixed-share"])
def test_laws_of_aggregators_kill(name):
    (mutant,) = (m for m in SUBJECTS["weighted_mean"].mutants if m.name == name)
    assert reject(AGGREGATOR_LAWS, StackedAggregator(mutant.implementation))


def test_laws_of_aggregators_accept_the_mean_behind_the_mutants():
    right = StackedAggregator(SUBJECTS["weighted_mean"].implementation)
    assert not reject(AGGREGATOR_LAWS, right)
    assert not reject(AGGREGATOR_LAWS, weighted_mean())


def test_laws_of_partitioners_kill_rows_without_an_owner_and_endless_redrawing():
    mutants = {m.name: m.implementation for m in SUBJECTS["partition"].mutants}
    assert reject(PARTITIONER_LAWS, mutants["misindented-minimum"])
    assert reject(PARTITIONER_LAWS, mutants["redrawn-until-lucky"])


def test_laws_of_partitioners_accept_the_partitioner_behind_the_mutants():
    assert not reject(PARTITIONER_LAWS, SUBJECTS["partition"].implementation)
    assert SUBJECTS["partition"].implementation == dirichlet(alpha=0.1)


# ---- Properties: what the tests of each part claim, as a function of the part -------------------


def mean_is_numpys_average(mean, deltas, num_examples):
    expected = np.average(deltas, axis=0, weights=num_examples)
    np.testing.assert_allclose(mean(deltas, num_examples), expected, **CLOSE)


def gradient_is_the_central_difference(model, theta, features, labels):
    gradient, h = model.grad(theta, features, labels), 1e-5
    for i, e in enumerate(h * np.eye(len(theta))):
        above, below = (model.loss(theta + s * e, features, labels) for s in (1, -1))
        # The third derivative times h^2, and the rounding of a loss up to 1e4 over h.
        assert abs((above - below) / (2 * h) - gradient[i]) < 1e-5


def every_division_that_is_possible_is_made(partition, dataset, num_clients, seed):
    owner = partition(dataset, num_clients, np.random.default_rng(seed))
    assert owner.min() >= 0
    assert len(np.bincount(owner)) == num_clients
    assert np.bincount(owner).min() >= 1


def client_update_is_the_loop_of_algorithm_1(update, local, model, theta, client, seed):
    rng, theta_k, n = np.random.default_rng(seed), theta, client.num_examples
    for _ in range(local.local_epochs):
        order = np.arange(n) if local.batch_size is None else rng.permutation(n)
        for start in range(0, n, local.batch_size or n):
            b = order[start : start + (local.batch_size or n)]
            g = model.grad(theta_k, client.features[b], client.labels[b])
            theta_k = theta_k - local.learning_rate * (g + local.proximal_mu * (theta_k - theta))
    expected = theta_k - theta
    np.testing.assert_allclose(update(local, model, theta, client, seed), expected, **CLOSE)


def steps_follow_algorithm_2_of_reddi_et_al(step, deltas):
    state, x, m, v = State(0, np.zeros(2)), np.zeros(2), np.zeros(2), np.ones(2)
    for delta in deltas:
        m, v = 0.5 * m + 0.5 * delta, 0.5 * v + 0.5 * delta**2
        x = x + m / (np.sqrt(v) + 1)
        state = step(state, delta)
    np.testing.assert_allclose(state.theta, x, **CLOSE)


def cohorts_are_fair_and_repeatable(sampler, view, seed):
    first, again = (sorted(sampler(view, np.random.default_rng(seed))) for _ in range(2))
    assert first == again
    assert len(set(first)) == len(first) == 3
    rng = np.random.default_rng(seed)
    seen = np.bincount(np.concatenate([sampler(view, rng) for _ in range(400)]))
    assert len(seen) == view.num_clients
    # Each count is binomial; 8 standard deviations have a probability below 1e-12.
    p = 3 / view.num_clients
    assert np.abs(seen - 400 * p).max() <= 8 * math.sqrt(400 * p * (1 - p))


def clipping_keeps_direction_and_bound(clip, delta, max_norm):
    clipped = clip(delta, max_norm)
    if not np.isfinite(delta).all():
        delta = np.zeros_like(delta)
    norm = math.hypot(*delta)
    expected = delta if norm <= max_norm else delta * (max_norm / norm)
    np.testing.assert_allclose(clipped, expected, rtol=1e-9)  # it stays 2^-32 below the bound


def the_norm_grows_when_all_are_clipped_and_shrinks_when_none_is(next_norm, max_norm, norms):
    after = next_norm(max_norm, norms, 0.5, 0.2)
    if (norms > max_norm).all():
        assert after > max_norm
    if (norms <= max_norm).all():
        assert after < max_norm


def the_noise_is_enough_and_hardly_more(noise_multiplier, epsilon, delta, replace):
    z = noise_multiplier(epsilon, delta, replace)
    distance = 2 if replace else 1  # of two neighbours' sums, in units of the clipping norm
    assert gaussian_delta(distance / z, epsilon) <= delta
    assert gaussian_delta(distance / (0.999 * z), epsilon) > delta


def the_sum_is_clipped_and_its_noise_is_z_c(  # the names are those of the subject
    mean, deltas, num_examples, num_clients, seed, clip, noise_multiplier, rate, population
):
    settings = (num_examples, num_clients, seed, clip, noise_multiplier, rate, population)
    noise = mean(deltas, *settings) * rate * population
    for delta in deltas:
        if np.isfinite(delta).all():
            noise = noise - delta * min(1.0, clip / np.linalg.norm(delta))
    # The variance of d draws has the relative deviation sqrt(2 / d) = 0.045; 7 of it have a
    # probability below 1e-11. What the clipped updates leave out of C^2 is below 1e-8.
    expected = (noise_multiplier * clip) ** 2
    assert abs(np.mean(noise**2) - expected) <= 7 * 0.045 * expected + 1e-8


def each_drawn_gradient_is_clipped_and_the_noise_is_z_c(
    step, features, labels, seed, clip, noise_multiplier, rate, population
):
    settings = (features, labels, seed, clip, noise_multiplier, rate, population)
    noise = step(*settings) * rate * population
    for i in np.flatnonzero(np.random.default_rng(seed).random(len(labels)) < rate):
        g = -labels[i] * np.append(features[i], 1.0)
        noise = noise - g * min(1.0, clip / np.linalg.norm(g))
    expected = (noise_multiplier * clip) ** 2  # as for the private mean above
    assert abs(np.mean(noise**2) - expected) <= 7 * 0.045 * expected + 1e-12


def a_message_is_worth_half_a_bit_or_nothing(bits, rows, clip):
    expected = 0.0
    for row in rows:
        if np.isfinite(row).all():
            expected += 0.5 if math.hypot(*row) <= clip else -0.5
    assert bits(rows, clip) == expected


def masks_use_the_whole_seed_and_differ_everywhere(mask, seed, length):
    words = mask(seed, length)
    assert (words == mask(seed, length)).all()
    assert len(set(words.tolist())) > 1  # all equal by chance: below 2^-32
    swapped = seed[4:] + seed[:4]  # XOR does not see the order of its terms
    assert seed == swapped or (words != mask(swapped, length)).any()


def the_correction_is_c_minus_c_k(correction, c, c_k):
    np.testing.assert_array_equal(correction(c, c_k) + c_k, c)


def the_variate_of_a_client_is_its_mean_gradient(
    variate, c, c_k, delta, num_examples, batch_size, epochs
):
    # K eta (c_k+ - c_k + c) = -Delta_k: option II, multiplied out.
    num_steps = epochs * len(range(0, num_examples, batch_size))
    after = variate(c, c_k, delta, num_examples, batch_size, epochs)
    np.testing.assert_allclose(0.1 * num_steps * (after - c_k + c), -delta, **CLOSE)


def the_variate_of_the_server_is_the_mean_of_all_clients(variate, c, before, after, num_clients):
    # If c is the mean of all c_k before, it is so after: clients that were absent keep theirs.
    absent = np.zeros((num_clients - len(before), 2))
    mean_before = np.concatenate([before, absent]).mean(axis=0)
    mean_after = np.concatenate([after, absent]).mean(axis=0)
    moved = variate(mean_before, before, after, num_clients)
    np.testing.assert_allclose(moved, mean_after, **CLOSE)


def found_rows_are_genuine_and_none_is_left_out(attack, features, errors):
    found = attack(features.T @ errors, errors.sum(axis=0))
    apart = np.abs(features[:, np.newaxis] - found[np.newaxis]).max(axis=2)
    assert (apart.min(axis=0, initial=np.inf) < 1e-6).all()
    alone = (errors != 0).sum(axis=0) == 1
    given_away = (errors[:, alone] != 0).sum(axis=1) >= 2
    assert (apart.min(axis=1, initial=np.inf)[given_away] < 1e-6).all()


def liars_stay_within_the_range_of_the_honest(rule, honest, lies):
    deltas = np.vstack([honest, lies])
    given = deltas.copy()
    result = rule(deltas, len(lies))
    assert (result >= honest.min(axis=0) - 1e-9).all()
    assert (result <= honest.max(axis=0) + 1e-9).all()
    assert np.array_equal(deltas, given, equal_nan=True)


PROPERTIES = {
    "weighted_mean": mean_is_numpys_average,
    "gradient": gradient_is_the_central_difference,
    "partition": every_division_that_is_possible_is_made,
    "client_update": client_update_is_the_loop_of_algorithm_1,
    "server_step": steps_follow_algorithm_2_of_reddi_et_al,
    "sampler": cohorts_are_fair_and_repeatable,
    "clip": clipping_keeps_direction_and_bound,
    "next_max_norm": the_norm_grows_when_all_are_clipped_and_shrinks_when_none_is,
    "noise_multiplier": the_noise_is_enough_and_hardly_more,
    "private_mean": the_sum_is_clipped_and_its_noise_is_z_c,
    "private_step": each_drawn_gradient_is_clipped_and_the_noise_is_z_c,
    "shifted_bits": a_message_is_worth_half_a_bit_or_nothing,
    "recovery": found_rows_are_genuine_and_none_is_left_out,
    "robust_rule": liars_stay_within_the_range_of_the_honest,
    "mask": masks_use_the_whole_seed_and_differ_everywhere,
    "scaffold_correction": the_correction_is_c_minus_c_k,
    "scaffold_client_variate": the_variate_of_a_client_is_its_mean_gradient,
    "scaffold_server_variate": the_variate_of_the_server_is_the_mean_of_all_clients,
}


@pytest.mark.parametrize(
    "subject", ["private_mean", "private_step", "shifted_bits", "recovery", "robust_rule"]
)
def test_the_property_kills_the_made_up_mutants_too(subject):
    report = kills(PROPERTIES[subject], subject, variants=True)
    assert len(report.killed) >= 2
    assert report, str(report)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_property_of_each_subject_accepts_the_right_one_and_kills_all_mutants(subject):
    report = kills(PROPERTIES[subject], subject)
    assert report, str(report)


def test_replacement_without_twice_the_noise_is_killed():
    report = kills(the_noise_is_enough_and_hardly_more, "noise_multiplier", variants=True)
    assert report, str(report)


def test_every_mutant_says_where_it_was_found_and_what_goes_wrong():
    for mutant in MUTANTS:
        assert "/" in mutant.found_in
        assert mutant.story.endswith(".")
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
