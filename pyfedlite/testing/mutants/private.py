"""The private mean, the bits of adaptive clipping, and how they were got wrong.

Right is (sum of the clipped updates + N(0, (z C)^2)) / (q N_0) with a *declared* number of clients
N_0 (McMahan et al. 2018). Most of these mistakes leave accuracy as it is, or better it: only the
size of the noise, and what it depends on, tells. The mutants are weak on purpose, and nothing may
be protected with them. For teaching: not audited.
"""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers, Matrix, Vector
from pyfedlite.aggregation.clipped_sum import shifted_bits
from pyfedlite.aggregation.private import PrivateMean
from pyfedlite.clients import ClientUpdate
from pyfedlite.norms import norms, shortened
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Population, RoundContext
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject, variant
from pyfedlite.testing.strategies import seeds

NUM_PARAMS = 1000
"""Numbers in a drawn update: their noise shows its deviation within 2 %."""


def private_mean(
    deltas: Matrix,
    num_examples: Integers,
    num_clients: int,
    seed: int,
    clip: float,
    noise_multiplier: float,
    rate: float,
    population: int,
) -> Vector:
    """Return the private mean of the clients that came, with noise from a seed."""
    pairs = enumerate(zip(deltas, num_examples.tolist(), strict=True))
    updates = [ClientUpdate(k, delta, n, 1, 0.0) for k, (delta, n) in pairs]
    theta, law = np.zeros(deltas.shape[1]), Population(num_clients, "poisson", rate)
    context = RoundContext(1, theta, RoundSeed(seed, 1), population=law)
    return PrivateMean(clip, noise_multiplier, population)(updates, context).delta


Rule = Callable[..., Vector]


def _wrong(
    *,
    divisor: Callable[..., float] | None = None,
    noise: float = 1.0,
    summed: Callable[[Matrix, float], Vector] | None = None,
    after: bool = False,
    weighted: bool = False,
) -> Rule:
    """Return a private mean with some of its parts exchanged."""

    def mutant(
        deltas: Matrix,
        num_examples: Integers,
        num_clients: int,
        seed: int,
        clip: float,
        noise_multiplier: float,
        rate: float,
        population: int,
    ) -> Vector:
        number = rate * population
        if divisor is not None:
            number = divisor(rate, population, num_clients, len(deltas))
        std = noise * noise_multiplier * clip
        drawn = np.random.default_rng(seed).normal(scale=std, size=deltas.shape[1])
        total = (summed or _clipped_sum)(deltas, clip)
        if weighted and len(deltas):
            shares = num_examples / num_examples.sum()
            mean: Vector = shares @ shortened(deltas, clip) + drawn / len(deltas)
            return mean
        return total / number + drawn if after else (total + drawn) / number

    return mutant


def _clipped_sum(deltas: Matrix, clip: float) -> Vector:
    total: Vector = shortened(deltas, clip).sum(axis=0)
    return total


def _nan_passes(deltas: Matrix, clip: float) -> Vector:
    total = np.zeros(deltas.shape[1])
    for delta in deltas:
        norm = float(np.linalg.norm(delta))
        total += delta * min(1.0, clip / norm if norm else 1.0)
    return total


def _clipped_afterwards(deltas: Matrix, clip: float) -> Vector:
    if not len(deltas):
        return np.zeros(deltas.shape[1])
    mean = np.where(np.isfinite(deltas), deltas, 0.0).mean(axis=0)
    total: Vector = len(deltas) * shortened(mean[np.newaxis], clip)[0]
    return total


def _noise_of_a_mean(
    deltas: Matrix,
    num_examples: Integers,
    num_clients: int,
    seed: int,
    clip: float,
    noise_multiplier: float,
    rate: float,
    population: int,
) -> Vector:
    number = rate * population
    rng = np.random.default_rng(seed)
    drawn = rng.normal(scale=noise_multiplier * clip / number, size=deltas.shape[1])
    return (_clipped_sum(deltas, clip) + drawn) / number


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    number = draw(st.integers(0, 5))
    rng = np.random.default_rng(draw(seeds()))
    lengths = np.array(draw(st.lists(st.sampled_from([0.1, 1.0, 9.0]), min_size=5, max_size=5)))
    deltas = rng.normal(size=(number, NUM_PARAMS)) / np.sqrt(NUM_PARAMS)
    deltas *= lengths[:number, np.newaxis]
    if number and draw(st.booleans()):
        deltas[0, 0] = draw(st.sampled_from([np.nan, np.inf]))
    return {
        "deltas": deltas,
        "num_examples": rng.integers(1, 100, size=number),
        "num_clients": draw(st.integers(10, 99)),
        "seed": draw(seeds()),
        "clip": draw(st.sampled_from([0.5, 1.0, 2.0])),
        "noise_multiplier": draw(st.sampled_from([0.0, 0.5, 1.0])),
        "rate": draw(st.sampled_from([0.15, 0.5, 1.0])),
        "population": draw(st.integers(11, 99)),
    }


PRIVATE_MEAN = Subject(
    name="private_mean",
    says="private_mean(deltas, num_examples, num_clients, seed, clip, noise_multiplier, rate, "
    "population) returns the sum of the clipped deltas with noise z C, over rate * population",
    implementation=private_mean,
    cases=_cases(),
    arguments={
        "deltas": "of the clients that came, shape (cohort, num_params)",
        "num_examples": "n_k of each",
        "num_clients": "the true number of clients, which is private",
        "seed": "of the noise",
        "clip": "C",
        "noise_multiplier": "z",
        "rate": "q, with which each client takes part",
        "population": "N_0, a declared number of clients",
    },
    mutants=(
        Mutant(
            "true-number",
            _wrong(divisor=lambda q, declared, true, came: q * true),
            "pytorch/opacus#571, pytorch/opacus#819",
            "The divisor is q times the true number of clients: the scale of the noise tells it.",
        ),
        Mutant(
            "weighted-by-examples",
            _wrong(weighted=True),
            "flwrlabs/flower, serverapp/strategy/dp_fixed_clipping.py",
            "Noise for the sensitivity C / n is added to a mean weighted by examples, in which one "
            "client may have nearly all the weight.",
        ),
    ),
    variants=(
        variant("half-noise", _wrong(noise=0.5), "Half the noise; no curve shows it."),
        variant("noise-after-division", _wrong(after=True), "The noise is q N_0 times too much."),
        variant(
            "noise-of-a-mean",
            _noise_of_a_mean,
            "The noise of a mean is added before the division: q N_0 times too little.",
        ),
        variant(
            "size-of-the-cohort",
            _wrong(divisor=lambda q, declared, true, came: max(came, 1)),
            "The divisor is the number of clients that came: the scale of the noise tells it.",
        ),
        variant(
            "whole-cohort",
            _wrong(divisor=lambda q, declared, true, came: int(q * declared)),
            "int(q N_0): every step is too long.",
        ),
        variant(
            "nan-passes",
            _wrong(summed=_nan_passes),
            "min(1, nan) is 1 in Python, so an update that holds NaN is not clipped at all.",
        ),
        variant(
            "clipped-afterwards",
            _wrong(summed=_clipped_afterwards),
            "The mean is clipped, not each update: one client may still decide it alone.",
        ),
    ),
)


def _bit_stays(rows: Matrix, clip: float) -> float:
    return float((np.asarray(norms(rows) <= clip) - 0.5).sum())


def _unshifted(rows: Matrix, clip: float) -> float:
    return float((norms(rows) <= clip).sum())


@st.composite
def _bit_cases(draw: st.DrawFn) -> Case:
    number = st.integers(-9, 9).map(float) | st.sampled_from([np.nan, np.inf])
    row = st.lists(number, min_size=2, max_size=2)
    rows = draw(st.lists(row, min_size=1, max_size=4))
    return {"rows": np.array(rows), "clip": draw(st.sampled_from([0.5, 1.0, 5.0]))}


CLIPPING_BITS = Subject(
    name="shifted_bits",
    says="shifted_bits(rows, clip) returns the sum over rows of 1/2 for one no longer than clip, "
    "-1/2 for a longer one, and 0 for one that is not finite",
    implementation=shifted_bits,
    cases=_bit_cases(),
    arguments={"rows": "the updates, shape (cohort, num_params)", "clip": "C"},
    mutants=(),
    variants=(
        variant(
            "bit-stays",
            _bit_stays,
            "A client that counts as zero still sends its bit, so that its whole message is not 0.",
        ),
        variant("unshifted", _unshifted, "One client changes the sum by 1, not by 1/2."),
    ),
)
