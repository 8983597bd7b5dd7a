"""What crosses a round: streams of draws, second vectors, changed rows, fates, and what is seen."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from itertools import islice
from time import sleep
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pyfedlite as fl
from pyfedlite.aggregation import weighted_mean
from pyfedlite.algorithms import FedAvg
from pyfedlite.clients import Client, ClientUpdate, Cohort, Fate, Participant, Stage
from pyfedlite.history.history import History
from pyfedlite.local import LocalSGD
from pyfedlite.local.together import train_all
from pyfedlite.roles import Vector
from pyfedlite.sampling import reachable
from pyfedlite.seeds import Role, RoundSeed
from pyfedlite.state import Aggregate, Population, RoundContext, Selected, State

CLIENTS = fl.partition(fl.load_digits(), fl.iid(), num_clients=9, seed=0)
MODEL = fl.SoftmaxRegression(64, 10)
SMALL = fl.SoftmaxRegression(2, 3, dtype="float64")


def run(algorithm: Any, **options: Any) -> History:
    settings_: dict[str, Any] = {"num_rounds": 2, "seed": 1} | options
    return fl.simulate(algorithm, CLIENTS, **settings_)


def one_round(algorithm: FedAvg, cohort: Sequence[Participant], **options: Any) -> State:
    state = algorithm.init(np.random.default_rng(0))
    return algorithm.round(state, cohort, RoundSeed(0, 1), **options)[0]


def cohort_of(sizes: Sequence[int]) -> list[Participant]:
    rng = np.random.default_rng(3)
    return [
        Participant(Client(k, rng.normal(size=(n, 2)), rng.integers(3, size=n)))
        for k, n in enumerate(sizes)
    ]


# ---- An aggregator that stops early -------------------------------------------------------------


@dataclass(frozen=True)
class FirstTwo:
    """The mean of the first two updates; the rest of the stream is left where it is."""

    def __call__(self, updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        two = list(islice(updates, 2))
        ids = {f"took_{i}": update.client_id for i, update in enumerate(two)}
        return replace(weighted_mean()(two, context), metrics=dict(ids))


@dataclass(frozen=True)
class Noted:
    """Local SGD that notes in which round it was asked to train."""

    rounds: list[int]

    def train(
        self, model: Any, theta: Vector, participant: Participant, rng: Any, *, round: int
    ) -> ClientUpdate:
        sleep(0.01)  # so that tasks are still waiting when the aggregator has enough
        self.rounds.append(round)
        return LocalSGD().train(model, theta, participant, rng, round=round)


@pytest.mark.parametrize("threads", [1, 3])
def test_aggregator_that_stops_early_leaks_nothing_into_the_next_round(threads: int) -> None:
    noted: list[int] = []
    at_the_start: dict[int, int] = {}  # of a round: the tasks of the round before that are done

    def first_two(updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        at_the_start[context.round] = noted.count(context.round - 1)
        return FirstTwo()(updates, context)

    here = run(FedAvg(MODEL, LocalSGD(), FirstTwo(), one_at_a_time=True), num_rounds=4)
    with ThreadPoolExecutor(threads) as pool:
        algorithm = FedAvg(MODEL, Noted(noted), first_two, one_at_a_time=True)
        there = run(algorithm, num_rounds=4, executor=pool)
    assert there.fingerprint == here.fingerprint
    for record in there.records:
        assert [record.metrics["took_0"], record.metrics["took_1"]] == list(record.cohort[:2])
    for round in (1, 2, 3):  # when the next one begins, nobody works for it any more
        assert at_the_start[round + 1] == noted.count(round)


def test_aggregator_that_fails_leaves_the_executor_empty() -> None:
    noted: list[int] = []

    def breaks(updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        next(iter(updates))
        raise ZeroDivisionError

    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(ZeroDivisionError):
            run(FedAvg(MODEL, Noted(noted), breaks, one_at_a_time=True), executor=pool)
        done = len(noted)
        pool.submit(int).result()  # whatever was waiting would have come first
        assert len(noted) == done


# ---- Streams of draws ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Draws:
    """Writes a drawn number into the second vector of its name."""

    name: str

    def __call__(
        self, update: ClientUpdate, participant: Any, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        drawn = np.full(update.delta.shape, rng.random())
        return replace(update, memory={**update.memory, self.name: drawn})


@dataclass(frozen=True)
class DrawsToo(Draws):
    """The same of another class."""


def draws_in_f(update: Any, participant: Any, round: int, rng: np.random.Generator) -> Any:
    return Draws("f")(update, participant, round, rng)


def draws_in_g(update: Any, participant: Any, round: int, rng: np.random.Generator) -> Any:
    return Draws("g")(update, participant, round, rng)


def drawn_by(*transforms: Any) -> dict[str, tuple[float, ...]]:
    state = one_round(fl.fedavg(SMALL, transforms=transforms), cohort_of([2, 3]))
    names = state.memories[0]
    return {name: tuple(state.memories[k][name][0] for k in (0, 1)) for name in names}


@pytest.mark.parametrize(
    "more",
    [
        (DrawsToo("x"), Draws("a"), Draws("b"), draws_in_f),
        (Draws("a"), DrawsToo("x"), draws_in_g, Draws("b"), draws_in_f),
        (draws_in_g, draws_in_f, Draws("a"), Draws("b"), Draws("c")),
    ],
)
def test_adding_a_transform_shifts_the_draws_of_no_other(more: Sequence[Any]) -> None:
    before, after = drawn_by(Draws("a"), Draws("b"), draws_in_f), drawn_by(*more)
    for name in ("a", "b", "f"):
        assert after[name] == before[name]


def test_no_two_transforms_or_clients_share_a_stream() -> None:
    drawn = drawn_by(Draws("a"), Draws("b"), DrawsToo("x"), draws_in_f, draws_in_g)
    numbers = [number for pair in drawn.values() for number in pair]
    assert len(set(numbers)) == len(numbers) == 10


def test_transform_of_one_client_does_not_move_the_order_of_its_rows() -> None:
    plain = one_round(fl.fedavg(SMALL, batch_size=2), cohort_of([5, 6]))
    drawing = fl.fedavg(SMALL, batch_size=2, transforms=(Draws("a"),))
    np.testing.assert_array_equal(one_round(drawing, cohort_of([5, 6])).theta, plain.theta)


# ---- Second vectors -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Adds:
    """A second vector that counts the client's examples."""

    name: str

    def __call__(
        self, update: ClientUpdate, participant: Any, round: int, rng: Any
    ) -> ClientUpdate:
        vector = np.full_like(update.delta, update.num_examples)
        return replace(update, extra={**update.extra, self.name: vector})


@dataclass(frozen=True)
class Along:
    """Moves theta to the second vector that was aggregated."""

    name: str

    def __call__(self, state: State, aggregate: Aggregate, population: Any = None) -> State:
        return replace(state, theta=state.theta + aggregate.extra[self.name])


def test_second_vectors_are_aggregated_as_delta_is() -> None:
    algorithm = fl.fedavg(SMALL, transforms=(Adds("c"),), server=Along("c"), extras=("c",))
    theta = one_round(algorithm, cohort_of([2, 6])).theta
    start = algorithm.init(np.random.default_rng(0)).theta
    np.testing.assert_allclose(theta - start, (2 * 2 + 6 * 6) / 8, rtol=1e-12)
    uniform = replace(algorithm, aggregator=weighted_mean(weights="uniform"))
    theta = one_round(uniform, cohort_of([2, 6])).theta
    np.testing.assert_allclose(theta - start, (2 + 6) / 2, rtol=1e-12)


@pytest.mark.parametrize(
    ("sent", "declared", "sentence"),
    [
        (("c",), (), "extra of client 0 must be empty, got c; name second vectors in extras"),
        ((), ("c",), "extra of client 0 must hold c, got none; name second vectors in extras"),
        (("c", "e"), ("c",), "extra of client 0 must hold c, got c, e"),
    ],
)
def test_second_vector_that_is_undeclared_or_missing_is_named(
    sent: Sequence[str], declared: tuple[str, ...], sentence: str
) -> None:
    transforms = tuple(Adds(name) for name in sent)
    algorithm = fl.fedavg(SMALL, transforms=transforms, extras=declared)
    with pytest.raises(ValueError, match=sentence):
        one_round(algorithm, cohort_of([2, 6]))


def test_rule_that_leaves_out_a_second_vector_is_refused() -> None:
    def forgets(updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        return Aggregate(weighted_mean()(updates, context).delta)

    algorithm = fl.fedavg(SMALL, transforms=(Adds("c"),), extras=("c",), aggregator=forgets)
    with pytest.raises(ValueError, match=r"aggregator must aggregate the second vectors c, got"):
        one_round(algorithm, cohort_of([2, 6]))


def test_what_is_sent_both_ways_is_counted() -> None:
    d = 4 * MODEL.layout.num_params
    algorithm = fl.fedavg(
        MODEL, transforms=(Adds("c"),), extras=("c",), sends={"p.m": 0.0, "p.n": 1.0}
    )
    record = run(algorithm, num_rounds=1, client_fraction=0.5).records[0]
    assert record.metrics["bytes_down"] == len(record.cohort) * 3 * d
    assert record.metrics["bytes_up"] == len(record.cohort) * 2 * d


def test_slots_that_are_sent_arrive_with_the_dtype_of_theta() -> None:
    received: list[Any] = []

    def look(update: ClientUpdate, participant: Participant, round: int, rng: Any) -> ClientUpdate:
        received.append(dict(participant.received))
        return update

    one_round(fl.fedavg(MODEL, transforms=(look,), sends={"p.m": 2.5}), [SENT_TO[0]])
    (only,) = received
    assert list(only) == ["p.m"]
    assert only["p.m"].dtype == np.float32
    np.testing.assert_array_equal(only["p.m"], np.full(MODEL.layout.num_params, 2.5))


SENT_TO = [Participant(CLIENTS.client(k)) for k in range(2)]


# ---- Changed rows -------------------------------------------------------------------------------


def test_data_transform_that_changes_the_number_of_rows_is_named() -> None:
    def halves(client: Any, round: int, rng: Any) -> Client:
        n = len(client.labels) // 2
        return Client(client.client_id, client.features[:n], client.labels[:n])

    algorithm = fl.fedavg(SMALL, data_transforms=(halves,))
    told = r"a data transform for client 0 must keep its 4 rows, got 2; see <function"
    with pytest.raises(ValueError, match=told):
        one_round(algorithm, cohort_of([4]))


def test_data_transforms_are_applied_in_order_and_draw_for_each_client() -> None:
    seen: dict[int, float] = {}

    def shift(client: Any, round: int, rng: np.random.Generator) -> Client:
        return Client(client.client_id, client.features * 0 + rng.random(), client.labels)

    def look(client: Any, round: int, rng: Any) -> Any:
        seen[client.client_id] = client.features[0, 0]
        return client

    one_round(fl.fedavg(SMALL, data_transforms=(shift, look)), cohort_of([4, 5]))
    assert sorted(seen) == [0, 1]
    assert seen[0] != seen[1]


def test_rows_are_changed_before_training_and_not_for_good() -> None:
    def zero(client: Any, round: int, rng: Any) -> Client:
        return Client(client.client_id, client.features * 0, client.labels)

    cohort = cohort_of([4])
    blind = Participant(replace(cohort[0].client, features=np.zeros((4, 2))))
    changed = one_round(fl.fedavg(SMALL, data_transforms=(zero,)), cohort)
    np.testing.assert_array_equal(changed.theta, one_round(fl.fedavg(SMALL), [blind]).theta)
    assert np.abs(cohort[0].client.features).max() > 0


# ---- Fates --------------------------------------------------------------------------------------

FATES = st.one_of(
    st.just(Fate()),
    st.integers(1, 4).map(lambda n: Fate(local_epochs=n)),
    st.integers(1, 9).map(lambda n: Fate(local_steps=n)),
)


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.integers(1, 9), FATES), min_size=2, max_size=6),
    st.sampled_from([None, 1, 3]),
    st.integers(0, 2**32 - 1),
)
def test_fates_of_a_stack_are_those_of_one_at_a_time(
    people: list[tuple[int, Fate]], batch_size: int | None, seed: int
) -> None:
    cohort = cohort_of([n for n, _ in people])
    cohort = [replace(p, fate=fate) for p, (_, fate) in zip(cohort, people, strict=True)]
    local = LocalSGD(2, batch_size, 0.1, momentum=0.5)
    theta = SMALL.init(np.random.default_rng(0))
    keys = RoundSeed(seed, 1)
    together = train_all(
        local, SMALL, theta, cohort, keys.rngs(Role.BATCHES, range(len(cohort))), round=1
    )
    rngs = keys.rngs(Role.BATCHES, range(len(cohort)))
    for update, participant, rng in zip(together, cohort, rngs, strict=True):
        alone = local.train(SMALL, theta, participant, rng, round=1)
        assert update.num_steps == alone.num_steps
        np.testing.assert_allclose(update.delta, alone.delta, rtol=0, atol=1e-12)
        per_epoch = 1 if batch_size is None else -(-participant.client.num_examples // batch_size)
        fate = participant.fate
        assert alone.num_steps == (fate.local_steps or (fate.local_epochs or 2) * per_epoch)


def test_plan_sees_what_becomes_of_the_clients() -> None:
    def all_stay(client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        return [Fate() for _ in client_ids]

    def last_is_slow(client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        return [*all_stay(client_ids[1:], seed), Fate(local_steps=1)]

    def last_fails_late(client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        return [*all_stay(client_ids[1:], seed), Fate(Stage.UNMASK)]

    algorithm = fl.fedavg(MODEL)
    plans = [
        run(algorithm, num_rounds=1, availability=availability).plan_fingerprint
        for availability in (all_stay, last_is_slow, last_fails_late)
    ]
    assert len(set(plans)) == 3


@dataclass(frozen=True)
class Ordered:
    """Local SGD that notes whose orders were drawn for the plan."""

    sizes: list[int]

    def orders(self, num_examples: int, fate: Fate, rng: np.random.Generator) -> Any:
        self.sizes.append(num_examples)
        return LocalSGD().orders(num_examples, fate, rng)

    def train(self, *args: Any, **options: Any) -> ClientUpdate:
        return LocalSGD().train(*args, **options)


def test_orders_of_clients_that_drop_are_not_in_the_plan() -> None:
    def first_two_stay(client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
        return [Fate() if i < 2 else Fate(Stage.UPLOAD) for i in range(len(client_ids))]

    sizes: list[int] = []
    history = run(FedAvg(MODEL, Ordered(sizes)), num_rounds=1, availability=first_two_stay)
    assert sizes == []
    assert len(history.plan_fingerprint) == 64
    assert sizes == [CLIENTS.num_examples(k) for k in history.records[0].cohort[:2]]


# ---- What the server sees -----------------------------------------------------------------------


def test_roster_of_a_round_has_lines_without_rows() -> None:
    seen: list[RoundContext] = []

    def look(updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        seen.append(context)
        return weighted_mean()(updates, context)

    late = Fate(Stage.CHECK)
    cohort = [replace(p, fate=late) if i else p for i, p in enumerate(cohort_of([2, 6]))]
    one_round(fl.fedavg(SMALL, aggregator=look), cohort, population=Population(7))
    (context,) = seen
    assert list(context.roster) == [Selected(0, 2, Fate()), Selected(1, 6, late)]
    assert context.roster[1:][0] == context.roster[-1] == Selected(1, 6, late)
    assert {field.name for field in fields(Selected)} == {"client_id", "num_examples", "fate"}
    assert context.population == Population(7)
    assert context.plan
    for name in ("participants", "cohort", "clients"):
        assert not hasattr(context, name)


def test_roster_makes_a_line_when_it_is_asked_for() -> None:
    made: list[int] = []

    def make(k: int) -> Participant:
        made.append(k)
        return cohort_of([1] * 5)[k]

    def first(updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        made.clear()
        assert len(context.roster) == 5
        assert made == []
        assert context.roster[3].client_id == 3
        assert made == [3]
        return weighted_mean()(updates, context)

    one_round(fl.fedavg(SMALL, aggregator=first), Cohort(tuple(range(5)), make))


def test_plan_of_a_context_is_that_of_what_clients_are_told() -> None:
    plans: list[bytes] = []

    def look(updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        plans.append(context.plan)
        return weighted_mean()(updates, context)

    for settings_ in ({}, {}, {"learning_rate": 0.2}, {"sends": {"p.m": 0.0}}):
        one_round(fl.fedavg(SMALL, aggregator=look, **settings_), cohort_of([2]))
    assert plans[0] == plans[1]
    assert len(set(plans)) == 3


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"client_fraction": 1 / 3}, Population(9, "fixed", 1 / 3)),
        ({"sampler": fl.sample_fixed(4)}, Population(9, "fixed", 4 / 9)),
        ({"sampler": lambda view, rng: [0, 1]}, Population(9)),
        ({"availability": reachable(0.9)}, Population(9)),  # then the sampler's law does not hold
    ],
)
def test_server_knows_everybody_who_could_have_been_asked(
    options: dict[str, Any], expected: Population
) -> None:
    seen: list[Population | None] = []

    def look(updates: Iterable[ClientUpdate], context: RoundContext) -> Aggregate:
        seen.append(context.population)
        return weighted_mean()(updates, context)

    run(fl.fedavg(MODEL, aggregator=look), num_rounds=1, **options)
    assert seen == [expected]


def test_sampler_draws_from_those_who_can_be_reached() -> None:
    @dataclass(frozen=True)
    class Odd:
        def present(self, num_clients: int, seed: RoundSeed) -> list[int]:
            return [5, 3, 1]

        def __call__(self, client_ids: Sequence[int], seed: RoundSeed) -> list[Fate]:
            return [Fate() for _ in client_ids]

    history = run(fl.fedavg(MODEL), availability=Odd(), sampler=fl.sample_fixed(8))
    assert [record.cohort for record in history.records] == [(1, 3, 5), (1, 3, 5)]
    with pytest.raises(ValueError, match=r"must name clients of view.available alone, got \[0\]"):
        run(fl.fedavg(MODEL), availability=Odd(), sampler=lambda view, rng: [0, 1])


def test_a_client_may_empty_its_memory() -> None:
    def forget(
        update: ClientUpdate, participant: Participant, round: int, rng: np.random.Generator
    ) -> ClientUpdate:
        return replace(update, memory={"note": np.ones(1)} if round == 1 else {})

    algorithm = fl.fedavg(SMALL, transforms=(forget,))
    state = algorithm.init(np.random.default_rng(0))
    state, _ = algorithm.round(state, cohort_of([2, 3]), RoundSeed(0, 1))
    assert state.memories.keys() == {0, 1}
    state, _ = algorithm.round(state, cohort_of([2]), RoundSeed(0, 2))
    assert state.memories.keys() == {1}
