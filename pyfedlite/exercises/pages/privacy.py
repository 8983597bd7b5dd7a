"""Exercises of page 10, differential privacy. For teaching and research: not audited."""

import math

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Vector
from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.testing.counterexample import Case

# ---- The norm of an update ----------------------------------------------------------------------


def _clip(delta: Vector, max_norm: float) -> Vector:
    if not np.isfinite(delta).all():
        return np.zeros(len(delta))
    shortened: Vector = delta / max(1.0, float(np.linalg.norm(delta)) / max_norm)
    return shortened


def _divided(delta: Vector, by: float) -> Vector:
    """Divide by a number, at least by 1; 0 for what is not finite."""
    shortened: Vector = np.zeros(len(delta)) if not np.isfinite(by) else delta / max(1.0, by)
    return shortened


@st.composite
def _updates(draw: st.DrawFn, *extra: float) -> Case:
    whole = [0.0, *(sign * size for size in range(1, 7) for sign in (1.0, -1.0))]
    number = st.sampled_from([*whole, 1000.0, -0.25, 0.00125, *extra])
    delta = np.array(draw(st.lists(number, min_size=2, max_size=3)))
    return {"delta": delta, "max_norm": draw(st.sampled_from([0.5, 1.0, 2.0, 5.0]))}


def _always_shortened(delta: Vector, max_norm: float) -> Vector:
    norm = float(np.linalg.norm(delta))
    unit: Vector = delta / norm if norm > 0 else delta
    return unit * max_norm


CLIP = Exercise(
    name="clip-1",
    page="10",
    title="An update that is not too long",
    signature="clip(delta, max_norm)",
    statement="Return delta where its Euclidean norm is at most max_norm, and otherwise delta "
    "shortened to the norm max_norm: same direction. The update 0 stays 0. An update that holds "
    "NaN or infinity is replaced by zeros. delta has the shape (num_params,), max_norm is above 0.",
    hints=(
        "By which factor, at most 1, is delta multiplied? Which update would be divided by 0?",
        "delta / max(1, norm / max_norm) divides by something that is never below 1. What does "
        "np.isfinite say about NaN?",
        "If not np.isfinite(delta).all(), return np.zeros(len(delta)); else norm = "
        "np.linalg.norm(delta), and return delta / max(1, norm / max_norm).",
    ),
    laws=(
        Law(
            "a short update stays as it is, a long one is shortened to max_norm, 0 stays 0",
            _updates(),
            _clip,
        ),
        Law(
            "an update that holds NaN or infinity counts as 0",
            _updates(np.nan, np.inf, -np.inf).filter(
                lambda case: not np.isfinite(case["delta"]).all()
            ),
            _clip,
        ),
    ),
    mistakes=(
        Mistake(
            "Here every update gets the norm max_norm. A short one has to stay as it is.",
            _always_shortened,
        ),
        Mistake(
            "Each number is clipped by itself. That changes the direction, and the norm can still "
            "be too large.",
            lambda delta, max_norm: np.clip(np.nan_to_num(delta), -max_norm, max_norm),
        ),
        Mistake(
            "Here max_norm is not used: every update longer than 1 gets the norm 1.",
            lambda delta, max_norm: _divided(delta, float(np.linalg.norm(delta))),
        ),
        Mistake(
            "The Euclidean norm is wanted, the root of the sum of squares, and not the sum of "
            "absolute values.",
            lambda delta, max_norm: _divided(delta, float(np.abs(delta).sum()) / max_norm),
        ),
        Mistake(
            "The square of the norm stands where the norm should be.",
            lambda delta, max_norm: _divided(delta, float(delta @ delta) / max_norm),
        ),
    ),
)

# ---- What a Gaussian costs ----------------------------------------------------------------------


def _normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2))


def _delta_by_integration(epsilon: float, noise_multiplier: float) -> float:
    """Integrate max(0, p - e^epsilon q) for p = N(1, z^2), q = N(0, z^2), by trapezoids."""
    z = noise_multiplier
    crossing = 0.5 + epsilon * z**2  # p is above e^epsilon q to the right of it
    x = np.linspace(crossing, max(crossing, 1.0) + 12 * z, 20_001)
    scale = 1 / (z * math.sqrt(2 * math.pi))
    p = scale * np.exp(-((x - 1) ** 2) / (2 * z**2))
    q = scale * np.exp(epsilon - x**2 / (2 * z**2))
    return float(np.trapezoid(np.maximum(p - q, 0.0), x))


def _tail(epsilon: float, noise_multiplier: float) -> float:
    z = noise_multiplier
    return _normal_cdf(1 / (2 * z) - epsilon * z)


def _second(epsilon: float, noise_multiplier: float) -> float:
    z = noise_multiplier
    return _normal_cdf(-1 / (2 * z) - epsilon * z)


_GAUSSIANS = st.fixed_dictionaries(
    {
        "epsilon": st.sampled_from([0.0, 0.1, 0.5, 1.0, 2.0, 3.0]),
        "noise_multiplier": st.sampled_from([0.5, 0.8, 1.0, 1.5, 2.0, 4.0]),
    }
)

GAUSSIAN_DELTA = Exercise(
    name="gaussian-delta-1",
    page="10",
    title="What Gaussian noise costs",
    signature="delta_of(epsilon, noise_multiplier)",
    statement="Return the smallest delta for which one release with Gaussian noise is (epsilon, "
    "delta)-private, a float: Phi(1/(2z) - epsilon z) - e^epsilon Phi(-1/(2z) - epsilon z), where "
    "z is noise_multiplier, the deviation of the noise in units of the sensitivity, and Phi the "
    "distribution function of the normal distribution.",
    hints=(
        "Python's math module has no Phi, but it has erf and erfc. How is Phi made of them?",
        "Phi(x) = (1 + erf(x / sqrt(2))) / 2. Both values of Phi have - epsilon z in them; 1/(2z) "
        "has two signs.",
        "phi = lambda x: 0.5 * math.erfc(-x / math.sqrt(2)); return phi(1/(2*z) - epsilon*z) - "
        "math.exp(epsilon) * phi(-1/(2*z) - epsilon*z).",
    ),
    laws=(
        Law(
            "it is the area by which one bell curve exceeds e^epsilon times the other",
            _GAUSSIANS,
            _delta_by_integration,
            rtol=1e-5,
            atol=1e-8,
        ),
    ),
    mistakes=(
        Mistake(
            "That is the probability that the privacy loss exceeds epsilon. The second term is "
            "missing: delta is smaller.",
            _tail,
        ),
        Mistake(
            "The factor e^epsilon is missing.",
            lambda epsilon, noise_multiplier: (
                _tail(epsilon, noise_multiplier) - _second(epsilon, noise_multiplier)
            ),
        ),
        Mistake(
            "The two terms are added; the second is to be subtracted.",
            lambda epsilon, noise_multiplier: (
                _tail(epsilon, noise_multiplier)
                + math.exp(epsilon) * _second(epsilon, noise_multiplier)
            ),
        ),
        Mistake(
            "That is the old formula, sigma = sqrt(2 ln(1.25 / delta)) / epsilon, solved for "
            "delta. It is a bound for small epsilon, and no equation.",
            lambda epsilon, noise_multiplier: (
                1.25 * math.exp(-((epsilon * noise_multiplier) ** 2) / 2)
            ),
        ),
        Mistake(
            "z and 1/z are exchanged: z is the deviation of the noise over the sensitivity.",
            lambda epsilon, noise_multiplier: (
                _tail(epsilon, 1 / noise_multiplier)
                - math.exp(epsilon) * _second(epsilon, 1 / noise_multiplier)
            ),
        ),
    ),
)
