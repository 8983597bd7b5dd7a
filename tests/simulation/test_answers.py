"""What the parts of a run answer is checked when it comes, and the sentence names the part."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import pyfedlite as fl
from pyfedlite.algorithms import FedAvg
from pyfedlite.clients import Client, ClientUpdate, Fate
from pyfedlite.data import LazyClients
from pyfedlite.errors import ClientError, DivergedError
from pyfedlite.history.history import History
from pyfedlite.state import Aggregate

DATA = fl.load_digits()
CLIENTS = fl.partition(DATA, fl.iid(), num_clients=3, seed=0)
MODEL = fl.SoftmaxRegression(64, 10)
D = 650
VECTOR = np.zeros(D, np.float32)


def run(algorithm: Any = None, clients: Any = CLIENTS, **options: Any) -> History:
    algorithm = fl.fedavg(MODEL) if algorithm is None else algorithm
    return fl.simulate(algorithm, clients, **{"num_rounds": 1, "seed": 0, **options})


class Trainer:
    """A local trainer that answers what it is told."""

    def __init__(self, answer: Callable[[int], Any]) -> None:
        self.answer = answer

    def __repr__(self) -> str:
        return "Trainer()"

    def train(self, model: Any, theta: Any, participant: Any, rng: Any, *, round: int) -> Any:
        return self.answer(participant.client.client_id)


def trained(answer: Callable[[int], Any]) -> Callable[[], History]:
    return lambda: run(FedAvg(MODEL, Trainer(answer)))


def aggregated(answer: Any) -> Callable[[], History]:
    def mine(updates: Any, context: Any) -> Any:
        assert len(list(updates)) == 3
        return answer

    return lambda: run(fl.fedavg(MODEL, aggregator=mine))


def stepped(answer: Callable[[Any], Any]) -> Callable[[], History]:
    def mine(state: Any, aggregate: Any, population: Any) -> Any:
        return answer(state)

    return lambda: run(fl.fedavg(MODEL, server=mine))


def changed(answer: Callable[[ClientUpdate], Any]) -> Callable[[], History]:
    def mine(update: Any, participant: Any, round: int, rng: Any) -> Any:
        return answer(update)

    return lambda: run(fl.fedavg(MODEL, transforms=(mine,)))


def with_rows(answer: Callable[[Client], Any]) -> Callable[[], History]:
    def mine(client: Any, round: int, rng: Any) -> Any:
        return answer(client)

    return lambda: run(fl.fedavg(MODEL, data_transforms=(mine,)))


def together(answer: Callable[[Any], Any]) -> Callable[[], History]:
    def mine(updates: Any, context: Any, rng: Any) -> Any:
        return answer(updates)

    return lambda: run(fl.fedavg(MODEL, cohort_transforms=(mine,)))


def corrected(answer: Any) -> Callable[[], History]:
    def mine(participant: Any, theta: Any) -> Any:
        return answer

    return lambda: run(fl.fedavg(MODEL, correction=mine))


def reached(answer: Callable[[Any], Any]) -> Callable[[], History]:
    def mine(client_ids: Any, seed: Any) -> Any:
        return answer(client_ids)

    return lambda: run(availability=mine)


def drawn(answer: Any) -> Callable[[], History]:
    def mine(view: Any, rng: Any) -> Any:
        return answer

    return lambda: run(sampler=mine)


def called_back(answer: Any) -> Callable[[], History]:
    def mine(records: Any, state: Any) -> Any:
        return answer

    return lambda: run(callbacks=[mine])


def divided(answer: Any) -> Callable[[], Any]:
    def mine(dataset: Any, num_clients: Any, rng: Any) -> Any:
        return answer

    return lambda: fl.partition(DATA, mine, num_clients=3, seed=0)


def made(answer: Any) -> Callable[[], History]:
    return lambda: run(clients=LazyClients(lambda k: answer, [2] * 3, DATA))


ONE = ClientUpdate(0, VECTOR, 3, 1, 0.5)
SHAPE = r"as an array of floats of shape \(650,\)"
ROWS = (np.zeros((2, 64)), np.zeros(2, int))
WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "trainer none": (trained(lambda k: None), r"Trainer\(\) must return a ClientUpdate"),
    "trainer array": (trained(lambda k: VECTOR), r"Trainer\(\) must return a ClientUpdate"),
    "trainer other client": (trained(lambda k: ONE), r"update of client 1, got 0"),
    "trainer short": (
        trained(lambda k: replace(ONE, client_id=k, delta=VECTOR[:3])),
        rf"Trainer\(\) must return delta of client 0 {SHAPE}, got float32 of shape \(3,\)",
    ),
    "trainer int": (
        trained(lambda k: replace(ONE, client_id=k, delta=np.zeros(D, int))),
        rf"delta of client 0 {SHAPE}, got int64",
    ),
    "trainer list": (trained(lambda k: replace(ONE, client_id=k, delta=[0.0] * D)), "got list"),
    "trainer few rows": (
        trained(lambda k: replace(ONE, client_id=k, num_examples=-3)),
        r"num_examples of client 0, from Trainer\(\), must be at least 0, got -3",
    ),
    "trainer half a row": (
        trained(lambda k: replace(ONE, client_id=k, num_examples=1.5)),
        r"num_examples of client 0, from Trainer\(\), must be an integer, got float",
    ),
    "trainer loss": (
        trained(lambda k: replace(ONE, client_id=k, train_loss=np.nan)),
        r"train_loss of client 0, from Trainer\(\), must stay finite, got nan",
    ),
    "aggregator none": (aggregated(None), "mine must return an Aggregate, got NoneType"),
    "aggregator array": (aggregated(VECTOR), r"got ndarray; return Aggregate\(delta\)"),
    "aggregator short": (aggregated(Aggregate(VECTOR[:3])), f"mine must return delta {SHAPE}"),
    "aggregator int": (aggregated(Aggregate(np.zeros(D, int))), f"return delta {SHAPE}, got int"),
    "aggregator nan": (aggregated(Aggregate(VECTOR + np.nan)), "got inf or NaN from .*mine in"),
    "aggregator metric": (
        aggregated(Aggregate(VECTOR, metrics={"x": np.inf})),
        "metric 'x' of .*mine must be finite, got inf",
    ),
    "aggregator round": (
        aggregated(Aggregate(VECTOR, metrics={"round": 3})),
        "mine must return metrics under new names, got 'round'",
    ),
    "aggregator no slots": (
        aggregated(Aggregate(VECTOR, slots=None)),  # type: ignore[arg-type]
        "mine must return slots by name, got NoneType",
    ),
    "aggregator no extra": (
        aggregated(Aggregate(VECTOR, extra=None)),  # type: ignore[arg-type]
        "mine must return extra by name, got NoneType",
    ),
    "aggregator reports": (
        aggregated(Aggregate(VECTOR, num_reports=-1)),
        "num_reports from .*mine must be at least 0, got -1",
    ),
    "aggregator slot": (aggregated(Aggregate(VECTOR, slots={"x": 3})), "array in the slot 'x'"),  # type: ignore[dict-item]
    "server none": (stepped(lambda state: None), "mine must return a State, got NoneType"),
    "server theta": (stepped(lambda state: state.theta), "mine must return a State, got ndarray"),
    "server short": (
        stepped(lambda state: replace(state, theta=state.theta[:3])),
        f"mine must return theta {SHAPE}",
    ),
    "server dtype": (
        stepped(lambda state: replace(state, theta=state.theta.astype(np.float64))),
        r"mine must keep the dtype of theta, float32, got float64; try theta\.astype",
    ),
    "transform none": (changed(lambda u: None), "mine must return a ClientUpdate, got NoneType"),
    "transform short": (changed(lambda u: replace(u, delta=u.delta[:3])), f"delta of .* {SHAPE}"),
    "transform other client": (changed(lambda u: replace(u, client_id=9)), "client 0, got 9"),
    "transform nan": (changed(lambda u: replace(u, delta=u.delta * np.nan)), "WeightedMean"),
    "data none": (with_rows(lambda c: None), "mine, for client 0, must return a Client"),
    "data columns": (
        with_rows(lambda c: replace(c, features=c.features[:, :3])),
        r"must return features of shape \(480, 64\), got \(480, 3\)",
    ),
    "data nan": (
        with_rows(lambda c: replace(c, features=c.features * np.nan)),
        "features from .*mine, for client 0, must be finite everywhere",
    ),
    "data labels": (
        with_rows(lambda c: replace(c, labels=c.labels + 10)),
        "mine, for client 0, must return labels from 0 to 9, got 1",
    ),
    "data other client": (with_rows(lambda c: replace(c, client_id=9)), "keep the client_id"),
    "cohort none": (together(lambda us: None), "mine must return a list of ClientUpdate"),
    "cohort arrays": (together(lambda us: [u.delta for u in us]), "return a ClientUpdate"),
    "cohort twice": (together(lambda us: [*us, us[0]]), "one update of each client"),
    "cohort stranger": (
        together(lambda us: [replace(us[0], client_id=9)]),
        r"one update of each client, .*, got updates of the clients \[9\]",
    ),
    "cohort short": (together(lambda us: [replace(us[0], delta=VECTOR[:3])]), SHAPE),
    "correction none": (corrected(None), f"mine must return a vector {SHAPE}, got NoneType"),
    "correction number": (corrected(3.0), f"mine must return a vector {SHAPE}, got float"),
    "correction short": (corrected(VECTOR[:3]), f"mine must return a vector {SHAPE}"),
    "fates one": (reached(lambda ids: Fate()), "mine.* must return a list of Fate"),
    "fates few": (reached(lambda ids: [Fate()]), "mine.* must return 3 fates"),
    "fates of truth": (reached(lambda ids: [True] * 3), "mine.* must return a Fate for each"),
    "fates late": (reached(lambda ids: [Fate(drops_at=9)] * 3), "drops_at must be a Stage, 0"),  # type: ignore[arg-type]
    "fates without end": (
        reached(lambda ids: [Fate(local_epochs=10**30)] * 3),
        "local_epochs must take a client through at most 268,435,456 rows in a round, got 1000",
    ),
    "fates of steps": (
        reached(lambda ids: [Fate(local_steps=10**12)] * 3),
        "local_steps must take a client through at most 268,435,456 rows in a round, got 1000",
    ),
    "fates of a random": (reached(lambda ids: ids.random()), "object has no attribute 'random'"),
    "sampler none": (drawn(None), "cohort must be a list of client ids, .*; look at .*mine"),
    "sampler floats": (drawn([0.5]), "cohort must be a list of client ids, .*; look at .*mine"),
    "sampler mask": (drawn(np.ones(3, bool)), "cohort must be a list .*; look at .*mine"),
    "sampler twice": (drawn([1, 1]), "cohort must name each client once, .*; look at .*mine"),
    "sampler stranger": (drawn([7]), r"cohort must lie in 0\.\.2, got \[7\]; look at .*mine"),
    "callback text": (called_back("stop"), "mine.* must return metrics, Stop"),
    "callback nan": (called_back({"x": np.nan}), "metric 'x' of .*mine must be finite"),
    "partitioner none": (divided(None), "must hold integers, .* from the partitioner .*mine"),
    "partitioner floats": (divided(np.zeros(1438)), "must hold integers, .*mine"),
    "partitioner short": (divided([0, 1, 2]), r"must have shape \(1438,\), .*mine"),
    "partitioner few": (divided(np.zeros(1438, int)), "mine must give a row to each of 3 clients"),
    "partitioner many": (divided(np.arange(1438) % 7), "to each of 3 clients, got 7 clients"),
    "make none": (made(None), "make must return two arrays, features and labels, got NoneType"),
    "make short": (made((ROWS[0][:1], ROWS[1])), "rows must have shapes"),
    "make nan": (made((ROWS[0] * np.nan, ROWS[1])), "client 0, which make has returned, .* finite"),
    "make labels": (made((ROWS[0], ROWS[1] + 10)), "labels must lie from 0 to 9, got 10 for"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_answer_is_named_when_it_comes(case: str) -> None:
    act, sentence = WRONG[case]
    with pytest.raises((TypeError, ValueError, ClientError, DivergedError), match=sentence):
        act()


def test_an_availability_that_takes_a_generator_for_its_seed_is_told_so() -> None:
    told = r"the function <lambda> must use what it is given, \(tuple, RoundSeed\), got 'RoundSeed'"
    with pytest.raises(TypeError, match=told):
        run(availability=lambda k, rng: rng.random() < 0.1)


def test_an_error_inside_a_part_stays_what_it_is() -> None:
    def mine(view: Any, rng: Any) -> Any:
        return None.missing  # type: ignore[attr-defined]

    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'missing'"):
        run(sampler=mine)


def test_metrics_of_an_aggregator_become_plain_numbers() -> None:
    metrics = {"x": np.float32(0.5), "n": np.int64(3), "none": None}
    [record] = aggregated(Aggregate(VECTOR, metrics=metrics))().records  # type: ignore[arg-type]
    assert {name: type(record.metrics[name]) for name in metrics} == {
        "x": float,
        "n": int,
        "none": type(None),
    }


@pytest.mark.parametrize("kind", [int, np.int64, np.int16, np.array])
def test_a_cohort_may_be_of_any_whole_numbers(kind: Any) -> None:
    [record] = drawn([kind(2), kind(0)])().records
    assert record.cohort == (0, 2)
    assert {type(k) for k in record.cohort} == {int}


def test_a_sparse_transform_may_leave_clients_out() -> None:
    [record] = together(lambda updates: updates[:1])().records
    assert record.failure is None


def test_sizes_of_lazy_clients_are_whole_numbers() -> None:
    with pytest.raises(TypeError, match="sizes must hold whole numbers"):
        LazyClients(lambda k: ROWS, [2.5], DATA)
    with pytest.raises(TypeError, match="make must be a function that returns features and labels"):
        LazyClients("rows", [2], DATA)  # type: ignore[arg-type]


def test_an_aggregator_that_reads_its_updates_twice_is_told_to_keep_them() -> None:
    def mine(updates: Any, context: Any) -> Any:
        total = sum(update.num_examples for update in updates)
        delta = np.zeros(D)
        for update in updates:  # there are none left: without a word nothing would be learnt
            delta += update.num_examples / total * update.delta
        return Aggregate(delta)

    with pytest.raises(
        ValueError, match=r"updates must be read in one loop, .*; keep them for the"
    ):
        run(fl.fedavg(MODEL, aggregator=mine))


def test_a_function_is_never_named_by_its_address() -> None:
    for case in ("fates one", "sampler none", "callback text"):
        with pytest.raises(TypeError) as told:
            WRONG[case][0]()
        assert " at 0x" not in str(told.value)
