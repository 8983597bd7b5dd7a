"""What a private run has spent: epsilon, with all that one has to know to read it."""

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from pyfedlite import plotting
from pyfedlite.privacy.accounting.curve import curve_of, why_rdp
from pyfedlite.privacy.accounting.events import Event, is_distributed, steps_of
from pyfedlite.privacy.accounting.gaussian import gaussian_epsilon
from pyfedlite.privacy.accounting.pld import epsilon_from_pld
from pyfedlite.privacy.accounting.relations import Neighbouring, Unit
from pyfedlite.privacy.accounting.tradeoff import (
    MOST_REGRET,
    GaussianTradeOff,
    ProfileTradeOff,
    TradeOff,
    fit_mu,
    regret,
    true_positives_at,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

EVERYBODY = "everybody who sees the released models"
SERVER = "the server, who sees sums and who takes part, with the clients that are counted corrupt"
LEAST = 1e-4
"""The lowest rate on the axes of a plot."""


@dataclass(frozen=True)
class PrivacySpent:
    """The privacy that was spent; printed, it is one sentence.

    Adversary: `against`, who knows everything but the data of one `unit`, computes without limit
    and sees all that was released. Protected: whether that one took part, or with which data
    (`relation`). Not protected: what the data of all say together, and all that is released beside
    the mechanism (`assumptions`). For teaching and research: not audited.

    ``mu``, ``true_positives``, ``tighter_epsilon`` and ``plot`` are computed when they are asked
    for; of a run with sampling they take seconds, and need dp-accounting.

    Parameters
    ----------
    epsilon : float or None
        Of the Rényi accountant, whatever else is installed. Infinite without noise; None where
        nothing can be claimed, and `reason` says why.
    delta : float
        In (0, 1); as an argument of functions it is called ``dp_delta``.
    unit : Unit
    relation : Neighbouring
    against : str
        Who learns no more.
    sampling : str
        How cohorts are drawn, in words.
    assumptions : tuple of str
        What has to be true for the rest to be true.
    best_order : float or None
        The order alpha that gave epsilon.
    event : Event
        What was done.
    reason : str
        Why there is no epsilon.
    """

    epsilon: float | None
    delta: float
    unit: Unit
    relation: Neighbouring
    against: str
    sampling: str
    assumptions: tuple[str, ...]
    best_order: float | None
    event: Event = field(repr=False)
    reason: str = ""

    def __str__(self) -> str:
        """Return what was spent as one sentence."""
        if self.epsilon is None:
            return f"No epsilon can be stated: {self.reason}."
        if math.isinf(self.epsilon):
            return "epsilon is infinite: a round released its sum without noise."
        times = math.exp(self.epsilon) if self.epsilon < 700 else math.inf
        return (
            f"epsilon = {self.epsilon:.4g} at delta = {self.delta:g}: whoever tests whether "
            f"{self._what_differs()} has TPR <= {times:.4g} FPR + {self.delta:g}; "
            f"this holds against {self.against}."
        )

    def _what_differs(self) -> str:
        one = f"one {self.unit.value}"
        return {
            Neighbouring.ADD_OR_REMOVE: f"{one} took part",
            Neighbouring.ZERO_OUT: f"the message of {one} was replaced by zeros",
            Neighbouring.REPLACE: f"{one} had other data",
        }[self.relation]

    @property
    def curve(self) -> TradeOff | None:
        """The best trade-off curve that can be computed here; None without an epsilon.

        Exact without sampling, of the privacy loss distribution with it, and without
        dp-accounting of the Rényi accountant, which is valid and looser: ``source`` says which.
        """
        if self.epsilon is None or math.isinf(self.epsilon):
            return None
        return curve_of(self.event, self.relation)

    @property
    def mu(self) -> float | None:
        """The mu of Gaussian differential privacy that stands for the whole curve, or None.

        It is given where it says what the curve says, to a regret below 0.01; `mu_reason` says why
        it is not.
        """
        return _mu_of(self.curve)[0]

    @property
    def mu_reason(self) -> str:
        """Why there is no mu; empty if there is one."""
        if is_distributed(self.event):
            return "no exact curve is known for noise of clients"
        return _mu_of(self.curve)[1]

    def true_positives(self, false_positives: float) -> float | None:
        """Return the largest true positive rate of any test at a false positive rate in [0, 1].

        None where only the looser curve of the Rényi accountant is there (`mu_reason` says it).
        """
        curve = self.curve
        if curve is None or curve.source == "RDP":
            return None
        return true_positives_at(curve, false_positives)

    @property
    def tighter_epsilon(self) -> float | None:
        """An epsilon for the same delta that is never larger, or None where there is none here.

        Exact without sampling; of dp-accounting's privacy loss distribution with it, unless the
        steps of its grid are too coarse to help.
        """
        curve = self.curve
        if self.epsilon is None:
            return None
        if isinstance(curve, GaussianTradeOff):
            return min(self.epsilon, gaussian_epsilon(curve.mu, self.delta))
        if curve is None or curve.source == "RDP":
            return None
        return min(self.epsilon, epsilon_from_pld(self.event, self.delta, self.relation))

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the largest true positive rate at each false positive rate.

        The axes are those of an attack's curve (`attacks.inference.Guesses.plot`), which goes on
        the same drawing with ``ax=`` and lies below.

        Raises
        ------
        ModuleNotFoundError
            If matplotlib is absent.
        ValueError
            If there is no finite epsilon.
        """
        curve = self.curve
        if curve is None:
            raise ValueError(f"a curve must have a finite epsilon, got {self.epsilon}")
        false = np.geomspace(LEAST, 1.0, 400)
        name = f"no attack is above ({curve.source})"
        return plotting.plot_roc(false, 1 - curve(false), least=LEAST, name=name, ax=ax)


def _mu_of(curve: TradeOff | None) -> tuple[float | None, str]:
    """Return mu and an empty text, or None and the reason."""
    if isinstance(curve, GaussianTradeOff):
        return curve.mu, ""
    if not isinstance(curve, ProfileTradeOff):
        return None, "there is no finite epsilon"
    if curve.source == "RDP":
        return None, why_rdp()
    mu, distance = _fitted(curve)
    if distance >= MOST_REGRET:
        limit = f"must be below {MOST_REGRET}"
        return None, f"mu = {mu:.4g} would differ from the curve by {distance:.4f}, which {limit}"
    return mu, ""


@lru_cache(maxsize=32)
def _fitted(curve: ProfileTradeOff) -> tuple[float, float]:
    mu = fit_mu(curve)
    return mu, regret(curve, mu)


def describe_sampling(event: Event, unit: Unit) -> str:
    """Return how the clients of a round are drawn, in words.

    Examples
    --------
    >>> from pyfedlite.privacy.accounting.events import rounds_of
    >>> describe_sampling(rounds_of(0.2, 1.1, 10), Unit.USER)
    'each user takes part on its own with probability 0.2 in each round'
    """
    rates = sorted({step.sampling_rate for step, _ in steps_of(event)})
    if all(rate == 1 for rate in rates):
        return f"no amplification is claimed: each {unit.value} may take part in every round"
    listed = " or ".join(f"{rate:g}" for rate in rates)
    return f"each {unit.value} takes part on its own with probability {listed} in each round"
