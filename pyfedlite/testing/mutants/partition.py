"""Rows divided among clients, and how that was got wrong."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from pyfedlite._typing import Integers
from pyfedlite.data import Dataset, dirichlet
from pyfedlite.testing._data_strategies import datasets
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject
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
)
