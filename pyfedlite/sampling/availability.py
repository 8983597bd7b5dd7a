"""Which clients can be reached in a round, and which fate the clients of the cohort have.

Left neighbour: ``samplers`` draws the cohort from the clients that can be reached. Right neighbour:
``simulation`` writes the fates into the participants. Failures here do not depend on the data; real
ones often do.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, Figure 1: the rounds of the protocol, https://eprint.iacr.org/2017/281
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from pyfedlite import _check
from pyfedlite._answers import name_of
from pyfedlite._role_checks import call
from pyfedlite._typing import Integers
from pyfedlite.clients import STAYS, Fate, Stage
from pyfedlite.roles import Availability
from pyfedlite.seeds import Role, RoundSeed

AT_ONCE = 1000
"""Generators are made for this many clients at a time: a million would fill the memory."""


@dataclass(frozen=True)
class Dropouts:
    """Each client fails independently, with a probability for each stage.

    Parameters
    ----------
    rates : tuple of 5 floats
        The probability to fail before each `Stage`: advertising keys, sharing keys, sending the
        update, agreeing on who sent one, unmasking. Each in [0, 1], with a sum of at most 1.
    """

    rates: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.rates) != len(Stage):
            _check.fail("rates", f"hold {len(Stage)} probabilities", len(self.rates))
        rates = tuple(_check.fraction("rates", rate) for rate in self.rates)
        object.__setattr__(self, "rates", rates)  # the class is frozen
        if sum(self.rates) > 1 + 1e-12:  # ten times 0.1 is a little more than 1
            _check.fail("rates", "add up to at most 1", sum(self.rates))

    def __call__(self, client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        """Return the fate of each client; each draws from its own stream."""
        fates = [*(Fate(stage) for stage in Stage), STAYS]
        ends = np.cumsum(self.rates)
        found: list[Fate] = []
        for start in range(0, len(client_ids), AT_ONCE):
            rngs = seed.rngs(Role.AVAILABILITY, client_ids[start : start + AT_ONCE])
            places = np.searchsorted(ends, [rng.random() for rng in rngs], side="right")
            found += [fates[place] for place in places.tolist()]
        return found


@dataclass(frozen=True)
class Reachable:
    """Each client can be reached in a round with the same probability, independently.

    Parameters
    ----------
    probability : float
        In [0, 1].
    """

    probability: float

    def __post_init__(self) -> None:
        _check.keep(self, "probability", _check.fraction)

    def present(self, num_clients: int, seed: RoundSeed) -> Integers:
        """Return the ids of the clients that can be reached in this round, ascending."""
        return np.flatnonzero(seed.rng(Role.PRESENCE).random(num_clients) < self.probability)

    def __call__(self, client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        """Return the fate of a client that stays, for each client."""
        return [STAYS] * len(client_ids)


def dropouts(rate: float | Sequence[float]) -> Dropouts:
    """Return an availability model in which each client fails independently.

    Parameters
    ----------
    rate : float or sequence of 5 floats
        The probability to fail in a round, divided equally among its five stages; or one
        probability for each stage.

    Examples
    --------
    >>> dropouts(0.1).rates
    (0.02, 0.02, 0.02, 0.02, 0.02)
    >>> dropouts([0, 0, 0.1, 0, 0]).rates  # fails when the update is due
    (0.0, 0.0, 0.1, 0.0, 0.0)
    """
    if np.ndim(rate) == 0:
        share = _check.fraction("rate", rate) / len(Stage)
        return Dropouts((share,) * len(Stage))
    return Dropouts(tuple(cast("Sequence[float]", rate)))


def reachable(probability: float) -> Reachable:
    """Return an availability model in which some of the clients can be reached in a round.

    Parameters
    ----------
    probability : float
        That a client can be reached in a round, in [0, 1].

    Examples
    --------
    >>> reachable(0.9).present(1000, RoundSeed(0, 1)).size in range(860, 940)
    True
    """
    return Reachable(probability)


def draw_present(
    availability: Availability | None, num_clients: int, seed: RoundSeed
) -> Integers | None:
    """Return the checked ids that can be reached in this round, or None for all clients.

    Raises
    ------
    ValueError, TypeError
        When the answer is not a list of ids, or an id does not exist.
    """
    present = getattr(availability, "present", None)
    if present is None:
        return None
    ids = np.asarray(present(num_clients, seed))
    name = f"present of {name_of(availability)}"
    if ids.ndim != 1 or (ids.size and ids.dtype.kind not in "iu"):
        _check.fail_type(name, "return client ids, whole numbers in one dimension", ids)
    ids = np.unique(ids).astype(np.int64)
    if ids.size and not (ids[0] >= 0 and ids[-1] < num_clients):
        wrong = ids[0] if ids[0] < 0 else ids[-1]
        _check.fail(name, f"return client ids from 0 to {num_clients - 1}", wrong)
    return ids


def draw_fates(
    availability: Availability | None, cohort: Sequence[int], seed: RoundSeed
) -> Sequence[Fate] | None:
    """Return the checked fate of each client of a cohort, or None if all clients stay.

    Raises
    ------
    TypeError, ValueError
        When an answer is not a `Fate`, or there are more or fewer fates than clients.
    """
    if availability is None:
        return None
    fates = call(availability, cohort, seed)
    name = f"availability {name_of(availability)}"
    if not isinstance(fates, Sequence):
        _check.fail_type(name, "return a list of Fate, one for each client", fates)
    if len(fates) != len(cohort):
        _check.fail(name, f"return {len(cohort)} fates, one for each client", len(fates))
    for fate in fates:
        if not isinstance(fate, Fate):
            _check.fail_type(name, "return a Fate for each client", fate, "Fate() stays")
    return fates
