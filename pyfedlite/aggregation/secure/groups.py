"""How a cohort is divided into groups that aggregate securely, each on its own.

Adversary, and what is and is not protected: as for ``grouped``, which puts a rule behind the
groups. For teaching and research: not audited.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from pyfedlite import _check
from pyfedlite.aggregation.secure.mean import SecureMean
from pyfedlite.errors import RoundFailed
from pyfedlite.state import RoundContext, Selected

ROLE = "pyfedlite.aggregation.secure.groups"
"""The role of the draws that divide a cohort: a stream that nothing else draws from."""

LOOKAHEAD = 100
"""So many sizes of a group are checked before a run; larger ones are checked when they come."""

Group = tuple[Selected, ...]


@dataclass(frozen=True)
class SecureGroups:
    """Random groups of a cohort, each of which runs secure aggregation on its own.

    Parameters
    ----------
    size : int
        m, at least 2: the fewest clients of a group. A cohort of n has floor(n / m) groups, whose
        sizes differ by at most one.
    threat_model, corrupt_fraction, dropout_fraction, clip, max_weight, ring_bits, rounding
        As for `SecureMean`, with the group in the place of the cohort; the fractions are shares of
        the group. By default W_max comes from the largest client of the cohort, so that it tells
        nothing of a single group.
    min_honest, weights
        As for `SecureMean`.

    Raises
    ------
    ValueError
        When a group of the size, or of a size that floor(n / m) groups can have, has no threshold
        that is both secure and reachable.

    Examples
    --------
    >>> SecureGroups(5).num_groups(23)  # of 6, 6, 6 and 5 clients
    4
    """

    size: int
    threat_model: str = SecureMean.threat_model
    corrupt_fraction: float = SecureMean.corrupt_fraction
    dropout_fraction: float = SecureMean.dropout_fraction
    clip: float = SecureMean.clip
    max_weight: int | None = SecureMean.max_weight
    ring_bits: int | None = SecureMean.ring_bits
    rounding: str = SecureMean.rounding
    min_honest: int | None = SecureMean.min_honest
    weights: str = SecureMean.weights

    def __post_init__(self) -> None:
        hint = "a group of one is an update in the open"
        _check.keep(self, "size", _check.integer, minimum=2, hint=hint)
        checked = self.mean()
        for name in self._settings():
            object.__setattr__(self, name, getattr(checked, name))  # the class is frozen
        for num_clients in range(self.size, min(2 * self.size, self.size + LOOKAHEAD)):
            self._check_threshold(num_clients)

    def num_groups(self, num_clients: int) -> int:
        """Return G, how many groups a cohort has: 0 if it is smaller than one group."""
        return num_clients // self.size

    def too_few(self, num_clients: int) -> str:
        """Return the sentence about a cohort that is smaller than one group."""
        needs = f"secure groups need n >= size = {self.size}"
        return f"{needs}, got n = {num_clients} clients in the cohort"

    def groups(self, context: RoundContext) -> list[Group]:
        """Return the groups of a round, each in ascending client id.

        They depend on the seed, the round and who was asked; fates and updates change nothing.

        Raises
        ------
        RoundFailed
            If the cohort is smaller than one group.
        """
        cohort = sorted(context.roster, key=lambda selected: selected.client_id)
        num_groups = self.num_groups(len(cohort))
        if num_groups == 0:
            raise RoundFailed(self.too_few(len(cohort)))
        order = context.seed.rng(ROLE).permutation(len(cohort))
        parts = np.array_split(order, num_groups)
        return [tuple(cohort[i] for i in sorted(part.tolist())) for part in parts]

    def mean(self, roster: Sequence[Selected] = ()) -> SecureMean:
        """Return the mean that each group of a cohort takes."""
        settings = self._settings()
        if self.max_weight is None and self.weights == "examples" and roster:
            largest = max(selected.num_examples for selected in roster)
            settings["max_weight"] = 1 << (largest - 1).bit_length()
        return SecureMean(**settings)

    def _settings(self) -> dict[str, Any]:
        """Return the settings of the secure mean: all but the size."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "size"}

    def _check_threshold(self, num_clients: int) -> None:
        try:
            self.mean().choice(num_clients)
        except ValueError as error:
            condition = f"allow a threshold in groups of {num_clients}, which a cohort can have"
            _check.fail("size", condition, f"{self.size} ({error})", "take larger groups")


def secure_groups(
    size: int,
    *,
    threat_model: str = SecureMean.threat_model,
    corrupt_fraction: float = SecureMean.corrupt_fraction,
    dropout_fraction: float = SecureMean.dropout_fraction,
    clip: float = SecureMean.clip,
    max_weight: int | None = SecureMean.max_weight,
    ring_bits: int | None = SecureMean.ring_bits,
    rounding: str = SecureMean.rounding,
    min_honest: int | None = SecureMean.min_honest,
    weights: str = SecureMean.weights,
) -> SecureGroups:
    """Return random groups with secure sums, to stand before a rule; see `SecureGroups`.

    Examples
    --------
    >>> secure_groups(4, clip=1.0).mean().clip
    1.0
    """
    return SecureGroups(
        size,
        threat_model=threat_model,
        corrupt_fraction=corrupt_fraction,
        dropout_fraction=dropout_fraction,
        clip=clip,
        max_weight=max_weight,
        ring_bits=ring_bits,
        rounding=rounding,
        min_honest=min_honest,
        weights=weights,
    )
