"""What a private run did, apart from what it cost.

An event says which noise was added, to how large a share of the clients, and how often. It holds no
epsilon: ``rdp``, ``zcdp`` and ``pld`` next door each read the same event and give their own answer.
The noise multiplier z is the deviation of the noise divided by the clipping norm C, so that no
event has to know C. The form is that of the library dp-accounting.

Left neighbour: the mechanisms, which make events. Right neighbour: ``rdp``, the cost.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import get_args

from pyfedlite import _check


@dataclass(frozen=True)
class Gaussian:
    """Gaussian noise on one sum in which every client takes part.

    Parameters
    ----------
    noise_multiplier : float
        z, at least 0: the deviation of the noise divided by the clipping norm.

    Examples
    --------
    >>> Gaussian(1.1)
    Gaussian(noise_multiplier=1.1)
    """

    noise_multiplier: float

    def __post_init__(self) -> None:
        z = _check.non_negative("noise_multiplier", self.noise_multiplier)
        object.__setattr__(self, "noise_multiplier", z)

    @property
    def sampling_rate(self) -> float:
        """The probability with which a client takes part: 1."""
        return 1.0


@dataclass(frozen=True)
class PoissonGaussian:
    """Gaussian noise on one sum in which each client takes part on its own with probability q.

    Parameters
    ----------
    sampling_rate : float
        q, above 0 and at most 1.
    noise_multiplier : float
        z, at least 0: the deviation of the noise divided by the clipping norm.

    Examples
    --------
    >>> PoissonGaussian(0.01, 1.1)
    PoissonGaussian(sampling_rate=0.01, noise_multiplier=1.1)
    """

    sampling_rate: float
    noise_multiplier: float

    def __post_init__(self) -> None:
        _check.keep(self, "sampling_rate", _check.rate)
        _check.keep(self, "noise_multiplier", _check.non_negative)


@dataclass(frozen=True)
class DistributedDiscreteGaussian:
    """Discrete Gaussian noise of every client on a sum of integers that is seen alone.

    All is in steps of the grid that the vectors were rounded to. There is no amplification by
    sampling: the server of secure aggregation sees who takes part.

    Parameters
    ----------
    sensitivity : float
        The largest length of a client's vector, above 0: `privacy.rounded_norm`.
    noise : float
        s, at least 0: the parameter of each client's noise, nearly its deviation.
    num_honest : int
        n, at least 1: how many honest clients' noise is in the sum *for certain*. On the complete
        graph that is the threshold less the corrupt clients, never the number that came.
    length : int
        d, the number of entries, at least 1.

    Examples
    --------
    >>> DistributedDiscreteGaussian(sensitivity=1000.6, noise=100.0, num_honest=100, length=1024)
    DistributedDiscreteGaussian(sensitivity=1000.6, noise=100.0, num_honest=100, length=1024)
    """

    sensitivity: float
    noise: float
    num_honest: int
    length: int

    def __post_init__(self) -> None:
        checked = {
            "sensitivity": _check.positive("sensitivity", self.sensitivity),
            "noise": _check.non_negative("noise", self.noise),
            "num_honest": _check.integer("num_honest", self.num_honest, minimum=1),
            "length": _check.integer("length", self.length, minimum=1),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    @property
    def sampling_rate(self) -> float:
        """The probability with which a client takes part: 1."""
        return 1.0


@dataclass(frozen=True)
class Composed:
    """Several events one after another, each a number of times.

    Parameters
    ----------
    parts : iterable of (event, count)
        Counts are at least 0; an event may be composed itself.

    Examples
    --------
    >>> Composed([(Gaussian(2.0), 3)])
    Composed(parts=((Gaussian(noise_multiplier=2.0), 3),))
    """

    parts: tuple[tuple["Event", int], ...]

    def __init__(self, parts: Iterable[tuple["Event", int]]) -> None:
        pairs = tuple(
            (check_event("event", event), _check.integer("count", count, minimum=0))
            for event, count in parts
        )
        object.__setattr__(self, "parts", pairs)


Event = Gaussian | PoissonGaussian | DistributedDiscreteGaussian | Composed
"""What can be accounted for."""

Central = Gaussian | PoissonGaussian
"""Noise that one party adds to the whole sum."""

Step = Central | DistributedDiscreteGaussian
"""An event that is not composed of others."""


def check_event(name: str, event: object) -> Event:
    """Return `event` if it is one."""
    if not isinstance(event, Event):
        known = " or ".join(kind.__name__ for kind in get_args(Event))
        hint = "try PoissonGaussian(sampling_rate, noise_multiplier)"
        _check.fail_type(name, f"be {known}", event, hint)
    return event


def steps_of(event: Event, count: int = 1) -> Iterator[tuple[Step, int]]:
    """Yield the events that are not composed, each with how often it happened, if it did.

    Examples
    --------
    >>> pair = Composed([(Gaussian(2.0), 3), (PoissonGaussian(0.1, 1.0), 0)])
    >>> list(steps_of(Composed([(pair, 10)])))
    [(Gaussian(noise_multiplier=2.0), 30)]
    """
    if isinstance(event, Composed):
        for part, times in event.parts:
            yield from steps_of(part, count * times)
    elif count > 0:
        yield event, count


def is_distributed(event: Event) -> bool:
    """Return whether some of the noise came from clients."""
    return any(isinstance(step, DistributedDiscreteGaussian) for step, _ in steps_of(event))


def rounds_of(sampling_rate: float, noise_multiplier: float, rounds: int) -> Composed:
    """Return the event of a run whose rounds are all alike.

    Parameters
    ----------
    sampling_rate : float
        q, above 0 and at most 1; with 1 every client takes part in every round.
    noise_multiplier : float
        z, at least 0.
    rounds : int
        At least 0.

    Examples
    --------
    >>> rounds_of(1.0, 2.0, 10)
    Composed(parts=((Gaussian(noise_multiplier=2.0), 10),))
    """
    step: Central = PoissonGaussian(sampling_rate, noise_multiplier)
    if step.sampling_rate == 1:
        step = Gaussian(noise_multiplier)
    return Composed([(step, _check.integer("rounds", rounds, minimum=0))])
