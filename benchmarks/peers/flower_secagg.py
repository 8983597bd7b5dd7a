"""A round of Flower's SecAgg+ in its simulation, two Ray workers; ``plain``: without secrecy.

Clients train nothing: each returns the arrays that it was sent.
"""

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
from flwr.client import NumPyClient
from flwr.client.mod import secaggplus_mod
from flwr.clientapp import ClientApp
from flwr.common import ndarrays_to_parameters
from flwr.server import LegacyContext, ServerConfig
from flwr.server.strategy import FedAvg
from flwr.server.workflow import DefaultWorkflow, SecAggPlusWorkflow
from flwr.serverapp import ServerApp
from flwr.simulation import run_simulation

WORK, MODE = sys.argv[1:]
with np.load(WORK) as file:
    NUM_CLIENTS, NUM_PARAMS, THRESHOLD = file["sizes"].tolist()
EXAMPLES = 600  # of each client

os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where Ray's processes find the modules


class Echo(NumPyClient):
    """A client that has nothing to learn."""

    def fit(self, parameters, config):
        """Return the arrays, in the float32 of training, and the weight."""
        return [part.astype(np.float32) for part in parameters], EXAMPLES, {}


def client_fn(context):
    return Echo().to_client()


client_app = ClientApp(client_fn, mods=[secaggplus_mod] if MODE == "secagg" else [])
server_app = ServerApp()


@server_app.main()
def serve(grid, context):
    """Serve rounds: all of them within the one round that Flower counts."""
    strategy = FedAvg(
        fraction_evaluate=0.0,
        min_fit_clients=NUM_CLIENTS,
        min_available_clients=NUM_CLIENTS,
        initial_parameters=ndarrays_to_parameters(
            [np.random.default_rng(0).uniform(-1, 1, NUM_PARAMS).astype(np.float32)]
        ),
    )
    if MODE == "secagg":
        fit = SecAggPlusWorkflow(num_shares=NUM_CLIENTS, reconstruction_threshold=THRESHOLD)
    else:
        fit = DefaultWorkflow().fit_workflow
    workflow = DefaultWorkflow(
        lambda grid, context: serving.serve(flwr.__version__, lambda: fit(grid, context))
    )
    workflow(grid, LegacyContext(context, ServerConfig(num_rounds=1), strategy))


def main():
    """Start the simulation."""
    run_simulation(
        server_app,
        client_app,
        num_supernodes=NUM_CLIENTS,
        backend_config={
            # "local": a cluster of its own, although another may be running beside it.
            "init_args": {"address": "local", "num_cpus": 2, "include_dashboard": False},
            "client_resources": {"num_cpus": 1},
        },
    )


if __name__ == "__main__":
    main()
