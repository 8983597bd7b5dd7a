"""Clipping to a norm, and how it was got wrong.

Right is Delta min(1, C / ||Delta||) (McMahan et al. 2018), with 0 for an update that holds NaN or
infinity; and for the adaptive norm C exp(-eta (b - gamma)), where b is the fraction of clients
that were *not* clipped (Andrew et al. 2021, https://arxiv.org/abs/1905.03871). For teaching: not
audited.
"""

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Vector
from pyfedlite.norms import clip
from pyfedlite.privacy.adaptive_clipping import next_clip
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject


def _divided_by_the_norm(delta: Vector, max_norm: float) -> Vector:
    return delta * min(1.0, max_norm / float(np.linalg.norm(delta)))


def _nan_passes(delta: Vector, max_norm: float) -> Vector:
    norm = float(np.linalg.norm(delta))
    return delta if norm == 0 else delta * min(1.0, max_norm / norm)


def _each_coordinate(delta: Vector, max_norm: float) -> Vector:
    if not np.isfinite(delta).all():
        return np.zeros_like(delta)
    return np.clip(delta, -max_norm, max_norm)


def next_max_norm(max_norm: float, norms: Vector, quantile: float, learning_rate: float) -> float:
    """Return the clipping norm of the next round, nearer to the quantile of `norms`."""
    bits = float((norms <= max_norm).sum()) - 0.5 * len(norms)
    return next_clip(max_norm, bits, len(norms), quantile=quantile, learning_rate=learning_rate)


def _bit_reversed(max_norm: float, norms: Vector, quantile: float, learning_rate: float) -> float:
    clipped = float(np.mean(norms > max_norm))
    return max_norm * float(np.exp(-learning_rate * (clipped - quantile)))


@st.composite
def _clip_cases(draw: st.DrawFn) -> Case:
    number = st.integers(-9, 9).map(float) | st.sampled_from([np.nan, np.inf])
    delta = np.array(draw(st.lists(number, min_size=1, max_size=3)))
    return {"delta": delta, "max_norm": draw(st.sampled_from([0.5, 1.0, 5.0]))}


@st.composite
def _norm_cases(draw: st.DrawFn) -> Case:
    norms = draw(st.lists(st.integers(1, 9).map(float), min_size=1, max_size=5))
    return {"max_norm": draw(st.sampled_from([0.1, 2.0, 20.0])), "norms": np.array(norms)}


CLIPPING = Subject(
    name="clip",
    says="clip(delta, max_norm) returns delta, shortened to max_norm where it is longer, and 0 "
    "for an update that is not finite",
    implementation=clip,
    cases=_clip_cases(),
    arguments={"delta": "an update, shape (num_params,)", "max_norm": "C, above 0"},
    mutants=(
        Mutant(
            "zero-norm",
            _divided_by_the_norm,
            "flwrlabs/flower, common/differential_privacy.py, clip_inputs_inplace",
            "C is divided by the norm before anybody looks whether the norm is 0.",
        ),
        Mutant(
            "nan-passes",
            _nan_passes,
            "flwrlabs/flower, common/differential_privacy.py, clip_inputs_inplace",
            "min(1, nan) is 1 in Python, so an update that holds NaN is not clipped at all.",
        ),
        Mutant(
            "each-coordinate",
            _each_coordinate,
            "KanishJebaMathewM/Truxify PR #3858",
            "Each number is clipped by itself: the direction changes, and the norm may still be "
            "sqrt(d) times too large.",
        ),
    ),
)

ADAPTIVE_CLIPPING = Subject(
    name="next_max_norm",
    says="next_max_norm(max_norm, norms, quantile, learning_rate) moves max_norm toward that "
    "quantile of the norms",
    implementation=next_max_norm,
    cases=_norm_cases(),
    arguments={"max_norm": "C, above 0", "norms": "of the updates, shape (cohort,)"},
    mutants=(
        Mutant(
            "bit-reversed",
            _bit_reversed,
            "flwrlabs/flower, serverapp/strategy/dp_adaptive_clipping.py",
            "The bit says that a client was clipped where the formula wants that it was not: the "
            "norm runs away from the quantile.",
        ),
    ),
)
