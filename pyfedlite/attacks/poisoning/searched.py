"""Attacks whose strength is searched against the very rule that they meet.

Adversary: omniscient clients who also know the rule of the server, with what stands before it, and
its draws. Protected by: what is left of a rule in its worst case, which is what it should be judged
by: a strength that is fixed beforehand flatters most rules. Not protected: a mean. For teaching and
research: not audited.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Matrix, Vector
from pyfedlite.attacks.poisoning.cohort import Attack, View, sent
from pyfedlite.attacks.poisoning.crafted import ALIE, IPM
from pyfedlite.norms import norm, norms
from pyfedlite.roles import Aggregator


def deviations_from_mean(aggregate: Vector, honest: Matrix) -> float:
    """Return how far an aggregate is from the honest mean, in root mean squares of the honest.

    Parameters
    ----------
    aggregate : ndarray of shape (num_params,)
    honest : ndarray of shape (n - m, num_params)

    Returns
    -------
    float
        Infinite where all honest updates are equal and the aggregate is another vector, or where
        the distance is beyond float64; 0 where it is their mean.

    Examples
    --------
    >>> deviations_from_mean(np.array([3.0]), np.array([[-1.0], [1.0]]))
    3.0
    """
    mean = honest.mean(axis=0)
    spread = norm(norms(honest - mean)) / np.sqrt(len(honest))
    distance = norm(aggregate - mean)
    if spread == 0:
        return 0.0 if distance == 0 else np.inf
    return float(distance / spread)


def candidates(kind: str, num_clients: int, num_byzantine: int) -> list[Attack]:
    """Return the attacks of a kind among which is searched.

    Of ALIE 40, z = +-0.15 i; of IPM 23, 0.1 to 2 and (n - m) / m times 1, 2 and 10.

    Examples
    --------
    >>> len(candidates("alie", 25, 5)), candidates("ipm", 25, 5)[-1]
    (40, IPM(strength=40.0))
    """
    if kind == "alie":
        return [ALIE(sign * 0.15 * i) for i in range(1, 21) for sign in (1, -1)]
    turning = (num_clients - num_byzantine) / num_byzantine
    strengths = [0.1 * i for i in range(1, 21)] + [turning * factor for factor in (1, 2, 10)]
    return [IPM(strength) for strength in strengths]


@dataclass(frozen=True)
class Searched:
    """The attack of a kind that takes the aggregate farthest from the honest mean.

    Parameters
    ----------
    kind : {"alie", "ipm"}
    rule : Aggregator
        The server's, with what stands before it.

    Raises
    ------
    RoundFailed
        If the rule has no answer to any of the attacks.
    """

    kind: str
    rule: Aggregator
    needs_honest: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _check.keep(self, "kind", _check.one_of, ("alie", "ipm"))

    def __call__(self, view: View) -> Vector:
        """Return the vector of the strongest attack."""
        attacks = candidates(self.kind, view.num_clients, len(view.own))
        return max(attacks, key=lambda attack: self._effect(attack, view))(view)

    def _effect(self, attack: Attack, view: View) -> float:
        """Return how far the aggregate gets from the honest mean under an attack."""
        updates = sorted([*view.honest, *sent(attack, view)], key=lambda u: u.client_id)
        return float(np.linalg.norm(self.rule(updates, view.context).delta - view.mean))


def searched(kind: str, rule: Aggregator) -> Searched:
    """Return an attack that is as strong as it can be against a rule; see `Searched`.

    Examples
    --------
    >>> from pyfedlite.aggregation.robust import median
    >>> searched("alie", median(num_byzantine=5)).kind
    'alie'
    """
    return Searched(kind, rule)
