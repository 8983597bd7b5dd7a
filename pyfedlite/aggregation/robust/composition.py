"""A pre-aggregation and a rule as one aggregator: ``nnm+median:num_byzantine=5``.

Adversary, and what is and is not protected: as the two parts say, each in its file. For teaching
and research: not audited.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from pyfedlite import _check
from pyfedlite._role_checks import called, checked
from pyfedlite._typing import Matrix
from pyfedlite.aggregation.robust.arrivals import Arrivals, RobustRule, answer
from pyfedlite.clients import ClientUpdate
from pyfedlite.seeds import Role
from pyfedlite.state import Aggregate, RoundContext


class PreAggregation(Protocol):
    """From the vectors of a round to others, of the same length or fewer, for a rule behind it.

    The vectors come as they were sent, in float32 or float64; sums of them belong into float64. The
    smallest one: ``lambda vectors, num_byzantine, rng: vectors``.
    """

    def __call__(self, vectors: Matrix, num_byzantine: int, rng: np.random.Generator) -> Matrix:
        """Return the vectors that the rule gets; the given ones are not written to."""
        ...


PRE_AGGREGATION = called("a pre-aggregation", "nnm()", PreAggregation)


@dataclass(frozen=True)
class PreAggregated:
    """A rule over vectors that were mixed or clipped before.

    Parameters
    ----------
    first : PreAggregation
        It reckons with as many attackers as the rule.
    rule : RobustRule
        One with a ``num_byzantine``, or another `PreAggregated`.

    Raises
    ------
    RoundFailed
        If an inequality of either part does not hold.

    Examples
    --------
    >>> from pyfedlite.aggregation.robust import median, nnm
    >>> from pyfedlite.seeds import RoundSeed
    >>> context = RoundContext(round=1, theta=np.zeros(1), seed=RoundSeed(0, 1))
    >>> sent = enumerate([0.0, 1.0, 2.0, 99.0])
    >>> updates = [ClientUpdate(k, np.array([x]), 1, 1, 0.0) for k, x in sent]
    >>> PreAggregated(nnm(), median(num_byzantine=1))(updates, context).delta  # of 1, 1, 1, 34
    array([1.])
    """

    first: PreAggregation
    rule: RobustRule

    def __post_init__(self) -> None:
        checked("first", self.first, PRE_AGGREGATION)
        if isinstance(self.rule, type) or not hasattr(self.rule, "num_byzantine"):
            hint = "a pre-aggregation needs median, krum or another rule that has it"
            _check.fail_type("rule", "have a num_byzantine", self.rule, hint)

    @property
    def num_byzantine(self) -> int:
        """f, as the rule has it."""
        return self.rule.num_byzantine

    @property
    def on_nonfinite(self) -> str:
        """The policy of the rule."""
        return self.rule.on_nonfinite

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        """Return what the rule makes of the mixed `updates`."""
        return answer(self.combine, updates, context, self.on_nonfinite)

    def combine(self, arrivals: Arrivals, context: RoundContext) -> Aggregate:
        """Return what the rule makes of the mixed vectors that have arrived."""
        rng = context.seed.rng(Role.AGGREGATE)
        vectors = self.first(arrivals.sent, self.num_byzantine, rng)
        has_owners = len(vectors) == len(arrivals.sent)
        ids = arrivals.client_ids if has_owners else ()
        sent = np.ascontiguousarray(vectors)  # as kernels read it
        return self.rule.combine(replace(arrivals, sent=sent, client_ids=ids), context)


def pre_aggregated(first: PreAggregation, rule: RobustRule) -> PreAggregated:
    """Return a pre-aggregation and a rule as one aggregator; see `PreAggregated`.

    Examples
    --------
    >>> from pyfedlite.aggregation.robust import krum, nnm
    >>> pre_aggregated(nnm(), krum(num_byzantine=2)).num_byzantine
    2
    """
    return PreAggregated(first, rule)
