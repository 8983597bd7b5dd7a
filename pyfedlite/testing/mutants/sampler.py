"""Who takes part in a round, and how that was got wrong."""

import random
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

from pyfedlite.sampling import sample_fixed
from pyfedlite.state import RoundView
from pyfedlite.testing.counterexample import Case
from pyfedlite.testing.mutants.mutant import Mutant, Subject
from pyfedlite.testing.strategies import seeds

COHORT_SIZE = 3


@dataclass(frozen=True)
class SeededByRound:
    """The number of the round is the seed."""

    cohort_size: int

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort."""
        own = np.random.default_rng(view.round)
        return list(own.choice(view.num_clients, self.cohort_size, replace=False))


@dataclass(frozen=True)
class FirstClients:
    """The list of clients is as long as the cohort, and so are the choices."""

    cohort_size: int

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort."""
        return list(rng.permutation(self.cohort_size))


@dataclass(frozen=True)
class OwnGenerator:
    """Python's generator, which the seed of the run does not reach."""

    cohort_size: int
    own: random.Random = field(default_factory=lambda: random.Random(0), compare=False)

    def __call__(self, view: RoundView, rng: np.random.Generator) -> list[int]:
        """Return the cohort."""
        return self.own.sample(range(view.num_clients), self.cohort_size)


@st.composite
def _cases(draw: st.DrawFn) -> Case:
    num_clients = draw(st.integers(COHORT_SIZE, 100))
    view = RoundView(draw(st.integers(1, 50)), np.ones(num_clients, dtype=np.int64), loss_of=abs)
    return {"view": view, "seed": draw(seeds())}


SAMPLER = Subject(
    name="sampler",
    says=f"sampler(view, rng) returns {COHORT_SIZE} different clients of view.num_clients, "
    "all such cohorts equally likely, as rng decides",
    implementation=sample_fixed(COHORT_SIZE),
    cases=_cases(),
    arguments={
        "view": "view.num_clients and view.round",
        "seed": "a whole number for np.random.default_rng(seed)",
    },
    mutants=(
        Mutant(
            "seeded-by-round",
            SeededByRound(COHORT_SIZE),
            "FedML-AI/FedML, fedavg_api.py, _client_sampling",
            "np.random.seed(round_idx): round 7 has the same cohort in every run, whatever the "
            "seed, so repeating a run says nothing about chance.",
        ),
        Mutant(
            "first-clients",
            FirstClients(COHORT_SIZE),
            "FedML-AI/FedML#611",
            "The clients to choose from are counted by the size of the cohort: the same ones take "
            "part in every round, and the others never.",
        ),
        Mutant(
            "own-generator",
            OwnGenerator(COHORT_SIZE),
            "flwrlabs/flower#3328",
            "random.sample draws from a generator that the seed of the run does not reach: two "
            "runs with one seed choose differently.",
        ),
    ),
)
