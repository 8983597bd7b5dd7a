"""One round of secure aggregation with everybody in one process: seconds and bytes by stage.

And a whole round of ten clients beside Flower's SecAgg+, where Flower is installed.

The 10 % of the clients who fail do so after they have shared their keys, when it costs the server
most: it then has to open their mask keys and to take their masks away.
"""

import os
import statistics

import numpy as np

from benchmarks import peers
from benchmarks.timing import Table, compare, take_turns
from pyfedlite.secagg import (
    Config,
    Member,
    Outcome,
    Quantiser,
    choose_graph,
    decode_sum,
    encode_update,
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
    return [*tables, beside_flower(10, 1000), beside_flower(10, MNIST_MLP)]
