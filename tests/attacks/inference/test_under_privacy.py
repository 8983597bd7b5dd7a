"""Membership inference against DP-SGD: what noise leaves of it, and the curve above it."""

from functools import cache

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.attacks.inference import Guesses, confidences, lira_scores, loss_scores
from pyfedlite.clients import Client, Participant
from pyfedlite.local import PrivateSGD
from pyfedlite.privacy import account, rounds_of

MODEL = fl.SoftmaxRegression(100, 5, dtype="float64")
TARGETS, SHADOWS, STEPS, MEMBERS = 8, 64, 100, 100


def data() -> tuple[np.ndarray, np.ndarray]:
    """400 rows of 100 columns in 5 classes, a tenth of the labels drawn anew."""
    rng = np.random.default_rng(0)
    means = 0.15 * rng.normal(size=(5, 100))
    labels = rng.integers(5, size=400)
    features = means[labels] + rng.normal(size=(400, 100))
    return features, np.where(rng.random(400) < 0.1, rng.integers(5, size=400), labels)


FEATURES, LABELS = data()


def trained(is_in: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Models after DP-SGD with C = 1 and q = 1, all at once, shape (number of models, 505).

    The gradient of one row is (x, 1) (p - y)', so that its length is |(x, 1)| |p - y|.
    """
    x = np.hstack([FEATURES, np.ones((400, 1))])
    W, lengths = np.zeros((len(is_in), 101, 5)), np.linalg.norm(x, axis=1)
    for _ in range(STEPS):
        p = np.exp(x @ W)
        error = p / p.sum(axis=-1, keepdims=True) - np.eye(5)[LABELS]  # (models, 400, 5)
        factors = is_in / np.maximum(1.0, np.linalg.norm(error, axis=-1) * lengths)
        g = x.T @ (factors[..., np.newaxis] * error)
        W -= (g + noise * rng.normal(size=g.shape)) / MEMBERS
    return W.reshape(len(is_in), -1)


@cache
def attacked(noise: float) -> dict[str, Guesses]:
    """Both attacks on all targets. Rows are in or out on their own, as in ADD_OR_REMOVE."""
    rng = np.random.default_rng(1)
    is_in = rng.random((TARGETS + SHADOWS, 400)) < MEMBERS / 400
    thetas = trained(is_in, noise, rng)
    phi = np.stack([confidences(MODEL, theta, FEATURES, LABELS) for theta in thetas])
    known = phi[TARGETS:], is_in[TARGETS:]
    scores = {
        "loss": [loss_scores(MODEL, theta, FEATURES, LABELS) for theta in thetas[:TARGETS]],
        "lira": [lira_scores(one, *known) for one in phi[:TARGETS]],
    }
    truth = is_in[:TARGETS].ravel()
    return {name: Guesses(np.concatenate(each), truth) for name, each in scores.items()}


def test_the_models_are_those_of_the_private_trainer() -> None:
    rows = np.random.default_rng(3).random(400) < 0.25
    sgd = PrivateSGD(STEPS, 1.0, 1.0, 0.0, sampling_rate=1.0, population=MEMBERS)
    participant = Participant(Client(0, FEATURES[rows], LABELS[rows]))
    rng = np.random.default_rng(0)
    update = sgd.train(MODEL, np.zeros(505), participant, rng, round=1)
    np.testing.assert_allclose(trained(rows[np.newaxis], 0.0, rng)[0], update.delta, atol=1e-8)


@pytest.mark.parametrize("attack", ["loss", "lira"])
def test_noise_takes_the_attack_away_and_clipping_alone_does_not(attack: str) -> None:
    aucs = [attacked(noise)[attack].auc for noise in (0.0, 5.0, 20.0, 60.0)]
    assert aucs[0] > 0.85
    assert 0.7 < aucs[1] < 0.92
    assert 0.52 < aucs[2] < 0.7
    assert 0.45 < aucs[3] < 0.6
    assert aucs == sorted(aucs, reverse=True)


def test_at_1_percent_false_alarms_noise_leaves_less_than_a_quarter() -> None:
    without, with_noise = (attacked(noise)["lira"].interval_at(0.01, 0.99) for noise in (0.0, 5.0))
    assert with_noise[1] < without[0] / 4


def above_the_curve(guesses: Guesses, noise: float) -> list[float]:
    """False positive rates at which an attack finds more than the guarantee allows.

    Intervals of 99.9 % for 800 members, and 2 % of false positives more than were counted.
    """
    curve = account(rounds_of(1.0, noise, STEPS), dp_delta=1e-5).curve
    assert curve is not None
    rates = (0.01, 0.05, 0.1, 0.3, 0.6)
    low = [guesses.interval_at(rate, 0.999)[0] for rate in rates]
    most = 1 - curve(np.array(rates) + 0.02)
    return [rate for rate, least, limit in zip(rates, low, most, strict=True) if least > limit]


@pytest.mark.parametrize("noise", [5.0, 20.0, 60.0])
@pytest.mark.parametrize("attack", ["loss", "lira"])
def test_no_attack_is_above_the_curve_of_the_guarantee(attack: str, noise: float) -> None:
    assert above_the_curve(attacked(noise)[attack], noise) == []


def test_a_trainer_that_forgets_its_noise_is_above_it() -> None:
    assert above_the_curve(attacked(0.0)["lira"], 20.0) != []
    assert above_the_curve(attacked(5.0)["lira"], 60.0) != []  # or adds a twelfth of it
