"""Robust rules: each parameter of many vectors, some of which are lies, and how it was got wrong.

Right is the trimmed mean of what is finite. Adversary: ``num_byzantine`` of the clients, who send
what they like. For teaching and research: not audited.
"""

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


def _stops_early(deltas: Matrix, num_byzantine: int) -> Vector:
    finite = deltas[np.isfinite(deltas).all(axis=1)]
    centre: Vector = finite.mean(axis=0)
    for _ in range(2):
        weights = 1 / np.maximum(np.abs(finite - centre).max(axis=1), 1e-9)
        centre = weights @ finite / weights.sum()
    return centre


def _blind_to_the_last(deltas: Matrix, num_byzantine: int) -> Vector:
    result = trimmed_mean(deltas, num_byzantine)
    if len(result) > 1:
        result[-1] = trimmed_mean(deltas, 0)[-1]
    return result


def _remembering() -> Mutant:
    last: dict[int, Vector] = {}

    def rule(deltas: Matrix, num_byzantine: int) -> Vector:
        now = trimmed_mean(deltas, num_byzantine)
        before = last.get(len(now), now)
        last[len(now)] = now
        return (now + before) / 2

    story = "It keeps its result, and the next round, on other vectors, gets half of it."
    return variant("remembers", rule, story)


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
    ),
    variants=(
        variant("believes-everybody", _believes_everybody, "It is the plain mean."),
        variant("one-too-few", _one_too_few, "It trims one value less than there are liars."),
        variant("one-end", _one_end, "It trims the largest values, and liars may be small."),
        variant("in-place", _in_place, "It sorts the vectors of its caller."),
        variant(
            "stops-early",
            _stops_early,
            "A search for the middle, begun at the mean, stops before it has arrived.",
        ),
        variant("blind-to-the-last", _blind_to_the_last, "The last parameter is a plain mean."),
        _remembering(),
    ),
)
