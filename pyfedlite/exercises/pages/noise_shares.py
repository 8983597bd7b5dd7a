"""Exercises of page 11, noise in shares. For teaching and research: not audited."""

import math

from hypothesis import strategies as st

from pyfedlite.exercises.exercise import Exercise, Law, Mistake
from pyfedlite.testing.counterexample import Case


def _share(
    noise_multiplier: float, max_norm: float, num_clients: int, num_failing: int, num_corrupt: int
) -> float:
    return noise_multiplier * max_norm / math.sqrt(num_clients - num_failing - num_corrupt)


@st.composite
def _federations(draw: st.DrawFn) -> Case:
    honest = draw(st.sampled_from([*range(1, 10), 100]))
    failing, corrupt = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    return {
        "noise_multiplier": draw(st.sampled_from([0.5, 1.0, 2.0])),
        "max_norm": draw(st.sampled_from([0.5, 1.0, 3.0])),
        "num_clients": honest + failing + corrupt,
        "num_failing": failing,
        "num_corrupt": corrupt,
    }


NOISE_SHARE = Exercise(
    name="noise-share-1",
    page="11",
    title="A share of the noise",
    signature="share(noise_multiplier, max_norm, num_clients, num_failing, num_corrupt)",
    statement="Each of num_clients clients adds independent noise of one deviation, a float, to "
    "its update. Return the smallest deviation for which the noise in the sum has a deviation of "
    "at least noise_multiplier * max_norm, even when num_failing clients fail and num_corrupt of "
    "the others tell the server which noise they added.",
    hints=(
        "What is it that adds up when independent noise is added: deviations, or their squares?",
        "Noise that the server knows can be subtracted, and noise of a client that fails is not "
        "there. How many clients are sure to add noise that stays?",
        "honest = num_clients - num_failing - num_corrupt; the sum of their noise has the "
        "deviation share * sqrt(honest), which has to be noise_multiplier * max_norm.",
    ),
    laws=(
        Law(
            "the noise of those who are sure to be left has the deviation that was asked for",
            _federations(),
            _share,
        ),
    ),
    mistakes=(
        Mistake(
            "Variances add up, not deviations: divide by the root of the number of clients.",
            lambda noise_multiplier, max_norm, num_clients, num_failing, num_corrupt: (
                noise_multiplier * max_norm / (num_clients - num_failing - num_corrupt)
            ),
        ),
        Mistake(
            "This counts on everybody. Those who fail, and those who tell, leave no noise.",
            lambda noise_multiplier, max_norm, num_clients, num_failing, num_corrupt: (
                noise_multiplier * max_norm / math.sqrt(num_clients)
            ),
        ),
        Mistake(
            "Corrupt clients tell the server their noise, and it is subtracted: do not count them.",
            lambda noise_multiplier, max_norm, num_clients, num_failing, num_corrupt: (
                noise_multiplier * max_norm / math.sqrt(num_clients - num_failing)
            ),
        ),
        Mistake(
            "Clients that fail add no noise: do not count them.",
            lambda noise_multiplier, max_norm, num_clients, num_failing, num_corrupt: (
                noise_multiplier * max_norm / math.sqrt(num_clients - num_corrupt)
            ),
        ),
        Mistake(
            "Then each client adds all of the noise, and there is far more than needed.",
            lambda noise_multiplier, max_norm, num_clients, num_failing, num_corrupt: (
                noise_multiplier * max_norm
            ),
        ),
    ),
)


def _most(num_clients: int, max_norm: float, scale: int, noise: float, failure: float) -> float:
    return num_clients * max_norm * scale + noise * scale * math.sqrt(2 * math.log(2 / failure))


def _bits(num_clients: int, max_norm: float, scale: int, noise: float, failure: float) -> int:
    most = _most(num_clients, max_norm, scale, noise, failure)
    return max(math.floor(math.log2(most)) + 2, 1)


@st.composite
def _clocks(draw: st.DrawFn) -> Case:
    return {
        "num_clients": draw(st.integers(1, 200)),
        "max_norm": draw(st.sampled_from([0.3, 1.1, 3.0])),
        "scale": 2 ** draw(st.sampled_from([*range(9), 28])),  # 28: it takes more than 32 bits
        "noise": draw(st.sampled_from([0.7, 1.3, 5.0])),
        "failure": draw(st.sampled_from([1e-3, 1e-6])),
    }


RING_WIDTH = Exercise(
    name="ring-width-1",
    page="11",
    title="A clock that is large enough",
    signature="num_bits(num_clients, max_norm, scale, noise, failure)",
    statement="Numbers are multiplied by scale and sent as integers modulo 2^R; the server reads "
    "the sum as a number from -2^(R-1) to 2^(R-1) - 1. Each of num_clients clients sends at most "
    "max_norm in size, and the noise in the sum has the deviation noise (both before scaling). "
    "Return the smallest int R for which 2^(R-1) is above the largest sum without noise plus t, "
    "where t is chosen so that 2 exp(-t^2 / (2 s^2)) = failure, and s = noise * scale.",
    hints=(
        "How large can the sum be without noise, after scaling? And which t belongs to failure?",
        "t = s sqrt(2 ln(2 / failure)). The largest sum is num_clients * max_norm * scale. One bit "
        "more than for the size is needed, because numbers have a sign.",
        "most = num_clients * max_norm * scale + noise * scale * math.sqrt(2 * math.log(2 / "
        "failure)); count R up from 1 until 2**(R - 1) > most.",
    ),
    laws=(Law("the sum fits, and with one bit less it would not", _clocks(), _bits),),
    mistakes=(
        Mistake(
            "Numbers have a sign, so half of the clock is for negative ones: one bit more.",
            lambda num_clients, max_norm, scale, noise, failure: (
                _bits(num_clients, max_norm, scale, noise, failure) - 1
            ),
        ),
        Mistake(
            "The noise is missing; it has to fit too.",
            lambda num_clients, max_norm, scale, noise, failure: _bits(
                num_clients, max_norm, scale, 0.0, failure
            ),
        ),
        Mistake(
            "The noise is scaled as everything else is.",
            lambda num_clients, max_norm, scale, noise, failure: _bits(
                num_clients, max_norm, scale, noise / scale, failure
            ),
        ),
        Mistake(
            "That is room for one client. The sum of all has to fit.",
            lambda num_clients, max_norm, scale, noise, failure: _bits(
                1, max_norm, scale, noise, failure
            ),
        ),
        Mistake(
            "The scale is missing: what is sent is scale times as large.",
            lambda num_clients, max_norm, scale, noise, failure: _bits(
                num_clients, max_norm, 1, noise, failure
            ),
        ),
    ),
)
