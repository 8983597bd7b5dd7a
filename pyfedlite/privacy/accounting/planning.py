"""Before a run: its noise and its rounds, from what is given and a target."""

import math
from collections.abc import Iterable
from functools import partial
from typing import NoReturn

from pyfedlite import _check
from pyfedlite.privacy.accounting.calibration import calibrate_noise, most_rounds
from pyfedlite.privacy.accounting.conversion import epsilon_from_rdp
from pyfedlite.privacy.accounting.events import rounds_of
from pyfedlite.privacy.accounting.rdp import INTEGER_ORDERS, check_orders, rdp
from pyfedlite.privacy.accounting.relations import Neighbouring


def plan_run(
    target_epsilon: float | None = None,
    *,
    dp_delta: float,
    sampling_rate: float,
    noise_multiplier: float | None = None,
    rounds: int | None = None,
    relation: Neighbouring = Neighbouring.ADD_OR_REMOVE,
    orders: Iterable[float] = INTEGER_ORDERS,
) -> tuple[float, int]:
    """Return noise multiplier and rounds: those that are given, or what a target leaves for them.

    Parameters
    ----------
    target_epsilon : float, optional
        Above 0; without it, noise and rounds have to be given.
    dp_delta : float
        In (0, 1).
    sampling_rate : float
        q in (0, 1].
    noise_multiplier : float, optional
        z; without it, the smallest that keeps to the target.
    rounds : int, optional
        Without it, the most that keep to the target.
    relation : Neighbouring
    orders : iterable of float

    Raises
    ------
    ValueError
        If too little is given, or if noise and rounds spend more than the target: the sentence
        names the smallest epsilon that they reach, and what would be within the target.

    Examples
    --------
    >>> plan_run(8.0878616289, dp_delta=1e-5, sampling_rate=1.0, noise_multiplier=2.0)
    (2.0, 10)
    """
    alphas = check_orders(orders)
    noise_for = partial(
        calibrate_noise,
        dp_delta=dp_delta,
        sampling_rate=sampling_rate,
        relation=relation,
        orders=alphas,
    )
    rounds_for = partial(
        most_rounds,
        dp_delta=dp_delta,
        sampling_rate=sampling_rate,
        relation=relation,
        orders=alphas,
    )
    if noise_multiplier is None:
        if target_epsilon is None or rounds is None:
            hint = "give noise_multiplier and rounds, or target_epsilon and one of the two"
            _check.fail("noise_multiplier", "be given", "none", hint)
        return noise_for(target_epsilon, rounds=rounds), rounds
    if target_epsilon is None:
        if rounds is None:
            _check.fail("rounds", "be given", "none", "or give target_epsilon")
        return noise_multiplier, rounds
    most = rounds_for(target_epsilon, noise_multiplier=noise_multiplier)
    if rounds is None:
        return noise_multiplier, most
    if rounds > most:
        divergences = rdp(rounds_of(sampling_rate, noise_multiplier, rounds), alphas, relation)
        smallest, _ = epsilon_from_rdp(alphas, divergences, dp_delta)
        needed = noise_for(target_epsilon, rounds=rounds)
        _fail_target(target_epsilon, smallest, noise_multiplier, rounds, needed, most)
    return noise_multiplier, rounds


def _fail_target(
    target: float, smallest: float, noise: float, rounds: int, needed: float, most: int
) -> NoReturn:
    limit = f"be at least {_rounded_up(smallest)}, the smallest epsilon of {rounds} rounds"
    limit += f" with noise_multiplier {noise}"
    hint = f"try noise_multiplier {_rounded_up(needed)}, or at most {most} rounds"
    _check.fail("target_epsilon", limit, target, hint)


def _rounded_up(number: float) -> float:
    """Return a number with five digits that is not below.

    Examples
    --------
    >>> _rounded_up(1.2345001)
    1.2346
    """
    digits = 4 - math.floor(math.log10(number))
    return math.ceil(number * 10.0**digits) / 10.0**digits
