"""A round on Flower's simulation engine: Message API, the plain NumPy loop in two Ray workers."""

import os
import sys
from pathlib import Path

import serving

try:
    import flwr
    import ray  # noqa: F401  # flwr[simulation]
except ImportError:
    serving.answer(absent="flwr[simulation]")
    raise SystemExit from None

import numpy as np
import numpy_loop
from flwr.app import ArrayRecord, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp
from flwr.serverapp import ServerApp
from flwr.simulation import run_simulation

WORK = sys.argv[-1]
os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where Ray's processes find the modules
client_app, server_app = ClientApp(), ServerApp()


@client_app.train()
def train(message, context):
    """Train one client, and answer with its arrays."""
    _, batch_size, epochs, learning_rate, clients = serving.work(WORK)
    x, y = clients[context.node_config["partition-id"]]
    w = message.content["arrays"].to_numpy_ndarrays()
    rng = np.random.default_rng()
    w = numpy_loop.client_update(w, x, y, batch_size, epochs, learning_rate, rng)
    content = {"arrays": ArrayRecord(w), "metrics": MetricRecord({"num-examples": len(y)})}
    return Message(content=RecordDict(content), reply_to=message)


@server_app.main()
def serve(grid, context):
    """Serve rounds: send the arrays, take the weighted mean of the answers."""
    sizes, *_, clients = serving.work(WORK)
    w = numpy_loop.init(sizes, np.random.default_rng(0))
    while len(nodes := list(grid.get_node_ids())) < len(clients):
        pass

    def run():
        record = RecordDict({"arrays": ArrayRecord(w)})
        sent = [Message(record, dst_node_id=node, message_type="train") for node in nodes]
        total, n = [np.zeros_like(part) for part in w], 0
        for answer in grid.send_and_receive(sent):
            num_examples = answer.content["metrics"]["num-examples"]
            n += num_examples
            for part, part_k in zip(
                total, answer.content["arrays"].to_numpy_ndarrays(), strict=True
            ):
                part += num_examples * part_k
        return [part / n for part in total]

    serving.serve(flwr.__version__, run)


def main():
    """Start the simulation."""
    run_simulation(
        server_app,
        client_app,
        num_supernodes=len(serving.work(WORK)[-1]),
        backend_config={
            "init_args": {"num_cpus": 2, "include_dashboard": False},
            "client_resources": {"num_cpus": 1},
        },
    )


if __name__ == "__main__":
    main()
