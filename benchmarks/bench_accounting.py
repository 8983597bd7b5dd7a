"""The Rényi accountant for 10,000 rounds, beside that of dp-accounting, with the same orders.

Nothing is remembered from turn to turn: our cache is emptied before each. Epsilons are compared
first.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.timing import Table, compare, take_turns
from pyfedlite import privacy
from pyfedlite.privacy.accounting.subsampled import subsampled_rdp

RATE, NOISE, ROUNDS, DELTA = 0.01, 1.1, 10_000, 1e-5
WHOLE = privacy.INTEGER_ORDERS
DEFAULT = (*(1 + k / 10 for k in range(1, 100)), *range(11, 64), 128.0, 256.0, 512.0, 1024.0)
# the orders that dp-accounting tries unless others are given


def ours(orders: tuple[float, ...]) -> float:
    subsampled_rdp.cache_clear()
    event = privacy.rounds_of(RATE, NOISE, ROUNDS)
    return privacy.account(event, dp_delta=DELTA, orders=orders).epsilon or 0.0


def theirs(orders: tuple[float, ...]) -> float:
    import dp_accounting

    accountant = dp_accounting.rdp.RdpAccountant(orders)
    event = dp_accounting.PoissonSampledDpEvent(RATE, dp_accounting.GaussianDpEvent(NOISE))
    accountant.compose(event, ROUNDS)
    return float(accountant.get_epsilon(DELTA))


def measured(title: str, orders: tuple[float, ...], tolerance: float) -> Table:
    contenders: dict[str, Callable[[], object]] = {"pyfedlite": lambda: str(ours(orders))}
    reference, notes = "pyfedlite", ("absent: dp-accounting",)
    try:
        np.testing.assert_allclose(ours(orders), theirs(orders), rtol=tolerance)
    except ModuleNotFoundError:
        pass
    else:
        contenders["dp-accounting"] = lambda: str(theirs(orders))
        reference, notes = "dp-accounting", ()
    return compare(title, take_turns(contenders, rounds=9), reference, notes)


def measure() -> list[Table]:
    run = f"epsilon of {ROUNDS:,} rounds, rate {RATE}, noise {NOISE}"
    return [
        measured(f"{run}, orders 2 to 256", WHOLE, 1e-9),
        # At orders between whole ones dp-accounting's divergences are a little too large.
        measured(f"{run}, the default orders of dp-accounting", DEFAULT, 1e-4),
    ]
