"""A step of DP-SGD, and ways to get it wrong that look right.

Right is (sum_i min(1, C / |g_i|) g_i + N(0, (z C)^2)) / (q N_0), over rows that were drawn each on
its own (Abadi et al. 2016). The mutants learn as well, or better, and protect less than they claim
or nothing at all. They are weak on purpose. For teaching: not audited.
"""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers, Matrix, Vector
from pyfedlite.clients import Client, Participant
from pyfedlite.local.private import PrivateSGD
from pyfedlite.models import LinearRegression
from pyfedlite.norms import shortened
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Subject, variant
from pyfedlite.testing.strategies import seeds

NUM_FEATURES = 999
"""With the bias 1,000 parameters: their noise shows its deviation within 2 %."""


def private_step(
    features: Matrix,
    labels: Vector,
    seed: int,
    clip: float,
    noise_multiplier: float,
    rate: float,
    population: int,
) -> Vector:
    """Return minus the first step of DP-SGD from theta = 0, with a learning rate of 1."""
    sgd = PrivateSGD(1, 1.0, clip, noise_multiplier, rate, population)
    model = LinearRegression(features.shape[1], dtype="float64")
    participant = Participant(Client(0, features, labels))
    theta, rng = np.zeros(features.shape[1] + 1), np.random.default_rng(seed)
    return -sgd.train(model, theta, participant, rng, round=1).delta


def _fixed_size(number: int, rate: float, rng: np.random.Generator) -> Integers:
    chosen: Integers = rng.permutation(number)[: round(rate * number)]
    return chosen


def _poisson(number: int, rate: float, rng: np.random.Generator) -> Integers:
    return np.flatnonzero(rng.random(number) < rate)


def _sum_of_clipped(gradients: Matrix, clip: float) -> Vector:
    total: Vector = shortened(gradients, clip).sum(axis=0)
    return total


def _clipped_sum_of_all(gradients: Matrix, clip: float) -> Vector:
    if not len(gradients):
        return np.zeros(gradients.shape[1])
    mean = gradients.mean(axis=0, keepdims=True)
    total: Vector = len(gradients) * shortened(mean, clip)[0]
    return total


def _clipped_by_layer(gradients: Matrix, clip: float) -> Vector:
    layers = [gradients[:, :-1], gradients[:, -1:]]
    return np.concatenate([_sum_of_clipped(layer, clip) for layer in layers])


def _wrong(
    *,
    sample: Callable[..., Integers] = _poisson,
    summed: Callable[[Matrix, float], Vector] = _sum_of_clipped,
    noise: Callable[[float, int], float] = lambda clip, size: clip,
    divisor: Callable[[float, int], float] = lambda expected, size: expected,
) -> Callable[..., Vector]:
    """Return a step with one of its parts exchanged."""

    def mutant(
        features: Matrix,
        labels: Vector,
        seed: int,
        clip: float,
        noise_multiplier: float,
        rate: float,
        population: int,
    ) -> Vector:
        rng = np.random.default_rng(seed)
        rows = sample(len(labels), rate, rng)
        ones = np.ones((len(rows), 1))
        gradients = -labels[rows, np.newaxis] * np.hstack([features[rows], ones])
        std = noise_multiplier * noise(clip, len(rows))
        total = summed(gradients, clip) + rng.normal(scale=std, size=gradients.shape[1])
        step: Vector = total / divisor(rate * population, len(rows))
        return step

    return mutant


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    number = draw(st.integers(0, 6))
    rng = np.random.default_rng(draw(seeds()))
    return {
        "features": rng.normal(size=(number, NUM_FEATURES)) / np.sqrt(NUM_FEATURES),
        "labels": rng.choice([-9.0, 0.1, 1.0, 20.0], size=number),
        "seed": draw(seeds()),
        "clip": draw(st.sampled_from([0.5, 2.0, 5.0])),
        "noise_multiplier": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "rate": draw(st.sampled_from([0.3, 0.5, 1.0])),
        "population": draw(st.integers(11, 99)),
    }


PRIVATE_STEP = Subject(
    name="private_step",
    says="private_step(features, labels, seed, clip, noise_multiplier, rate, population) returns "
    "the sum of the clipped gradients of y = w'x + b at 0, over the rows that "
    "default_rng(seed).random(n) < rate takes, with noise z C, over rate * population",
    implementation=private_step,
    cases=_cases(),
    arguments={
        "features": "of the rows of a client, shape (n, num_features)",
        "labels": "of the rows, shape (n,)",
        "seed": "of sample and noise",
        "clip": "C",
        "noise_multiplier": "z",
        "rate": "q, with which each row is in the sample",
        "population": "N_0, a declared number of rows",
    },
    mutants=(),
    variants=(
        variant(
            "batch-clipped",
            _wrong(summed=_clipped_sum_of_all),
            "The mean gradient is clipped, not that of each row: one row may decide it alone.",
        ),
        variant(
            "each-layer-clipped",
            _wrong(summed=_clipped_by_layer),
            "W and b are each shortened to C: a row moves the sum by sqrt(2) C.",
        ),
        variant(
            "size-of-the-sample",
            _wrong(divisor=lambda expected, size: max(size, 1)),
            "The divisor is the size of the sample: the scale of the noise tells it.",
        ),
        variant(
            "noise-without-clip",
            _wrong(noise=lambda clip, size: 1.0),
            "The noise is z, not z C: a larger C then costs privacy that nobody counts.",
        ),
        variant(
            "noise-of-each-row",
            _wrong(noise=lambda clip, size: clip * np.sqrt(size)),
            "Every gradient gets noise: too much for many rows, and none where no row was drawn.",
        ),
        variant(
            "fixed-batch",
            _wrong(sample=_fixed_size),
            "Batches of a fixed size, while the account counts rows that are drawn on their own.",
        ),
    ),
)
