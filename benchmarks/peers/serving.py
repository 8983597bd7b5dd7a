"""The peer's half of a measurement. Needs NumPy only: it runs where pyfedlite is not installed."""

import json
import os
import sys
from functools import lru_cache
from time import perf_counter

for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[name] = "1"  # before NumPy or another library reads them
os.environ["FLWR_TELEMETRY_ENABLED"] = os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import numpy as np  # noqa: E402


@lru_cache
def work(path):
    """Return sizes, batch size, epochs, learning rate and the clients' rows; read them once."""
    with np.load(path) as file:
        arrays = dict(file)
    clients = list(zip(arrays["features"], arrays["labels"], strict=True))
    batch_size, epochs = arrays["settings"].tolist()
    return arrays["sizes"].tolist(), batch_size, epochs, float(arrays["learning_rate"]), clients


def answer(**words):
    """Tell the process that measures."""
    print(json.dumps({"pyfedlite": words}), flush=True)


def serve(version, run):
    """Warm up, say that we are ready, and run one round a line until the lines end."""
    run()
    run()
    answer(ready=version)
    for _ in sys.stdin:
        start = perf_counter()
        run()
        answer(seconds=str(perf_counter() - start))
