"""Rows divided among clients, and how that was got wrong."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers
from pyfedlite.data import Dataset, dirichlet
from pyfedlite.testing._data_strategies import datasets
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject, variant
from pyfedlite.testing.strategies import seeds

MOST_DRAWS = 10


@dataclass(frozen=True)
class MisindentedDirichlet:
    """Dirichlet shares whose minimum is checked one level too deep."""

    alpha: float
    min_examples: int = 1

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        """Return the owner of each row, -1 where nobody owns it."""
        num_clients = _number(dataset, num_clients, self.min_examples)
        owner = np.full(dataset.num_examples, -1)
        for label in rng.permutation(np.unique(dataset.labels)):
            _deal(owner, np.flatnonzero(dataset.labels == label), num_clients, self.alpha, rng)
            if np.bincount(owner[owner >= 0], minlength=num_clients).min() >= self.min_examples:
                break  # meant to end the redrawing: it stands inside the loop over the classes
        return owner


@dataclass(frozen=True)
class RedrawnDirichlet:
    """Dirichlet shares that are thrown away and drawn again until every client has enough."""

    alpha: float
    min_examples: int = 1

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        """Return the owner of each row, or stop where the original would go on for ever."""
        num_clients = _number(dataset, num_clients, self.min_examples)
        owner = np.empty(dataset.num_examples, dtype=np.int64)
        for _ in range(MOST_DRAWS):
            for label in np.unique(dataset.labels):
                _deal(owner, np.flatnonzero(dataset.labels == label), num_clients, self.alpha, rng)
            if np.bincount(owner, minlength=num_clients).min() >= self.min_examples:
                return owner
        raise RuntimeError(f"{MOST_DRAWS} draws, and a client still has no row: it would go on")


@dataclass(frozen=True)
class ExhaustedDirichlet:
    """Classes drawn by each client's own shares, from what the clients before it left over."""

    alpha: float
    min_examples: int = 1

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        """Return the owner of each row, or fail as the original does."""
        num_clients = _number(dataset, num_clients, self.min_examples)
        classes = np.unique(dataset.labels)
        owner = np.full(dataset.num_examples, -1)
        shares = rng.dirichlet(np.full(len(classes), self.alpha), size=num_clients)
        for i in rng.permutation(dataset.num_examples):
            k = i % num_clients
            left = np.array([((owner < 0) & (dataset.labels == c)).any() for c in classes])
            with np.errstate(invalid="ignore"):
                p = shares[k] * left / (shares[k] * left).sum()  # 0 / 0 when its classes are gone
            rows = np.flatnonzero((owner < 0) & (dataset.labels == rng.choice(classes, p=p)))
            owner[rows[0]] = k
        return owner


def _number(dataset: Dataset, num_clients: int | None, minimum: int) -> int:
    if num_clients is None or num_clients * minimum > dataset.num_examples:
        raise ValueError("num_clients must be given, and leave rows enough for each")
    return num_clients


def _deal(
    owner: Integers, rows: Integers, num_clients: int, alpha: float, rng: np.random.Generator
) -> None:
    """Write the owners of the rows of one class, by Dirichlet shares."""
    shares = rng.dirichlet(np.full(num_clients, alpha))
    cuts = (np.cumsum(shares)[:-1] * len(rows)).astype(int)
    for k, part in enumerate(np.split(rng.permutation(rows), cuts)):
        owner[part] = k


Owners = Callable[[Integers, int], Integers]


@dataclass(frozen=True)
class ChangedOwners:
    """A right division whose result is changed afterwards.

    Parameters
    ----------
    change : callable
        Of the owners and the number of clients; it may write to the owners.
    """

    change: Owners

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        """Return the changed owners."""
        owner = dirichlet(alpha=0.1)(dataset, num_clients, rng).copy()
        return self.change(owner, _number(dataset, num_clients, 1))


def _last_client_empty(owner: Integers, num_clients: int) -> Integers:
    return np.minimum(owner, max(num_clients - 2, 0))


def _first_client_empty(owner: Integers, num_clients: int) -> Integers:
    return np.maximum(owner, min(1, num_clients - 1))


def _middle_client_empty(owner: Integers, num_clients: int) -> Integers:
    if num_clients > 2:
        owner[owner == 1] = 0
    return owner


def _from_one(owner: Integers, num_clients: int) -> Integers:
    return owner + 1


def _one_client_more(owner: Integers, num_clients: int) -> Integers:
    owner[_row_to_spare(owner)] = num_clients
    return owner


def _row_without_owner(owner: Integers, num_clients: int) -> Integers:
    owner[_row_to_spare(owner)] = -1
    return owner


def _last_row_dropped(owner: Integers, num_clients: int) -> Integers:
    spare = _row_to_spare(owner)
    return np.concatenate([owner[:spare], owner[spare + 1 :]])


def _row_too_many(owner: Integers, num_clients: int) -> Integers:
    return np.append(owner, owner[-1])


def _row_to_spare(owner: Integers) -> int:
    """Return a row whose client has others."""
    return int(np.argmax(np.bincount(owner)[owner]))


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    dataset = draw(datasets(min_examples=4, max_examples=30))
    num_clients = draw(st.integers(1, dataset.num_examples // 2))
    return {"dataset": dataset, "num_clients": num_clients, "seed": draw(seeds())}


PARTITION = Subject(
    name="partition",
    says="partition(dataset, num_clients, rng) returns the client, 0 to K - 1, of each row, "
    "and gives every client at least one row",
    implementation=dirichlet(alpha=0.1),
    cases=_cases(),
    arguments={
        "dataset": "dataset.num_examples rows with dataset.labels",
        "num_clients": "K, at most half the number of rows",
        "seed": "a whole number for np.random.default_rng(seed)",
    },
    mutants=(
        Mutant(
            "misindented-minimum",
            MisindentedDirichlet(alpha=0.1),
            "KarhouTam/FL-bench#110",
            "The line that looks at the smallest client is indented one level too deep. Rebuilt "
            "from the maintainer's words: dealing ends early, and later classes have no owner.",
        ),
        Mutant(
            "redrawn-until-lucky",
            RedrawnDirichlet(alpha=0.1),
            "flwrlabs/flower PR #2795 (also FedML, NIID-Bench, PFLlib)",
            "Shares are redrawn until every client has enough rows. With many clients and a small "
            "alpha that may never happen; here it stops after 10 draws.",
        ),
        Mutant(
            "exhausted-class",
            ExhaustedDirichlet(alpha=0.001),
            "flwrlabs/flower#4377, APPFL/APPFL#426",
            "When the classes that a client prefers have run out, its shares are 0 / 0.",
        ),
    ),
    variants=(
        variant(
            "last-client-empty", ChangedOwners(_last_client_empty), "The last client is empty."
        ),
        variant(
            "first-client-empty", ChangedOwners(_first_client_empty), "The first client is empty."
        ),
        variant(
            "middle-client-empty",
            ChangedOwners(_middle_client_empty),
            "A client in the middle is empty, where there are several.",
        ),
        variant("owners-from-one", ChangedOwners(_from_one), "Clients are counted from 1 to K."),
        variant(
            "one-client-more",
            ChangedOwners(_one_client_more),
            "One row belongs to client K, which does not exist.",
        ),
        variant(
            "row-without-owner", ChangedOwners(_row_without_owner), "One row has the owner -1."
        ),
        variant(
            "row-left-out",
            ChangedOwners(_last_row_dropped),
            "One owner is missing: there are fewer owners than rows.",
        ),
        variant(
            "row-too-many",
            ChangedOwners(_row_too_many),
            "The last owner stands there twice: there are more owners than rows.",
        ),
    ),
)
