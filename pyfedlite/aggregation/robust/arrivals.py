"""What reaches a robust rule: the finite vectors of a round, and what is done with the others.

Adversary: up to ``num_byzantine`` clients who send whatever they like, also NaN and infinity.
Protected: the rules themselves, which meet finite numbers only. Not protected: the privacy of the
clients, since every rule looks at every vector. For teaching and research: not audited.

An update that is not finite is left out ("reject"): n becomes smaller, the number of attackers that
a rule reckons with does not, because an honest client may have sent the NaN. How many were left out
is reported. "raise" ends the run instead, for experiments in which no NaN may pass unseen.

Robust rules do not look at numbers of examples: whoever lies about an update lies about them too.
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Matrix
from pyfedlite.clients import ClientUpdate
from pyfedlite.errors import RoundFailed
from pyfedlite.seeds import RoundSeed
from pyfedlite.state import Aggregate, RoundContext

LARGEST = 1e300
"""A number beyond it counts as infinite: sums of a million of those that are left stay finite."""

POLICIES = ("reject", "raise")


@dataclass(frozen=True, eq=False)
class Arrivals:
    """The vectors that a rule chooses from.

    Parameters
    ----------
    sent : ndarray of shape (n, num_params), float32 or float64
        Finite, as they have arrived.
    client_ids : tuple of int
        Who sent each; empty where they are mixtures of several clients.
    num_rejected : int
        How many updates were left out because they were not finite.
    """

    sent: Matrix
    client_ids: tuple[int, ...] = ()
    num_rejected: int = 0

    @cached_property
    def vectors(self) -> Matrix:
        """The same in float64, for arithmetic in NumPy; kernels read them as sent."""
        return self.sent.astype(np.float64, copy=False)


class RobustRule(Protocol):
    """A rule that withstands a given number of attackers, from vectors to one vector."""

    @property
    def num_byzantine(self) -> int:
        """f, how many of the vectors may be an attacker's."""
        ...

    @property
    def on_nonfinite(self) -> str:
        """What is done with an update that is not finite, "reject" or "raise"."""
        ...

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return one vector for those that have arrived, or raise `RoundFailed`."""
        ...


def check_settings(rule: object) -> None:
    """Check the two settings that the rules share, where `rule` has them."""
    if hasattr(rule, "num_byzantine"):
        hint = "give a number of clients, not a share of them"
        _check.keep(rule, "num_byzantine", _check.integer, minimum=0, hint=hint)
    _check.keep(rule, "on_nonfinite", _check.one_of, POLICIES)


def require(holds: bool, rule: str, inequality: str, n: int, f: int) -> None:
    """Raise `RoundFailed` with the inequality that a rule needs, if it does not hold.

    Examples
    --------
    >>> require(3 > 2 * 2, "median", "n > 2 f", n=3, f=2)
    Traceback (most recent call last):
    ...
    pyfedlite.errors.RoundFailed: median needs n > 2 f, got n = 3 updates for f = 2 attackers
    """
    if not holds:
        raise RoundFailed(f"{rule} needs {inequality}, got n = {n} updates for f = {f} attackers")


def unbearable(rule: object, num_updates: int) -> str | None:
    """Return why a rule has no answer to so many updates, or None if it has one.

    A copy of it is asked with vectors of zeros, unless it says so itself in a method of this name.
    A rule of somebody's own may expect other vectors: what stops it here is left to the run.

    Examples
    --------
    >>> from pyfedlite.aggregation.robust import median
    >>> unbearable(median(num_byzantine=2), 3)
    'median needs n > 2 f, got n = 3 updates for f = 2 attackers'
    """
    if hasattr(rule, "unbearable"):
        reason: str | None = rule.unbearable(num_updates)
        return reason
    if not (callable(rule) and hasattr(rule, "num_byzantine")):
        return None
    zeros = [ClientUpdate(k, np.zeros(1), 1, 1, 0.0) for k in range(num_updates)]
    try:
        deepcopy(rule)(zeros, RoundContext(1, np.zeros(1), RoundSeed(0, 1)))
    except RoundFailed as error:
        return str(error)
    except Exception:
        return None
    return None


def arrived(updates: Iterable[ClientUpdate], on_nonfinite: str = "reject") -> Arrivals:
    """Return the finite vectors of a round.

    Raises
    ------
    RoundFailed
        If none is left.
    ValueError
        If one is not finite and the policy is "raise".

    Examples
    --------
    >>> nan = ClientUpdate(4, np.array([np.nan]), 1, 1, 0.0)
    >>> arrivals = arrived([nan, ClientUpdate(7, np.array([2.0]), 1, 1, 0.0)])
    >>> arrivals.vectors, arrivals.client_ids, arrivals.num_rejected
    (array([[2.]]), (7,), 1)
    """
    kept, num_rejected = [], 0
    for update in updates:
        largest = float(np.abs(update.delta).max(initial=0.0))
        if largest <= LARGEST:  # False for NaN too
            kept.append(update)
        elif on_nonfinite == "raise":
            name, condition = f"delta of client {update.client_id}", "be finite everywhere"
            _check.fail(name, condition, "NaN, inf or a number beyond 1e300")
        else:
            num_rejected += 1
    if not kept:
        raise RoundFailed(f"no finite update has arrived; {num_rejected} were not finite")
    sent = np.stack([update.delta for update in kept])
    return Arrivals(sent, tuple(update.client_id for update in kept), num_rejected)


def answer(
    combine: Callable[[Arrivals, RoundContext], Aggregate],
    updates: Iterable[ClientUpdate],
    context: RoundContext,
    on_nonfinite: str,
) -> Aggregate:
    """Return what a rule makes of a stream of updates, and how many it has left out."""
    arrivals = arrived(updates, on_nonfinite)
    aggregate = combine(arrivals, context)
    metrics = {"num_rejected": arrivals.num_rejected} | aggregate.metrics
    return replace(aggregate, num_reports=len(arrivals.sent), metrics=metrics)
