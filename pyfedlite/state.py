"""What is carried from round to round, and what the parts of a round may look at.

Left neighbour: ``clients``. Right neighbour: ``roles``, which name these types.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, overload

import numpy as np

from pyfedlite import _check
from pyfedlite._typing import Integers, Metrics, Vector
from pyfedlite.clients import Fate, Participant
from pyfedlite.seeds import RoundSeed


@dataclass(frozen=True, eq=False)
class State:
    """All that survives a round.

    Parameters
    ----------
    round : int
        Rounds done, 0 at the start.
    theta : ndarray of shape (num_params,)
        The global model, w_t. It is kept as a read-only view.
    slots : mapping of str to ndarray
        The server's other vectors, keyed ``<part>.<name>``: momentum, second moments and so on.
    memories : mapping of int to mapping of str to ndarray
        What each client keeps on its device between rounds.
    """

    round: int
    theta: Vector
    slots: Mapping[str, Vector] = field(default_factory=dict)
    memories: Mapping[int, Mapping[str, Vector]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.theta, np.ndarray):  # which everybody sees and nobody writes into
            object.__setattr__(self, "theta", _check.read_only(self.theta))  # the class is frozen


@dataclass(frozen=True)
class Population:
    """Everybody who could be asked, and by which law a cohort is drawn from them.

    Parameters
    ----------
    num_clients : int
        K, at least 1.
    sampling : {"poisson", "fixed", "other"}
        Each client on its own with probability `rate`; a fixed number, every cohort equally likely;
        or by a law that the sampler does not declare.
    rate : float, optional
        Of the first two, the probability that a client takes part, in [0, 1].
    """

    num_clients: int
    sampling: Literal["poisson", "fixed", "other"] = "other"
    rate: float | None = None

    def __post_init__(self) -> None:
        _check.keep(self, "num_clients", _check.integer, minimum=1)
        _check.keep(self, "sampling", _check.one_of, ("poisson", "fixed", "other"))
        if (self.rate is None) != (self.sampling == "other"):
            _check.fail("rate", 'be given unless sampling is "other"', self.rate)
        if self.rate is not None:
            _check.keep(self, "rate", _check.fraction)


@dataclass(frozen=True)
class Selected:
    """One line of a round's roster: what the server knows of a participant before any update.

    Parameters
    ----------
    client_id : int
    num_examples : int
        n_k.
    fate : Fate
        Only parts that play the clients themselves, as secure aggregation does, may look at it.
    """

    client_id: int
    num_examples: int
    fate: Fate


@dataclass(frozen=True, eq=False)
class Roster(Sequence[Selected]):
    """The participants of a round as the server sees them: never a row, and made when asked for.

    Parameters
    ----------
    _cohort : sequence of Participant
        In ascending client id. Parts of the server have no business with it.
    """

    _cohort: Sequence[Participant]

    def __len__(self) -> int:
        return len(self._cohort)

    @overload
    def __getitem__(self, index: int) -> Selected: ...

    @overload
    def __getitem__(self, index: slice) -> "Roster": ...

    def __getitem__(self, index: int | slice) -> "Selected | Roster":
        if isinstance(index, slice):
            return Roster(self._cohort[index])
        return _selected(self._cohort[index])

    def __iter__(self) -> Iterator[Selected]:
        return map(_selected, self._cohort)


def _selected(participant: Participant) -> Selected:
    client = participant.client
    return Selected(client.client_id, client.num_examples, participant.fate)


@dataclass(frozen=True, eq=False)
class RoundContext:
    """All that a part of the server may look at besides the updates.

    Parameters
    ----------
    round : int
        From 1.
    theta : ndarray of shape (num_params,)
        The model that the clients started from.
    seed : RoundSeed
        Keys for the part's own draws.
    slots : mapping of str to ndarray
        The server's vectors at the start of the round.
    population : Population, optional
        Everybody who could have been asked; None where a round is run by hand.
    roster : sequence of Selected
        Who was asked, in ascending client id.
    extras : tuple of str
        Names of the second vectors that every update carries.
    plan : bytes
        Canonical bytes of all that clients are told to do, but for theta.
    """

    round: int
    theta: Vector
    seed: RoundSeed
    slots: Mapping[str, Vector] = field(default_factory=dict)
    population: Population | None = None
    roster: Sequence[Selected] = ()
    extras: tuple[str, ...] = ()
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
    available : ndarray of int64, optional
        Ids of the clients that can be reached in this round, ascending; None: everybody.
    """

    round: int
    num_examples: Integers
    loss_of: Callable[[int], float]
    available: Integers | None = None

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
    extra : mapping of str to ndarray
        The second vectors of ``RoundContext.extras``, aggregated as delta is.
    num_reports : int, optional
        How many updates are in it.
    metrics : mapping of str to float
    slots : mapping of str to ndarray
        Named vectors to carry to the next round.
    """

    delta: Vector
    extra: Mapping[str, Vector] = field(default_factory=dict)
    num_reports: int | None = None
    metrics: Metrics = field(default_factory=dict)
    slots: Mapping[str, Vector] = field(default_factory=dict)


@dataclass(frozen=True)
class RoundRecord:
    """One round.

    Parameters
    ----------
    round : int
        From 1.
    cohort : tuple of int
        S_t, ascending.
    metrics : mapping of str to float, int or None
        ``train_loss``, ``bytes_up``, ``bytes_down``, ``seconds`` (of training); in rounds that were
        evaluated also ``test_loss``, ``test_accuracy`` and, for two classes, ``test_auc``; and what
        parts of the algorithm add.
    failure : str, optional
        Why the round has no result; None: it has one.
    """

    round: int
    cohort: tuple[int, ...]
    metrics: Metrics
    failure: str | None = None


@dataclass(frozen=True)
class Stop:
    """What a callback returns to end the run, for good.

    Parameters
    ----------
    reason : str
        A sentence for people; it is kept with the run.
    """

    reason: str
