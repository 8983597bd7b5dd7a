"""Laws of calibration: what is found is enough, and hardly more than that."""

from hypothesis import given
from hypothesis import strategies as st

from pyfedlite import privacy
from pyfedlite.privacy import rounds_of

RATES = st.floats(1e-6, 1.0)
NOISES = st.floats(0.3, 50.0)
DELTAS = st.floats(1e-9, 0.1)
SLACK = 1 + 1e-10  # of numbers that are computed by two ways


def epsilon(rate: float, noise: float, rounds: int, delta: float) -> float:
    divergences = privacy.rdp(rounds_of(rate, noise, rounds))
    return privacy.epsilon_from_rdp(privacy.INTEGER_ORDERS, divergences, delta)[0]


@given(st.floats(0.2, 20), DELTAS, RATES, st.integers(1, 2000))
def test_calibrated_noise_is_enough_and_hardly_more(target, delta, rate, rounds):
    orders = (2.0, 3.0, 5.0, 9.0, 30.0, 256.0)  # few, because bisection asks often

    def found(noise: float) -> float:
        divergences = privacy.rdp(rounds_of(rate, noise, rounds), orders)
        return privacy.epsilon_from_rdp(orders, divergences, delta)[0]

    given = {"dp_delta": delta, "sampling_rate": rate, "rounds": rounds, "orders": orders}
    noise = privacy.calibrate_noise(max(target, found(1e6)), **given)
    assert found(noise) <= target or noise == 1e6
    assert found(noise * (1 - 1e-6)) > target or noise == 1e6


@given(st.floats(0.2, 20), DELTAS, RATES, NOISES)
def test_the_most_rounds_stay_within_the_target_and_one_more_does_not(target, delta, rate, noise):
    rounds = privacy.most_rounds(target, dp_delta=delta, sampling_rate=rate, noise_multiplier=noise)
    assert epsilon(rate, noise, rounds, delta) <= target * SLACK
    assert rounds == 10**9 or epsilon(rate, noise, rounds + 1, delta) > target / SLACK
