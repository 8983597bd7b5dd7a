"""One round of a run: who is asked, what becomes of them, and the record of what came of it.

Left neighbour: ``sampling`` draws the cohort and the fates. Right neighbour: the algorithm's
``round``. A round that fails leaves a record and changes nothing but the number of the round.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import Protocol

from pyfedlite._typing import Integers, Labels, Matrix, Metrics
from pyfedlite.clients import Cohort, Fate, Participant, Rows
from pyfedlite.errors import RoundFailed, RunFailed
from pyfedlite.parallel.workers import Map
from pyfedlite.roles import Algorithm, Availability, Sampler
from pyfedlite.sampling.availability import draw_fates, draw_present
from pyfedlite.sampling.samplers import draw_cohort, population_of
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.simulation.secrecy import ABORTED, Secrecy
from pyfedlite.state import RoundRecord, RoundView, State

FAILURES_IN_A_ROW = 10
"""After so many failed rounds in a row, the run has failed."""


class Clients(Protocol):
    """All that `simulate` asks of the clients; a client may be made when it is asked for."""

    @property
    def num_clients(self) -> int:
        """K."""
        ...

    @property
    def num_classes(self) -> int | None:
        """None for a regression."""
        ...

    @property
    def num_features(self) -> int:
        """Columns of the features."""
        ...

    @property
    def test_features(self) -> Matrix:
        """The server's test rows."""
        ...

    @property
    def test_labels(self) -> Labels:
        """Their labels."""
        ...

    def num_examples(self, k: int) -> int:
        """Return n_k."""
        ...

    def client(self, k: int) -> Rows:
        """Return P_k."""
        ...

    def plan_bytes(self) -> bytes:
        """Return the partition, for the fingerprint of the plan."""
        ...


@dataclass(frozen=True, eq=False)
class Rounds:
    """What every round of a run is made of."""

    algorithm: Algorithm
    clients: Clients
    sampler: Sampler
    availability: Availability | None
    secrecy: Secrecy
    sizes: Integers
    map: Map

    def run(self, state: State, seed: RoundSeed, clock: float | None) -> tuple[State, RoundRecord]:
        """Return the next state, and the record of the round; a failed one changes its number."""
        present = draw_present(self.availability, self.clients.num_clients, seed)
        view = RoundView(seed.round, self.sizes, partial(self._loss_of, state), present)
        cohort = draw_cohort(self.sampler, view, seed.rng(Role.COHORT))
        fates = draw_fates(self.availability, cohort, seed)
        population = population_of(
            self.sampler, view.num_clients, all_reachable=self.availability is None
        )
        metrics: Metrics = {}
        started, failure = perf_counter(), None
        try:
            self._check_reports(cohort, fates)
            participants = self._participants(cohort, fates)
            state, metrics = self.algorithm.round(
                state, participants, seed, population=population, map=self.map
            )
        except RoundFailed as error:
            state, failure = replace(state, round=seed.round), str(error)
        if self.secrecy.private:  # neither who took part, nor how long it took, nor why it failed
            return state, RoundRecord(seed.round, (), metrics, failure and ABORTED)
        metrics |= {"seconds": perf_counter() - started} | _clock_after(clock, fates)
        return state, RoundRecord(seed.round, cohort, metrics, failure)

    def _participants(self, cohort: tuple[int, ...], fates: Sequence[Fate] | None) -> Cohort:
        """Return the clients as they take part, each made when it is asked for."""
        if fates is None:
            return Cohort(cohort, lambda k: Participant(self.clients.client(k)))
        fate_of = dict(zip(cohort, fates, strict=True))
        return Cohort(cohort, lambda k: Participant(self.clients.client(k), fate=fate_of[k]))

    def _check_reports(self, cohort: tuple[int, ...], fates: Sequence[Fate] | None) -> None:
        """Raise if too few updates will arrive: nobody needs to train for nothing."""
        if fates is None:
            arriving = len(cohort)
        else:
            arriving = sum(fate.arrives for fate in fates)
        least = self.secrecy.min_reports
        if arriving < least:
            raise RoundFailed(f"{arriving} of {len(cohort)} clients report, min_reports is {least}")

    def _loss_of(self, state: State, k: int) -> float:
        """Return the loss of the present model on a client's rows."""
        client = self.clients.client(k)
        features = client.features.astype(state.theta.dtype, copy=False)
        return float(self.algorithm.model.loss(state.theta, features, client.labels))


def clock_of(records: Sequence[RoundRecord]) -> float | None:
    """Return the simulated seconds so far."""
    return records[-1].metrics.get("clock") if records else None


def _clock_after(clock: float | None, fates: Sequence[Fate] | None) -> Metrics:
    """Return the simulated seconds after a round, which lasts as long as its slowest fate."""
    seconds = [fate.seconds for fate in fates or () if fate.seconds is not None]
    if clock is None and not seconds:
        return {}
    return {"clock": (clock or 0.0) + max(seconds, default=0.0)}


def check_not_hopeless(records: Sequence[RoundRecord]) -> None:
    """Raise if nothing has come of the last rounds."""
    last = records[-FAILURES_IN_A_ROW:]
    if len(last) == FAILURES_IN_A_ROW and all(r.failure is not None for r in last):
        raise RunFailed(
            f"the last {FAILURES_IN_A_ROW} rounds have all failed, round {last[-1].round} because "
            f"{last[-1].failure}"
        )
