"""Which clients fail in a round, and when.

Left neighbour: ``samplers`` draw the cohort. Right neighbour: ``simulate`` writes the fate of each
participant into its ``drops_at``, the round of the protocol (0 to 4) before which it fails; those
who fail before their update arrives (0, 1 or 2) take no part in any mean. Failures here do not
depend on the data, which real ones do.

References
----------
K. Bonawitz et al., "Practical Secure Aggregation for Privacy-Preserving Machine Learning", CCS
2017, Figure 1: the rounds of the protocol, https://eprint.iacr.org/2017/281
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from pyfedlite import _check

NUM_STAGES = 5


class Availability(Protocol):
    """How a client fares in one round: the stage before which it fails, or None if it stays.

    The smallest one: ``lambda client_id, rng: None``.
    """

    def __call__(self, client_id: int, rng: np.random.Generator) -> int | None:
        """Return the stage, 0 to 4, before which the client fails, or None."""
        ...


@dataclass(frozen=True)
class Dropouts:
    """Each client fails independently, with a probability for each stage.

    Parameters
    ----------
    rates : tuple of 5 floats
        The probability to fail before each of the stages: advertising keys, sharing keys, sending
        the update, agreeing on who sent one, unmasking. Each in [0, 1], together below 1 or 1.
    """

    rates: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rates", tuple(self.rates))
        if len(self.rates) != NUM_STAGES:
            _check.fail("rates", f"hold {NUM_STAGES} probabilities", len(self.rates))
        for rate in self.rates:
            _check.fraction("rates", rate)
        if sum(self.rates) > 1 + 1e-12:  # ten times 0.1 is a little more than 1
            _check.fail("rates", "add up to at most 1", sum(self.rates))

    def __call__(self, client_id: int, rng: np.random.Generator) -> int | None:
        """Return the stage before which the client fails, or None."""
        stage = int(np.searchsorted(np.cumsum(self.rates), rng.random(), side="right"))
        return stage if stage < NUM_STAGES else None


def dropouts(rate: float | Sequence[float]) -> Dropouts:
    """Return an availability model in which each client fails independently.

    Parameters
    ----------
    rate : float or sequence of 5 floats
        The probability to fail in a round, spread evenly over its five stages; or one probability
        for each stage.

    Examples
    --------
    >>> dropouts(0.1).rates
    (0.02, 0.02, 0.02, 0.02, 0.02)
    >>> dropouts([0, 0, 0.1, 0, 0]).rates  # fails when the update is due
    (0, 0, 0.1, 0, 0)
    """
    if isinstance(rate, int | float):
        _check.fraction("rate", rate)
        return Dropouts((rate / NUM_STAGES,) * NUM_STAGES)
    return Dropouts(tuple(rate))
