"""Attackers who work alone: each sends something else than it has computed.

Adversary: single clients, who know their own update and the model, and nobody else's update.
Protected by: robust rules and norm bounds, more or less. Not protected: a mean, which one of these
moves anywhere. For teaching and research: not audited.

All are update transforms, to be used with `only_for`. One number added to every weight of a softmax
layer changes no prediction: against such a model, `constant` looks harmless and is a bad test of a
defence, and `flip_sign` a good one.

References
----------
Y. Fraboni, R. Vidal and M. Lorenzi, "Free-rider Attacks on Model Aggregation in Federated
Learning", AISTATS 2021, https://arxiv.org/abs/2006.11901
"""

from dataclasses import dataclass, replace

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Vector
from pyfedlite.clients import ClientUpdate, Participant

KEPT = "replay.delta"
"""The name in a client's memory under which `Replay` keeps what it has computed."""


def sends(update: ClientUpdate, vector: Vector) -> ClientUpdate:
    """Return the update with another delta, of the same dtype: 1e300 becomes inf in float32."""
    with np.errstate(over="ignore"):
        return replace(update, delta=vector.astype(update.delta.dtype))


def sends_times(update: ClientUpdate, factor: float) -> ClientUpdate:
    """Return the update with its delta times a number; what is too large becomes inf."""
    with np.errstate(over="ignore"):
        return sends(update, factor * update.delta.astype(np.float64))


@dataclass(frozen=True)
class FlipSign:
    """Sends - scale times the own update.

    Parameters
    ----------
    scale : float
        Above 0.

    Examples
    --------
    >>> update = ClientUpdate(0, np.array([1.0, -2.0]), 1, 1, 0.0)
    >>> FlipSign(10.0)(update, None, 1, np.random.default_rng(0)).delta
    array([-10.,  20.])
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        _check.keep(self, "scale", _check.positive)

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with its sign turned."""
        return sends_times(update, -self.scale)


@dataclass(frozen=True)
class Gaussian:
    """Sends Gaussian noise in place of the update.

    Parameters
    ----------
    deviation : float
        Of each parameter, at least 0; with 0 it sends zeros.
    """

    deviation: float = 1.0

    def __post_init__(self) -> None:
        _check.keep(self, "deviation", _check.non_negative)

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with noise for its delta."""
        return sends(update, self.deviation * rng.standard_normal(update.delta.shape))


@dataclass(frozen=True)
class Constant:
    """Sends one number for every parameter: 0, something huge, NaN or infinity.

    Parameters
    ----------
    value : float

    Examples
    --------
    >>> update = ClientUpdate(0, np.array([1.0, -2.0]), 1, 1, 0.0)
    >>> Constant(float("nan"))(update, None, 1, np.random.default_rng(0)).delta
    array([nan, nan])
    """

    value: float

    def __post_init__(self) -> None:
        _check.keep(self, "value", _check.number)

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with the number for its delta."""
        return sends(update, np.full(update.delta.shape, np.float64(self.value)))


@dataclass(frozen=True)
class Replay:
    """Sends what it computed when it last took part; the first time, what it has computed."""

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with the delta of the last time."""
        last = participant.memory.get(KEPT, update.delta)
        memory = {**participant.memory, **update.memory, KEPT: update.delta}
        return replace(update, delta=last, memory=memory)


@dataclass(frozen=True)
class FalseCount:
    """Claims another number of examples, and with it a larger weight in the mean.

    Parameters
    ----------
    num_examples : int
        At least 1.
    """

    num_examples: int

    def __post_init__(self) -> None:
        _check.keep(self, "num_examples", _check.integer, minimum=1)

    def __call__(
        self, update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        """Return the update with the number that is claimed."""
        return replace(update, num_examples=self.num_examples)


def flip_sign(scale: float = 1.0) -> FlipSign:
    """Return an attack that turns the update round; see `FlipSign`.

    Examples
    --------
    >>> flip_sign(10)
    FlipSign(scale=10.0)
    """
    return FlipSign(scale)


def gaussian(deviation: float = 1.0) -> Gaussian:
    """Return an attack that sends noise; see `Gaussian`."""
    return Gaussian(deviation)


def constant(value: float) -> Constant:
    """Return an attack that sends one number, such as 1e6; see `Constant`."""
    return Constant(value)


def not_a_number() -> Constant:
    """Return an attack that sends NaN; see `Constant`."""
    return Constant(float("nan"))


def zero() -> Constant:
    """Return a client that sends nothing but zeros; see `Constant`."""
    return Constant(0.0)


def replay() -> Replay:
    """Return an attack that sends the update of the last time; see `Replay`."""
    return Replay()


def false_count(num_examples: int) -> FalseCount:
    """Return an attack that claims a number of examples; see `FalseCount`."""
    return FalseCount(num_examples)


def free_rider(deviation: float = 1e-3) -> Gaussian:
    """Return a client that wants the model for nothing: it sends noise as small as an update.

    Plain free riders send zeros, which `zero` does and which anybody notices; disguised ones add
    noise (Fraboni et al. 2021).

    Examples
    --------
    >>> free_rider()
    Gaussian(deviation=0.001)
    """
    return Gaussian(deviation)
