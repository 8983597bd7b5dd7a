"""A private run publishes what its aggregator has released, test metrics, and nothing else."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.aggregation.private import private_mean
from pyfedlite.algorithms import dp_fedavg
from pyfedlite.clients import Client, ClientUpdate, Participant
from pyfedlite.errors import RoundFailed, RunFailed
from pyfedlite.history import History
from pyfedlite.local import LocalSGD
from pyfedlite.sampling import poisson
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.simulation.secrecy import secrecy_of
from pyfedlite.state import Population, RoundRecord, State, Stop

CLIENTS = fl.partition(fl.load_digits(), fl.iid(), num_clients=20, seed=0)
MODEL = fl.SoftmaxRegression(64, 10)
ALGORITHM = dp_fedavg(MODEL, noise_multiplier=1.0, population=20, clip=0.5)
RELEASED = {"dp_noise", "test_loss", "test_accuracy"}


def run(algorithm: Any = ALGORITHM, **settings: Any) -> History:
    return fl.simulate(
        algorithm, CLIENTS, **{"num_rounds": 3, "seed": 0, "sampler": poisson(0.5)} | settings
    )


@dataclass(frozen=True)
class Aborts:
    """A private part that fails in some rounds, and says who was there."""

    rounds: tuple[int, ...]
    private = True

    def __call__(self, updates: Any, context: Any) -> Any:
        if context.round in self.rounds:
            raise RoundFailed(f"client {context.roster[0].client_id} has lied")
        return private_mean(1.0, 1.0, population=20)(updates, context)


def test_a_record_holds_what_was_released_and_nothing_else() -> None:
    history = run()
    assert history.private
    for record in history.records:
        assert record.cohort == ()
        assert record.failure is None
        assert set(record.metrics) == RELEASED
    assert history.plan_fingerprint is None
    assert "clients" not in history.table().splitlines()[0]
    assert "partition" not in history.config
    assert "clients" not in history.config


def test_what_is_written_holds_no_number_of_clients(tmp_path: Path) -> None:
    history = run()
    history.to_json(tmp_path / "history.json")
    history.to_csv(tmp_path / "history.csv")
    saved = json.loads((tmp_path / "history.json").read_text())
    assert saved["plan_fingerprint"] is None
    assert saved["reproducible"] is False
    head = (tmp_path / "history.csv").read_text().splitlines()[0]
    assert set(head.split(",")) == {"round", "cohort", *RELEASED}


def test_two_runs_differ_in_noise_and_start_alike() -> None:
    one, other = run(), run()
    assert not one.reproducible
    assert not np.array_equal(one.theta, other.theta)
    starts: list[State] = []
    fixed = replace(ALGORITHM, aggregator=private_mean(1.0, 0.0, population=20))

    def first(records: Sequence[RoundRecord], state: State) -> None:
        starts.append(state)

    for _ in range(2):  # everybody, without noise, in one batch: nothing but the start is drawn
        full = replace(fixed, local=LocalSGD(batch_size=None))
        run(full, sampler=poisson(1.0), num_rounds=1, callbacks=[first])
    np.testing.assert_allclose(starts[0].theta, starts[1].theta, atol=1e-6)


def test_neither_noise_nor_cohort_can_be_drawn_again_from_the_seed() -> None:
    keys = {secrecy_of(ALGORITHM, 0, None, None).key for _ in range(4)}
    assert len(keys) == 4  # of 256 bits: the same one twice has the probability 2^-253
    assert max(keys) >= 2**200
    secrecy = secrecy_of(ALGORITHM, 0, None, None)
    assert str(secrecy.key) not in repr(secrecy)
    words = RoundSeed(secrecy.key, 1).rng(Role.AGGREGATE).integers(2**63, size=4)
    assert not np.array_equal(words, RoundSeed(0, 1).rng(Role.AGGREGATE).integers(2**63, size=4))


def test_an_insecure_seed_fixes_a_run_and_is_named_everywhere(tmp_path: Path) -> None:
    one, other = run(insecure_seed=7), run(insecure_seed=7)
    np.testing.assert_array_equal(one.theta, other.theta)
    assert one.fingerprint == other.fingerprint
    assert one.reproducible
    assert not np.array_equal(one.theta, run(insecure_seed=8).theta)
    warning = "insecure_seed: the noise can be drawn again, so no privacy"
    assert warning in repr(one)
    assert one.table().splitlines()[-1] == warning
    assert one.to_dict()["warning"] == warning
    assert one.config["insecure_seed"] == 7
    assert "warning" not in run().to_dict()


def test_workers_change_nothing() -> None:
    serial, parallel = run(insecure_seed=1), run(insecure_seed=1, workers=2)
    np.testing.assert_array_equal(serial.theta, parallel.theta)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"min_reports": 1}, "min_reports must be left out of a private run, got 1"),
        ({"min_reports": 0}, "min_reports must be left out of a private run, got 0"),
        ({"insecure_seed": -1}, "insecure_seed must be at least 0"),
    ],
)
def test_settings_that_would_leak_are_refused(settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        run(**settings)


def test_an_insecure_seed_is_for_private_runs_alone() -> None:
    with pytest.raises(ValueError, match="insecure_seed must be left out here, got 3"):
        run(fl.fedavg(MODEL), insecure_seed=3)
    assert run(fl.fedavg(MODEL)).reproducible


def test_a_failed_round_does_not_say_why() -> None:
    history = run(fl.fedavg(MODEL, aggregator=Aborts((2,))))
    assert [record.failure for record in history.records] == [
        None,
        "aborted; a private run does not say why",
        None,
    ]
    assert history.records[1].metrics == {}
    with pytest.raises(RunFailed, match="because aborted; a private run does not say why"):
        run(fl.fedavg(MODEL, aggregator=Aborts(tuple(range(20)))), num_rounds=20)


def test_empty_rounds_release_noise() -> None:
    history = run(sampler=poisson(1e-9))
    assert all(record.failure is None for record in history.records)
    start = MODEL.init(RoundSeed(0).rng(Role.INIT))
    # Noise alone: three rounds of deviation z C / (q N_0) = 0.5 / 2e-8 each.
    assert np.std(history.theta - start) == pytest.approx(2.5e7 * 3**0.5, rel=0.3)


def test_clients_who_change_what_others_send_are_refused() -> None:
    mixed = replace(ALGORITHM, cohort_transforms=(lambda updates, context, rng: updates,))
    with pytest.raises(ValueError, match=r"^cohort_transforms must be empty beside a private mean"):
        run(mixed)


def test_what_a_callback_has_measured_is_not_recorded_and_it_may_stop() -> None:
    with pytest.raises(ValueError, match="must return Stop or None, got metrics"):
        run(callbacks=[lambda records, state: {"mine": 1.0}])
    history = run(callbacks=[lambda records, state: Stop("enough")])
    assert len(history.records) == 1
    assert history.stopped == "enough"


@dataclass(frozen=True)
class Explodes:
    """The data of one client that no learning rate is small enough for."""

    client_id: int

    def __call__(self, client: Any, round: int, rng: np.random.Generator) -> Any:
        if client.client_id != self.client_id:
            return client
        return Client(client.client_id, client.features * np.float32(1e30), client.labels)


@pytest.mark.parametrize("one_at_a_time", [False, True])
def test_a_client_that_diverges_counts_as_zero(one_at_a_time: bool) -> None:
    settings: Any = {"one_at_a_time": one_at_a_time, "noise_multiplier": 0.0, "population": 20}
    exploding = dp_fedavg(MODEL, data_transforms=(Explodes(3),), **settings)
    people = [Participant(CLIENTS.client(k)) for k in range(20)]
    others = [person for person in people if person.client.client_id != 3]
    law = Population(20, "poisson", 1.0)
    state = exploding.init(RoundSeed(0).rng(Role.INIT))
    after, metrics = exploding.round(state, people, RoundSeed(0, 1), population=law)
    calm = dp_fedavg(MODEL, **settings)
    expected, _ = calm.round(state, others, RoundSeed(0, 1), population=law)
    np.testing.assert_allclose(after.theta, expected.theta, atol=1e-6)
    assert set(metrics) == {"dp_noise"}
    ordinary = fl.fedavg(MODEL, data_transforms=(Explodes(3),), one_at_a_time=one_at_a_time)
    with pytest.raises(fl.errors.DivergedError, match="client 3"):
        ordinary.round(state, people, RoundSeed(0, 1))


def test_a_checkpoint_says_that_it_is_no_release_and_holds_no_key(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    whole = run(num_rounds=4, checkpoint=path)
    header = json.loads(np.load(path)["header"].tobytes())
    assert header["note"].startswith("This checkpoint of a private run is not a release.")
    longer = run(num_rounds=6, checkpoint=path)  # goes on, with new bits
    assert longer.records[:4] == whole.records[:4]
    assert len(longer.records) == 6
    assert not np.array_equal(longer.theta, run(num_rounds=6).theta)


def test_a_seeded_run_is_resumed_to_the_same_bits(tmp_path: Path) -> None:
    run(num_rounds=2, checkpoint=tmp_path / "run.npz", insecure_seed=5)
    resumed = run(num_rounds=4, checkpoint=tmp_path / "run.npz", insecure_seed=5)
    np.testing.assert_array_equal(resumed.theta, run(num_rounds=4, insecure_seed=5).theta)
    for other in (6, None):  # without one, rounds whose noise is known would pass for private
        with pytest.raises(ValueError, match="differs in insecure seed"):
            run(num_rounds=4, checkpoint=tmp_path / "run.npz", insecure_seed=other)


def test_every_private_round_is_saved_at_once(tmp_path: Path) -> None:
    """A round that is done twice is released twice."""
    path = tmp_path / "run.npz"
    saved = []

    def look(records: Sequence[RoundRecord], state: State) -> None:
        if path.exists():
            saved.append(json.loads(np.load(path)["header"].tobytes())["round"])

    run(num_rounds=4, checkpoint=path, callbacks=[look])
    assert saved == [1, 2, 3]  # what was there while rounds 2, 3 and 4 were shown


def test_a_round_that_was_shown_is_not_done_again_when_a_callback_raises(tmp_path: Path) -> None:
    shown: list[bytes] = []

    def publish(records: Sequence[RoundRecord], state: State) -> None:
        shown.append(state.theta.tobytes())
        if len(shown) == 2:
            raise KeyboardInterrupt

    mean = private_mean(1.0, 1.0, population=20, dp_delta=1e-5)
    settings: Any = {"checkpoint": tmp_path / "run.npz", "callbacks": [publish]}
    with pytest.raises(KeyboardInterrupt):
        run(fl.fedavg(MODEL, aggregator=mean), **settings)
    history = run(fl.fedavg(MODEL, aggregator=mean), **settings)
    assert len(shown) == 3  # every release is counted in epsilon, and none twice
    spent = mean.spent(len(shown), Population(20, "poisson", 0.5)).epsilon
    assert history.last("dp_epsilon") == spent


def test_the_servers_step_does_not_see_the_number_of_clients() -> None:
    seen: list[Population | None] = []

    def server(state: State, aggregate: Any, population: Population | None = None) -> State:
        seen.append(population)
        return state

    run(replace(ALGORITHM, server=server), num_rounds=1)
    run(fl.fedavg(MODEL, server=server), num_rounds=1)
    assert seen[0] is None
    assert seen[1] == Population(20, "poisson", 0.5)


def test_a_trainer_may_be_what_makes_a_run_private() -> None:
    @dataclass(frozen=True)
    class Sanitised:
        private = True

        def train(self, model: Any, theta: Any, participant: Any, rng: Any, *, round: int) -> Any:
            delta = rng.normal(size=len(theta))
            return ClientUpdate(participant.client.client_id, delta, 1, 1, 0.0)

    algorithm = replace(fl.fedavg(MODEL), local=Sanitised())
    assert algorithm.private
    assert not fl.fedavg(MODEL).private


def test_a_target_chooses_the_noise_and_every_round_says_what_was_spent() -> None:
    """Row 6 of the published settings: z = 1 at q = 0.1 in 100 rounds is worth 7.9729215104."""
    target: Any = {"target_epsilon": 7.9729215105, "dp_delta": 1e-5, "sampling_rate": 0.1}
    algorithm = dp_fedavg(MODEL, population=20, num_rounds=100, **target)
    assert algorithm.aggregator.noise_multiplier == pytest.approx(1.0, rel=1e-8)  # type: ignore[attr-defined]
    history = run(algorithm, sampler=poisson(0.1))
    spent = history.series("dp_epsilon")[1]
    assert len(spent) == 3
    assert spent == sorted(spent)
    assert spent[-1] < 7.97
    assert "dp_epsilon" in history.table()


def test_an_aborted_round_counts_as_released() -> None:
    @dataclass(frozen=True)
    class SometimesLost:
        private = True

        def __call__(self, updates: Any, context: Any) -> Any:
            if context.round == 2:
                raise RoundFailed("lost")
            return private_mean(1.0, 1.0, population=20, dp_delta=1e-5)(updates, context)

    broken = run(fl.fedavg(MODEL, aggregator=SometimesLost())).series("dp_epsilon")
    mean = private_mean(1.0, 1.0, population=20, dp_delta=1e-5)
    whole = run(fl.fedavg(MODEL, aggregator=mean)).series("dp_epsilon")
    assert broken[0] == [1, 3]
    assert broken[1] == [whole[1][0], whole[1][2]]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "noise_multiplier must be given, or target_epsilon in its place, got neither"),
        ({"noise_multiplier": 1.0, "target_epsilon": 1.0}, "noise_multiplier must be left out"),
        ({"target_epsilon": 1.0}, "dp_delta must be given beside target_epsilon"),
        ({"target_epsilon": 1.0, "dp_delta": 1e-5}, "sampling_rate must be given beside"),
        (
            {"target_epsilon": 1.0, "dp_delta": 1e-5, "sampling_rate": 0.5},
            "num_rounds must be given beside",
        ),
    ],
)
def test_a_target_needs_all_that_the_noise_follows_from(settings: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        dp_fedavg(MODEL, population=20, **settings)


def test_every_setting_of_fedavg_is_taken_but_the_aggregator() -> None:
    from pyfedlite.server import ServerSGD

    algorithm = dp_fedavg(
        MODEL,
        noise_multiplier=1.0,
        population=10,
        local_epochs=3,
        server=ServerSGD(0.5),
        momentum=0.1,
    )
    assert algorithm == replace(
        fl.fedavg(MODEL, local_epochs=3, server=ServerSGD(0.5), momentum=0.1),
        aggregator=private_mean(1.0, 1.0, population=10),
    )
    with pytest.raises(ValueError, match="aggregator must be left out here"):
        dp_fedavg(MODEL, noise_multiplier=1.0, population=1, aggregator=private_mean)  # type: ignore[arg-type]
