"""Broken partitioners that the battery must not let pass, each named by the law that catches it."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from pyfedlite._typing import Integers
from pyfedlite.data import Dataset, iid
from pyfedlite.roles import Partitioner
from pyfedlite.testing import check_partitioner


@dataclass(frozen=True)
class DropsTheLastRow:
    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        return iid()(dataset, num_clients, rng)[:-1]


@dataclass(frozen=True)
class LeavesTheLastClientEmpty:
    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        return np.minimum(iid()(dataset, num_clients, rng), max((num_clients or 1) - 2, 0))


@dataclass(frozen=True)
class BreaksItsPromise:
    min_examples: int = 2

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        owner = iid()(dataset, num_clients, rng)
        owner[1:] = np.where(owner[1:] == owner[0], (owner[0] + 1) % (num_clients or 1), owner[1:])
        return owner


@dataclass(frozen=True, eq=False)
class Remembers:
    calls: list[int] = field(default_factory=list)

    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        self.calls.append(1)
        return (iid()(dataset, num_clients, rng) + len(self.calls)) % (num_clients or 1)


@dataclass(frozen=True)
class StartsAtOne:
    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        return iid()(dataset, num_clients, rng) + 1


@dataclass(frozen=True)
class LooksAtFeatures:
    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        shift = int(np.abs(dataset.features).sum())
        return (iid()(dataset, num_clients, rng) + shift) % (num_clients or 1)


@dataclass(frozen=True, eq=False)
class IsNoValue:
    def __call__(
        self, dataset: Dataset, num_clients: int | None, rng: np.random.Generator
    ) -> Integers:
        return iid()(dataset, num_clients, rng)


@pytest.mark.parametrize(
    ("partitioner", "law"),
    [
        (DropsTheLastRow(), "every row has one owner"),
        (LeavesTheLastClientEmpty(), "no client is left out"),
        (BreaksItsPromise(), "no client is left out"),
        (StartsAtOne(), "no client is left out"),
        (Remembers(), "the seed decides"),
        (LooksAtFeatures(), "features do not matter"),
        (IsNoValue(), "a partitioner is a value"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_a_broken_partitioner_is_caught_by_its_law(partitioner: Partitioner, law: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_partitioner(partitioner)
    assert f"the law that does not hold: {law}" in caught.value.__notes__
