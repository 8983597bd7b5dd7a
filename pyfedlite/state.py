"""What is carried from round to round, and what the parts of a round may look at.

Left neighbour: ``clients``. Right neighbour: ``roles``, which name these types.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pyfedlite._typing import Integers, Metrics, Vector
from pyfedlite.clients import Participant
from pyfedlite.seeds import RoundSeed


@dataclass(frozen=True, eq=False)
class State:
    """All that survives a round.

    Parameters
    ----------
    round : int
        Rounds done, 0 at the start.
    theta : ndarray of shape (num_params,)
        The global model, w_t.
    slots : mapping of str to ndarray
        The server's other vectors, keyed ``<part>.<name>``: momentum, second moments and so on.
    clients : mapping of int to mapping of str to ndarray
        What each client keeps on its device between rounds.
    """

    round: int
    theta: Vector
    slots: Mapping[str, Vector] = field(default_factory=dict)
    clients: Mapping[int, Mapping[str, Vector]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class RoundContext:
    """What an aggregator may look at besides the updates.

    Parameters
    ----------
    round : int
        From 1.
    theta : ndarray of shape (num_params,)
        The model that the clients started from.
    seed : RoundSeed
        Keys for the aggregator's own draws.
    slots : mapping of str to ndarray
    participants : sequence of Participant
        The cohort, in ascending client id.
    plan : bytes
        Canonical bytes of all that the clients are told to do beside the model.
    """

    round: int
    theta: Vector
    seed: RoundSeed
    slots: Mapping[str, Vector] = field(default_factory=dict)
    participants: Sequence[Participant] = ()
    plan: bytes = b""


@dataclass(frozen=True, eq=False)
class RoundView:
    """What a sampler may look at when it chooses a cohort.

    Parameters
    ----------
    round : int
        From 1.
    num_examples : ndarray of shape (num_clients,)
        n_k of every client.
    loss_of : callable of int to float
        The loss of the present model on a client's rows, computed when asked for.
    """

    round: int
    num_examples: Integers
    loss_of: Callable[[int], float]

    @property
    def num_clients(self) -> int:
        """K."""
        return len(self.num_examples)


@dataclass(frozen=True, eq=False)
class Aggregate:
    """What an aggregator returns: one update for the server, and what it noticed.

    Parameters
    ----------
    delta : ndarray of shape (num_params,), float64
    metrics : mapping of str to float
    slots : mapping of str to ndarray
        Named vectors to carry to the next round.
    """

    delta: Vector
    metrics: Metrics = field(default_factory=dict)
    slots: Mapping[str, Vector] = field(default_factory=dict)
