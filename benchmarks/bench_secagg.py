"""One round of secure aggregation with everybody in one process: seconds and bytes by stage.

And a whole round of ten clients beside Flower's SecAgg+, where Flower is installed.

The 10 % of the clients who fail do so after they have shared their keys, when it costs the server
most: it then has to open their mask keys and to take their masks away.
"""

import os
import statistics
from dataclasses import replace
from importlib import import_module
from time import thread_time
from unittest import mock

import numpy as np

from benchmarks import peers
from benchmarks.timing import Table, compare, take_turns
from pyfedlite.secagg import (
    Config,
    Member,
    Outcome,
    Quantiser,
    ThreatModel,
    choose_graph,
    decode_sum,
    encode_update,
    keys,
    run,
)
from pyfedlite.secagg.transcript import ROUNDS

MNIST_MLP = 199_210  # parameters of the 784-200-200-10 network of McMahan et al. 2017
CASES = (
    # clients, parameters, graph
    (100, MNIST_MLP, True),
    (100, 100_000, False),
    (1000, 10_000, True),
)

FLOWER: peers.Scripts = {
    "Flower, SecAgg+, 2 workers": ("flower_secagg.py", "secagg"),
    "Flower, without secrecy, 2 workers": ("flower_secagg.py", "plain"),
}
OURS = "pyfedlite.secagg, 1 process"


def configure(num_clients: int, num_params: int, on_graph: bool) -> Config:
    """Return a configuration for 10 % corrupt clients and 10 % dropouts."""
    choice = choose_graph(num_clients, corrupt_fraction=0.1, dropout_fraction=0.1)
    everybody = num_clients // 10 + 2
    return Config(
        session_id=os.urandom(32),
        round=1,
        roster=tuple(Member(u) for u in range(num_clients)),
        threshold=choice.threshold if on_graph else max(everybody, num_clients // 2 + 1),
        length=num_params + 1,
        quantiser=Quantiser(fraction_bits=10, clip=1.0),
        parameters_hash=bytes(32),
        num_corrupt=choice.num_corrupt,
        degree=choice.degree if on_graph else None,
        coin=os.urandom(32) if on_graph else b"",
        min_survivors=num_clients - num_clients // 10 if on_graph else None,
    )


def play(config: Config) -> Outcome:
    """Run the protocol; every tenth client fails before it sends its vector."""
    vector = np.frombuffer(os.urandom(4 * config.length), np.uint32)
    outcome = run(
        config, lambda _: vector, drops_at={u: 2 for u in config.client_ids if u % 10 == 0}
    )
    expected = np.uint32(len(outcome.survivors)) * vector
    if not np.array_equal(outcome.total, expected):
        raise AssertionError("the sum must be exact")
    return outcome


def by_stage(config: Config, outcome: Outcome) -> Table:
    sent = outcome.transcript.bytes_by_round()
    rows: list[tuple[str, *tuple[float, ...]]] = []
    for stage, seconds in outcome.client_seconds.items():
        up, down = sent[stage]
        rows.append(
            (
                f"{stage} {ROUNDS[stage]}",
                1e3 * statistics.median(seconds.values()),
                1e3 * outcome.server_seconds[stage],
                up / len(seconds) / 1e3,
                down / len(seconds) / 1e3,
            )
        )
    client, server, up, down = (sum(row[i] for row in rows) for i in (1, 2, 3, 4))
    rows.append(("all", client, server, up, down))
    peers = "everybody" if config.degree is None else f"{config.degree} neighbours"
    title = (
        f"{config.num_clients} clients, {config.length - 1} parameters, R = {config.ring_bits}, "
        f"{peers}, threshold {config.threshold}, 10 % dropouts"
    )
    columns = ("ms a client", "ms the server", "kB up", "kB down")
    return Table(title, columns, rows)


def overhead(config: Config, outcome: Outcome) -> Table:
    payload = config.length * config.ring_bits // 8
    up = statistics.median(outcome.transcript.bytes_up(u) for u in outcome.survivors)
    rows: list[tuple[str, *tuple[float, ...]]] = [
        ("upload", up / 1e3, payload / 1e3, (up - payload) / 1e3)
    ]
    title = f"What a client sends, {config.num_clients} clients, {config.length - 1} parameters"
    return Table(title, ("kB", "kB payload", "kB above"), rows)


def agreement(num_clients: int = 100, num_params: int = 1000, turns: int = 3) -> Table:
    """Return what the agreement of clients costs: the same run under each adversary.

    Milliseconds are CPU time of the one thread, so that they do not depend on what else runs; the
    least of several runs. Signature keys of the active model are drawn outside of the clock.
    """
    secrets = {u: os.urandom(32) for u in range(num_clients)}
    public = {u: keys.verify_key(secret) for u, secret in secrets.items()}
    vector = np.zeros(num_params + 1, np.uint32)
    rows: list[tuple[str, *tuple[float, ...]]] = []
    for model in ThreatModel:
        active = model is ThreatModel.ACTIVE
        config = replace(
            configure(num_clients, num_params, False),
            num_corrupt=0,
            threshold=num_clients // 2 + 1,
            threat_model=model,
            roster=tuple(Member(u, key) if active else Member(u) for u, key in public.items()),
        )
        with mock.patch.object(import_module("pyfedlite.secagg.run"), "perf_counter", thread_time):
            runs = [run(config, lambda _: vector, sign_keys=secrets) for _ in range(turns)]
        client = [
            sum(statistics.median(seconds.values()) for seconds in o.client_seconds.values())
            for o in runs
        ]
        server = [sum(outcome.server_seconds.values()) for outcome in runs]
        sent = runs[0].transcript
        row = (1e3 * min(client), 1e3 * min(server))
        rows.append((str(model), *row, sent.bytes_up(0) / 1e3, sent.bytes_down(0) / 1e3))
    title = f"What agreement costs, {num_clients} clients, {num_params} parameters, all stay"
    return Table(title, ("ms a client", "ms the server", "kB up", "kB down"), rows)


def whole_round(num_clients: int, updates: np.ndarray, rng: np.random.Generator) -> None:
    """Run a round as a server would need it: from the updates to their weighted mean."""
    config = configure(num_clients, updates.shape[1], False)

    def vector(client: int) -> np.ndarray:
        words = rng.integers(0, 2**64, config.length - 1, dtype=np.uint64)
        return encode_update(config, updates[client], 1, words)

    outcome = run(config, vector)
    mean, _ = decode_sum(config, outcome.total, len(outcome.survivors))
    if np.abs(mean - updates.mean(axis=0)).max() > 2**-config.quantiser.fraction_bits:
        raise AssertionError("the mean must be right to a step")


def beside_flower(num_clients: int, num_params: int, turns: int = 9) -> Table:
    """Return a whole round of both; everybody stays, everybody is everybody's neighbour."""
    rng = np.random.default_rng(0)
    updates = rng.uniform(-1, 1, (num_clients, num_params)).astype(np.float32)
    threshold = configure(num_clients, num_params, False).threshold
    with peers.installed({"sizes": [num_clients, num_params, threshold]}, FLOWER) as installed:
        others, absent = installed
        times = take_turns(
            {OURS: lambda: whole_round(num_clients, updates, rng), **others}, rounds=turns
        )
    title = (
        f"A whole round, {num_clients} clients, {num_params} parameters, threshold {threshold}, "
        f"no dropouts, {turns} turns"
    )
    return compare(title, times, OURS, tuple(f"absent: {name}" for name in absent))


def measure() -> list[Table]:
    tables: list[Table] = []
    for case in CASES:
        config = configure(*case)
        outcome = play(config)
        tables += [by_stage(config, outcome), overhead(config, outcome)]
    return [*tables, agreement(), beside_flower(10, 1000), beside_flower(10, MNIST_MLP)]
