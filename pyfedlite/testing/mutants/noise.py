"""How much Gaussian noise an (epsilon, delta) needs, and how that was got wrong.

Right is the smallest z with Phi(1/(2z) - epsilon z) - e^epsilon Phi(-1/(2z) - epsilon z) <= delta
(Balle and Wang 2018, https://arxiv.org/abs/1805.06530), and twice as much where a client's data
may be replaced, because two clients' contributions can lie 2 C apart. For teaching: not audited.
"""

import math

from hypothesis import strategies as st

from pyfedlite.privacy import gaussian_noise
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject, variant


def noise_multiplier(epsilon: float, delta: float, replace: bool) -> float:
    """Return the smallest noise in units of the clipping norm C."""
    return gaussian_noise(epsilon, delta) * (2 if replace else 1)


def _textbook(epsilon: float, delta: float, replace: bool) -> float:
    return math.sqrt(2 * math.log(1.25 / delta)) / epsilon * (2 if replace else 1)


def _sensitivity_of_removal(epsilon: float, delta: float, replace: bool) -> float:
    return gaussian_noise(epsilon, delta)


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    return {
        "epsilon": draw(st.sampled_from([0.5, 1.0, 3.0, 10.0, 20.0])),
        "delta": draw(st.sampled_from([1e-2, 1e-5])),
        "replace": draw(st.booleans()),
    }


NOISE = Subject(
    name="noise_multiplier",
    says="noise_multiplier(epsilon, delta, replace) returns the smallest deviation of Gaussian "
    "noise, in units of the clipping norm, for one release without sampling",
    implementation=noise_multiplier,
    cases=_cases(),
    arguments={
        "epsilon": "above 0",
        "delta": "in (0, 1)",
        "replace": "whether a client's data are replaced, and not added or removed",
    },
    mutants=(
        Mutant(
            "textbook-above-one",
            _textbook,
            "flwrlabs/flower, common/differential_privacy.py, add_localdp_gaussian_noise_to_params",
            "sqrt(2 ln(1.25/delta)) / epsilon is proved for epsilon below 1, and taken for any: at "
            "a large epsilon the noise is too small, at a small one larger than it has to be.",
        ),
    ),
    variants=(
        variant(
            "replacement-not-doubled",
            _sensitivity_of_removal,
            "Replacing a client's data moves the sum by up to 2 C, and the noise is that for C.",
        ),
    ),
)
