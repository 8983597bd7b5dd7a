"""A client, its part and its fate in one round, and what leaves its device.

Left neighbour: ``data`` hands out a `Client`. Right neighbour: ``local`` turns a `Participant`
into a `ClientUpdate`. Symbols of McMahan et al. 2017: P_k is `Client`, n_k is `num_examples`,
and delta is w^k_{t+1} - w_t.

References
----------
H. B. McMahan, E. Moore, D. Ramage, S. Hampson and B. Agüera y Arcas, "Communication-Efficient
Learning of Deep Networks from Decentralized Data", AISTATS 2017, https://arxiv.org/abs/1602.05629
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol, overload

from pyfedlite import _check
from pyfedlite._typing import Labels, Matrix, Vector


@dataclass(frozen=True, eq=False)
class Client:
    """One data holder, P_k.

    Parameters
    ----------
    client_id : int
        k, from 0.
    features : ndarray of shape (num_examples, num_features)
    labels : ndarray of shape (num_examples,)
    test_features, test_labels : ndarray, optional
        The client's own test rows, where the data has them.
    """

    client_id: int
    features: Matrix
    labels: Labels
    test_features: Matrix | None = None
    test_labels: Labels | None = None

    @property
    def num_examples(self) -> int:
        """n_k, the number of training rows."""
        return len(self.labels)


class Rows(Protocol):
    """What local training asks of a client; `Client` stores it, a lazy one makes it."""

    @property
    def client_id(self) -> int:
        """Return k."""
        ...

    @property
    def features(self) -> Matrix:
        """Rows, shape (num_examples, num_features)."""
        ...

    @property
    def labels(self) -> Labels:
        """Their labels, shape (num_examples,)."""
        ...

    @property
    def num_examples(self) -> int:
        """n_k, known without making the rows."""
        ...


class Stage(IntEnum):
    """The five protocol rounds of one round of training: a client may fail before each of them.

    Without secure aggregation there are no keys, and only UPLOAD matters. The names follow Figure 1
    of Bonawitz et al. 2017, https://eprint.iacr.org/2017/281.
    """

    ADVERTISE_KEYS = 0
    SHARE_KEYS = 1
    UPLOAD = 2
    CHECK = 3
    UNMASK = 4


@dataclass(frozen=True)
class Fate:
    """What becomes of a client in one round.

    Parameters
    ----------
    drops_at : Stage, optional
        The stage before which it fails; None: it stays to the end.
    local_epochs : int, optional
        Its own number of epochs, at least 1, in place of the algorithm's.
    local_steps : int, optional
        Its own number of gradient steps, at least 1, in place of a number of epochs.
    seconds : float, optional
        The simulated time after which its answer is there, or the server stops to wait for it.

    Examples
    --------
    >>> Fate(drops_at=Stage.UPLOAD).arrives, Fate(drops_at=Stage.UNMASK).arrives, Fate().arrives
    (False, True, True)
    """

    drops_at: Stage | None = None
    local_epochs: int | None = None
    local_steps: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if self.drops_at is not None and not isinstance(self.drops_at, Stage):
            stage = _check.integer("drops_at", self.drops_at, hint="see Stage")
            if stage not in [*Stage]:
                _check.fail("drops_at", "be a Stage, 0 to 4, or None", self.drops_at)
            object.__setattr__(self, "drops_at", Stage(stage))  # the class is frozen
        if self.local_epochs is not None:
            _check.keep(self, "local_epochs", _check.integer, minimum=1)
        if self.local_steps is not None:
            _check.keep(self, "local_steps", _check.integer, minimum=1)
            if self.local_epochs is not None:
                _check.fail("local_steps", "be left out where local_epochs is given", self)
        if self.seconds is not None:
            _check.keep(self, "seconds", _check.non_negative)

    @property
    def arrives(self) -> bool:
        """Whether the client's update reaches the server."""
        return self.drops_at is None or self.drops_at > Stage.UPLOAD


STAYS = Fate()


@dataclass(frozen=True, eq=False)
class Participant:
    """A client as it takes part in one round.

    Parameters
    ----------
    client : Client
        Or anything else with its `Rows`.
    memory : mapping of str to ndarray
        What the client kept on its device since it last took part.
    received : mapping of str to ndarray
        What the server sends beside theta; each of shape (num_params,).
    fate : Fate
        What becomes of it in this round.
    """

    client: Rows
    memory: Mapping[str, Vector] = field(default_factory=dict)
    received: Mapping[str, Vector] = field(default_factory=dict)
    fate: Fate = STAYS

    @property
    def arrives(self) -> bool:
        """Whether its update reaches the server."""
        return self.fate.arrives


@dataclass(frozen=True, eq=False)
class Cohort(Sequence[Participant]):
    """The participants of a round, made when they are asked for.

    A million clients need not exist at once: each is made when its turn comes, and forgotten.

    Parameters
    ----------
    client_ids : tuple of int
        S_t, ascending.
    make : callable of int to Participant
        From a client id.

    Examples
    --------
    >>> import numpy as np
    >>> cohort = Cohort((3, 5), lambda k: Participant(Client(k, np.zeros((2, 1)), np.zeros(2))))
    >>> [participant.client.client_id for participant in cohort]
    [3, 5]
    """

    client_ids: tuple[int, ...]
    make: Callable[[int], Participant]

    def __len__(self) -> int:
        return len(self.client_ids)

    @overload
    def __getitem__(self, index: int) -> Participant: ...

    @overload
    def __getitem__(self, index: slice) -> "Cohort": ...

    def __getitem__(self, index: int | slice) -> "Participant | Cohort":
        if isinstance(index, slice):
            return Cohort(self.client_ids[index], self.make)
        return self.make(self.client_ids[index])


def ascending(cohort: Sequence[Participant]) -> Sequence[Participant]:
    """Return the participants in ascending client id; a `Cohort` already is."""
    if isinstance(cohort, Cohort):
        return cohort
    return sorted(cohort, key=lambda participant: participant.client.client_id)


def batches(num_examples: int, batch_size: int) -> Iterator[slice]:
    """Split the rows of P_k into batches of size B; the last may be smaller.

    Parameters
    ----------
    num_examples, batch_size : int
        n_k and B, at least 1.

    Yields
    ------
    slice
        Consecutive; the last may reach beyond the end, where there is nothing.

    Examples
    --------
    >>> list(batches(5, 2))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 6, None)]
    """
    for start in range(0, num_examples, batch_size):
        yield slice(start, start + batch_size)


@dataclass(frozen=True, eq=False)
class ClientUpdate:
    """What leaves the device after local training.

    Parameters
    ----------
    client_id : int
    delta : ndarray of shape (num_params,)
        theta_k - theta: the server moves along it.
    num_examples : int
        n_k, the weight in the mean.
    num_steps : int
        How many gradient steps were taken.
    train_loss : float
        Loss of the received theta on the client's rows, or on a sample of them: F_k(w_t).
    extra : mapping of str to ndarray
        Second vectors that are sent too.
    memory : mapping of str to ndarray
        Stays on the device, for the client's next round.
    num_bytes : int, optional
        Size on the wire; ``None`` stands for `delta` and `extra` as they are.
    """

    client_id: int
    delta: Vector
    num_examples: int
    num_steps: int
    train_loss: float
    extra: Mapping[str, Vector] = field(default_factory=dict)
    memory: Mapping[str, Vector] = field(default_factory=dict)
    num_bytes: int | None = None

    @property
    def bytes_up(self) -> int:
        """Bytes that go to the server."""
        if self.num_bytes is not None:
            return self.num_bytes
        return self.delta.nbytes + sum(vector.nbytes for vector in self.extra.values())


def clients_in_words(client_ids: Sequence[int]) -> str:
    """Return the words for the clients that an error is about.

    Examples
    --------
    >>> clients_in_words([5]), clients_in_words([5, 7])
    ('client 5', 'one of the clients 5, 7')
    """
    if len(client_ids) == 1:
        return f"client {client_ids[0]}"
    first = ", ".join(map(str, client_ids[:8]))
    return f"one of the clients {first}{', …' if len(client_ids) > 8 else ''}"
