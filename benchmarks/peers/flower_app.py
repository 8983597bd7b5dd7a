"""A round on Flower's simulation engine: Message API, two Ray workers.

``python flower_app.py work.npz numpy`` has clients that run the plain NumPy loop, ``torch`` those
that run the plain PyTorch loop; a number behind it is how many rounds to train before it ends.
"""

import os
import sys
import time
from pathlib import Path

import serving

try:
    import flwr
    import ray  # noqa: F401  # flwr[simulation]
except ImportError:
    serving.answer(absent="flwr[simulation]")
    raise SystemExit from None

import numpy as np
from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import ServerApp
from flwr.simulation import run_simulation

WORK, CLIENTS, *ROUNDS = sys.argv[1:]
if CLIENTS == "torch":
    import torch_loop as loop
else:
    import numpy_loop as loop

os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where Ray's processes find the modules
client_app, server_app = ClientApp(), ServerApp()


@client_app.train()
def train(message, context):
    """Train one client, and answer with its arrays."""
    _, batch_size, epochs, learning_rate, clients = serving.work(WORK)
    x, y = clients[context.node_config["partition-id"]]
    w = message.content["arrays"].to_numpy_ndarrays()
    rng = np.random.default_rng()
    w = loop.client_update(w, x, y, batch_size, epochs, learning_rate, rng)
    content = {"arrays": ArrayRecord(w), "metrics": MetricRecord({"num-examples": len(y)})}
    return Message(content=RecordDict(content), reply_to=message)


def federated_round(grid, nodes, w):
    """Send the arrays, and return the weighted mean of the answers."""
    record = RecordDict({"arrays": ArrayRecord(w)})
    sent = [Message(record, dst_node_id=node, message_type="train") for node in nodes]
    total, n = [np.zeros_like(part) for part in w], 0
    for answer in grid.send_and_receive(sent):
        num_examples = answer.content["metrics"]["num-examples"]
        n += num_examples
        for part, part_k in zip(total, answer.content["arrays"].to_numpy_ndarrays(), strict=True):
            part += num_examples * part_k
    return [part / n for part in total]


@server_app.main()
def serve(grid, context):
    """Serve rounds, or train some."""
    sizes, *_, clients = serving.work(WORK)
    w = loop.init(sizes, np.random.default_rng(0))
    while len(nodes := list(grid.get_node_ids())) < len(clients):
        time.sleep(0.01)
    if not ROUNDS:
        serving.serve(flwr.__version__, lambda: federated_round(grid, nodes, w))
        return
    for _ in range(int(ROUNDS[0])):
        w = federated_round(grid, nodes, w)
    serving.answer(trained=flwr.__version__)


def main():
    """Start the simulation."""
    run_simulation(
        server_app,
        client_app,
        num_supernodes=len(serving.work(WORK)[-1]),
        backend_config={
            # "local": a cluster of its own, although another may be running beside it.
            "init_args": {"address": "local", "num_cpus": 2, "include_dashboard": False},
            "client_resources": {"num_cpus": 1},
        },
    )


if __name__ == "__main__":
    main()
