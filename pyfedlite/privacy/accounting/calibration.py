"""The other way round: which noise, or how many rounds, a target epsilon allows."""

import math
from collections.abc import Iterable

from pyfedlite import _check
from pyfedlite.privacy.accounting.conversion import check_delta, epsilon_from_rdp
from pyfedlite.privacy.accounting.events import rounds_of
from pyfedlite.privacy.accounting.rdp import INTEGER_ORDERS, check_orders, rdp
from pyfedlite.privacy.accounting.relations import Neighbouring
from pyfedlite.privacy.bisection import bisect

MOST_NOISE = 1e6
"""A larger multiplier is not looked for: a model would learn nothing."""

MOST_ROUNDS = 10**9


def calibrate_noise(
    target_epsilon: float,
    *,
    dp_delta: float,
    sampling_rate: float,
    rounds: int,
    relation: Neighbouring = Neighbouring.ADD_OR_REMOVE,
    orders: Iterable[float] = INTEGER_ORDERS,
) -> float:
    """Return the smallest noise multiplier with which a run stays within the target.

    epsilon does not grow with the noise, so bisection finds it; the result itself was accounted
    for, and one part in 10^9 less would be too little.

    Parameters
    ----------
    target_epsilon : float
        Above 0.
    dp_delta : float
        In (0, 1).
    sampling_rate : float
        q in (0, 1].
    rounds : int
        At least 1.
    relation : Neighbouring
    orders : iterable of float

    Raises
    ------
    ValueError
        If no multiplier up to 10^6 suffices; the sentence names the smallest epsilon that is
        reached.

    Examples
    --------
    Without sampling, 10 rounds of multiplier 2 give 8.0878616288:

    >>> z = calibrate_noise(8.0878616289, dp_delta=1e-5, sampling_rate=1.0, rounds=10)
    >>> round(z, 6)
    2.0
    """
    target = _check.positive("target_epsilon", target_epsilon)
    rounds = _check.integer("rounds", rounds, minimum=1)
    alphas, delta = check_orders(orders), check_delta(dp_delta)

    def epsilon(z: float) -> float:
        event = rounds_of(sampling_rate, z, rounds)
        return epsilon_from_rdp(alphas, rdp(event, alphas, relation), delta)[0]

    low, high = 0.0, 1.0
    while epsilon(high) > target:
        if high >= MOST_NOISE:
            limit = f"be at least {epsilon(high):.4g}, the smallest in {rounds} rounds"
            _check.fail("target_epsilon", limit, target, "try a larger dp_delta or fewer rounds")
        low, high = high, min(2 * high, MOST_NOISE)
    return bisect(lambda z: epsilon(z) <= target, low, high, tolerance=1e-9)


def most_rounds(
    target_epsilon: float,
    *,
    dp_delta: float,
    sampling_rate: float,
    noise_multiplier: float,
    relation: Neighbouring = Neighbouring.ADD_OR_REMOVE,
    orders: Iterable[float] = INTEGER_ORDERS,
) -> int:
    """Return how many rounds stay within the target: 0 if not even one does, at most 10^9.

    Parameters
    ----------
    target_epsilon : float
        Above 0.
    dp_delta : float
        In (0, 1).
    sampling_rate : float
        q in (0, 1].
    noise_multiplier : float
        z, above 0.
    relation : Neighbouring
    orders : iterable of float

    Examples
    --------
    >>> most_rounds(8.0878616289, dp_delta=1e-5, sampling_rate=1.0, noise_multiplier=2.0)
    10
    """
    target = _check.positive("target_epsilon", target_epsilon)
    alphas, delta = check_orders(orders), check_delta(dp_delta)
    refuse_silence(noise_multiplier, target)
    once = rdp(rounds_of(sampling_rate, noise_multiplier, 1), alphas, relation)

    def is_within(rounds: int) -> bool:
        return epsilon_from_rdp(alphas, rounds * once, delta)[0] <= target

    low, high = 0, 1
    while is_within(high) and high < MOST_ROUNDS:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_within(middle) else (low, middle)
    return min(low, MOST_ROUNDS)


def refuse_silence(noise_multiplier: float, target_epsilon: float) -> None:
    """Raise ``ValueError`` where there is no noise, and a finite epsilon is asked for."""
    z = _check.non_negative("noise_multiplier", noise_multiplier)
    if z == 0 and math.isfinite(target_epsilon):
        limit = "be above 0 for a finite target_epsilon"
        _check.fail("noise_multiplier", limit, z, "without noise epsilon is infinite")
