"""Robust rules: each parameter of many vectors, some of which are lies, and how it was got wrong.

Right is the trimmed mean of what is finite. Adversary: ``num_byzantine`` of the clients, who send
what they like. For teaching and research: not audited.
"""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from pyfedlite import kernels
from pyfedlite._typing import Matrix, Vector
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject, variant


def trimmed_mean(deltas: Matrix, num_byzantine: int) -> Vector:
    """Return the mean of each parameter without its f smallest and f largest, shape (num_params,).

    Vectors with a number that is not finite are left out, and f stays as it is.
    """
    finite = deltas[np.isfinite(deltas).all(axis=1)]
    mean: Vector = kernels.trimmed_mean(finite, num_byzantine)
    return mean


def _believes_everybody(deltas: Matrix, num_byzantine: int) -> Vector:
    return trimmed_mean(deltas, 0)


def _truncated_share(deltas: Matrix, num_byzantine: int) -> Vector:
    return trimmed_mean(deltas, int(0.1 * len(deltas)))


def _nan_is_the_smallest(deltas: Matrix, num_byzantine: int) -> Vector:
    centre = trimmed_mean(deltas, num_byzantine)
    scores = np.abs(deltas - centre).max(axis=1)
    chosen: Vector = deltas[np.argmin(scores)]
    return centre if np.isfinite(chosen).all() else chosen


def _one_too_few(deltas: Matrix, num_byzantine: int) -> Vector:
    return trimmed_mean(deltas, max(num_byzantine - 1, 0))


def _one_end(deltas: Matrix, num_byzantine: int) -> Vector:
    finite = np.sort(deltas[np.isfinite(deltas).all(axis=1)], axis=0)
    mean: Vector = finite[: len(finite) - num_byzantine].mean(axis=0)
    return mean


def _in_place(deltas: Matrix, num_byzantine: int) -> Vector:
    deltas.sort(axis=0)
    return trimmed_mean(deltas, num_byzantine)


def _one_power_step(deltas: Matrix, num_byzantine: int) -> Vector:
    """Weigh down what sticks out along a direction: one step of a search from (1, …, 1)."""
    vectors = deltas[np.isfinite(deltas).all(axis=1)]
    weights, least = np.ones(len(vectors)), np.inf
    best: Vector = vectors.mean(axis=0)
    for _ in range(len(vectors)):
        centre = weights @ vectors / weights.sum()
        apart = vectors - centre
        step = (weights * apart.sum(axis=1)) @ apart / weights.sum()
        spread = float(np.linalg.norm(step))
        if spread < least:
            best, least = centre, spread
        along = (apart @ step) ** 2
        if along.max() == 0 or weights.sum() <= len(vectors) - 2 * num_byzantine:
            break
        weights = weights * (1 - along / along.max())
    return best


def _blind_to_the_last(deltas: Matrix, num_byzantine: int) -> Vector:
    result = trimmed_mean(deltas, num_byzantine)
    if len(result) > 1:
        result[-1] = trimmed_mean(deltas, 0)[-1]
    return result


def _exchanged(deltas: Matrix, num_byzantine: int) -> Vector:
    return trimmed_mean(deltas, num_byzantine)[::-1]


def _remembering() -> Callable[[Matrix, int], Vector]:
    last: dict[int, Vector] = {}

    def rule(deltas: Matrix, num_byzantine: int) -> Vector:
        now = trimmed_mean(deltas, num_byzantine)
        before = last.get(len(now), now)
        last[len(now)] = now
        return (now + before) / 2

    return rule


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    """One or two liars, and more than twice as many honest clients, also if all lies are NaN."""
    f = draw(st.integers(1, 2))
    num_honest, d = draw(st.integers(2 * f + 1, 2 * f + 2)), draw(st.integers(1, 2))
    small = st.integers(-4, 4).map(float)
    far = st.sampled_from([1e6, -1e6, 100.0, -100.0, 0.0])
    honest = [draw(st.lists(small, min_size=d, max_size=d)) for _ in range(num_honest)]
    lies = [
        draw(st.one_of(st.lists(far, min_size=d, max_size=d), st.just([float("nan")] * d)))
        for _ in range(f)
    ]
    return {"honest": np.array(honest), "lies": np.array(lies)}


ROBUST_RULE = Subject(
    name="robust_rule",
    says="rule(deltas, num_byzantine) returns for each parameter the mean without the extremes",
    implementation=trimmed_mean,
    cases=_cases(),
    arguments={
        "honest": "shape (num_honest, num_params)",
        "lies": "shape (num_byzantine, num_params), fewer than half as many",
    },
    mutants=(
        Mutant(
            "nan-is-the-smallest",
            _nan_is_the_smallest,
            "flwrlabs/flower, py/flwr/server/strategy/aggregate.py (aggregate_krum)",
            "The client with the smallest score is chosen by argmin, which takes NaN for the "
            "smallest number: whoever sends NaN is chosen.",
        ),
        Mutant(
            "truncated-share",
            _truncated_share,
            "flwrlabs/flower, py/flwr/server/strategy/aggregate.py (_trim_mean)",
            "The number of values to trim is a share of the clients, rounded down: 10 % of nine "
            "clients is nobody.",
        ),
        Mutant(
            "in-place",
            _in_place,
            "LPD-EPFL/byzfl 0.0.11, aggregators/preaggregators.py (ARC, Clipping)",
            "It changes the vectors of its caller, here by sorting them.",
        ),
        Mutant(
            "remembers",
            _remembering(),
            "LPD-EPFL/byzfl 0.0.11, aggregators/aggregators.py (CenteredClipping)",
            "It keeps its result, and the next call, on other vectors, gets some of it.",
        ),
        Mutant(
            "one-power-step",
            _one_power_step,
            "LPD-EPFL/byzfl 0.0.11, aggregators/aggregators.py (CAF, max_iters=1)",
            "The direction in which vectors stick out is sought by one step of the power method; "
            "where that misses it, the liars stay in the mean.",
        ),
    ),
    variants=(
        variant("believes-everybody", _believes_everybody, "It is the plain mean."),
        variant("one-too-few", _one_too_few, "It trims one value less than there are liars."),
        variant("one-end", _one_end, "It trims the largest values, and liars may be small."),
        variant("exchanged", _exchanged, "It returns the parameters in the wrong order."),
        variant("blind-to-the-last", _blind_to_the_last, "The last parameter is a plain mean."),
    ),
)
